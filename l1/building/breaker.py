"""A circuit breaker: a model that fails again and again is not called for a while, so that no caller waits in vain."""

import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final

import structlog

from l1.domain.building import Brief, FellBack, LanguageModel, ModelOutcome, Usage

FAILURES: Final = 3
"""So many failures in a row, of the kind that says something about the provider, open the circuit."""
_TELLING: Final = (FellBack.OUTAGE, FellBack.RATE_LIMIT, FellBack.TIME_LIMIT)

_log = structlog.stdlib.get_logger(__name__)


class State(StrEnum):
    CLOSED = "closed"
    """Every call goes through."""
    OPEN = "open"
    """No call goes through."""
    HALF_OPEN = "half-open"
    """The next call goes through, and decides."""


class CircuitBreaker:
    """`open_for`: seconds until an open circuit is half-open. `now` gives seconds that only ever grow.

    A breaker belongs to one event loop of one process.
    """

    def __init__(self, open_for: float, now: Callable[[], float] = time.monotonic) -> None:
        self._open_for = open_for
        self._now = now
        self._in_a_row = 0
        self._last_failure: FellBack | None = None
        self._open_until = 0.0

    @property
    def state(self) -> State:
        if self._in_a_row < FAILURES:
            return State.CLOSED
        return State.OPEN if self._now() < self._open_until else State.HALF_OPEN

    def refusal(self) -> FellBack | None:
        """Return the failure for which a call is refused now; None: it may be made.

        Half-open, it is one call that may: it opens the circuit again at once, so that no second one is let through
        while its answer is not known, also when it never comes.
        """
        match self.state:
            case State.CLOSED:
                return None
            case State.OPEN:
                return self._last_failure
            case State.HALF_OPEN:
                self._open_until = self._now() + self._open_for
                return None

    def record(self, failure: FellBack | None) -> None:
        """Take note of how a call went; None: it gave a node."""
        if failure not in _TELLING:
            self._in_a_row = 0
            return
        self._in_a_row += 1
        self._last_failure = failure
        if self._in_a_row >= FAILURES:
            self._open_until = self._now() + self._open_for


class GuardedModel:
    """A language model behind a circuit breaker: while that is open, the answer is the last failure, at once."""

    def __init__(self, model: LanguageModel, breaker: CircuitBreaker) -> None:
        self._model = model
        self._breaker = breaker

    @property
    def name(self) -> str:
        return self._model.name

    def most_tokens(self, brief: Brief, faults: Sequence[str]) -> int:
        return self._model.most_tokens(brief, faults)

    async def propose(self, brief: Brief, faults: Sequence[str], within: float) -> ModelOutcome:
        if failure := self._breaker.refusal():
            _log.info("the model is not called: its circuit is open", model=self.name, failure=failure)
            return ModelOutcome(None, failure, Usage())
        answer = await self._model.propose(brief, faults, within)
        before = self._breaker.state
        self._breaker.record(answer.failure)
        if (state := self._breaker.state) is not before:
            _log.warning("the model's circuit has changed", model=self.name, state=state)
        return answer

    async def close(self) -> None:
        await self._model.close()
