"""All streams of this process: who may have one, what wakes them, and how they end."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from uuid import UUID, uuid4

import structlog

from api.auth import Principal
from api.live.account import AccountStreams
from api.live.messages import Audience
from api.live.stream import Stream
from l1.database.feed import EventFeed, Position
from l1.database.presence import REFRESH_EVERY, Presences, Visit
from l1.domain.errors import TooManyRequests, Unavailable

_log = structlog.stdlib.get_logger(__name__)

MOST_OF_A_USER = 20
"""Streams that one user may have open in a process: several windows on several machines."""
MOST_IN_ALL = 2_000
"""Streams of a process; each takes about 70 kB (`python -m bench streams`)."""


class Hub:
    def __init__(self, feed: EventFeed, presences: Presences) -> None:
        self._feed = feed
        self._presences = presences
        self._accounts: dict[UUID, AccountStreams] = {}
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._open: Counter[tuple[UUID, UUID]] = Counter()
        self._is_stopped = False

    def on_notification(self, payload: str | None) -> None:
        """Take what the channel of events says; None: something may have been missed."""
        if payload is None:
            for account in self._accounts.values():
                account.on_reconnected()
            return
        account_id, _, session_id = payload.partition("/")
        told = self._accounts.get(UUID(account_id))
        if told is None:
            return
        if session_id:
            told.on_presence(UUID(session_id))
        else:
            told.on_event()

    async def run(self) -> None:
        """Say again and again who is there, until cancelled."""
        while True:
            await asyncio.sleep(REFRESH_EVERY)
            for account in list(self._accounts.values()):
                if account.visits:
                    with suppress(Unavailable):  # until the next time
                        await self._presences.refresh(account.account_id, list(account.visits))

    def stop(self) -> None:
        """End all streams, and begin none: their readers go on with another process, or the next one."""
        self._is_stopped = True
        for account in self._accounts.values():
            account.end()

    @asynccontextmanager
    async def stream(
        self, principal: Principal, session_id: UUID | None, last_event_id: str | None
    ) -> AsyncIterator[Stream]:
        """Open a stream for the length of the block, of all calls or of one; it ends when the token does.

        Raises TooManyRequests and Unavailable.
        """
        with self._place_of(principal), self._subscribed(principal.account_id) as account:
            await account.begin()
            resumed = None if last_event_id is None else await self._resume(principal, session_id, last_event_id)
            is_reset = last_event_id is not None and resumed is None
            audience = Audience(principal.takes_calls, session_id)
            with (
                account.joined(audience, resumed, is_reset=is_reset) as stream,
                _ended_at(stream, principal.expires_at),
            ):
                if self._is_stopped:
                    stream.end()
                async with self._visiting(account, principal, session_id):
                    yield stream

    async def _resume(self, principal: Principal, session_id: UUID | None, last_event_id: str) -> Position | None:
        position = Position.parse(last_event_id)
        if position is None or not await self._feed.can_resume(principal.account_id, position, session_id):
            return None
        return position

    @contextmanager
    def _place_of(self, principal: Principal) -> Iterator[None]:
        user = (principal.account_id, principal.user_id)
        if self._open[user] >= MOST_OF_A_USER:
            raise TooManyRequests(f"You have {MOST_OF_A_USER} event streams open. Close one.")
        if self._open.total() >= MOST_IN_ALL:
            raise TooManyRequests(f"{MOST_IN_ALL} event streams are open here. Try again later.")
        self._open[user] += 1
        try:
            yield
        finally:
            self._open[user] -= 1
            if not self._open[user]:
                del self._open[user]

    @contextmanager
    def _subscribed(self, account_id: UUID) -> Iterator[AccountStreams]:
        """Have the account's events read for the length of the block."""
        account = self._accounts.get(account_id)
        if account is None:
            account = self._accounts[account_id] = AccountStreams(account_id, self._feed, self._presences)
            self._running[account_id] = asyncio.create_task(account.run())
            self._running[account_id].add_done_callback(partial(self._on_end, account))
        account.subscribers += 1
        try:
            yield account
        finally:
            account.subscribers -= 1
            if not account.subscribers and self._accounts.get(account_id) is account:
                del self._accounts[account_id]
                self._running.pop(account_id).cancel()

    def _on_end(self, account: AccountStreams, task: "asyncio.Task[None]") -> None:
        """Forget a reader that has failed, so that whoever comes next gets another one."""
        if task.cancelled():
            return
        _log.error("events are not read on", exc_info=task.exception())
        if self._accounts.get(account.account_id) is account:
            del self._accounts[account.account_id]
            del self._running[account.account_id]

    @asynccontextmanager
    async def _visiting(
        self, account: AccountStreams, principal: Principal, session_id: UUID | None
    ) -> AsyncIterator[None]:
        """Show that the user has the session open."""
        if session_id is None:
            yield
            return
        visit = Visit(uuid4(), session_id, principal.actor)
        await self._presences.enter(account.account_id, visit)
        account.visits.add(visit)
        try:
            yield
        finally:
            account.visits.discard(visit)
            with suppress(Unavailable):  # then it counts for some seconds more
                await self._presences.leave(account.account_id, visit)


@contextmanager
def _ended_at(stream: Stream, expires_at: float | None) -> Iterator[None]:
    """End the stream at that time, in seconds since 1970."""
    if expires_at is None:
        yield
        return
    ending = asyncio.get_running_loop().call_later(expires_at - time.time(), stream.end)
    try:
        yield
    finally:
        ending.cancel()
