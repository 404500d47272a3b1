"""The same request again, requests at once, and requests on what has changed meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from l1.domain.roles import Role
from tests.accounts import KEYBOARD, Account
from tests.api.proposals import proposed

BUILT = {"problem_statement": "The printer prints green stripes", "force_build": True}


@dataclass(frozen=True)
class Repeatable:
    """A request that may be sent again: where to, with which body, by whom; `other_body` is another request."""

    path: str
    body: Any
    other_body: Any
    role: Role = Role.L1

    async def send(self, account: Account, key: str, body: Any = None, **headers: str) -> httpx.Response:
        content = self.body if body is None else body
        return await account.request("POST", self.path, content, role=self.role, **({"Idempotency_Key": key} | headers))


async def intake(account: Account) -> Repeatable:
    body = {"problem_statement": "Keys are odd", "flow_id": await account.publish()}
    return Repeatable("/intake", body, body | {"problem_statement": "Keys are very odd"})


async def build(_account: Account) -> Repeatable:
    return Repeatable("/intake", BUILT, BUILT | {"customer_name": "Ada Byron"})


async def suggestion(_account: Account) -> Repeatable:
    body = {"problem_statement": "The printer prints green stripes"}
    return Repeatable("/intake", body, {"problem_statement": "The printer prints blue stripes"})


async def escalation_without_walk(_account: Account) -> Repeatable:
    body = {"problem_statement": "Fire", "reason_category": "needs_engineer"}
    return Repeatable("/escalate-without-walk", body, body | {"reason": "Smoke too."})


async def step(account: Account) -> Repeatable:
    session = await account.take_call()
    body = {"node_id": "n1", "answer": "Yes"}
    return Repeatable(f"/sessions/{session['id']}/step", body, body | {"answer": "No"})


async def next_node(account: Account) -> Repeatable:
    session = (await account.post("/intake", BUILT))["session"]
    answers = session["current_node"]["answers"]
    body = {"node_id": session["current_node_id"], "answer": answers[0]}
    return Repeatable(f"/sessions/{session['id']}/next-node", body, body | {"answer": answers[1]})


async def notes(account: Account) -> Repeatable:
    session = await account.take_call()
    return Repeatable(f"/sessions/{session['id']}/notes", {"notes": [{"text": "a"}]}, {"notes": [{"text": "b"}]})


async def resolution(account: Account) -> Repeatable:
    session = await account.take_call()
    return Repeatable(f"/sessions/{session['id']}/resolve", {"helpful": True}, {"helpful": False})


async def escalation(account: Account) -> Repeatable:
    session = await account.take_call()
    body = {"reason_category": "needs_engineer"}
    return Repeatable(f"/sessions/{session['id']}/escalate", body, body | {"reason": "No idea."})


async def flow(_account: Account) -> Repeatable:
    return Repeatable("/flows", KEYBOARD, KEYBOARD | {"title": "Keyboard"}, Role.ENGINEER)


async def publishing(account: Account) -> Repeatable:
    saved = await account.post("/flows", KEYBOARD, role=Role.ENGINEER)
    return Repeatable(f"/flows/{saved['id']}/publish", None, None, Role.ENGINEER)


async def unpublishing(account: Account) -> Repeatable:
    return Repeatable(f"/flows/{await account.publish()}/unpublish", None, None, Role.ENGINEER)


async def publishing_a_proposal(account: Account) -> Repeatable:
    return Repeatable(f"/proposals/{await proposed(account)}/publish", None, None, Role.ENGINEER)


async def rejection(account: Account) -> Repeatable:
    path = f"/proposals/{await proposed(account)}/reject"
    return Repeatable(path, {"reason": "Rare."}, {"reason": "Very rare."}, Role.ENGINEER)


Prepare = Callable[[Account], Awaitable[Repeatable]]
ALL: list[Prepare] = [
    intake,
    build,
    suggestion,
    escalation_without_walk,
    step,
    next_node,
    notes,
    resolution,
    escalation,
    flow,
    publishing,
    unpublishing,
    publishing_a_proposal,
    rejection,
]
WITHOUT_BODY: list[Prepare] = [publishing, unpublishing, publishing_a_proposal]
ON_A_WALK: list[Prepare] = [step, notes, resolution, escalation]
OPENING: list[Prepare] = [intake, build, escalation_without_walk]


def named(prepare: Prepare) -> str:
    return getattr(prepare, "__name__", "").replace("_", " ")


def same(one: httpx.Response, other: httpx.Response) -> bool:
    """Whether two answers are the same to the byte, as far as they are about the request."""
    kept = [(r.status_code, r.content, r.headers["content-type"], r.headers.get("etag")) for r in (one, other)]
    return kept[0] == kept[1]


@pytest.mark.parametrize("prepare", ALL, ids=named)
async def test_the_same_request_again_gets_the_same_answer(account: Account, prepare: Prepare) -> None:
    request = await prepare(account)
    key = str(uuid4())
    first = await request.send(account, key)
    assert first.status_code == 200, first.text
    assert same(await request.send(account, key), first)
    assert same(await request.send(account, key), first)


@pytest.mark.parametrize("prepare", ALL, ids=named)
async def test_the_same_request_twenty_times_at_once_has_one_effect(account: Account, prepare: Prepare) -> None:
    request = await prepare(account)
    key = str(uuid4())
    tickets = len(await account.get("/queue?limit=200"))
    answers = await asyncio.gather(*(request.send(account, key) for _ in range(20)))
    assert all(same(answer, answers[0]) for answer in answers), {answer.text for answer in answers}
    assert answers[0].status_code == 200
    if prepare in OPENING:
        assert len(await account.get("/queue?limit=200")) == tickets + 1
    elif prepare is suggestion:
        assert await account.get("/queue") == []
    elif prepare in ON_A_WALK:
        session = answers[0].json()
        assert session["revision"] == 2
        assert await account.get(f"/sessions/{session['id']}") == session
    elif prepare is next_node:
        session = answers[0].json()["session"]
        assert len(session["walked_path"]) == 1
        assert await account.get(f"/sessions/{session['id']}") == session
    elif prepare is rejection:
        [own] = await account.get("/proposals?status=rejected", role=Role.ENGINEER)
        assert (own["id"], own["revision"]) == (answers[0].json()["id"], 2)
    else:
        [own] = [item for item in await account.get("/flows") if not item["shared"]]
        assert own["version"] == 1


@pytest.mark.parametrize("prepare", [p for p in ALL if p not in WITHOUT_BODY], ids=named)
async def test_a_key_with_another_body_is_refused(account: Account, prepare: Prepare) -> None:
    request = await prepare(account)
    key = str(uuid4())
    first = await request.send(account, key)
    refused = await request.send(account, key, request.other_body)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert same(await request.send(account, key), first)


async def test_the_order_of_fields_does_not_make_another_body(account: Account) -> None:
    request = await step(account)
    first = await request.send(account, "k")
    turned = dict(reversed(list(request.body.items())))
    assert same(await request.send(account, "k", turned), first)


async def test_an_id_in_another_spelling_is_the_same_address(account: Account) -> None:
    session = await account.take_call()
    request = Repeatable(f"/sessions/{session['id']}/notes", {"notes": [{"text": "a"}]}, None)
    first = await request.send(account, "k")
    for spelling in (session["id"].upper(), session["id"].replace("-", ""), f"{{{session['id']}}}"):
        again = Repeatable(f"/sessions/{spelling}/notes", request.body, None)
        assert same(await again.send(account, "k"), first), spelling
    assert len((await account.get(f"/sessions/{session['id']}"))["walk_notes"]) == 1


async def test_of_two_bodies_at_once_under_one_key_one_is_refused(account: Account) -> None:
    request = await intake(account)
    answers = await asyncio.gather(
        request.send(account, "k"), request.send(account, "k", request.other_body), return_exceptions=False
    )
    assert sorted(answer.status_code for answer in answers) == [200, 422]
    assert len(await account.get("/queue")) == 1


@pytest.mark.parametrize("prepare", [intake, step, notes], ids=named)
async def test_the_old_answer_is_given_again_after_the_walk_moved_on_and_after_it_closed(
    account: Account, prepare: Prepare
) -> None:
    request = await prepare(account)
    first = await request.send(account, "k")
    answer = first.json()
    session = answer.get("session", answer)
    path = f"/sessions/{session['id']}"
    await account.post(f"{path}/notes", {"notes": [{"text": "later"}]})
    await account.post(f"{path}/step", {"node_id": session["current_node_id"], "answer": "No"} | NEXT[prepare])
    assert same(await request.send(account, "k"), first)
    await account.post(f"{path}/escalate", {"reason_category": "needs_engineer"})
    again = await request.send(account, "k")
    assert same(again, first)
    assert again.headers["etag"] == f'"{session["revision"]}"'


NEXT: dict[Prepare, dict[str, str]] = {intake: {}, notes: {}, step: {"answer": "No change"}}


async def test_a_built_nodes_answer_is_given_again_after_the_walk_moved_on(account: Account) -> None:
    request = await next_node(account)
    first = await request.send(account, "k")
    session = first.json()["session"]
    await account.post(f"/sessions/{session['id']}/notes", {"notes": [{"text": "later"}]})
    await account.post(f"/sessions/{session['id']}/resolve", {"helpful": False})
    assert same(await request.send(account, "k"), first)


async def test_a_rejected_command_is_rejected_again_even_when_it_would_fit_now(account: Account) -> None:
    session = await account.take_call()
    early = Repeatable(f"/sessions/{session['id']}/step", {"node_id": "n2", "answer": "It works"}, None)
    first = await early.send(account, "k")
    assert (first.status_code, first.json()["code"]) == (409, "stale_step")
    await account.step(session, "Yes")
    assert same(await early.send(account, "k"), first)
    assert (await early.send(account, "another")).status_code == 200


async def test_a_command_on_a_closed_walk_is_rejected_the_same_each_time(account: Account) -> None:
    request = await step(account)
    await account.post(request.path.replace("/step", "/resolve"), {"helpful": True})
    first = await request.send(account, "k")
    assert (first.status_code, first.json()["code"]) == (409, "session_closed")
    assert first.json()["session_status"] == "resolved"
    assert same(await request.send(account, "k"), first)


async def test_a_key_belongs_to_one_user_and_one_path(account: Account, other_account: Account) -> None:
    request = await notes(account)
    first = (await request.send(account, "k")).json()
    colleague = Repeatable(request.path, request.other_body, None, Role.ADMIN)
    second = (await colleague.send(account, "k")).json()
    assert [note["text"] for note in second["walk_notes"]] == ["a", "b"]
    answered = await account.request(
        "POST", request.path.replace("/notes", "/step"), {"node_id": "n1", "answer": "No"}, Idempotency_Key="k"
    )
    assert answered.json()["revision"] == first["revision"] + 2
    elsewhere = await notes(other_account)
    assert (await elsewhere.send(other_account, "k")).json()["id"] != first["id"]


async def test_without_a_key_every_request_counts(account: Account) -> None:
    request = await notes(account)
    for _ in range(2):
        session = await account.post(request.path, request.body)
    assert [note["text"] for note in session["walk_notes"]] == ["a", "a"]


async def test_publishing_again_under_a_key_does_not_publish_the_next_draft(account: Account) -> None:
    request = await publishing(account)
    first = await request.send(account, "k")
    await account.post("/flows", KEYBOARD | {"title": "Keyboard, again"}, role=Role.ENGINEER)
    assert same(await request.send(account, "k"), first)
    [own] = [item for item in await account.get("/flows") if not item["shared"]]
    assert (own["version"], own["draft_version"]) == (1, 2)


@pytest.mark.parametrize("condition", ['"1"', "1", 'W/"1"', "*"])
async def test_a_command_on_the_revision_that_was_seen_is_applied(account: Account, condition: str) -> None:
    session = await account.take_call()
    response = await account.step(session, "Yes", If_Match=condition)
    assert response.status_code == 200
    assert response.headers["etag"] == '"2"'


@pytest.mark.parametrize("condition", ['"0"', '"2"', '"999999999"'])
async def test_a_command_on_another_revision_changes_nothing(account: Account, condition: str) -> None:
    session = await account.take_call()
    response = await account.step(session, "Yes", If_Match=condition)
    assert (response.status_code, response.json()["code"]) == (412, "revision_mismatch")
    assert response.json()["revision"] == 1
    assert await account.get(f"/sessions/{session['id']}") == session


@pytest.mark.parametrize("condition", ["", '""', "one", '"-1"', '"1.0"', '"1","2"', '"9999999999"', "½", '"\u0661"'])
async def test_a_condition_that_is_no_revision_is_refused(account: Account, condition: str) -> None:
    session = await account.take_call()
    headers: Any = account.headers() | {"If-Match": condition.encode()}
    path = f"/l1/sessions/{session['id']}/resolve"
    response = await account.http.post(path, json={"helpful": True}, headers=headers)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert "If-Match" in response.text


async def test_of_two_technicians_at_one_node_one_wins_and_the_other_sees_the_new_node(account: Account) -> None:
    flow_id = await account.publish()
    for _ in range(10):
        session = await account.take_call(flow_id)
        path, body = f"/sessions/{session['id']}/step", {"node_id": "n1", "answer": "Yes"}
        answers = await asyncio.gather(*(account.request("POST", path, body, role=r) for r in (Role.L1, Role.OWNER)))
        won, lost = sorted(answers, key=lambda answer: answer.status_code)
        assert won.status_code == 200
        assert (lost.status_code, lost.json()["code"]) == (409, "stale_step")
        assert lost.json()["current_node"] == {
            name: value for name, value in won.json()["current_node"].items() if name != "reason_category"
        }
        assert len((await account.get(f"/sessions/{session['id']}"))["walked_path"]) == 1
