"""Waiting for what servers do in their own time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(look: Callable[[], Awaitable[T]], *, within: float = 20) -> T:
    """Look until something true is found and return it; fail after `within` seconds with what was seen last."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while not (found := await look()):
        assert loop.time() < deadline, f"still {found!r} after {within} s"
        await asyncio.sleep(0.02)
    return found
