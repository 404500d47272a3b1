"""What is answered to requests that cannot be carried out: always a problem document, never a fault of ours."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.body_limit import BODY_SECONDS, MOST_BYTES
from l1.domain.roles import Role
from tests.accounts import KEYBOARD, Account
from tests.api.document import OPERATIONS

WORDS = "Zyxwvut"
"""Stands for what a customer said; no answer may repeat it."""
FIRE = {"problem_statement": "Fire", "reason_category": "needs_engineer"}


def assert_problem(response: httpx.Response, status: int, code: str) -> Any:
    """Check RFC 9457's members, and that nothing of what was sent comes back. Return the document."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["code"] == code, problem
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert problem["detail"]
    assert WORDS not in response.text
    return problem


async def send(account: Account, path: str, content: bytes, role: Role = Role.L1, **headers: str) -> httpx.Response:
    """Post bytes as they are."""
    named = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return await account.http.post(f"/l1{path}", content=content, headers=account.headers(role) | named)


async def test_an_unknown_address_is_not_found(account: Account) -> None:
    assert_problem(await account.request("GET", "/nothing"), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/intake", "POST"),
        ("DELETE", "/sessions/00000000-0000-4000-8000-000000000000", "GET"),
        ("PATCH", "/categories", "GET, PUT"),
    ],
)
async def test_a_method_that_an_address_does_not_take_is_named(
    account: Account, method: str, path: str, allowed: str
) -> None:
    response = await account.request(method, path)
    assert_problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == allowed


async def test_a_step_on_another_node_tells_the_current_one(account: Account) -> None:
    session = await account.take_call()
    body = {"node_id": "n2", "answer": "It works"}
    problem = assert_problem(await account.request("POST", f"/sessions/{session['id']}/step", body), 409, "stale_step")
    node = {name: session["current_node"][name] for name in ("id", "kind", "text", "answers")}
    assert problem["current_node"] == node


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("step", {"node_id": "n1", "answer": "Yes"}),
        ("notes", {"notes": [{"text": WORDS}]}),
        ("resolve", {"helpful": True}),
        ("escalate", {"reason_category": "needs_engineer"}),
    ],
)
@pytest.mark.parametrize("end", ["resolve", "escalate"])
async def test_a_closed_call_takes_no_command(account: Account, end: str, command: str, body: object) -> None:
    session = await account.take_call()
    ending = {"resolve": {"helpful": True}, "escalate": {"reason_category": "needs_engineer"}}[end]
    closed = await account.post(f"/sessions/{session['id']}/{end}", ending)
    response = await account.request("POST", f"/sessions/{session['id']}/{command}", body)
    problem = assert_problem(response, 409, "session_closed")
    assert problem["session_status"] == closed["status"]
    assert await account.get(f"/sessions/{session['id']}") == closed


async def test_a_published_flow_has_no_node_to_build(account: Account) -> None:
    session = await account.take_call()
    body = {"node_id": "n1", "answer": "Yes"}
    response = await account.request("POST", f"/sessions/{session['id']}/next-node", body)
    assert_problem(response, 409, "wrong_session_kind")


async def test_an_answer_that_the_node_does_not_have_is_told_those_it_has(account: Account) -> None:
    session = await account.take_call()
    problem = assert_problem(await account.step(session, WORDS), 422, "unknown_answer")
    assert problem["answers"] == session["current_node"]["answers"]


async def test_the_last_node_takes_no_answer(account: Account) -> None:
    session = (await account.step(await account.take_call(), "No")).json()
    assert assert_problem(await account.step(session, "Yes"), 422, "unknown_answer")["answers"] == []


async def test_a_note_on_a_node_that_the_walk_does_not_have_is_refused(account: Account) -> None:
    session = await account.take_call()
    body = {"notes": [{"text": WORDS, "node_id": "n9"}]}
    assert_problem(await account.request("POST", f"/sessions/{session['id']}/notes", body), 422, "unknown_node")


async def test_a_flow_that_is_not_published_cannot_be_walked(account: Account, other_account: Account) -> None:
    draft = (await account.post("/flows", KEYBOARD, role=Role.ENGINEER))["id"]
    for flow_id in (draft, str(uuid4()), await other_account.publish()):
        body = {"problem_statement": WORDS, "flow_id": flow_id}
        assert_problem(await account.request("POST", "/intake", body), 404, "not_found")
    assert await account.get("/queue") == []


async def test_a_faulty_flow_is_told_every_fault_with_its_place(account: Account) -> None:
    faulty = KEYBOARD | {"start": "n0", "nodes": {"n1": {"kind": "question", "text": "?", "answers": {"Yes": "n7"}}}}
    response = await account.request("POST", "/flows", faulty, role=Role.ENGINEER)
    problem = assert_problem(response, 422, "invalid_flow")
    assert {fault["field"] for fault in problem["errors"]} == {"start", "nodes.n1.answers.Yes"}


@pytest.mark.parametrize("path", ["/intake", "/flows", "/nothing"])
async def test_a_body_of_more_than_64_kib_is_too_large(account: Account, path: str) -> None:
    for size in (MOST_BYTES + 1, 2_000_000):
        assert_problem(await send(account, path, b" " * size, Role.OWNER), 413, "payload_too_large")


async def test_a_body_that_comes_in_chunks_is_counted_as_it_comes(account: Account) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b" " * 1024

    response = await account.http.post("/l1/intake", content=chunks(), headers=account.headers())
    assert "content-length" not in response.request.headers
    assert_problem(response, 413, "payload_too_large")


async def test_a_body_of_64_kib_is_read(account: Account) -> None:
    body = json.dumps(FIRE).encode()
    assert (await send(account, "/escalate-without-walk", body.ljust(MOST_BYTES))).status_code == 200


async def test_a_body_that_trickles_is_given_up_on_every_route(account: Account) -> None:
    paths = [(method, re.sub(r"\{\w+\}", str(uuid4()), path)) for method, path in OPERATIONS]

    async def trickle(method: str, path: str) -> str:
        url = account.http.base_url
        reader, writer = await asyncio.open_connection(url.host, url.port)
        token = account.headers(Role.OWNER)["Authorization"]
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nContent-Length: 1000\r\n\r\n"
        writer.write(head.encode())
        answer = asyncio.create_task(reader.read())
        while not answer.done():
            writer.write(b" ")
            await asyncio.wait([answer], timeout=1)
        writer.close()
        return (await answer).decode()

    async with asyncio.timeout(BODY_SECONDS + 10):
        answers = await asyncio.gather(*(trickle(*path) for path in [*paths, ("POST", "/codec/decode")]))
    for path, answer in zip(paths, answers, strict=False):
        assert answer.startswith("HTTP/1.1 408"), path
        assert '"code":"body_too_slow"' in answer
    assert answers[-1].startswith("HTTP/1.1 408")


@pytest.mark.parametrize(
    ("declared", "sent"), [("10", 30), ("-1", 30), ("many", 30), ("99999999999999999999", MOST_BYTES + 1)]
)
async def test_a_wrong_content_length_is_no_fault_of_ours(account: Account, declared: str, sent: int) -> None:
    """Sent over a bare connection, as no client would."""
    url = account.http.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    token = account.headers()["Authorization"]
    head = f"POST /l1/intake HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {declared}\r\nConnection: close\r\n\r\n".encode() + b"x" * sent)
    status = await reader.readline()
    writer.close()
    assert status.startswith(b"HTTP/1.1 4"), status


FIELDS: list[tuple[str, dict[str, Any], str, int, str | None]] = [
    ("/intake", {}, "problem_statement", 8_000, None),
    ("/intake", {"problem_statement": "Fire"}, "customer_name", 200, None),
    ("/intake", {"problem_statement": "Fire"}, "customer_contact", 320, None),
    ("/escalate-without-walk", {"reason_category": "other"}, "problem_statement", 8_000, None),
    ("/escalate-without-walk", FIRE, "customer_name", 200, None),
    ("/escalate-without-walk", FIRE, "customer_contact", 320, None),
    ("/escalate-without-walk", FIRE, "reason", 4_000, None),
    ("/escalate-without-walk", FIRE, "reason_category", 48, None),
    ("/sessions/{id}/step", {"answer": "Yes"}, "node_id", 64, "stale_step"),
    ("/sessions/{id}/step", {"node_id": "n1"}, "answer", 200, "unknown_answer"),
    ("/sessions/{id}/step", {"node_id": "n1", "answer": "Yes"}, "question", 4_000, None),
    ("/sessions/{id}/step", {"node_id": "n1", "answer": "Yes"}, "note", 4_000, None),
    ("/sessions/{id}/next-node", {"answer": "Yes"}, "node_id", 64, "wrong_session_kind"),
    ("/sessions/{id}/next-node", {"node_id": "n1"}, "answer", 200, "wrong_session_kind"),
    ("/sessions/{id}/next-node", {"node_id": "n1", "answer": "Yes"}, "node_text", 4_000, "wrong_session_kind"),
    ("/sessions/{id}/next-node", {"node_id": "n1", "answer": "Yes"}, "note", 4_000, "wrong_session_kind"),
    ("/sessions/{id}/resolve", {"helpful": True}, "resolution_notes", 4_000, None),
    ("/sessions/{id}/escalate", {"reason_category": "other"}, "reason", 4_000, None),
    ("/sessions/{id}/escalate", {}, "reason_category", 48, None),
    ("/proposals/{id}/reject", {}, "reason", 4_000, "not_found"),
    ("/flows", {**KEYBOARD}, "id", 80, None),
    ("/flows", {**KEYBOARD}, "title", 200, None),
    ("/flows", {**KEYBOARD}, "category", 64, None),
    ("/flows", {**KEYBOARD}, "description", 2_000, None),
]


@pytest.mark.parametrize(("path", "rest", "name", "limit", "at_limit"), FIELDS)
async def test_a_text_may_be_as_long_as_its_limit_and_no_longer(  # noqa: PLR0917, PLR0913 - one row of the table
    account: Account, path: str, rest: dict[str, Any], name: str, limit: int, at_limit: str | None
) -> None:
    address = path.format(id=(await account.take_call())["id"] if "{id}" in path else "")
    long = await account.request("POST", address, rest | {name: "a" * (limit + 1)}, role=Role.OWNER)
    problem = assert_problem(long, 422, "invalid_flow" if path == "/flows" else "invalid_request")
    assert [fault["field"] for fault in problem["errors"]] == [name]
    assert str(limit) in problem["errors"][0]["message"]
    assert "aaaaa" not in long.text or path == "/flows"
    fits = await account.request("POST", address, rest | {name: "a" * limit}, role=Role.OWNER)
    assert fits.json().get("code") == at_limit, fits.text
    assert at_limit or fits.status_code == 200


async def test_notes_have_limits_of_length_and_number(account: Account) -> None:
    session = await account.take_call()
    path = f"/sessions/{session['id']}/notes"
    assert len((await account.post(path, {"notes": [{"text": "a" * 4_000}]}))["walk_notes"][0]["text"]) == 4_000
    assert len((await account.post(path, {"notes": [{"text": "a"}] * 50}))["walk_notes"]) == 51
    for notes in ([{"text": "a" * 4_001}], [{"text": "a"}] * 51, [], [{"text": "a", "node_id": "n" * 65}]):
        assert_problem(await account.request("POST", path, {"notes": notes}), 422, "invalid_request")


async def test_a_walk_has_room_for_so_much_text_and_says_so_when_it_is_full(account: Account) -> None:
    session = await account.take_call()
    path = f"/sessions/{session['id']}/notes"
    for _ in range(4):
        await account.post(path, {"notes": [{"text": "a" * 4_000}] * 12})
    await account.post(path, {"notes": [{"text": "a" * 4_000}] * 2})
    assert_problem(await account.request("POST", path, {"notes": [{"text": WORDS}]}), 409, "walk_full")
    assert (await account.post(f"/sessions/{session['id']}/resolve", {"helpful": True}))["status"] == "resolved"


@pytest.mark.parametrize(
    "text",
    [
        "😀" * 8_000,
        "a\u0301" * 4_000,
        "\u202e right to left",
        "tab\tand\nline",
        "\x01\x1b[31m\x7f",
        "\ufeff",
        "\U0010ffff",
    ],
    ids=["emoji", "combining", "bidi", "white space", "control", "byte order mark", "last code point"],
)
async def test_any_text_that_can_be_stored_comes_back_as_it_was_sent(account: Account, text: str) -> None:
    session = await account.post(
        "/escalate-without-walk", FIRE | {"problem_statement": text, "customer_name": text[:9]}
    )
    assert session["problem_statement"] == text.strip()
    assert session["customer_name"] == text[:9].strip()
    assert await account.get(f"/sessions/{session['id']}") == session
    [row] = await account.get("/queue")
    assert row["problem_statement"] == text.strip()
