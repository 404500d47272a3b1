"""What the recorded walks went through. Each scenario plays one call to its end, or as far as the history should go."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import count
from unittest import mock

from temporalio.client import WorkflowFailureError

from l1.database.ledger import Ledger
from l1.database.policies import Policies
from l1.database.records import Records
from l1.domain.building import FellBack
from l1.domain.commands import Escalate
from l1.domain.delivery import TargetKind
from l1.domain.errors import Unavailable
from l1.domain.naming import deliver_workflow_id
from l1.domain.record import Record
from tests.desk import question
from tests.models.provider import QUESTION, answers, fails, provider
from tests.receivers import Post, Reply, receiver
from tests.workflows.lab import Lab, LabCall

Scenario = Callable[[Lab], Awaitable[LabCall]]


NEAR_NO_FLOW = "My laptop's touchpad has stopped responding"
"""Built for at once, with a category that may be built."""


async def matched_and_resolved(lab: Lab) -> LabCall:
    async with lab.build_worker():
        call = await lab.take_call()
        session = await call.opened()
        session = await call.step(session, note="Since Monday.")
        await call.handle.signal("note", {"text": "Calls back at noon."})
        await call.at_revision(session.revision + 1)
        await call.handle.signal("resolve", {"helpful": True, "resolution_notes": "Signed in again."})
        await call.handle.result()
    return call


async def matched_and_still_open(lab: Lab) -> LabCall:
    async with lab.build_worker():
        call = await lab.take_call()
        await call.step(await call.opened())
    return call


async def built_and_escalated(lab: Lab) -> LabCall:
    async with lab.build_worker():
        call = await lab.take_call("The printer prints green stripes", force_build=True)
        session = await call.opened()
        for number in (2, 3):
            assert session.current_node is not None
            await call.step(session, session.current_node.answers[-1])
            session = await call.at_revision(session.revision + 2)
            assert session.current_node_id == f"n{number}"
        await call.handle.signal("escalate", {"reason_category": "needs_engineer"})
        await call.handle.result()
    return call


async def built_by_the_playbook(lab: Lab) -> LabCall:
    async with lab.build_worker():
        call = await lab.take_call(NEAR_NO_FLOW)
        session = await call.opened()
        assert session.current_node is not None
        session = await call.step_on(session, session.current_node.answers[-1])
        assert [build.engine for build in session.built_nodes] == ["playbook", "playbook"]
        await call.handle.signal("resolve", {"helpful": True})
        await call.handle.result()
    return call


async def built_by_a_model(lab: Lab) -> LabCall:
    """A refused proposal, children built ahead of which one is used, and a walk from which a proposal grows."""
    refused = {**QUESTION, "text": "Please tell me your password."}
    async with provider() as scripted, lab.build_worker(scripted.base_url):
        scripted.behave = lambda asked: answers(refused if asked.number == 1 else question(asked.number))
        call = await lab.take_call("The printer prints green stripes", force_build=True)
        session = await call.opened()
        await call.children_are_ready(2)
        session = await call.step_on(session, "No")
        assert session.built_nodes[1].ahead
        await call.handle.signal("resolve", {"helpful": True})
        await call.handle.result()
    return call


async def given_up_by_a_model(lab: Lab) -> LabCall:
    async with provider() as scripted, lab.build_worker(scripted.base_url):
        scripted.behave = lambda _asked: fails(500)
        call = await lab.take_call("The printer prints green stripes", force_build=True)
        session = await call.opened()
        assert session.built_nodes[0].fell_back_because is FellBack.OUTAGE
        await call.handle.signal("escalate", {"reason_category": "needs_engineer"})
        await call.handle.result()
    return call


async def built_when_no_worker_could_ask_the_model(lab: Lab) -> LabCall:
    async def away(_self: Ledger, _call: object, _budget: object) -> None:
        raise Unavailable("The database is away.")

    async with provider() as scripted, lab.build_worker(scripted.base_url):
        with mock.patch.object(Ledger, "reserve", away):
            call = await lab.take_call("The printer prints green stripes", force_build=True)
            session = await call.opened()
        assert session.built_nodes[0].fell_back_because is FellBack.INTERRUPTED
        await call.handle.signal("escalate", {"reason_category": "needs_engineer"})
        await call.handle.result()
    return call


async def built_and_continued_as_new(lab: Lab) -> LabCall:
    """What was built ahead goes over into the next run."""
    async with provider() as scripted, lab.build_worker(scripted.base_url):
        scripted.behave = lambda asked: answers(question(asked.number))
        call = await lab.take_call("The printer prints green stripes", force_build=True)
        session = await call.opened()
        await call.children_are_ready(2)
        for number in range(40):
            await call.handle.signal("note", {"text": f"note {number}"})
            session = await call.at_revision(session.revision + 1)
        scripted.behave = lambda _asked: fails(500)
        session = await call.step_on(session, "Yes")
        assert session.built_nodes[1].ahead
        await call.handle.signal("escalate", {"reason_category": "needs_engineer"})
        await call.handle.result()
    return call


async def a_proposal_walked_and_built_on(lab: Lab) -> LabCall:
    first = await built_by_the_playbook(lab)
    await Policies(lab.database).change(lab.account_id, {"walk_proposals": True})
    async with lab.build_worker():
        call = await lab.take_call(NEAR_NO_FLOW)
        session = await call.opened()
        assert session.session_kind == "proposal"
        theirs = await first.session()
        assert theirs is not None
        session = await call.step(session, theirs.walked_path[0].answer)
        session = await call.step_on(session)
        assert len(session.built_nodes) == 1
        await call.handle.signal("resolve", {"helpful": True})
        await call.handle.result()
    return call


async def stalled(lab: Lab) -> LabCall:
    await lab.stall_after(1)
    async with lab.build_worker():
        call = await lab.take_call()
        session = await call.opened()
        await asyncio.sleep(0.6)
        await call.step(session)
        await call.handle.result()
    return call


async def suggested(lab: Lab) -> LabCall:
    async with lab.build_worker():
        call = await lab.take_call("The printer prints green stripes")
        assert await call.handle.result() == "suggest"
    return call


async def called_before(lab: Lab) -> LabCall:
    async with lab.build_worker():
        first = await lab.take_call(customer_name="Ada Byron")
        await first.opened()
        call = await lab.take_call(customer_name="ada  byron")
        await call.opened()
        await call.handle.signal("escalate", {"reason_category": "needs_engineer"})
        await call.handle.result()
    return call


async def out_of_scope(lab: Lab) -> LabCall:
    async with lab.build_worker():
        call = await lab.take_call("qwertz")
        assert await call.handle.result() == "out_of_scope"
    return call


async def handed_over_at_once(lab: Lab) -> LabCall:
    async with lab.build_worker():
        call = await lab.take_call("Fire", escalate=Escalate("safety", "Smoke"))
        await call.handle.result()
    return call


async def flow_not_published(lab: Lab) -> LabCall:
    async with lab.build_worker():
        call = await lab.take_call(flow_id=lab.account_id)
        assert await call.handle.result() == "not_found"
    return call


async def cancelled(lab: Lab) -> LabCall:
    async with lab.build_worker():
        call = await lab.take_call()
        await call.opened()
        await call.handle.cancel()
        try:
            await call.handle.result()
        except WorkflowFailureError:
            return call
    raise AssertionError("a cancelled walk must not end well")


async def cancelled_before_it_was_decided(lab: Lab) -> LabCall:
    call = await lab.take_call()
    await call.handle.signal("note", {"text": "early"})
    await call.handle.cancel()
    async with lab.build_worker():
        try:
            await call.handle.result()
        except WorkflowFailureError:
            return call
    raise AssertionError("a cancelled walk must not end well")


async def malformed_signals(lab: Lab) -> LabCall:
    async with lab.build_worker():
        call = await lab.take_call()
        await call.opened()
        await call.handle.signal("note", 5)
        await call.handle.signal("hang-up", args=[1, 2])
        await call.handle.signal("note", {"text": "fine"})
        await call.at_revision(2)
    return call


async def continued_as_new(lab: Lab) -> LabCall:
    async with lab.build_worker():
        call = await lab.take_call()
        session = await call.opened()
        for number in range(40):
            await call.handle.signal("note", {"text": f"note {number}"})
            session = await call.at_revision(session.revision + 1)
        await call.handle.signal("resolve", {"helpful": True})
        await call.handle.result()
    return call


async def recorded_when_the_database_was_back(lab: Lab) -> LabCall:
    async with lab.build_worker():
        call = await lab.take_call()
        session = await call.opened()
        attempts = count()
        record = Records.record

        async def away_at_first(self: Records, what: Record) -> None:
            if next(attempts) < 5:
                raise Unavailable("The database is away.")
            await record(self, what)

        with mock.patch.object(Records, "record", away_at_first):
            await call.step(session)
        await call.handle.signal("resolve", {"helpful": True})
        await call.handle.result()
    return call


async def notified(lab: Lab) -> LabCall:
    """Not the walk's own history, but that of what was delivered of it: to two targets, one of which fails at first."""

    async def fail_at_first(post: Post) -> Reply:
        return Reply(503 if post.number == 1 else 200)

    async with (
        receiver(fail_at_first) as hook,
        receiver() as channel,
        lab.build_worker(),
        lab.build_delivery_worker(),
    ):
        await lab.add_target(TargetKind.WEBHOOK, hook.url)
        await lab.add_target(TargetKind.SLACK, channel.url)
        call = await lab.take_call()
        await call.opened()
        await call.handle.signal("escalate", {"reason_category": "needs_engineer"})
        await lab.delivered(number=2)
        delivering = lab.client.get_workflow_handle(deliver_workflow_id(call.session_id))
        await delivering.result()
    return replace(call, handle=delivering)


SCENARIOS: dict[str, Scenario] = {
    scenario.__name__: scenario
    for scenario in (
        matched_and_resolved,
        matched_and_still_open,
        built_and_escalated,
        built_by_the_playbook,
        built_by_a_model,
        given_up_by_a_model,
        built_when_no_worker_could_ask_the_model,
        built_and_continued_as_new,
        a_proposal_walked_and_built_on,
        stalled,
        suggested,
        called_before,
        out_of_scope,
        handed_over_at_once,
        flow_not_published,
        cancelled,
        cancelled_before_it_was_decided,
        malformed_signals,
        continued_as_new,
        recorded_when_the_database_was_back,
        notified,
    )
}
