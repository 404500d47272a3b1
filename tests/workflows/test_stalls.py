"""A call that nobody moves escalates itself, once, at its time."""

import asyncio
from datetime import UTC, datetime, timedelta

from l1.domain.session import Status
from tests.waiting import eventually
from tests.workflows.lab import Lab, LabCall, count_events


async def is_escalated(call: LabCall) -> bool:
    session = await call.session()
    return session is not None and session.status is Status.ESCALATED


async def test_a_quiet_call_is_escalated_at_its_limit(skipping_lab: Lab) -> None:
    async with skipping_lab.build_worker():
        call = await skipping_lab.take_call()
        assert await call.handle.result() == "escalated"
    session = await call.session()
    assert session is not None
    assert session.escalation is not None
    assert (session.escalation.by, session.escalation.reason_category) == ("timeout", "stalled")
    assert session.escalation.at - session.started_at >= timedelta(seconds=1800)
    assert session.stall_deadline is None
    events = await call.events()
    assert [event.body.kind for event in events] == ["opened", "escalated"]


async def test_an_account_s_limit_goes_before_the_installation_s(skipping_lab: Lab) -> None:
    await skipping_lab.stall_after(7200)
    async with skipping_lab.build_worker():
        call = await skipping_lab.take_call()
        session = await call.opened()
        assert session.stall_deadline is not None
        assert session.stall_deadline - session.started_at == timedelta(seconds=7200)
        assert await call.handle.result() == "escalated"


async def test_on_the_real_server_the_escalation_comes_within_a_second_of_the_limit(lab: Lab) -> None:
    await lab.stall_after(2)
    async with lab.build_worker():
        call = await lab.take_call()
        session = await call.opened()
        await eventually(lambda: is_escalated(call))
        late = datetime.now(UTC) - (session.started_at + timedelta(seconds=2))
        assert await call.handle.result() == "escalated"
    assert timedelta(0) <= late < timedelta(seconds=1)


async def test_a_step_just_before_the_limit_moves_it_without_a_timer_event(lab: Lab) -> None:
    await lab.stall_after(2)
    async with lab.build_worker():
        call = await lab.take_call()
        session = await call.opened()
        await asyncio.sleep((session.started_at + timedelta(seconds=1.5) - datetime.now(UTC)).total_seconds())
        session = await call.step(session)
        assert await count_events(call.handle, "TIMER_STARTED") == 1
        assert session.last_step_at is not None
        await eventually(lambda: is_escalated(call))
        assert datetime.now(UTC) >= session.last_step_at + timedelta(seconds=2)
        assert await count_events(call.handle, "TIMER_STARTED") == 2
        assert await count_events(call.handle, "TIMER_CANCELED") == 0
    kinds = [event.body.kind for event in await call.events()]
    assert kinds == ["opened", "stepped", "escalated"]


async def test_a_call_that_stalls_while_no_worker_runs_is_escalated_when_one_is_back(lab: Lab) -> None:
    await lab.stall_after(1)
    async with lab.build_worker():
        call = await lab.take_call()
        session = await call.opened()
    assert session.stall_deadline is not None
    await asyncio.sleep(max(0.0, (session.stall_deadline - datetime.now(UTC)).total_seconds() + 0.5))
    assert not await is_escalated(call)
    async with lab.build_worker():
        await eventually(lambda: is_escalated(call))
    assert [event.body.kind for event in await call.events()] == ["opened", "escalated"]


async def test_a_step_sent_in_time_counts_although_no_worker_took_it_in_time(lab: Lab) -> None:
    await lab.stall_after(3)
    async with lab.build_worker():
        call = await lab.take_call()
        session = await call.opened()
    assert session.current_node is not None
    assert session.stall_deadline is not None
    await asyncio.sleep(2)
    body = {"node_id": session.current_node.id, "answer": session.current_node.answers[0]}
    await call.handle.signal("step", {**body, "at": datetime.now(UTC).isoformat()})
    await asyncio.sleep(max(0.0, (session.stall_deadline - datetime.now(UTC)).total_seconds() + 0.2))
    async with lab.build_worker():
        session = await call.at_revision(2)
        assert session.status is Status.ACTIVE
        await eventually(lambda: is_escalated(call))
    assert [event.body.kind for event in await call.events()] == ["opened", "stepped", "escalated"]
