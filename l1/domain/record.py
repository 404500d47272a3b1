"""What a workflow asks to be written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from l1.domain.events import Event
from l1.domain.receipts import Receipt
from l1.domain.session import Walk


@dataclass(frozen=True)
class Record:
    """What has happened since the last record, to be made durable in one transaction.

    `first_position` is the place of the first event in the walk's history, counted from 1. `walk` is the state after
    the last event, None for a call that opened no walk.
    """

    account_id: UUID
    session_id: UUID
    first_position: int
    events: Sequence[Event]
    receipts: Sequence[Receipt]
    walk: Walk | None
