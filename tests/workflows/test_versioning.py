"""With a build id, a walk stays with the version of the code that took it."""

import asyncio
import subprocess
from dataclasses import replace
from pathlib import Path

from temporalio.client import Client

from l1.local_stack.temporal_server import embedded_temporal, temporal_binary
from tests.histories import CONVERTER
from tests.stack import Stack
from tests.waiting import eventually
from tests.workflows.lab import LabCall, lab_on


async def make_current(address: str, build_id: str) -> None:
    async def accepted() -> bool:
        """Temporal knows a version once its first worker has polled."""
        options = ["set-current-version", "--deployment-name", "l1", "--build-id", build_id, "--yes"]
        command = [temporal_binary(), "worker", "deployment", *options, "--address", address]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
        return done.returncode == 0

    await eventually(accepted)


async def version_of(call: LabCall) -> str:
    described = await call.handle.describe()
    info = described.raw_description.workflow_execution_info.versioning_info
    return info.deployment_version.build_id


async def test_walks_end_on_the_version_that_took_them(stack: Stack, tmp_path: Path) -> None:
    async with embedded_temporal(tmp_path) as server:
        client = await Client.connect(server.address, data_converter=CONVERTER)
        async with lab_on(client, stack.settings) as lab:
            first = replace(lab, settings=stack.settings.model_copy(update={"build_id": "v1"}))
            second = replace(lab, settings=stack.settings.model_copy(update={"build_id": "v2"}))
            async with first.build_worker():
                await make_current(server.address, "v1")
                old = await lab.take_call()
                session = await old.opened()
                async with second.build_worker():
                    await make_current(server.address, "v2")
                    new = await lab.take_call()
                    await new.opened()
                    await old.step(session)
                    assert (await version_of(old), await version_of(new)) == ("v1", "v2")
