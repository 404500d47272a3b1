"""What matching has learned, who calls again, and what matching lacks, as clients are told."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.responses import intake_response
from api.routes.health import read_warnings, warnings_of
from l1.database.engine import Database, connect
from l1.database.shelves import Shelves, WorkerState
from l1.domain.commands import Resolve
from l1.domain.intake import Band, Intake, Match, Outcome, PossibleDuplicate, session_kind_of
from l1.domain.opening import open_walk, result_of
from l1.domain.roles import Role
from l1.domain.session import TicketRef, session_of
from l1.local_stack.processes import free_port
from tests.accounts import KEYBOARD, Account
from tests.l1.domain.walks import command
from tests.stack import Stack

T0 = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


async def exemplars(account: Account, flow_id: str) -> Any:
    return await account.get(f"/flows/{flow_id}/exemplars", role=Role.ENGINEER)


async def end(account: Account, flow_id: str, statement: str, how: str, body: dict[str, Any]) -> str:
    """Take a call on the flow, close it, and return its session's id."""
    session = await account.take_call(flow_id, problem_statement=statement)
    await account.post(f"/sessions/{session['id']}/{how}", body)
    return str(session["id"])


async def test_what_calls_have_taught_about_a_flow_is_listed_latest_first(account: Account) -> None:
    flow_id = await account.publish()
    right = await end(account, flow_id, "Seven is an ampersand", "resolve", {"helpful": True})
    wrong = await end(account, flow_id, "My coffee is cold", "escalate", {"reason_category": "wrong_flow"})
    await end(account, flow_id, "I gave up", "resolve", {"helpful": False})
    await end(account, flow_id, "The key fell off", "escalate", {"reason_category": "onsite_needed"})
    listed = await exemplars(account, flow_id)
    assert [(one["statement"], one["confirms"], one["session_id"]) for one in listed] == [
        ("My coffee is cold", False, wrong),
        ("Seven is an ampersand", True, right),
    ]
    assert set(listed[0]) == {"id", "statement", "confirms", "session_id", "learned_at"}
    assert datetime.fromisoformat(listed[0]["learned_at"]) > datetime.fromisoformat(listed[1]["learned_at"])


async def test_what_has_been_removed_is_gone_and_cannot_be_removed_again(account: Account) -> None:
    flow_id = await account.publish()
    other_flow = await account.publish(KEYBOARD | {"id": "other"})
    for statement in ("One", "Two"):
        await end(account, flow_id, statement, "resolve", {"helpful": True})
    [two, one] = await exemplars(account, flow_id)
    misplaced = await account.request("DELETE", f"/flows/{other_flow}/exemplars/{two['id']}", role=Role.ENGINEER)
    assert (misplaced.status_code, misplaced.json()["code"]) == (404, "not_found")
    removed = await account.request("DELETE", f"/flows/{flow_id}/exemplars/{two['id']}", role=Role.ENGINEER)
    assert (removed.status_code, removed.content) == (204, b"")
    assert await exemplars(account, flow_id) == [one]
    again = await account.request("DELETE", f"/flows/{flow_id}/exemplars/{two['id']}", role=Role.ENGINEER)
    assert (again.status_code, again.json()["code"]) == (404, "not_found")


async def test_what_one_account_has_learned_of_a_shared_flow_is_not_shared(
    account: Account, other_account: Account
) -> None:
    shared = next(flow["id"] for flow in await account.get("/flows") if flow["shared"])
    await end(account, shared, "Something odd", "resolve", {"helpful": True})
    [learned] = await exemplars(account, shared)
    assert await exemplars(other_account, shared) == []
    path = f"/flows/{shared}/exemplars/{learned['id']}"
    assert (await other_account.request("DELETE", path, role=Role.OWNER)).status_code == 404
    assert await exemplars(account, shared) == [learned]


def match(*duplicates: PossibleDuplicate) -> Match:
    return Match(Band.NONE, (), None, "email", may_build=True, stall_after=60.0, possible_duplicates=duplicates)


DUPLICATES = (
    PossibleDuplicate(uuid4(), uuid4(), "active", T0, 0.93),
    PossibleDuplicate(uuid4(), None, "escalated", T0, 0.2),
)


@pytest.mark.parametrize("outcome", Outcome)
def test_a_repeat_caller_s_tickets_are_told_whatever_the_outcome(outcome: Outcome) -> None:
    found = match(*DUPLICATES)
    walk = None
    kind = session_kind_of(outcome, found)
    if kind is not None:
        walk = open_walk(
            session_id=uuid4(),
            account_id=uuid4(),
            sender=command(Resolve(helpful=True)).sender,
            intake=Intake("x"),
            match=found,
            kind=kind,
            ticket=TicketRef(uuid4(), "internal", 1042),
        )
    answer = intake_response(result_of(outcome, found, walk), None if walk is None else session_of(walk))
    assert answer.model_dump(mode="json")["possible_duplicates"] == [
        {
            "ticket_id": str(duplicate.ticket_id),
            "session_id": None if duplicate.session_id is None else str(duplicate.session_id),
            "status": duplicate.status,
            "opened_at": "2026-11-02T09:00:00Z",
            "similarity": duplicate.similarity,
        }
        for duplicate in DUPLICATES
    ]


async def test_who_calls_for_the_first_time_has_no_other_tickets(account: Account) -> None:
    body = {"problem_statement": "Keys are odd", "flow_id": await account.publish(), "customer_name": "Ada Byron"}
    answer = await account.post("/intake", body, Idempotency_Key="k")
    assert answer["possible_duplicates"] == []
    assert await account.post("/intake", body, Idempotency_Key="k") == answer


def worker(embedder: str | None, flows: int = 2000, pending: int = 0) -> WorkerState:
    return WorkerState(str(uuid4()), embedder, flows, pending, T0)


@pytest.mark.parametrize(
    ("workers", "warnings"),
    [
        ([], []),
        ([worker("e"), worker("e")], []),
        ([worker("e"), worker(None, pending=2000)], ["no embedder in 1 of 2 workers; they match by words only"]),
        (
            [worker("e", pending=7), worker("e", pending=120), worker("e")],
            ["120 of 2000 flows wait for their vectors; until then they are matched by words"],
        ),
        (
            [worker(None), worker("e", flows=8, pending=8)],
            [
                "no embedder in 1 of 2 workers; they match by words only",
                "8 of 8 flows wait for their vectors; until then they are matched by words",
            ],
        ),
    ],
)
def test_what_matching_lacks_is_a_warning(workers: list[WorkerState], warnings: list[str]) -> None:
    assert warnings_of(workers) == [f"matching: {warning}" for warning in warnings]


async def test_the_product_is_ready_with_warnings(stack: Stack, http: httpx.AsyncClient) -> None:
    shelves = Shelves(stack.database)
    name = f"test-{uuid4()}"
    await shelves.report(name, "test", flows=10**6, pending=999_999)
    waiting = "matching: 999999 of 1000000 flows wait for their vectors; until then they are matched by words"
    try:
        response = await http.get("/readyz")
        assert response.status_code == 200
        assert waiting in response.json()["warnings"]
    finally:
        await shelves.report(name, "test", flows=0, pending=0)
    assert waiting not in (await http.get("/readyz")).json()["warnings"]


async def test_warnings_that_cannot_be_read_are_one_themselves() -> None:
    database = Database(connect(f"postgresql://l1_app:x@127.0.0.1:{free_port()}/l1"))
    assert await read_warnings(Shelves(database)) == ["matching: it cannot be read what the workers match with"]
    await database.close()
