"""What callers' own words are taken for, by the matching that the product comes with."""

from typing import Any

import pytest

from tests.accounts import Account


async def intake(account: Account, statement: str, **fields: Any) -> Any:
    return await account.post("/intake", {"problem_statement": statement, **fields})


# --- greetings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("greeting", ["hello", "Hi there!", "Good morning, this is Bob from accounts"])
async def test_a_greeting_alone_is_out_of_scope(greeting: str, account: Account) -> None:
    answer = await intake(account, greeting, force_build=True)
    assert (answer["outcome"], answer["category"], answer["near_miss"]) == ("out_of_scope", "unknown", [])


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
