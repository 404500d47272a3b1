"""A walk whose workflow task fails for ever: its call is escalated all the same, and the operator is told."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle

from activities.messages import FindLostCalls, FindStuckWalks, Reconcile, StuckWalk
from activities.reconciling import ReconcileActivities
from api.app import create_app
from l1.database.records import Records
from l1.domain.naming import TASK_QUEUE, walk_workflow_id
from l1.domain.roles import Role
from l1.temporal import failing_walks
from l1.temporal.connection import data_converter
from tests.accounts import Account
from tests.stack import Stack
from tests.waiting import eventually
from workflows.reconcile import L1Reconcile

RECONCILE = Reconcile(
    FindLostCalls(quiet_for=3600), FindStuckWalks(overdue_for=0.5, waiting_for=600), second_look_after=0.5
)
"""What the Schedule asks for in minutes, in seconds."""


def handle_of(stack: Stack, session: Any) -> WorkflowHandle[Any, Any]:
    return stack.client.get_workflow_handle(walk_workflow_id(UUID(session["id"])))


async def jam(stack: Stack, session: Any) -> None:
    """Send a signal that nobody can decrypt: the walk waits for its key."""
    foreign = data_converter({"a-key-that-is-gone": bytes(32)})
    client = await Client.connect(stack.temporal.address, data_converter=foreign)
    await client.get_workflow_handle(walk_workflow_id(UUID(session["id"]))).signal("note", {"text": "?"})


@pytest_asyncio.fixture
async def stuck(stack: Stack, account: Account) -> AsyncIterator[Any]:
    """A session on a walk that cannot go on."""
    flow_id = await account.publish()
    await account.set_stall_limit(5)
    session = await account.take_call(flow_id)
    await jam(stack, session)
    yield session
    if (await handle_of(stack, session).describe()).status is WorkflowExecutionStatus.RUNNING:
        await handle_of(stack, session).terminate()


async def reconcile(stack: Stack) -> None:
    workflow_id = f"reconcile-{uuid4()}"
    await stack.client.execute_workflow(L1Reconcile.run, RECONCILE, id=workflow_id, task_queue=TASK_QUEUE)


async def test_a_walk_that_cannot_go_on_is_escalated_soon_after_its_limit(
    stack: Stack, account: Account, stuck: Any
) -> None:
    pending = await account.step(stuck, "Yes")
    assert pending.status_code == 202
    deadline = datetime.fromisoformat(stuck["stall_deadline"])

    async def is_overdue() -> bool:
        return datetime.now(UTC) > deadline + timedelta(seconds=RECONCILE.stuck.overdue_for)

    await eventually(is_overdue)
    await reconcile(stack)
    [row] = await account.get("/escalations", role=Role.ENGINEER)
    session = row["session"]
    assert session["id"] == stuck["id"]
    assert session["status"] == "escalated"
    assert (session["escalation"]["by"], session["escalation"]["reason_category"]) == ("timeout", "stalled")
    events = await Records(stack.database).events(account.id, UUID(stuck["id"]))
    assert [event.body.kind for event in events] == ["opened", "escalated"]
    receipt = await account.get(f"/sessions/{stuck['id']}/commands/{pending.json()['command_id']}")
    assert (receipt["status"], receipt["problem"]["code"]) == ("rejected", "session_closed")
    [ticket] = await account.get("/queue?status_filter=escalated")
    assert ticket["ticket_id"] == stuck["ticket_id"]


async def test_nothing_goes_on_with_a_call_that_was_escalated_for_its_stuck_walk(
    stack: Stack, account: Account, stuck: Any
) -> None:
    async def is_escalated() -> bool:
        await reconcile(stack)
        return bool((await account.get(f"/sessions/{stuck['id']}"))["status"] == "escalated")

    await eventually(is_escalated)
    assert (await handle_of(stack, stuck).describe()).status is WorkflowExecutionStatus.TERMINATED
    answer = await account.step(stuck, "Yes")
    assert (answer.status_code, answer.json()["code"]) == (409, "session_closed")


async def test_a_walk_that_has_ended_by_itself_before_the_second_look_is_left_alone(
    stack: Stack, account: Account
) -> None:
    session = await account.take_call()
    await account.post(f"/sessions/{session['id']}/resolve", {"helpful": True})
    activities = ReconcileActivities(Records(stack.database), stack.client)
    assert not await activities.escalate_stuck_walk(StuckWalk(account.id, UUID(session["id"])))
    assert (await account.get(f"/sessions/{session['id']}"))["status"] == "resolved"
    assert (await handle_of(stack, session).describe()).status is not WorkflowExecutionStatus.TERMINATED


async def test_readiness_names_the_walks_whose_task_fails(
    stack: Stack, stuck: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failing_walks, "NOTICED_AFTER", timedelta(seconds=5))
    monkeypatch.setenv("TEMPORAL_ADDRESS", stack.temporal.address)
    app = create_app(stack.settings)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://api") as client,
    ):

        async def warnings() -> list[str]:
            response = await client.get("/readyz")
            assert response.status_code == 200
            return [warning for warning in response.json()["warnings"] if warning.startswith("temporal:")]

        assert not await warnings()
        [warning] = await eventually(warnings, within=40)
        assert handle_of(stack, stuck).id in warning
        await handle_of(stack, stuck).terminate()

        async def is_quiet() -> bool:
            return not await warnings()

        await eventually(is_quiet)
