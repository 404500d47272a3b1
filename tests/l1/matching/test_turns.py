import asyncio
from collections.abc import Sequence

import pytest

from l1.matching.turns import Turns


async def served(turns: Turns, owners: Sequence[str]) -> list[str]:
    """Let each owner ask once, in this order; return the order in which they got their turn."""
    order: list[str] = []

    async def one(number: int, owner: str) -> None:
        await turns.take(owner, within=5)
        order.append(f"{owner}{number}")
        await asyncio.sleep(0)
        turns.give_back()

    await turns.take("who is there already", within=5)
    waiting = [asyncio.create_task(one(number, owner)) for number, owner in enumerate(owners)]
    await asyncio.sleep(0)
    turns.give_back()
    await asyncio.gather(*waiting)
    return order


async def test_one_owner_s_requests_are_served_first_come_first_served() -> None:
    assert await served(Turns(1), "aaaa") == ["a0", "a1", "a2", "a3"]


async def test_who_asks_once_does_not_wait_for_all_of_who_asks_often() -> None:
    assert await served(Turns(1), "aaaab") == ["a0", "b4", "a1", "a2", "a3"]


async def test_no_more_than_so_many_have_a_turn_at_a_time() -> None:
    turns = Turns(2)
    for _ in range(2):
        await turns.take("a", within=5)
    with pytest.raises(TimeoutError):
        await turns.take("b", within=0.01)


async def test_a_turn_passes_over_who_gave_up_waiting_and_is_not_lost() -> None:
    turns = Turns(1)
    await turns.take("a", within=5)
    with pytest.raises(TimeoutError):
        await turns.take("b", within=0.01)
    cancelled = asyncio.create_task(turns.take("c", within=5))
    await asyncio.sleep(0)
    turns.give_back()  # the turn is c's, and c is cancelled before it can take it
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    await turns.take("d", within=0.01)
