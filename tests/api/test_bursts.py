"""Intakes that come all at once, from one account, while another one works."""

import asyncio

import httpx
import pytest

from bench.intakes import KINDS, Kind, said
from tests.accounts import Account
from tests.waiting import eventually

_CALLS = 60


@pytest.mark.parametrize("kind", KINDS, ids=["600 characters", "8,000 characters and one caller's name"])
async def test_a_burst_of_intakes_is_opened_to_the_last_and_another_account_s_beside_it(
    account: Account, other_account: Account, kind: Kind
) -> None:
    name = {} if kind.customer_name is None else {"customer_name": kind.customer_name}
    bodies = [
        {"problem_statement": said(number, kind.characters), "force_build": True, **name} for number in range(_CALLS)
    ]
    answers = asyncio.gather(*(account.request("POST", "/intake", body) for body in bodies))
    await asyncio.sleep(0)
    beside = await other_account.request("POST", "/intake", {"problem_statement": "The printer shows as offline"})
    taken = await answers
    assert {answer.status_code for answer in (*taken, beside)} <= {httpx.codes.OK, httpx.codes.ACCEPTED}

    async def all_opened() -> bool:
        return len(await account.get("/queue?limit=200")) == _CALLS and len(await other_account.get("/queue")) == 1

    await eventually(all_opened, within=60)
