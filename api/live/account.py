"""What all streams of one account share in a process: one reader of the account's events."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from api.live.messages import Audience, Message, presence_message, walk_message
from api.live.stream import Stream
from l1.database.feed import EventFeed, Position
from l1.database.presence import Presences, Visit
from l1.domain.errors import Unavailable

_AT_MOST_EVERY = 0.05
"""Seconds from one look at the database to the next: in a burst, one look finds many events."""
_HELD_UP_LONGEST = 1.0
"""Seconds until it looks again for events that wait for an older transaction to end. It begins with the above, and
waits twice as long each time."""
_AWAY = 1.0
"""Seconds until it tries again while the database cannot be reached."""


class AccountStreams:
    """Reads what is new in an account once, and offers it to each of its streams.

    `subscribers` counts who is about to have a stream or has one. `visits` are the sessions that are open.
    """

    def __init__(self, account_id: UUID, feed: EventFeed, presences: Presences) -> None:
        self.account_id = account_id
        self.subscribers = 0
        self._streams: set[Stream] = set()
        self.visits: set[Visit] = set()
        self._feed = feed
        self._presences = presences
        self._position: Position | None = None
        self._wake = asyncio.Event()
        self._come_or_gone: set[UUID] = set()
        self.is_in_doubt = False
        self._is_over = False
        self._pause = _AT_MOST_EVERY

    async def begin(self) -> None:
        """Find out from where on events are read, unless that is known. Raises Unavailable."""
        if self._position is None:
            now = await self._feed.now(self.account_id)
            if self._position is None:  # else another subscriber was quicker
                self._position = now
                self._wake.set()  # what was told before could not be read on from anywhere

    @contextmanager
    def joined(self, audience: Audience, resumed: Position | None, *, is_reset: bool) -> Iterator[Stream]:
        """Give a stream that reads by itself up to where events are read here, and is offered what follows."""
        if self._position is None:
            raise RuntimeError("a stream joins before events are read")
        stream = Stream(
            self._feed,
            self.account_id,
            audience,
            after=resumed or self._position,
            joined_at=self._position,
            is_reset=is_reset,
        )
        self._streams.add(stream)
        if self._is_over:
            stream.end()
        try:
            yield stream
        finally:
            self._streams.discard(stream)

    def on_event(self) -> None:
        """Look for events; called when there are some, or may be."""
        self._wake.set()

    def on_reconnected(self) -> None:
        """Look for events, and whether the database is still the same; called when something may have been missed."""
        self.is_in_doubt = True
        self._wake.set()

    def on_presence(self, session_id: UUID) -> None:
        """Tell who has a session open; called when that has changed."""
        self._come_or_gone.add(session_id)
        self._wake.set()

    def end(self) -> None:
        for stream in self._streams:
            stream.end()

    async def run(self) -> None:
        """Read on whenever there is something, until cancelled. Without it, no stream may stay open."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                try:
                    await self._resolve_doubt()
                    await self._tell_who_is_there()
                    if await self._read_on():
                        loop.call_later(self._pause, self._wake.set)
                        self._pause = min(2 * self._pause, _HELD_UP_LONGEST)
                except Unavailable:
                    loop.call_later(_AWAY, self._wake.set)
                await asyncio.sleep(_AT_MOST_EVERY)
        finally:
            self._is_over = True
            self.end()

    async def _resolve_doubt(self) -> None:
        """Begin anew where the database has lost transactions, as a standby that takes over may have.

        Their ids will be given to others, which would never be read from where this reader and its streams are.
        """
        if self.is_in_doubt and self._position is not None:
            now = await self._feed.now(self.account_id)
            if now < self._position:
                self._position = now
                self.end()
        self.is_in_doubt = False

    async def _read_on(self) -> bool:
        """Offer what is new; return whether something more waits for an older transaction."""
        while self._position is not None:
            page = await self._feed.after(self.account_id, self._position)
            for event in page.events:
                self._offer(walk_message(event))
                self._position = event.position
            if page.events or not page.is_held_up:
                self._pause = _AT_MOST_EVERY
            if not page.has_more:
                return page.is_held_up
        return False

    async def _tell_who_is_there(self) -> None:
        while self._come_or_gone:
            session_id = next(iter(self._come_or_gone))
            found = await self._presences.of(self.account_id, session_id)
            self._come_or_gone.discard(session_id)
            if found is not None:
                self._offer(presence_message(found))

    def _offer(self, message: Message) -> None:
        for stream in self._streams:
            stream.offer(message)
