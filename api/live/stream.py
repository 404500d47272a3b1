"""One stream: what is still to be sent to one reader."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from uuid import UUID

from fastapi.sse import ServerSentEvent

from api.live.messages import RESET, Audience, Message, greeting, walk_message
from l1.database.feed import EventFeed, Position
from l1.domain.errors import Unavailable

MOST_WAITING = 1_000
"""Messages that may wait for a reader. One who is further behind is cut off, and reads on from the database."""


class Stream:
    """Messages in order, without end until `end` is called, or its reader is too slow.

    `after` is where its reader has got to, `joined_at` the position from which on messages are offered to it: what lies
    between, it reads by itself.
    """

    def __init__(  # noqa: PLR0913 - where from, for whom, and what it reads
        self,
        feed: EventFeed,
        account_id: UUID,
        audience: Audience,
        *,
        after: Position,
        joined_at: Position,
        is_reset: bool,
    ) -> None:
        self.audience = audience
        self._feed = feed
        self._account_id = account_id
        self._after = after
        self._joined_at = joined_at
        self._is_reset = is_reset
        self._waiting: deque[Message] = deque()
        self._changed = asyncio.Event()
        self.is_over = False

    def offer(self, message: Message) -> None:
        """Take a message for the reader, if it concerns him; end where he has fallen too far behind."""
        if self.is_over or not message.concerns(self.audience):
            return
        if len(self._waiting) == MOST_WAITING:
            self.end()
            return
        self._waiting.append(message)
        self._changed.set()

    def end(self) -> None:
        """Send nothing more. The reader may connect again and go on where he was."""
        self.is_over = True
        self._waiting.clear()
        self._changed.set()

    async def messages(self) -> AsyncIterator[ServerSentEvent]:
        yield greeting(self._after)
        if self._is_reset:
            yield RESET
        try:
            async for sent in self._missed():
                yield sent
        except Unavailable:
            return  # the reader connects again
        while not self.is_over:
            if not self._waiting:
                self._changed.clear()
                await self._changed.wait()
                continue
            message = self._waiting.popleft()
            if message.position is None or message.position > self._after:
                yield message.sent

    async def _missed(self) -> AsyncIterator[ServerSentEvent]:
        """Read what lies between where the reader has got to and where he has joined."""
        has_more = self._after < self._joined_at
        while has_more and not self.is_over:
            page = await self._feed.between(self._account_id, self._after, self._joined_at, self.audience.session_id)
            for event in page.events:
                self._after = event.position
                message = walk_message(event)
                if message.concerns(self.audience):
                    yield message.sent
            has_more = page.has_more
