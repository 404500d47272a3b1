"""A call that has come to an end node ends there, said or forgotten."""

from typing import Any

from l1.domain.roles import Role
from tests.accounts import Account
from tests.waiting import eventually

LIMIT = 2.0
"""Seconds; the steps to the end node are taken at once."""


async def walked(account: Account, *answers: str) -> Any:
    """Take a call and give the answers."""
    flow_id = await account.publish()
    await account.set_stall_limit(LIMIT)
    session = await account.take_call(flow_id)
    for answer in answers:
        response = await account.step(session, answer)
        assert response.status_code == 200, response.text
        session = response.json()
    return session


async def forgotten(account: Account, session: Any) -> Any:
    """Wait until the call has ended by itself."""

    async def ended() -> Any:
        now = await account.get(f"/sessions/{session['id']}")
        return None if now["status"] == "active" else now

    return await eventually(ended)


async def test_at_an_escalation_no_reason_need_be_given(account: Account) -> None:
    session = await account.take_call()
    session = (await account.step(session, "No")).json()
    assert session["current_node"]["kind"] == "escalation"
    session = await account.post(f"/sessions/{session['id']}/escalate", {})
    assert session["escalation"]["reason_category"] == "hardware_failure"


async def test_elsewhere_a_missing_reason_is_named(account: Account) -> None:
    session = await account.take_call()
    response = await account.request("POST", f"/sessions/{session['id']}/escalate", {})
    assert (response.status_code, response.json()["code"]) == (422, "reason_missing")
    assert "reason_category" in response.text


async def test_a_call_that_is_forgotten_at_an_escalation_has_the_node_s_reason(account: Account) -> None:
    session = await forgotten(account, await walked(account, "No"))
    assert session["status"] == "escalated"
    assert (session["escalation"]["reason_category"], session["escalation"]["by"]) == ("hardware_failure", "timeout")


async def test_a_call_that_is_forgotten_at_a_solution_is_resolved_and_teaches_nothing(account: Account) -> None:
    session = await forgotten(account, await walked(account, "Yes", "It works"))
    assert session["status"] == "resolved"
    assert (session["resolution"]["helpful"], session["resolution"]["by"]) == (None, "timeout")
    assert session["resolution"]["at"] == session["resolved_at"]
    assert await account.get("/escalations", role=Role.ENGINEER) == []
    assert await account.get(f"/flows/{session['flow_id']}/exemplars", role=Role.ENGINEER) == []


async def test_an_account_may_have_such_a_call_escalated(account: Account) -> None:
    body = {"escalate_unconfirmed": True}
    answer = await account.request("PUT", "/categories", body, role=Role.OWNER)
    assert answer.json()["escalate_unconfirmed"] is True
    session = await forgotten(account, await walked(account, "Yes", "It works"))
    assert (session["status"], session["escalation"]["reason_category"]) == ("escalated", "stalled")
