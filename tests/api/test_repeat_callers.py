"""A caller who calls again about the same: the open tickets are named, whatever becomes of the call."""

from typing import Any

import pytest
from sqlalchemy import text

from tests.accounts import KEYBOARD, Account
from tests.api.gauge import (
    SAME_TOUCHPAD,
    TOUCHPAD,
    all_flows_have_their_vectors,
    becomes,
    decide_building,
    intake,
    published,
    refute,
)
from tests.waiting import eventually

__all__ = ["all_flows_have_their_vectors"]  # used by every test of this file

ADA = {"customer_name": "Ada Byron", "customer_contact": "+44 20 7946 0958"}
AGAIN = (
    {"customer_name": "  ada   BYRON "},
    {"customer_name": "A. Byron", "customer_contact": "020 7946-0958"},
    {"customer_contact": "(0044) 20 79460958"},
)
"""The same caller as the technician may write her down the next time."""


async def prepare(account: Account, outcome: str) -> None:
    """Make calls about the touchpad come out so."""
    if outcome in ("matched", "suggest"):
        flow_id = await published(account, KEYBOARD | {"id": "touchpad", "title": TOUCHPAD})
        if outcome == "suggest":
            await refute(account, flow_id, TOUCHPAD)
    await decide_building(account, "hardware", may_build=outcome == "build")
    await eventually(becomes(account, TOUCHPAD, lambda answer: answer["outcome"] == outcome))


@pytest.mark.parametrize("outcome", ["matched", "suggest", "out_of_scope", "build"])
async def test_a_repeat_caller_s_open_ticket_is_named_whatever_becomes_of_the_call(
    outcome: str, account: Account
) -> None:
    await prepare(account, outcome)
    first = await account.take_call(await account.publish(), problem_statement=SAME_TOUCHPAD, **ADA)
    earlier = [first["ticket_id"]]
    for number, caller in enumerate(AGAIN):
        answer = await account.post("/intake", {"problem_statement": TOUCHPAD, **caller}, Idempotency_Key=str(number))
        assert answer["outcome"] == outcome
        assert (answer["session"] is None) == (outcome not in ("matched", "build"))
        named = {ticket["ticket_id"]: ticket for ticket in answer["possible_duplicates"]}
        # A ticket that one of these calls has opened is named, too, where the next one gives the same name or number.
        assert set(earlier[:1]) <= set(named) <= set(earlier)
        assert named[first["ticket_id"]]["session_id"] == first["id"]
        assert named[first["ticket_id"]]["status"] == "active"
        assert 0 < named[first["ticket_id"]]["similarity"] <= 1
        assert (await receipt_of_latest_intake(account))["intake"]["possible_duplicates"] == (
            answer["possible_duplicates"]
        )
        earlier += [answer["ticket_id"]] if answer["ticket_id"] else []


async def receipt_of_latest_intake(account: Account) -> Any:
    query = text("SELECT session_id, command_id FROM receipts WHERE kind = 'intake' ORDER BY settled_at DESC LIMIT 1")
    async with account.stack.database.account(account.id) as connection:
        row = (await connection.execute(query)).one()
    return await account.get(f"/sessions/{row.session_id}/commands/{row.command_id}")


async def test_only_open_tickets_of_the_same_caller_about_the_same_are_named(
    account: Account, other_account: Account
) -> None:
    flow_id = await published(account)
    for each in (account, other_account):
        await decide_building(each, "hardware", may_build=False)  # so that asking opens no ticket
    first = await account.take_call(flow_id, problem_statement=SAME_TOUCHPAD, **ADA)

    async def named(by: Account, statement: str, **caller: Any) -> list[str]:
        answer = await intake(by, statement, **caller)
        assert answer["ticket_id"] is None
        return [ticket["ticket_id"] for ticket in answer["possible_duplicates"]]

    assert await named(account, TOUCHPAD, customer_name="Mary Somerville", customer_contact="020 7946 0111") == []
    assert await named(account, TOUCHPAD) == []
    assert await named(account, "What is the capital of France?", **ADA) == []
    assert await named(other_account, TOUCHPAD, **ADA) == []
    assert await named(account, TOUCHPAD, **ADA) == [first["ticket_id"]]
    await account.post(f"/sessions/{first['id']}/resolve", {"helpful": False})
    assert await named(account, TOUCHPAD, **ADA) == []


async def test_a_ticket_in_an_engineer_s_hands_is_named_with_its_status(account: Account) -> None:
    body = {"problem_statement": SAME_TOUCHPAD, "reason_category": "onsite_needed", **ADA}
    handed = await account.post("/escalate-without-walk", body)
    [named] = (await intake(account, TOUCHPAD, **ADA))["possible_duplicates"]
    assert (named["ticket_id"], named["session_id"], named["status"]) == (
        handed["ticket_id"],
        handed["id"],
        "escalated",
    )
