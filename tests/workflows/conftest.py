import sysconfig
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from l1.database.flows import Flows
from l1.domain.flow_file import parse_flow
from l1.local_stack.temporal_server import embedded_temporal
from l1.temporal import task_time
from l1.temporal.search_attributes import SEARCH_ATTRIBUTES
from tests.accounts import KEYBOARD
from tests.histories import CONVERTER
from tests.stack import Stack
from tests.workflows.lab import Lab, lab_on

LAB_EVENTS_BEFORE_CONTINUE_AS_NEW = 150


@pytest.fixture(autouse=True)
def slow_tasks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Fail the test whose workers had a workflow task of too much CPU time; gives the seconds of such tasks."""
    seconds: list[float] = []
    monkeypatch.setattr(task_time, "report", lambda _run_id, took: seconds.append(took))
    yield seconds
    assert not seconds, f"a workflow task may take {task_time.MOST_SECONDS} s of CPU time"


@pytest_asyncio.fixture(scope="session")
async def lab_client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    config = {"limit.historyCount.suggestContinueAsNew": str(LAB_EVENTS_BEFORE_CONTINUE_AS_NEW)}
    async with embedded_temporal(tmp_path_factory.mktemp("lab"), dynamic_config=config) as server:
        yield await Client.connect(server.address, data_converter=CONVERTER)


@pytest_asyncio.fixture
async def lab(stack: Stack, lab_client: Client) -> AsyncIterator[Lab]:
    """A server in real time. No worker runs until the test runs one."""
    async with lab_on(lab_client, stack.settings) as found:
        yield found


@pytest_asyncio.fixture
async def skipping_lab(stack: Stack) -> AsyncIterator[Lab]:
    """A server that skips the time in which nothing happens."""
    binary = Path(sysconfig.get_path("scripts")) / "temporal-test-server"
    async with (
        await WorkflowEnvironment.start_time_skipping(
            test_server_existing_path=str(binary), data_converter=CONVERTER
        ) as environment,
        lab_on(environment.client, stack.settings) as found,
    ):
        # This server can add search attributes but not list them, so ensure_search_attributes does not do.
        kinds = {
            "Keyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
            "Datetime": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
        }
        wanted = {name: kinds[kind] for name, kind in SEARCH_ATTRIBUTES.items()}
        await environment.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace="default", search_attributes=wanted)
        )
        yield found


@pytest_asyncio.fixture
async def long_flow(lab: Lab) -> UUID:
    """A published flow of the lab's account with a node that leads back to itself."""
    flows = Flows(lab.database)
    saved = await flows.save_draft(lab.account_id, parse_flow(KEYBOARD), "test", uuid4())
    await flows.publish(lab.account_id, saved.id, "test")
    return saved.id
