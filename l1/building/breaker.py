"""A model that fails again and again is left alone for a while, so that not every caller waits for it in vain."""

import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import structlog

from l1.domain.building import Brief, FellBack, ModelAnswer, Usage

FAILURES: Final = 3
"""So many failures in a row, of the kind that says something about the provider, and the model is left alone."""
_TELLING: Final = (FellBack.OUTAGE, FellBack.RATE_LIMIT, FellBack.TIME_LIMIT)

_log = structlog.stdlib.get_logger(__name__)


class Breaker:
    """`pause`: seconds until the model is tried again, by one caller. `now` gives seconds that only ever grow.

    A breaker belongs to one event loop of one process.
    """

    def __init__(self, pause: float, now: Callable[[], float] = time.monotonic) -> None:
        self._pause = pause
        self._now = now
        self._in_a_row = 0
        self._because: FellBack | None = None
        self._closed_until = 0.0

    def turned_away(self) -> FellBack | None:
        """Say why the model is not to be asked now; None to the caller who may.

        After a pause that is one caller. It begins the next pause with its question, so that it need not come back
        for another to be let through.
        """
        if self._in_a_row < FAILURES:
            return None
        if self._now() < self._closed_until:
            return self._because
        self._closed_until = self._now() + self._pause
        return None

    def heard(self, failure: FellBack | None) -> None:
        """Take note of how a question to the model went; None: it gave a node."""
        if failure not in _TELLING:
            self._in_a_row = 0
            return
        self._in_a_row += 1
        self._because = failure
        if self._in_a_row >= FAILURES:
            self._closed_until = self._now() + self._pause


class Proposing(Protocol):
    @property
    def name(self) -> str: ...

    def most_tokens(self, brief: Brief, faults: Sequence[str]) -> int: ...

    async def propose(self, brief: Brief, faults: Sequence[str], within: float) -> ModelAnswer: ...

    async def close(self) -> None: ...


class Patient:
    """A model behind a breaker: while that is open, it answers at once, for nothing, with the last failure."""

    def __init__(self, model: Proposing, breaker: Breaker) -> None:
        self._model = model
        self._breaker = breaker

    @property
    def name(self) -> str:
        return self._model.name

    def most_tokens(self, brief: Brief, faults: Sequence[str]) -> int:
        return self._model.most_tokens(brief, faults)

    async def propose(self, brief: Brief, faults: Sequence[str], within: float) -> ModelAnswer:
        if because := self._breaker.turned_away():
            _log.info("the model is left alone", model=self.name, failure=because)
            return ModelAnswer(None, because, Usage())
        answer = await self._model.propose(brief, faults, within)
        self._breaker.heard(answer.failure)
        return answer

    async def close(self) -> None:
        await self._model.close()
