"""What has happened and is not yet in the database."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from l1.domain.events import Event
from l1.domain.receipts import Receipt
from l1.domain.record import Record
from l1.domain.session import Walk

_EVENTS_AT_ONCE = 50
"""Keeps a record inside Temporal's payload limit after the database was away for long."""


@dataclass
class Outbox:
    """Events and receipts in order, dropped only once they are recorded. `position` counts the recorded events.

    `has_own_decisions`: something of it does not follow from signals alone.
    """

    position: int = 0
    events: list[Event] = field(default_factory=list[Event])
    receipts: list[Receipt] = field(default_factory=list[Receipt])
    has_own_decisions: bool = False

    def add(self, event: Event, *, is_own_decision: bool = False) -> None:
        self.events.append(event)
        self.has_own_decisions |= is_own_decision

    def settle(self, receipts: Iterable[Receipt]) -> None:
        self.receipts.extend(receipts)

    @property
    def is_empty(self) -> bool:
        return not (self.events or self.receipts)

    def next_record(self, account_id: UUID, session_id: UUID, walk: Walk | None) -> Record:
        """Return what to record now. Receipts wait for the last events, so that none tells of what is not there."""
        events = self.events[:_EVENTS_AT_ONCE]
        receipts = self.receipts if len(events) == len(self.events) else ()
        return Record(account_id, session_id, self.position + 1, tuple(events), tuple(receipts), walk)

    def recorded(self, record: Record) -> None:
        del self.events[: len(record.events)]
        del self.receipts[: len(record.receipts)]
        self.position += len(record.events)
        self.has_own_decisions &= not self.is_empty
