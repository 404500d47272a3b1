"""Who calls again is known: an intake says what calls the caller has had."""

from typing import Any

from tests.accounts import KEYBOARD, Account

ADA = {"customer_name": "Ada Byron", "customer_contact": "+44 20 7946 0958"}
NEVER_HEARD = "What is the capital of France?"


async def intake(account: Account, statement: str = NEVER_HEARD, **fields: Any) -> Any:
    return await account.post("/intake", {"problem_statement": statement, **fields})


def numbers_of(answer: Any) -> list[str]:
    return [call["ticket_number"] for call in answer["customer_calls"]["calls"]]


async def test_an_intake_tells_the_caller_s_history_the_open_calls_first(
    account: Account, other_account: Account
) -> None:
    flow_id = await account.publish()
    first = await account.take_call(flow_id, problem_statement="The keys are odd", **ADA)
    calls = [first] + [await account.take_call(flow_id, customer_name="ada  BYRON") for _ in range(6)]
    await account.take_call(flow_id, customer_name="Mary Somerville")
    await account.post(f"/sessions/{calls[-1]['id']}/resolve", {"helpful": True})
    answer = await intake(account, customer_contact="020 7946-0958", customer_name="Ada Byron")
    assert answer["outcome"] == "out_of_scope"
    assert answer["customer_calls"]["total"] == 7
    assert numbers_of(answer) == [call["ticket_number"] for call in calls[5:0:-1]]
    assert answer["customer_calls"] == (await intake(account, customer_name="Ada Byron"))["customer_calls"]
    by_contact = (await intake(account, customer_contact="(0044) 20 79460958"))["customer_calls"]
    assert by_contact["total"] == 1
    assert by_contact["calls"] == [
        {
            "session_id": first["id"],
            "ticket_id": first["ticket_id"],
            "ticket_number": first["ticket_number"],
            "status": "active",
            "category": KEYBOARD["category"],
            "opened_at": by_contact["calls"][0]["opened_at"],
            "problem_statement": "The keys are odd",
        }
    ]
    listed = await account.request("GET", "/sessions?customer=Ada+Byron&limit=1")
    assert listed.headers["X-Total-Count"] == "7"
    for by in (await intake(other_account, **ADA), await intake(account)):
        assert by["customer_calls"] == {"total": 0, "calls": []}


async def test_a_resolved_call_comes_after_open_ones_and_a_repeated_request_tells_the_same(account: Account) -> None:
    flow_id = await account.publish()
    old = await account.take_call(flow_id, **ADA)
    done = await account.take_call(flow_id, **ADA)
    await account.post(f"/sessions/{done['id']}/resolve", {"helpful": False})
    body = {"problem_statement": "The keyboard is odd", "flow_id": flow_id, **ADA}
    taken = await account.post("/intake", body, Idempotency_Key="once")
    assert numbers_of(taken) == [old["ticket_number"], done["ticket_number"]]
    await account.post(f"/sessions/{old['id']}/escalate", {"reason_category": "needs_engineer"})
    again = await account.post("/intake", body, Idempotency_Key="once")
    assert again["customer_calls"] == taken["customer_calls"]
    await account.post(
        "/escalate-without-walk", {"problem_statement": "Fire", "reason_category": "needs_engineer", **ADA}
    )
    assert [call["status"] for call in (await intake(account, **ADA))["customer_calls"]["calls"]] == [
        "escalated",
        "active",
        "escalated",
        "resolved",
    ]
