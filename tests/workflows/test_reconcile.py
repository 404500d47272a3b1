"""Calls whose workflow is gone are found and handed to an engineer."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.client import ScheduleIntervalSpec, ScheduleSpec, ScheduleUpdate, ScheduleUpdateInput
from temporalio.testing import ActivityEnvironment

from activities.messages import FindLostCalls, FindStuckWalks, Reconcile
from activities.reconciling import ReconcileActivities
from l1.database.lists import CallLists
from l1.database.paging import Cut
from l1.database.records import OpenCall, Records
from l1.domain.naming import RECONCILE_SCHEDULE, TASK_QUEUE
from l1.domain.receipts import ReceiptStatus
from l1.domain.session import Status
from tests.stack import Stack
from tests.waiting import eventually
from tests.workflows.lab import Lab
from worker import ensure_reconciler
from workflows.reconcile import L1Reconcile


async def reconcile(lab: Lab) -> int:
    request = Reconcile(FindLostCalls(0), FindStuckWalks(overdue_for=3600, waiting_for=3600), second_look_after=0)
    return await lab.client.execute_workflow(L1Reconcile.run, request, id=f"reconcile-{uuid4()}", task_queue=TASK_QUEUE)


@pytest.fixture
def lab_alone(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The stack's own calls run on another server, where this one would take them all for lost."""
    quiet_calls = Records.quiet_calls

    async def own(self: Records, quiet_for: float) -> list[OpenCall]:
        return [call for call in await quiet_calls(self, quiet_for) if call.account_id == lab.account_id]

    monkeypatch.setattr(Records, "quiet_calls", own)
    return lab


async def test_a_terminated_walk_is_closed_as_an_escalation_once(lab_alone: Lab) -> None:
    lab = lab_alone
    async with lab.build_worker():
        lost, alive = await lab.take_call(), await lab.take_call()
        await lost.opened()
        await alive.opened()
        await lost.handle.terminate("by a test")
        assert await reconcile(lab) == 1
        assert await reconcile(lab) == 0
    session = await lost.session()
    assert session is not None
    assert session.status is Status.ESCALATED
    assert session.escalation is not None
    assert (session.escalation.by, session.escalation.reason_category) == ("system", "lost")
    assert session.escalation.reason is not None
    assert "terminated" in session.escalation.reason
    assert [event.body.kind for event in await lost.events()] == ["opened", "escalated"]
    running = await alive.session()
    assert running is not None
    assert running.status is Status.ACTIVE
    queue = (await CallLists(lab.database).queue(lab.account_id, Status.ESCALATED, None, Cut(10))).rows
    assert [row.session_id for row in queue] == [lost.session_id]


async def test_who_waits_for_a_command_of_a_lost_call_is_told(lab_alone: Lab) -> None:
    lab = lab_alone
    command_id = uuid4()
    call = await lab.take_call()
    await lab.calls.await_receipt(lab.account_id, call.session_id, command_id, "intake", None)
    await call.handle.terminate("before it was decided")
    async with lab.build_worker():
        await reconcile(lab)
    look = await lab.calls.look(lab.account_id, call.session_id, command_id)
    assert look.receipt is not None
    assert look.receipt.status is ReceiptStatus.REJECTED
    assert look.receipt.problem is not None
    assert look.receipt.problem.code == "call_lost"


async def test_a_schedule_looks_for_lost_calls_all_the_time(stack: Stack) -> None:
    description = await stack.client.get_schedule_handle(RECONCILE_SCHEDULE).describe()
    assert description.schedule.spec.intervals[0].every.total_seconds() == 60
    assert not description.schedule.state.paused


async def test_an_overdue_walk_whose_task_waits_for_a_worker_is_given_more_time(lab: Lab) -> None:
    """A worker that is back ends it, perhaps with a step that was sent in time."""
    async with lab.build_worker():
        call = await lab.take_call()
        await call.opened()
    await call.handle.signal("note", {"text": "No worker takes this."})
    activities = ReconcileActivities(Records(lab.database), lab.client)

    async def stuck(waiting_for: float) -> bool:
        request = FindStuckWalks(overdue_for=-3600, waiting_for=waiting_for)  # as if it were an hour later
        found = await ActivityEnvironment().run(activities.find_stuck_walks, request)
        return call.session_id in [walk.session_id for walk in found]

    async def is_given_time() -> bool:  # once the server has given up on the worker that knew the walk
        return await stuck(waiting_for=-3600) and not await stuck(waiting_for=0)

    await eventually(is_given_time)


async def test_a_worker_brings_the_schedule_up_to_date_and_leaves_it_paused(stack: Stack) -> None:
    handle = stack.client.get_schedule_handle(RECONCILE_SCHEDULE)

    def outdated(there: ScheduleUpdateInput) -> ScheduleUpdate:
        hourly = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=timedelta(hours=1))])
        return ScheduleUpdate(replace(there.description.schedule, spec=hourly))

    await handle.update(outdated)
    await handle.pause()
    try:
        await ensure_reconciler(stack.client)
        schedule = (await handle.describe()).schedule
        assert schedule.spec.intervals[0].every.total_seconds() == 60
        assert schedule.state.paused
    finally:
        await handle.unpause()
