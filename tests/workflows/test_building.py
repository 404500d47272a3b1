"""L1Walk while its nodes are built: what comes in between."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from unittest import mock

from activities import messages
from l1.database.paging import Cut
from l1.database.proposals import Proposals
from l1.database.records import Records
from l1.domain.building import Engine
from l1.domain.errors import Unavailable
from l1.domain.events import Rejected
from l1.domain.record import Record
from tests.desk import STRIPES, question
from tests.models.provider import Provider, answers, held, provider
from tests.waiting import eventually
from tests.workflows.lab import Lab, LabCall
from worker import build_model, build_worker


@asynccontextmanager
async def worker_with(scripted: Provider, lab: Lab) -> AsyncIterator[None]:
    """Run a worker, whose model is stopped with it."""
    update = {"llm_model": "openai:scripted", "llm_base_url": scripted.base_url}
    settings = lab.settings.model_copy(update=update)
    model = build_model(settings)
    assert model is not None
    try:
        async with build_worker(lab.client, lab.database, lab.matcher, settings, model):
            yield
    finally:
        await model.close()


@contextmanager
def away_until(is_back: asyncio.Event) -> Iterator[None]:
    """Let nothing be recorded until the database is back."""
    record = Records.record

    async def away_at_first(self: Records, what: Record) -> None:
        if not is_back.is_set():
            raise Unavailable("The database is away.")
        await record(self, what)

    with mock.patch.object(Records, "record", away_at_first):
        yield


async def has_scheduled(call: LabCall, activity: str) -> bool:
    history = await call.handle.fetch_history()
    return any(
        event.activity_task_scheduled_event_attributes.activity_type.name == activity for event in history.events
    )


async def test_a_step_that_came_while_the_database_was_away_leads_to_a_node_once_it_is_back(lab: Lab) -> None:
    is_back = asyncio.Event()
    async with lab.build_worker():
        call = await lab.take_call(STRIPES, force_build=True)
        session = await call.opened()
        assert session.current_node is not None
        with away_until(is_back):
            await call.handle.signal("note", {"text": "A moment, please."})
            await eventually(lambda: has_scheduled(call, messages.RECORD))
            answer = {"node_id": session.current_node.id, "answer": session.current_node.answers[0]}
            await call.handle.signal("step", answer)
            await call.handle.query("state")  # which the workflow answers after what came before
            is_back.set()
            session = await call.at_revision(session.revision + 3)
    assert session.current_node_id == "n2"


async def test_a_command_that_comes_while_a_closed_walk_is_learned_from_is_answered(lab: Lab) -> None:
    go_on = asyncio.Event()
    grow = Proposals.grow

    async def slowly(*args: Any, **kwargs: Any) -> None:
        await go_on.wait()
        await grow(*args, **kwargs)

    with mock.patch.object(Proposals, "grow", slowly):
        async with lab.build_worker():
            call = await lab.take_call(STRIPES, force_build=True)
            await call.opened()
            await call.handle.signal("resolve", {"helpful": True})
            await eventually(lambda: has_scheduled(call, messages.GROW_PROPOSAL))
            await call.handle.signal("note", {"text": "Too late."})

            async def is_answered() -> bool:
                last = (await call.events())[-1].body
                return isinstance(last, Rejected) and last.problem.code == "session_closed"

            await eventually(is_answered)
            go_on.set()
            assert await call.handle.result() == "resolved"
    assert len((await Proposals(lab.database).all(lab.account_id, "open", Cut(2))).rows) == 1


async def test_a_worker_that_is_stopped_while_the_model_builds_leaves_the_nodes_to_the_next(lab: Lab) -> None:
    go_on = asyncio.Event()
    async with provider() as scripted:
        scripted.behave = lambda asked: (
            held(go_on, answers(question(asked.number)))
            if len(scripted.requests) in (1, 3, 4)
            else answers(question(asked.number))
        )

        async def has_asked(times: int) -> bool:
            return len(scripted.requests) == times

        async with worker_with(scripted, lab):
            call = await lab.take_call(STRIPES, force_build=True)
            await eventually(lambda: has_asked(1))
        async with worker_with(scripted, lab):
            session = await call.opened()
            await eventually(lambda: has_asked(4))  # the first node once more, and both of its children
        async with worker_with(scripted, lab):
            session = await call.step_on(session, "Yes")
            await call.handle.signal("escalate", {"reason_category": "needs_engineer"})
            await call.handle.result()
    assert [(build.engine, build.ahead) for build in session.built_nodes] == [
        (Engine.MODEL, False),
        (Engine.MODEL, True),
    ]


async def test_a_node_that_comes_while_the_step_that_leads_to_it_is_recorded_is_not_built_again(lab: Lab) -> None:
    is_back, go_on = asyncio.Event(), asyncio.Event()
    async with provider() as scripted:
        scripted.behave = lambda asked: (
            held(go_on, answers(question(asked.number)))
            if len(scripted.requests) in (2, 3)
            else answers(question(asked.number))
        )

        async def has_asked_for_both_children() -> bool:
            return len(scripted.requests) == 3

        async with worker_with(scripted, lab):
            call = await lab.take_call(STRIPES, force_build=True)
            session = await call.opened()
            await eventually(has_asked_for_both_children)
            with away_until(is_back):
                await call.handle.signal("note", {"text": "A moment, please."})
                await call.handle.query("state")  # which the workflow answers after what came before
                await call.handle.signal("step", {"node_id": "n1", "answer": "Yes"})
                await call.handle.query("state")
                go_on.set()
                await call.children_are_ready(2)
                is_back.set()
                session = await call.at_revision(session.revision + 3)
            await call.handle.signal("escalate", {"reason_category": "needs_engineer"})
            await call.handle.result()
    assert [(build.engine, build.ahead) for build in session.built_nodes] == [
        (Engine.MODEL, False),
        (Engine.MODEL, True),
    ]
