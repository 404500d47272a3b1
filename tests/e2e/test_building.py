"""Trees that a model builds while the caller waits: through REST, with a scripted provider behind real HTTP."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from l1.domain.building import FellBack
from l1.domain.playbook import is_a_check
from l1.domain.roles import Role
from l1.library import playbooks
from tests.accounts import Account
from tests.desk import ModelDesk, question, sensible, step, steps_told
from tests.models.provider import (
    QUESTION,
    Behaviour,
    answers,
    drips,
    fails,
    filters,
    hangs,
    held,
    is_cut_off,
    refuses,
    resets,
    says,
    shows_a_page,
)
from tests.waiting import eventually

PRINTING = next(playbook for playbook in playbooks() if playbook.category == "printing")
NAME = "Ada Byron"
CONTACT = "ada.byron@example.com"


async def test_a_model_builds_node_after_node(desk: ModelDesk) -> None:
    session = await desk.take_call()
    assert session["session_kind"] == "ai_build"
    for number in (1, 2, 3):
        assert session["current_node_id"] == f"n{number}"
        assert session["built_nodes"][-1]["engine"] == "model"
        assert session["built_nodes"][-1]["model"] == "openai:scripted"
        assert session["built_nodes"][-1]["fell_back_because"] is None
        assert session["built_nodes"][-1]["usage"] == {"input_tokens": 100, "output_tokens": 20, "cost_usd": None}
        session = await desk.next_node(session)


async def test_a_text_that_expands_and_a_name_of_many_parts_hold_no_walk_up(desk: ModelDesk) -> None:
    """In workflow code, taking the name out of this took longer than the two seconds that the SDK allows a task."""
    problem = f"printer stripes {desk.word} " + "\ufdfa" * 7_900
    name = "-".join(f"{chr(97 + number % 26)}{chr(98 + number % 24)}q" for number in range(50))
    session = await desk.take_call(problem, customer_name=f"{name}x")
    session = await desk.next_node(session)
    assert {build["fell_back_because"] for build in session["built_nodes"]} == {None}


async def test_the_model_is_told_the_path_and_never_who_calls_nor_a_secret(desk: ModelDesk) -> None:
    secrets = "my login is jsmith, credentials are admin / S3cret!pass, password should be Winter2025"
    problem = f"{NAME}'s printer prints green stripes, call back at {CONTACT}; {secrets}"
    session = await desk.take_call(problem, customer_name=NAME, customer_contact=CONTACT)
    first = session["current_node"]["text"]
    session = await desk.next_node(session, "No")
    told = [asked for asked in desk.asked if steps_told(asked) == 1]
    assert told
    assert all(first in asked.prompt for asked in told)
    for asked in desk.asked:
        sent = f"{asked.body}"
        assert "green stripes" in sent
        assert not any(private in sent for private in ("Ada", "Byron", CONTACT, "jsmith", "S3cret", "Winter2025"))


@pytest.mark.parametrize(
    ("behaviour", "because"),
    [
        (fails(500), FellBack.OUTAGE),
        (fails(503), FellBack.OUTAGE),
        (fails(401), FellBack.OUTAGE),
        (resets(), FellBack.OUTAGE),
        (fails(429), FellBack.RATE_LIMIT),
        (refuses(), FellBack.REFUSAL),
        (filters(), FellBack.REFUSAL),
        (is_cut_off(), FellBack.NONSENSE),
        (says("Sure! Try turning it off and on again."), FellBack.NONSENSE),
        (hangs(), FellBack.TIME_LIMIT),
        (drips(), FellBack.TIME_LIMIT),
        (answers({**QUESTION, "text": "What is the caller's password?"}), FellBack.UNSAFE),
        (answers({**QUESTION, "answers": ["Tell me the code " * 118] * 500}), FellBack.UNSAFE),
    ],
    ids=lambda value: str(value) if isinstance(value, FellBack) else "",
)
async def test_whatever_the_provider_does_the_playbook_goes_on(
    behaviour: Behaviour, because: FellBack, desk: ModelDesk
) -> None:
    desk.behave = lambda _asked: behaviour
    session = await desk.take_call()
    build = session["built_nodes"][0]
    assert (build["engine"], build["fell_back_because"]) == ("playbook", because)
    assert is_a_check(PRINTING, session["current_node"]["text"])


async def test_a_page_of_html_is_no_node(desk: ModelDesk) -> None:
    desk.behave = lambda _asked: shows_a_page()
    session = await desk.take_call()
    assert session["built_nodes"][0]["fell_back_because"] in (FellBack.OUTAGE, FellBack.NONSENSE)


async def test_the_playbook_takes_over_from_the_same_path_and_the_model_comes_back(desk: ModelDesk) -> None:
    desk.behave = lambda _asked: answers(question(0, ("Yes", "No", "Perhaps")))  # so that nothing is built ahead
    session = await desk.take_call()
    desk.behave = lambda _asked: fails(500)
    session = await desk.next_node(session)
    assert session["built_nodes"][1]["engine"] == "playbook"
    desk.behave = sensible()
    for _ in range(3):  # the model's circuit was open for a moment
        session = await desk.next_node(session)
    assert session["built_nodes"][-1]["engine"] == "model"
    assert len(session["walked_path"]) == 4


async def test_a_refused_proposal_is_tried_again_with_the_fault_named(desk: ModelDesk) -> None:
    bad = answers({**QUESTION, "text": "Please tell me the password of the account.", "answers": ["Yes", "No"]})
    desk.behave = lambda _asked: bad if len(desk.asked) < 3 else answers(question(1))
    session = await desk.take_call()
    build = session["built_nodes"][0]
    assert (build["engine"], build["attempts"]) == ("model", 3)
    assert build["usage"]["input_tokens"] == 300
    first, second, third = (asked.prompt for asked in desk.asked[:3])
    assert "refused" not in first
    assert "refused" in second
    assert "refused" in third


async def test_a_node_is_paid_for_once_however_often_and_by_whomever_it_is_asked_for(desk: ModelDesk) -> None:
    # With three answers, nothing is built ahead.
    desk.behave = lambda _asked: answers(question(len(desk.asked), ("Yes", "No", "Perhaps")))
    session = await desk.take_call()
    address = f"/sessions/{session['id']}/next-node"
    key = str(uuid4())
    colleague = Account(desk.stack, desk.http, desk.account.id)
    several = await asyncio.gather(
        *(desk.account.request("POST", address, step(session), Idempotency_Key=key) for _ in range(5)),
        colleague.request("POST", address, step(session)),
    )
    assert [response.status_code for response in several].count(200) >= 1
    ok = [response.json()["node"] for response in several if response.status_code == httpx.codes.OK]
    assert all(node == ok[0] for node in ok)
    assert desk.paid == 2
    again = await desk.account.post(address, step(session), Idempotency_Key=key)
    assert again["node"] == ok[0]
    stale = await colleague.request("POST", address, step(session))
    assert (stale.status_code, stale.json()["current_node"]["id"]) == (409, ok[0]["id"])
    assert (await colleague.get(f"/sessions/{session['id']}"))["current_node"] == ok[0]
    assert desk.paid == 2


async def test_what_follows_a_yes_or_a_no_is_there_before_it_is_said(desk: ModelDesk) -> None:
    desk.behave = lambda asked: answers(question(len(desk.asked), ("Yes", "No", "Both")[: 2 + steps_told(asked)]))
    session = await desk.take_call()
    await _is_waiting(desk, 2)
    desk.behave = lambda _asked: fails(500)  # whoever asks now, gets nothing
    session = await desk.next_node(session, "No")
    build = session["built_nodes"][1]
    assert (build["engine"], build["ahead"], build["node_id"]) == ("model", True, "n2")
    assert session["current_node_id"] == "n2"
    await _escalate(desk, session)

    async def counted() -> bool:
        today = await _usage(desk)
        return bool((today["built_ahead"], today["ahead_used"], today["ahead_discarded"]) == (2, 1, 1))

    await eventually(counted)


async def test_what_is_being_built_ahead_is_waited_for_and_not_built_twice(desk: ModelDesk) -> None:
    go_on = asyncio.Event()
    normal = sensible()
    desk.behave = lambda asked: held(go_on, normal(asked)) if steps_told(asked) else normal(asked)
    session = await desk.take_call()
    await eventually(lambda: _has_asked(desk, 3))
    asking = asyncio.create_task(desk.next_node(session, "Yes"))
    await eventually(lambda: _is_building(desk, session))
    go_on.set()
    session = await asking
    assert session["built_nodes"][1]["ahead"]
    yes = [asked for asked in desk.asked if steps_told(asked) == 1 and 'answered "Yes"' in asked.prompt]
    assert len(yes) == 1


async def test_a_walk_that_has_used_up_its_budget_goes_on_with_the_playbook(desk: ModelDesk) -> None:
    desk.provider.input_tokens = ModelDesk.WALK_TOKENS
    session = await desk.take_call()
    assert session["built_nodes"][0]["engine"] == "model"
    session = await desk.next_node(session)
    assert session["built_nodes"][1]["engine"] == "playbook"
    assert session["built_nodes"][1]["fell_back_because"] == FellBack.WALK_BUDGET
    assert desk.paid == 1


async def test_a_call_can_be_handed_over_while_its_node_is_being_built(desk: ModelDesk) -> None:
    # From the start, as the children of the first node are asked for at once.
    desk.behave = lambda asked: hangs() if steps_told(asked) else answers(question(0))
    session = await desk.take_call()
    asking = asyncio.create_task(
        desk.account.request("POST", f"/sessions/{session['id']}/next-node", step(session, "No"))
    )
    await eventually(lambda: _is_building(desk, session))
    await _escalate(desk, session)
    response = await asking
    assert response.json()["session"]["status"] == "escalated"
    assert response.json()["node"] is None


async def _escalate(desk: ModelDesk, session: Any) -> None:
    await desk.account.post(f"/sessions/{session['id']}/escalate", {"reason_category": "needs_engineer"})


async def _has_asked(desk: ModelDesk, calls: int) -> bool:
    return len(desk.asked) >= calls


async def _is_building(desk: ModelDesk, session: Any) -> bool:
    now = await desk.account.get(f"/sessions/{session['id']}")
    return now["current_node"] is None


async def _is_waiting(desk: ModelDesk, children: int) -> None:
    """Wait until so many nodes are built ahead, and no call is under way."""

    async def settled() -> bool:
        today = await _usage(desk)
        return bool(today["built_ahead"] == children and today["unsettled"] == 0)

    await eventually(settled)


async def _usage(desk: ModelDesk) -> Any:
    days = await desk.account.get("/usage", role=Role.OWNER)
    return days[0]
