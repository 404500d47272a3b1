"""L1Walk on a real server: signals of every shape, and how a walk ends."""

import asyncio
from uuid import UUID, uuid4

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError, WorkflowHandle

from l1.domain.commands import Escalate
from l1.domain.events import Rejected
from l1.domain.session import SessionKind, Status
from tests.waiting import eventually
from tests.workflows.lab import Lab, count_events
from workflows.walk import L1Walk


async def test_signals_of_any_shape_are_recorded_and_the_walk_goes_on(lab: Lab) -> None:
    async with lab.build_worker():
        call = await lab.take_call()
        session = await call.opened()
        malformed: list[object] = [None, 5, "nonsense", [], {}, {"text": 3}, {"text": "x" * 5000}, {"notes": "no"}]
        for raw in malformed:
            await call.handle.signal("note", raw)
        await call.handle.signal("note")
        await call.handle.signal("note", args=[{"text": "a"}, {"text": "b"}])
        await call.handle.signal("hang-up", {"text": "a"})
        await call.handle.signal("step", {"node_id": "nowhere", "answer": "Yes"})
        await call.handle.signal("note", {"text": "The last one is fine."})
        session = await call.at_revision(2)
    assert [note.text for note in session.walk_notes] == ["The last one is fine."]
    assert session.walk_notes[0].by == "operator"
    events = await call.events()
    codes = [event.body.problem.code for event in events if isinstance(event.body, Rejected)]
    assert codes == ["invalid_request"] * 11 + ["stale_step"]
    description = await call.handle.describe()
    assert description.status is WorkflowExecutionStatus.RUNNING


async def test_a_command_that_comes_again_changes_nothing(lab: Lab) -> None:
    async with lab.build_worker():
        call = await lab.take_call()
        await call.opened()
        command_id = str(uuid4())
        for _ in range(5):
            await call.handle.signal("note", {"text": "once", "command_id": command_id})
        await call.handle.signal("note", {"text": "twice"})
        session = await call.at_revision(3)
    assert [note.text for note in session.walk_notes] == ["once", "twice"]


async def test_the_state_query_is_the_session(lab: Lab) -> None:
    async with lab.build_worker():
        call = await lab.take_call()
        session = await call.opened()
        assert await call.handle.query("state", result_type=type(session)) == session


async def test_fifty_steps_cost_at_most_six_events_each_and_one_timer(lab: Lab, long_flow: UUID) -> None:
    async with lab.build_worker():
        call = await lab.take_call(flow_id=long_flow)
        session = await call.opened()
        runs = {(await call.handle.describe()).run_id}
        before = await count_events(call.handle)
        for _ in range(50):
            session = await call.step(session, "Again")
            runs.add((await call.handle.describe()).run_id)
        handles = [lab.client.get_workflow_handle(call.handle.id, run_id=run) for run in runs]
        spent = sum([await count_events(handle) for handle in handles]) - before
        timers = sum([await count_events(handle, "TIMER_STARTED") for handle in handles])
    assert spent / 50 <= 6
    assert timers == len(runs)


async def test_a_long_walk_continues_as_new_and_keeps_everything(lab: Lab, long_flow: UUID) -> None:
    async with lab.build_worker():
        call = await lab.take_call(flow_id=long_flow)
        session = await call.opened()
        first_run = (await call.handle.describe()).run_id
        repeated = str(uuid4())
        await call.handle.signal("note", {"text": "first", "command_id": repeated})
        session = await call.at_revision(2)
        for number in range(60):
            session = await call.step(session, "Again", note=str(number))
        await call.handle.signal("note", {"text": "again", "command_id": repeated})
        session = await call.step(session, "Again", note="60")
        assert (await call.handle.describe()).run_id != first_run
        await call.handle.signal("resolve", {"helpful": True})
        assert await call.handle.result() == "resolved"
    final = await call.session()
    assert final is not None
    assert [entry.note for entry in final.walked_path] == [str(number) for number in range(61)]
    assert [note.text for note in final.walk_notes] == ["first"]
    assert [event.revision for event in await call.events()] == list(range(1, 65))


async def test_a_cancelled_walk_is_escalated_before_it_closes(lab: Lab) -> None:
    async with lab.build_worker():
        call = await lab.take_call()
        await call.opened()
        await call.handle.cancel()
        with pytest.raises(WorkflowFailureError):
            await call.handle.result()
    session = await call.session()
    assert session is not None
    assert session.escalation is not None
    assert (session.status, session.escalation.reason_category) == (Status.ESCALATED, "cancelled")
    assert session.escalation.by == "operator"


async def test_a_call_cancelled_before_it_was_decided_is_escalated_too(lab: Lab) -> None:
    call = await lab.take_call()
    await call.handle.signal("note", {"text": "early"})
    await call.handle.cancel()
    async with lab.build_worker():
        with pytest.raises(WorkflowFailureError):
            await call.handle.result()
    session = await call.session()
    assert session is not None
    assert [note.text for note in session.walk_notes] == ["early"]
    assert session.status is Status.ESCALATED
    assert session.session_kind is SessionKind.NO_WALK
    assert session.escalation is not None
    assert session.escalation.reason_category == "cancelled"


async def test_a_call_handed_over_at_once_is_an_escalated_session_without_a_walk(lab: Lab) -> None:
    async with lab.build_worker():
        call = await lab.take_call("Fire", escalate=Escalate("safety", "Smoke"))
        assert await call.handle.result() == "escalated"
    session = await call.session()
    assert session is not None
    assert session.session_kind is SessionKind.NO_WALK
    assert session.escalation is not None
    assert (session.escalation.reason, session.escalation.reason_category) == ("Smoke", "safety")


async def test_a_signal_that_comes_before_the_call_is_decided_waits_for_it(lab: Lab) -> None:
    call = await lab.take_call()
    await call.handle.signal("note", {"text": "early"})
    async with lab.build_worker():
        session = await call.at_revision(2)
    assert [note.text for note in session.walk_notes] == ["early"]


async def test_notes_are_taken_while_a_node_is_built(lab: Lab) -> None:
    call = await lab.take_call("The printer prints green stripes", force_build=True)
    await call.handle.signal("note", {"text": "early"})
    async with lab.build_worker():
        session = await call.opened()
        session = await call.step(session, session.current_node.answers[-1] if session.current_node else "")

        async def built() -> bool:
            now = await call.session()
            return now is not None and now.current_node_id == "n2"

        await eventually(built)
        final = await call.session()
    assert final is not None
    assert [note.text for note in final.walk_notes] == ["early"]
    assert final.walked_path[0].node_id == "n1"


async def test_resolving_a_walk_does_not_wait_for_the_node_that_is_being_built(lab: Lab) -> None:
    call = await lab.take_call("The printer prints green stripes", force_build=True)
    await call.handle.signal("resolve", {"helpful": False})
    async with lab.build_worker():
        assert await call.handle.result() == "resolved"
    session = await call.session()
    assert session is not None
    assert session.current_node is None


async def test_walks_of_one_worker_do_not_wait_for_each_other(lab: Lab) -> None:
    async with lab.build_worker():
        calls = await asyncio.gather(*(lab.take_call() for _ in range(20)))
        sessions = await asyncio.gather(*(call.opened() for call in calls))
        assert len({session.id for session in sessions}) == 20
        await asyncio.gather(*(call.handle.signal("resolve", {"helpful": True}) for call in calls))
        results = await asyncio.gather(*(_result(call.handle) for call in calls))
    assert set(results) == {"resolved"}


async def _result(handle: "WorkflowHandle[L1Walk, str]") -> str:
    return await handle.result()
