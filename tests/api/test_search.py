"""Finding calls again by what was said and noted in them."""

from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from l1.domain.roles import Role
from tests.accounts import Account


async def found(account: Account, query: str, path: str = "/queue") -> set[str]:
    """The problems of the calls that are found, of the queue or of the sessions."""
    rows = await account.get(f"{path}?q={quote(query)}")
    return {row["problem_statement"] for row in rows}


PRINTER, SHARE = "The printer prints green stripes", "Cannot open \\\\fileserver\\home\\j.müller"


@pytest_asyncio.fixture
async def calls(account: Account) -> dict[str, Any]:
    """Two calls, of which the first has notes of each kind."""
    flow_id = await account.publish()
    printer = await account.take_call(
        flow_id, problem_statement=PRINTER, customer_name="Zoë O'Brien-Byron", customer_contact="zoe.byron@example.com"
    )
    share = await account.take_call(flow_id, problem_statement=SHARE, customer_name="Søren Łukasz")
    path = f"/sessions/{printer['id']}"
    await account.post(f"{path}/notes", {"notes": [{"text": "Toner is from Kyocera"}]})
    await account.post(f"{path}/step", {"node_id": "n1", "answer": "Yes", "note": "lamp is amber"})
    await account.post(f"{path}/resolve", {"helpful": True, "resolution_notes": "Drum swapped"})
    body = {"reason_category": "needs_engineer", "reason": "permissions vanished"}
    await account.post(f"/sessions/{share['id']}/escalate", body)
    return {"printer": printer, "share": share}


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize("path", ["/queue", "/sessions"])
@pytest.mark.parametrize(
    ("query", "problems"),
    [
        ("printer", {PRINTER}),
        ("PRINTER stri", {PRINTER}),
        ("stripes printer green", {PRINTER}),
        ("rinter", set()),
        ("printer fileserver", set()),
        ("zoe", {PRINTER}),
        ("Zoë O'Br", {PRINTER}),
        ("byron", {PRINTER}),
        ("zoe.byron@exa", {PRINTER}),
        ("muller", {SHARE}),
        ("fileserver\\home", {SHARE}),
        ("\\\\FILE", {SHARE}),
        ("kyocera", {PRINTER}),
        ("amber", {PRINTER}),
        ("drum", {PRINTER}),
        ("byron kyoc", {PRINTER}),
        ("vanished perm", {SHARE}),
        ("T-1001", {PRINTER}),
        ("t-1002", {SHARE}),
        ("T1002", {SHARE}),
        ("1002", {SHARE}),
        ("the", {PRINTER}),
        ("", {PRINTER, SHARE}),
        ("   ", {PRINTER, SHARE}),
        ("!?&|():*'", set()),
        ("' | ''", set()),
        ("printer & !stripes", {PRINTER}),
        ("\U0001f5a8", set()),
    ],
)
async def test_calls_are_found_by_the_beginnings_of_words_wherever_these_stand(
    account: Account, path: str, query: str, problems: set[str]
) -> None:
    assert await found(account, query, path) == problems


async def test_nobody_finds_what_is_another_accounts(
    account: Account, other_account: Account, calls: dict[str, Any]
) -> None:
    for query in ("printer", "byron", "T-1001", "kyocera"):
        for path in ("/queue", "/sessions"):
            assert await found(other_account, query, path) == set()
    assert await other_account.get("/sessions?customer=zoe.byron@example.com") == []
    assert await other_account.get("/sessions") == []
    for query in ("q=zoe", "customer=zoe.byron@example.com"):
        own = await account.get(f"/sessions?{query}")
        assert [session["id"] for session in own] == [calls["printer"]["id"]]


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize("customer", ["zoë  o'brien-byron", "ZOE.BYRON@EXAMPLE.COM"])
async def test_a_customers_history_is_found_by_name_or_contact_in_any_spelling(account: Account, customer: str) -> None:
    rows = await account.get(f"/sessions?customer={quote(customer)}")
    assert [row["problem_statement"] for row in rows] == [PRINTER]
    assert await account.get("/sessions?customer=byron") == [], "a customer is named whole"


async def test_the_queue_is_searched_within_a_status(account: Account, calls: dict[str, Any]) -> None:
    rows = await account.get("/queue?q=T&status_filter=escalated")
    assert [row["session_id"] for row in rows] == [calls["share"]["id"]]


async def test_a_call_with_as_much_text_as_there_can_be_is_recorded_and_found(account: Account) -> None:
    """A tsvector that grows too large is an error, and a walk that cannot be recorded stands still."""
    ligature = "\ufdfa"  # eighteen characters once it is taken apart
    words = " ".join(f"{chr(0x4E00 + number % 20_000)}{chr(0x20000 + number)}" for number in range(1_330))
    session = await account.post(
        "/escalate-without-walk", {"problem_statement": ligature * 8_000, "reason_category": "other"}
    )
    assert await account.get("/sessions?q=T-1001") == [session]
    walk = await account.take_call(problem_statement=words * 2)
    for _ in range(8):
        await account.post(f"/sessions/{walk['id']}/notes", {"notes": [{"text": words}] * 5})
    assert len(await account.get("/sessions?q=T-1002", role=Role.OWNER)) == 1
