"""Who may do what: every endpoint, every caller, their own account's objects and another's."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import pytest
import pytest_asyncio
from sqlalchemy import text

from api.auth import LEEWAY
from l1.domain.roles import Role
from tests.accounts import KEYBOARD, Account
from tests.api.document import OPERATIONS
from tests.api.proposals import LATHE_FILE, proposed
from tests.stack import Stack

WEBHOOK = {"kind": "webhook", "name": "Nobody's", "url": "http://127.0.0.1:1/"}


class Caller(StrEnum):
    NOBODY = "nobody"
    L1 = "l1"
    ENGINEER = "engineer"
    COVERING = "engineer covering L1"
    ADMIN = "admin"
    OWNER = "owner"


TAKES_CALLS = {Caller.L1, Caller.COVERING, Caller.ADMIN, Caller.OWNER}
ENGINEERS = {Caller.ENGINEER, Caller.COVERING, Caller.ADMIN, Caller.OWNER}
ADMINISTRATORS = {Caller.ADMIN, Caller.OWNER}
SIGNED_IN = set(Caller) - {Caller.NOBODY}
EVERYBODY = set(Caller)


@dataclass(frozen=True)
class Things:
    """What an account has. No call is taken on `spare_flow_id`; `answer` fits the current node of the session."""

    session_id: str = field(default_factory=lambda: str(uuid4()))
    command_id: str = field(default_factory=lambda: str(uuid4()))
    ticket_id: str = field(default_factory=lambda: str(uuid4()))
    flow_id: str = field(default_factory=lambda: str(uuid4()))
    spare_flow_id: str = field(default_factory=lambda: str(uuid4()))
    exemplar_id: str = field(default_factory=lambda: str(uuid4()))
    proposal_id: str = field(default_factory=lambda: str(uuid4()))
    target_id: str = field(default_factory=lambda: str(uuid4()))
    delivery_id: str = field(default_factory=lambda: str(uuid4()))
    answer: str = "Yes"


@dataclass(frozen=True)
class Row:
    """One endpoint. `names`: it names a thing of the account, in its path or its body; `built`: of an AI-built walk.

    `served`: the status of an answer to who may.
    """

    allowed: set[Caller]
    body: Callable[[Things], object] = lambda _things: None
    names: bool = False
    built: bool = False
    served: int = 200


ROWS: dict[tuple[str, str], Row] = {
    ("POST", "/l1/intake"): Row(
        TAKES_CALLS, lambda it: {"problem_statement": "Keys are odd", "flow_id": it.flow_id}, names=True
    ),
    ("POST", "/l1/escalate-without-walk"): Row(
        TAKES_CALLS, lambda _: {"problem_statement": "Fire", "reason_category": "needs_engineer"}
    ),
    ("GET", "/l1/queue"): Row(TAKES_CALLS),
    ("GET", "/l1/escalations"): Row(ENGINEERS),
    ("GET", "/l1/sessions"): Row(TAKES_CALLS),
    ("GET", "/l1/tickets/{ticket_id}"): Row(TAKES_CALLS, names=True),
    ("GET", "/l1/reasons"): Row(TAKES_CALLS),
    ("GET", "/l1/sessions/active"): Row(TAKES_CALLS),
    ("GET", "/l1/sessions/{session_id}"): Row(TAKES_CALLS, names=True),
    ("POST", "/l1/sessions/{session_id}/step"): Row(
        TAKES_CALLS, lambda it: {"node_id": "n1", "answer": it.answer}, names=True
    ),
    ("POST", "/l1/sessions/{session_id}/next-node"): Row(
        TAKES_CALLS, lambda it: {"node_id": "n1", "answer": it.answer}, names=True, built=True
    ),
    ("POST", "/l1/sessions/{session_id}/notes"): Row(TAKES_CALLS, lambda _: {"notes": [{"text": "Hm."}]}, names=True),
    ("POST", "/l1/sessions/{session_id}/resolve"): Row(TAKES_CALLS, lambda _: {"helpful": True}, names=True),
    ("POST", "/l1/sessions/{session_id}/escalate"): Row(
        TAKES_CALLS, lambda _: {"reason_category": "needs_engineer"}, names=True
    ),
    ("GET", "/l1/sessions/{session_id}/commands/{command_id}"): Row(TAKES_CALLS, names=True),
    ("GET", "/l1/events"): Row(SIGNED_IN),
    ("GET", "/l1/sessions/{session_id}/events"): Row(SIGNED_IN, names=True),
    ("GET", "/l1/flows"): Row(SIGNED_IN),
    ("POST", "/l1/flows"): Row(ENGINEERS, lambda _: KEYBOARD),
    ("GET", "/l1/flows/{flow_id}"): Row(SIGNED_IN, names=True),
    ("POST", "/l1/flows/{flow_id}/publish"): Row(ENGINEERS, names=True),
    ("POST", "/l1/flows/{flow_id}/unpublish"): Row(ENGINEERS, names=True),
    ("GET", "/l1/flows/{flow_id}/exemplars"): Row(ENGINEERS, names=True),
    ("DELETE", "/l1/flows/{flow_id}/exemplars/{exemplar_id}"): Row(ENGINEERS, names=True, served=204),
    ("GET", "/l1/proposals"): Row(ENGINEERS),
    ("GET", "/l1/proposals/{proposal_id}"): Row(ENGINEERS, names=True),
    ("PUT", "/l1/proposals/{proposal_id}"): Row(ENGINEERS, lambda _: LATHE_FILE, names=True),
    ("POST", "/l1/proposals/{proposal_id}/publish"): Row(ENGINEERS, names=True),
    ("POST", "/l1/proposals/{proposal_id}/reject"): Row(ENGINEERS, lambda _: {"reason": "Rare."}, names=True),
    ("GET", "/l1/usage"): Row(ADMINISTRATORS),
    ("GET", "/l1/reports/flows"): Row(ENGINEERS),
    ("GET", "/l1/targets"): Row(ADMINISTRATORS),
    ("POST", "/l1/targets"): Row(ADMINISTRATORS, lambda _: WEBHOOK),
    ("POST", "/l1/targets/{target_id}/rotate"): Row(ADMINISTRATORS, names=True),
    ("DELETE", "/l1/targets/{target_id}"): Row(ADMINISTRATORS, names=True, served=204),
    ("GET", "/l1/deliveries"): Row(ADMINISTRATORS),
    ("POST", "/l1/deliveries/{delivery_id}/retry"): Row(ADMINISTRATORS, names=True),
    ("GET", "/l1/categories"): Row(SIGNED_IN),
    ("PUT", "/l1/categories"): Row(ADMINISTRATORS, lambda _: {"categories": []}),
    ("GET", "/healthz"): Row(EVERYBODY),
    ("GET", "/readyz"): Row(EVERYBODY),
}


@dataclass(frozen=True)
class World:
    own: Account
    other: Account
    flow_id: str
    spare_flow_id: str
    others: Things


@pytest_asyncio.fixture(scope="module")
async def world(stack: Stack, http: httpx.AsyncClient) -> World:
    own, other = Account(stack, http), Account(stack, http)
    others = Things(
        flow_id=await other.publish(),
        spare_flow_id=await other.publish(KEYBOARD | {"id": "spare"}),
        proposal_id=await proposed(other),
    )
    others = await with_target(other, others)
    return World(
        own,
        other,
        flow_id=await own.publish(),
        spare_flow_id=await own.publish(KEYBOARD | {"id": "spare"}),
        others=await with_session(other, await with_exemplar(other, others), built=False),
    )


async def with_session(account: Account, things: Things, *, built: bool) -> Things:
    if built:
        body = {"problem_statement": "The printer prints green stripes", "force_build": True}
        session = (await account.post("/intake", body))["session"]
    else:
        session = await account.take_call(things.flow_id)
    async with account.stack.database.account(account.id) as connection:
        query = text("SELECT command_id FROM receipts WHERE session_id = :id")
        command_id = await connection.scalar(query, {"id": session["id"]})
    answer = session["current_node"]["answers"][0]
    ids = {"session_id": session["id"], "ticket_id": session["ticket_id"], "command_id": str(command_id)}
    return replace(things, answer=answer, **ids)


async def with_exemplar(account: Account, things: Things) -> Things:
    statement = f"Seven is an ampersand, says {uuid4()}"
    session = await account.take_call(things.flow_id, problem_statement=statement)
    await account.post(f"/sessions/{session['id']}/resolve", {"helpful": True})
    learned = await account.get(f"/flows/{things.flow_id}/exemplars", role=Role.ENGINEER)
    [exemplar_id] = [exemplar["id"] for exemplar in learned if exemplar["statement"] == statement]
    return replace(things, exemplar_id=exemplar_id)


def headers_of(account: Account, caller: Caller) -> dict[str, str]:
    match caller:
        case Caller.NOBODY:
            return {}
        case Caller.COVERING:
            return account.headers(Role.ENGINEER, covers_l1=True)
        case _:
            return account.headers(Role(caller))


async def with_target(account: Account, things: Things) -> Things:
    """Make a target with a delivery that has failed."""
    target_id = UUID((await account.post("/targets", WEBHOOK, role=Role.OWNER))["id"])
    session = await account.take_call(things.flow_id)
    await account.post(f"/sessions/{session['id']}/resolve", {"helpful": True})
    [delivery] = [
        row for row in await account.get("/deliveries", role=Role.OWNER) if row["target_id"] == str(target_id)
    ]
    async with account.stack.database.account(account.id) as connection:
        failed = "UPDATE deliveries SET status = 'failed', settled_at = now() WHERE id = :id"
        await connection.execute(text(failed), {"id": UUID(delivery["id"])})
    return replace(things, target_id=str(target_id), delivery_id=delivery["id"])


async def ask(world: World, operation: tuple[str, str], caller: Caller, things: Things) -> httpx.Response:
    method, path = operation
    if path.startswith("/l1/flows") and path.endswith("publish"):
        things = replace(things, flow_id=things.spare_flow_id)
    address = path.format(**asdict(things))
    body = ROWS[operation].body(things)
    headers = headers_of(world.own, caller)
    async with world.own.http.stream(method, address, json=body, headers=headers) as response:
        if response.headers.get("content-type", "").startswith("text/event-stream"):  # it would never end
            return httpx.Response(response.status_code, headers=response.headers)
        await response.aread()
        return response


def test_every_endpoint_has_a_row() -> None:
    assert set(OPERATIONS) == set(ROWS)


@pytest.mark.parametrize("caller", Caller)
@pytest.mark.parametrize("operation", OPERATIONS, ids=" ".join)
async def test_an_endpoint_serves_whom_its_gate_lets_in_with_what_is_theirs(
    world: World, operation: tuple[str, str], caller: Caller
) -> None:
    row = ROWS[operation]
    own = Things(flow_id=world.flow_id, spare_flow_id=world.spare_flow_id)
    if caller in row.allowed and ("{session_id}" in operation[1] or "{ticket_id}" in operation[1]):
        own = await with_session(world.own, own, built=row.built)
    if caller in row.allowed and "{exemplar_id}" in operation[1]:
        own = await with_exemplar(world.own, own)
    if caller in row.allowed and "{proposal_id}" in operation[1]:
        own = replace(own, proposal_id=await proposed(world.own))
    if caller in row.allowed and ("{target_id}" in operation[1] or "{delivery_id}" in operation[1]):
        own = await with_target(world.own, own)
    response = await ask(world, operation, caller, own)
    if caller not in row.allowed:
        denied = (401, "unauthenticated") if caller is Caller.NOBODY else (403, "forbidden")
        for things in (own, world.others, Things()):
            response = await ask(world, operation, caller, things)
            assert (response.status_code, response.json()["code"]) == denied
            assert response.headers["content-type"] == "application/problem+json"
        return
    assert response.status_code == row.served, response.text
    others = world.others
    for name in ("session_id", "ticket_id", "flow_id", "exemplar_id", "proposal_id", "target_id", "delivery_id"):
        assert getattr(others, name) not in response.text
    if row.names:
        of_others = await ask(world, operation, caller, world.others)
        of_nobody = await ask(world, operation, caller, Things())
        assert of_others.status_code == 404
        assert of_others.content == of_nobody.content
        assert dict(of_others.headers) == dict(of_nobody.headers) | {"date": of_others.headers["date"]}


async def test_a_receipt_is_found_only_with_the_session_that_it_belongs_to(world: World) -> None:
    own = await with_session(world.own, Things(flow_id=world.flow_id), built=False)
    for mixed in (
        replace(own, command_id=world.others.command_id),
        replace(own, session_id=world.others.session_id),
    ):
        path = f"/sessions/{mixed.session_id}/commands/{mixed.command_id}"
        assert (await world.own.request("GET", path)).status_code == 404


async def test_what_was_asked_of_what_is_another_accounts_has_no_effect_on_it(world: World) -> None:
    exemplars = f"/flows/{world.others.flow_id}/exemplars"
    proposal = f"/proposals/{world.others.proposal_id}"
    before = await world.other.get(f"/sessions/{world.others.session_id}")
    learned, grown = [await world.other.get(path, role=Role.ENGINEER) for path in (exemplars, proposal)]
    for operation, row in ROWS.items():
        if row.names:
            await ask(world, operation, Caller.OWNER, world.others)
    assert await world.other.get(f"/sessions/{world.others.session_id}") == before
    assert await world.other.get(exemplars, role=Role.ENGINEER) == learned
    assert await world.other.get(proposal, role=Role.ENGINEER) == grown


def encoded(stack: Stack, **changes: Any) -> str:
    """Sign a token with claims that hold, but for the changes; None takes a claim away."""
    now = datetime.now(UTC)
    claims: dict[str, Any] = {
        "sub": str(uuid4()),
        "account_id": str(uuid4()),
        "role": "owner",
        "iat": now,
        "exp": now + timedelta(minutes=5),
    }
    kept = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode(kept, stack.secrets.jwt_secret, algorithm="HS256")


BAD_TOKENS: dict[str, Callable[[Stack], str]] = {
    "expired": lambda stack: encoded(stack, exp=datetime.now(UTC) - timedelta(seconds=LEEWAY + 1)),
    "never expires": lambda stack: encoded(stack, exp=None),
    "not yet valid": lambda stack: encoded(stack, nbf=datetime.now(UTC) + timedelta(minutes=5)),
    "wrong secret": lambda _: jwt.encode({"sub": str(uuid4())}, "another secret of at least 32 bytes"),
    "another algorithm": lambda stack: jwt.encode({"sub": str(uuid4())}, stack.secrets.jwt_secret * 2, "HS512"),
    "alg none": lambda _: jwt.encode({"sub": str(uuid4()), "role": "owner"}, "", algorithm="none"),
    "no sub": lambda stack: encoded(stack, sub=None),
    "no account": lambda stack: encoded(stack, account_id=None),
    "no role": lambda stack: encoded(stack, role=None),
    "sub no UUID": lambda stack: encoded(stack, sub="ada"),
    "sub a number": lambda stack: jwt.encode({"sub": 7}, stack.secrets.jwt_secret),
    "account no UUID": lambda stack: encoded(stack, account_id="acme"),
    "account a number": lambda stack: encoded(stack, account_id=7),
    "unknown role": lambda stack: encoded(stack, role="root"),
    "role a list": lambda stack: encoded(stack, role=["owner"]),
    "endless expiry": lambda stack: encoded(stack, exp=float("inf")),
    "claims no object": lambda stack: jwt.api_jws.encode(b"[1]", stack.secrets.jwt_secret, "HS256"),
    "signature cut": lambda stack: encoded(stack)[:-3],
    "two parts": lambda stack: encoded(stack).rpartition(".")[0],
    "no token at all": lambda _: "x",
    "not ASCII": lambda _: "ä.ö.ü",
}


@pytest.mark.parametrize("bad", BAD_TOKENS)
async def test_a_token_that_does_not_hold_is_answered_with_401(stack: Stack, http: httpx.AsyncClient, bad: str) -> None:
    token = f"Bearer {BAD_TOKENS[bad](stack)}".encode("latin-1")
    response = await http.get("/l1/queue", headers={b"Authorization": token})
    assert response.status_code == 401, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["code"] == "unauthenticated"


async def test_clocks_may_differ_by_a_few_seconds(stack: Stack, http: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    for claims in ({"exp": now - timedelta(seconds=2)}, {"iat": now + timedelta(seconds=4)}):
        headers = {"Authorization": f"Bearer {encoded(stack, **claims)}"}
        assert (await http.get("/l1/queue", headers=headers)).status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Basic dXNlcjpwYXNz", "Token x"])
async def test_another_kind_of_authorization_is_answered_with_401(http: httpx.AsyncClient, header: str) -> None:
    response = await http.get("/l1/queue", headers={"Authorization": header})
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")


async def test_a_name_that_cannot_be_stored_is_left_out(stack: Stack, http: httpx.AsyncClient) -> None:
    user = str(uuid4())
    token = encoded(stack, sub=user, name="Ada\x00Byron", covers_l1="yes")
    body = {"problem_statement": "Fire", "reason_category": "needs_engineer"}
    headers = {"Authorization": f"Bearer {token}"}
    assert (await http.post("/l1/escalate-without-walk", json=body, headers=headers)).status_code == 200
    [row] = (await http.get("/l1/queue", headers=headers)).json()
    assert row["owner"] == {"id": user, "name": None}
