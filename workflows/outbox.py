"""What has happened and is not yet in the database."""

from collections.abc import Iterable
from uuid import UUID

from l1.domain.events import Event
from l1.domain.receipts import Receipt
from l1.domain.record import Record
from l1.domain.session import Walk

_EVENTS_AT_ONCE = 50
"""Keeps a record inside Temporal's payload limit after the database was away for long."""


class Outbox:
    """Events and receipts in order, dropped only once they are recorded. `position` counts the recorded events."""

    def __init__(self, account_id: UUID, session_id: UUID, position: int) -> None:
        self._account_id = account_id
        self._session_id = session_id
        self._events: list[Event] = []
        self._receipts: list[Receipt] = []
        self.position = position

    def add(self, event: Event) -> None:
        self._events.append(event)

    def settle(self, receipts: Iterable[Receipt]) -> None:
        self._receipts.extend(receipts)

    @property
    def is_empty(self) -> bool:
        return not (self._events or self._receipts)

    def next_record(self, walk: Walk | None) -> Record:
        """Return what to record now. Receipts wait for the last events, so that none tells of what is not there."""
        events = self._events[:_EVENTS_AT_ONCE]
        receipts = self._receipts if len(events) == len(self._events) else ()
        return Record(self._account_id, self._session_id, self.position + 1, tuple(events), tuple(receipts), walk)

    def recorded(self, record: Record) -> None:
        del self._events[: len(record.events)]
        del self._receipts[: len(record.receipts)]
        self.position += len(record.events)
