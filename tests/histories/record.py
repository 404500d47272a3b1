"""Record the histories that are missing: `make histories`."""

import asyncio
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from temporalio.api.failure.v1 import Failure
from temporalio.client import Client
from temporalio.converter import DefaultFailureConverterWithEncodedAttributes, PayloadConverter

from l1.cli.starter import publish_starter_library
from l1.database.migrate import upgrade
from l1.local_stack.dev_secrets import load_or_create_secrets
from l1.local_stack.postgres import PostgresPasswords, embedded_postgres
from l1.local_stack.temporal_server import embedded_temporal
from l1.settings import Settings
from tests.histories import CONVERTER, FOLDER
from tests.histories.scenarios import SCENARIOS
from tests.workflows.lab import LabCall, lab_on


class WithoutStackTraces(DefaultFailureConverterWithEncodedAttributes):
    """Leaves out where on the recording machine the code lay; a replay does not look at it."""

    def to_failure(self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure) -> None:
        super().to_failure(exception.with_traceback(None), payload_converter, failure)


RECORDED = replace(CONVERTER, failure_converter_class=WithoutStackTraces)


async def main() -> None:
    missing = {name: scenario for name, scenario in SCENARIOS.items() if not list(FOLDER.glob(f"{name}.*.json"))}
    with tempfile.TemporaryDirectory() as directory:
        data_dir = Path(directory)
        data_dir.chmod(0o711)  # PostgreSQL runs as a user of its own when this runs as root
        secrets = load_or_create_secrets(data_dir)
        passwords = PostgresPasswords(secrets.superuser_password, secrets.owner_password, secrets.app_password)
        config = {"limit.historyCount.suggestContinueAsNew": "100"}
        async with (
            embedded_postgres(data_dir, passwords) as postgres,
            embedded_temporal(data_dir, dynamic_config=config) as temporal,
        ):
            await asyncio.to_thread(upgrade, postgres.owner_url)
            await publish_starter_library(postgres.owner_url)
            client = await Client.connect(temporal.address, data_converter=RECORDED)
            settings = Settings(database_url=postgres.app_url, payload_keys=secrets.payload_keys)
            for name, scenario in missing.items():
                async with lab_on(client, settings) as lab:
                    for run, history in enumerate(await histories(await scenario(lab)), 1):
                        (FOLDER / f"{name}.{run}.json").write_text(history)
                sys.stdout.write(f"recorded {name}\n")


async def histories(call: LabCall) -> list[str]:
    """The histories of all runs of a call, the first one first, as JSON of one line per event."""
    texts: list[str] = []
    run_id: str | None = (await call.handle.describe()).raw_description.workflow_execution_info.first_run_id
    while run_id:
        handle = call.lab.client.get_workflow_handle(call.handle.id, run_id=run_id)
        history = await handle.fetch_history()
        texts.append(json.dumps(history.to_json_dict(), indent=1) + "\n")
        last = history.events[-1].workflow_execution_continued_as_new_event_attributes
        run_id = last.new_execution_run_id or None
    return texts


if __name__ == "__main__":
    asyncio.run(main())
