"""Waiting for the receipt of a command that has been handed to Temporal."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

T = TypeVar("T")

_LOOK_EVERY = 0.2
"""Seconds between two looks at the database while no notification can arrive."""
_TRUST = 5.0
"""Seconds after which a waiter looks for itself although it should have been told."""


class Waiters:
    """Who waits for which command in this process."""

    def __init__(self) -> None:
        self._events: dict[str, set[asyncio.Event]] = {}
        self.is_listening: Callable[[], bool] = lambda: False

    def on_notification(self, command_id: str | None) -> None:
        """Wake who waits for the command; None: everybody, as something may have been missed."""
        woken = self._events.values() if command_id is None else [self._events.get(command_id, set())]
        for events in woken:
            for event in events:
                event.set()

    @contextmanager
    def expecting(self, command_id: str) -> Iterator[asyncio.Event]:
        """Begin to listen for a command; do so before it is sent, so that no notification is too early."""
        event = asyncio.Event()
        self._events.setdefault(command_id, set()).add(event)
        try:
            yield event
        finally:
            waiting = self._events[command_id]
            waiting.discard(event)
            if not waiting:
                del self._events[command_id]

    async def until(self, event: asyncio.Event, look: Callable[[], Awaitable[T | None]], seconds: float) -> T | None:
        """Return what `look` finds once it finds something; None after `seconds`."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while (left := deadline - loop.time()) > 0:
            patience = _TRUST if self.is_listening() else _LOOK_EVERY
            with suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), min(left, patience))
            event.clear()
            if (found := await look()) is not None:
                return found
        return None
