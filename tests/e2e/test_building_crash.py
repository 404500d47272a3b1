"""The worker is killed with -9 while a model builds: the node comes once, and is paid for once more at most."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import select

from l1.database.models import ModelCallRow
from l1.domain.roles import Role
from tests.desk import ModelDesk, desk_beside, question, sensible, step, steps_told
from tests.e2e.test_crashes import (
    LONGEST_WAIT,
    Waits,
    events_of,
    kill_and_see_it_back,
    part_of,
    send_until_acknowledged,
)
from tests.models.provider import AskedFor, Behaviour, answers, held
from tests.stack import Stack
from tests.waiting import eventually

MOST_CALLS = 2
"""For one node: the one that was lost with its worker, and the one that is made instead."""


@pytest_asyncio.fixture(scope="module")
async def patient_desk(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ModelDesk]:
    """A desk whose callers have the time in which a lost worker is noticed and the model asked again."""
    settings = {"L1_LLM_ATTEMPT_LIMIT": "20", "L1_LLM_LIMIT": "40"}
    async with desk_beside(stack, tmp_path_factory.mktemp("patient"), "patient", **settings) as desk:
        yield desk


@pytest_asyncio.fixture
async def desk(patient_desk: ModelDesk) -> AsyncIterator[ModelDesk]:
    patient_desk.begin_anew()
    yield patient_desk


def by_answer(asked: AskedFor) -> str | None:
    """The answer to the first node after which the model is asked for the second; None for any other node."""
    if steps_told(asked) != 1:
        return None
    return next(answer for answer in ("Yes", "No", "Perhaps") if f'was answered "{answer}"' in asked.prompt)


def asked_for_second_nodes(desk: ModelDesk) -> Counter[str]:
    return Counter(answer for asked in desk.asked if (answer := by_answer(asked)))


async def calls_after_first_node(desk: ModelDesk, session: Any) -> list[Any]:
    """Return what the ledger has of the nodes that follow the first one."""
    query = select(ModelCallRow).where(
        ModelCallRow.session_id == UUID(session["id"]), ModelCallRow.parent_node_id == "n1"
    )
    async with desk.stack.database.account(desk.account.id) as connection:
        return list(await connection.execute(query))


async def test_a_node_comes_once_whose_worker_is_killed_while_the_model_builds_it(desk: ModelDesk) -> None:
    go_on = asyncio.Event()
    quiet = ("Yes", "No", "Perhaps")  # with three answers, nothing is built ahead

    def behave(asked: AskedFor) -> Behaviour:
        node = answers(question(asked.number, quiet))
        return held(go_on, node) if steps_told(asked) else node

    desk.behave = behave
    session = await desk.take_call()
    address = f"/sessions/{session['id']}/next-node"
    key = str(uuid4())
    first = asyncio.create_task(desk.account.request("POST", address, step(session), Idempotency_Key=key))
    await eventually(lambda: _has_been_asked(desk, 1))
    await kill_and_see_it_back(desk.stack, part_of(desk.stack, "worker"))
    second = asyncio.create_task(desk.account.request("POST", address, step(session), Idempotency_Key=key))
    go_on.set()
    sent = [(await response).json() for response in (first, second)]

    assert [answer["node"]["id"] for answer in sent] == ["n2", "n2"]
    assert sent[0]["node"] == sent[1]["node"]
    now = await desk.account.get(f"/sessions/{session['id']}")
    assert [(entry["node_id"], entry["answer"]) for entry in now["walked_path"]] == [("n1", "Yes")]
    assert now["current_node"] == sent[0]["node"]
    assert [build["node_id"] for build in now["built_nodes"]] == ["n1", "n2"]
    assert now["built_nodes"][1]["engine"] == "model"
    assert sum(asked_for_second_nodes(desk).values()) == MOST_CALLS
    calls = await calls_after_first_node(desk, session)
    assert sorted(str(call.outcome) for call in calls) == ["None", "proposed"]
    assert len({call.build_id for call in calls}) == 1


async def test_a_walk_goes_on_whose_worker_is_killed_while_children_are_built_ahead(desk: ModelDesk) -> None:
    go_on = asyncio.Event()
    normal = sensible()
    desk.behave = lambda asked: held(go_on, normal(asked)) if steps_told(asked) else normal(asked)
    session = await desk.take_call()
    await eventually(lambda: _has_been_asked(desk, 2))
    await kill_and_see_it_back(desk.stack, part_of(desk.stack, "worker"))
    go_on.set()
    waits = Waits()
    for number in (1, 2):
        path = f"/sessions/{session['id']}/next-node"
        session = (await send_until_acknowledged(desk.account, path, step(session), waits))["session"]
        assert [entry["answer"] for entry in session["walked_path"]] == ["Yes"] * number
        assert session["built_nodes"][-1]["engine"] == "model"
    assert session["built_nodes"][1]["ahead"]
    assert max(waits.seconds) < LONGEST_WAIT, waits

    asked = asked_for_second_nodes(desk)
    assert set(asked) == {"Yes", "No"}
    assert max(asked.values()) <= MOST_CALLS, asked
    calls = await calls_after_first_node(desk, session)
    assert all(call.ahead for call in calls)
    per_child = Counter(call.build_id for call in calls)
    assert len(per_child) == len(asked)
    assert max(per_child.values()) <= MOST_CALLS, calls


@pytest.mark.parametrize("labels", [("Yes", "No"), ("Yes", "No", "Perhaps")], ids=["built-ahead", "built-when-asked"])
async def test_the_node_that_a_caller_was_shown_stays_whatever_becomes_of_the_worker(
    labels: tuple[str, ...], desk: ModelDesk
) -> None:
    """A node is on the screen as soon as it is recorded, and Temporal hears of that only afterwards."""
    numbers = count()
    desk.behave = lambda _asked: answers(question(next(numbers), labels))
    session = await desk.take_call()
    if len(labels) == 2:
        await eventually(lambda: _is_built_ahead(desk, 2))
    session = await desk.next_node(session)
    shown = session["current_node"]
    path = f"/sessions/{session['id']}/next-node"
    waits = Waits()
    _, after = await asyncio.gather(
        kill_and_see_it_back(desk.stack, part_of(desk.stack, "worker")),
        send_until_acknowledged(desk.account, path, step(session), waits),
    )
    walked = after["session"]["walked_path"]
    assert [(entry["node_id"], entry["question"]) for entry in walked][1:] == [(shown["id"], shown["text"])]
    events = await events_of(desk.stack, desk.account, session["id"])
    assert [event.kind for event in events] == ["opened", "node_placed"] + ["stepped", "node_placed"] * 2
    assert max(waits.seconds) < LONGEST_WAIT, waits


async def _is_built_ahead(desk: ModelDesk, children: int) -> bool:
    today = (await desk.account.get("/usage", role=Role.OWNER))[0]
    return bool(today["built_ahead"] == children and today["unsettled"] == 0)


async def _has_been_asked(desk: ModelDesk, times: int) -> bool:
    return sum(asked_for_second_nodes(desk).values()) >= times
