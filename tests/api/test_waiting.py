"""Waiting for a receipt: no answer is missed, and none is needed to go on looking."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from api import waiting
from api.waiting import Waiters

Look = Callable[[], Awaitable[str | None]]


def finds(*answers: str | None) -> Look:
    """Look into a list, the last entry of which stays."""
    left = list(answers)

    async def look() -> str | None:
        return left.pop(0) if len(left) > 1 else left[0]

    return look


@pytest.fixture
def waiters() -> Waiters:
    told = Waiters()
    told.is_listening = lambda: True
    return told


async def in_time(waited: Awaitable[str | None]) -> str | None:
    """Fail if a waiter was woken by his own patience instead of by a notification."""
    return await asyncio.wait_for(waited, 1.0)


async def test_an_answer_that_comes_before_anybody_waits_is_not_lost(waiters: Waiters) -> None:
    with waiters.expecting("a") as event:
        waiters.on_notification("a")
        assert await in_time(waiters.until(event, finds("there"), 60)) == "there"


async def test_an_answer_that_comes_while_looking_is_not_lost(waiters: Waiters) -> None:
    looks = 0

    async def look() -> str | None:
        nonlocal looks
        looks += 1
        if looks == 1:
            waiters.on_notification("a")  # recorded after this look has seen nothing
            return None
        return "there"

    with waiters.expecting("a") as event:
        waiters.on_notification("a")
        assert await in_time(waiters.until(event, look, 60)) == "there"
    assert looks == 2


async def test_whoever_waits_for_the_command_is_woken_and_nobody_else(waiters: Waiters) -> None:
    with waiters.expecting("a") as one, waiters.expecting("a") as two, waiters.expecting("b") as other:
        waiters.on_notification("a")
        assert (one.is_set(), two.is_set(), other.is_set()) == (True, True, False)


async def test_everybody_is_woken_when_something_may_have_been_missed(waiters: Waiters) -> None:
    with waiters.expecting("a") as one, waiters.expecting("b") as other:
        waiters.on_notification(None)
        assert one.is_set()
        assert other.is_set()


async def test_a_wake_up_without_an_answer_goes_on_waiting(waiters: Waiters) -> None:
    with waiters.expecting("a") as event:
        waited = asyncio.create_task(waiters.until(event, finds(None, None, "there"), 60))
        for _ in range(3):
            assert not waited.done()
            waiters.on_notification("a")
            await asyncio.sleep(0.02)
        assert await in_time(waited) == "there"


async def test_while_no_notification_can_arrive_waiters_look_for_themselves(waiters: Waiters) -> None:
    waiters.is_listening = lambda: False
    with waiters.expecting("a") as event:
        assert await in_time(waiters.until(event, finds(None, "there"), 60)) == "there"


async def test_a_notification_that_never_comes_delays_an_answer_only(
    waiters: Waiters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "_TRUST", 0.05)
    with waiters.expecting("a") as event:
        assert await in_time(waiters.until(event, finds(None, "there"), 60)) == "there"


async def test_at_the_deadline_there_was_a_last_look(waiters: Waiters) -> None:
    with waiters.expecting("a") as event:
        assert await in_time(waiters.until(event, finds("there"), 0.05)) == "there"
        assert await in_time(waiters.until(event, finds(None), 0.05)) is None


async def test_no_time_left_is_no_waiting(waiters: Waiters) -> None:
    with waiters.expecting("a") as event:
        assert await in_time(waiters.until(event, finds("there"), 0)) is None


async def test_nothing_is_kept_of_who_has_stopped_waiting(waiters: Waiters) -> None:
    with waiters.expecting("a") as one:
        with waiters.expecting("a"):
            pass
        waiters.on_notification("a")
        assert one.is_set()
    with pytest.raises(RuntimeError), waiters.expecting("b"):
        raise RuntimeError
    waiters.on_notification("a")
    assert not waiters._events  # noqa: SLF001 - a leak shows nowhere else
