"""What callers' own words are taken for, by the matching that the product comes with."""

from typing import Any

import pytest

from l1.domain.roles import Role
from tests.accounts import Account


async def intake(account: Account, statement: str, **fields: Any) -> Any:
    return await account.post("/intake", {"problem_statement": statement, **fields})


# --- greetings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("greeting", ["hello", "Hi there!", "Good morning, this is Bob from accounts"])
async def test_a_greeting_alone_is_out_of_scope(greeting: str, account: Account) -> None:
    answer = await intake(account, greeting, force_build=True)
    assert (answer["outcome"], answer["category"], answer["near_miss"]) == ("out_of_scope", "unknown", [])
    assert answer["because"] == "unknown"


async def test_a_call_goes_by_what_follows_the_greeting_and_its_statement_stays_whole(account: Account) -> None:
    problem = "I forgot the password of my user account"
    greeted = f"Hello, it's Bob from accounts. {problem}"
    plain = await intake(account, problem, force_build=True)
    other = await intake(account, greeted, force_build=True)
    assert other["session"]["problem_statement"] == greeted
    assert other["category"] == plain["category"]
    assert other["session"]["current_node"]["text"] == plain["session"]["current_node"]["text"]


@pytest.mark.parametrize("statement", ["Windows Hello does not recognise me", "Hello for Business asks for a PIN"])
async def test_windows_hello_is_no_greeting(statement: str, account: Account) -> None:
    answer = await intake(account, statement, force_build=True)
    assert (answer["outcome"], answer["category"]) == ("build", "password_account")


# --- security calls -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "my account was hacked",
        "I gave my bank details to a caller",
        "the boss wants gift cards by mail",
        "There are rules in my mailbox that I did not make",
    ],
)
async def test_a_security_call_is_led_through_the_security_playbook(statement: str, account: Account) -> None:
    assert (await intake(account, statement))["outcome"] != "out_of_scope"
    answer = await intake(account, statement, force_build=True)
    assert (answer["outcome"], answer["because"], answer["category"]) == ("build", None, "security")
    assert answer["ticket_id"] is not None
    [built] = answer["session"]["built_nodes"]
    assert built["engine"] == "playbook"


async def test_out_of_scope_says_whether_the_category_is_unknown_or_switched_off(account: Account) -> None:
    unknown = await intake(account, "What is the capital of France?")
    assert (unknown["outcome"], unknown["because"]) == ("out_of_scope", "unknown")
    body = {"categories": [{"category": "security", "builder": "off"}]}
    assert (await account.request("PUT", "/categories", body, role=Role.OWNER)).status_code == 200
    off = await intake(account, "my account was hacked", force_build=True)
    assert (off["outcome"], off["because"], off["category"]) == ("out_of_scope", "switched_off", "security")
