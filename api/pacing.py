"""How soon a call may begin: a burst of one account's calls is spread over time, so that others go on meanwhile."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from uuid import UUID

AT_ONCE = 12
"""Calls of one account that begin as they come: more technicians than take one in the same second anywhere."""
PER_SECOND = 2.0
"""How many begin in each second after those. Two cores take about eleven (`python -m bench intakes`): while one account
floods the service, more than half of it is left to the others."""


class Pacing:
    """The generic cell rate algorithm (ITU-T I.371), per account, for this process: late cells wait, none is dropped.

    The wait is Temporal's `start_delay`: the call is stored at once, and any signal to it begins it early.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._due: dict[UUID, float] = {}

    def delay(self, account_id: UUID) -> timedelta:
        """Count one more call of the account, and return how long it has to wait."""
        now = self._clock()
        self._due = {account: due for account, due in self._due.items() if due > now}
        due = self._due.get(account_id, now)
        self._due[account_id] = due + 1 / PER_SECOND
        return timedelta(seconds=max(0.0, due - now - (AT_ONCE - 1) / PER_SECOND))
