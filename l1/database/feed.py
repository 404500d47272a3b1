"""The events of an account in an order that can be read on from, without one missed and none twice.

Events become readable in the order in which their transactions commit, which is not the order of any number that they
are given before. So they are read in the order of their transactions' ids, and only up to the oldest transaction that
is still under way: whatever that one writes comes before anything later is passed on.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, case, exists, func, literal_column, select, tuple_

from l1.database.engine import Database
from l1.database.models import TicketRow, WalkEventRow, WalkRow
from l1.domain.session import Actor, Status

EVENTS_CHANNEL = "l1_events"
"""Notifications carry an account's id where events were added, and `account/session` where somebody opened or closed
that session; triggers of the tables send them."""
MOST_BEHIND = 5_000
"""Events after which a reader reads the lists anew instead: they come quicker, and say what all the events led to."""
PAGE = 500
_READS_AT_ONCE = 4
"""When a lost listener is back, all accounts are read; requests need connections, too."""

_POSITION = re.compile(r"(\d{1,20})-(\d{1,19})", re.ASCII)
_MOST_XID, _MOST_SEQ = 2**64 - 1, 2**63 - 1
_DETAILS = ("tier", "number", "deadline")
"""What events of some kinds have beside that they happened."""


class Position(NamedTuple):
    """After which event to read on; `seq` 0: after all events of earlier transactions."""

    xid: int
    seq: int

    def __str__(self) -> str:
        return f"{self.xid}-{self.seq}"

    @classmethod
    def parse(cls, text: str) -> "Position | None":
        """Read what `str` has written; None for anything else."""
        found = _POSITION.fullmatch(text)
        if found is None:
            return None
        position = cls(int(found[1]), int(found[2]))
        return position if position.xid <= _MOST_XID and position.seq <= _MOST_SEQ else None


@dataclass(frozen=True)
class FeedEvent:
    """An accepted event. `status` and `owner` are the call's when it is read, all else is the event's.

    `details` has what the kind adds, by the names that the event has for it.
    """

    position: Position
    session_id: UUID
    ticket_id: UUID
    ticket_number: int
    kind: str
    revision: int
    at: datetime
    by: Actor
    status: Status
    owner: Actor
    was_escalated: bool
    details: Mapping[str, Any]


@dataclass(frozen=True)
class FeedPage:
    """`has_more`: there are later events to be read at once; `is_held_up`: there are some that cannot be read yet."""

    events: tuple[FeedEvent, ...]
    has_more: bool
    is_held_up: bool


_SNAPSHOT = func.pg_current_snapshot()
_AFTER = (
    WalkEventRow.account_id == bindparam("account"),
    WalkEventRow.kind != literal_column("'rejected'"),  # no parameter, or the index of the feed would not be found
    tuple_(WalkEventRow.xid, WalkEventRow.seq) > tuple_(bindparam("xid"), bindparam("seq")),
)
_UP_TO = tuple_(WalkEventRow.xid, WalkEventRow.seq) <= tuple_(bindparam("last_xid"), bindparam("last_seq"))
_OF_SESSION = WalkEventRow.session_id == bindparam("session")


def _reading(*which: ColumnElement[bool]) -> Select[Any]:
    """Read a page. What is joined to it comes second, or PostgreSQL would go through all walks of the account."""
    event = (
        select(WalkEventRow).where(*_AFTER, *which).order_by(WalkEventRow.xid, WalkEventRow.seq).limit(PAGE)
    ).subquery("event")
    # The events that have these are small; one that opens a walk holds a whole tree.
    is_notice = event.c.kind.in_(("stall_warned", "reminded", "tier_reached", "unanswered"))
    return (
        select(
            *(event.c[name] for name in ("xid", "seq", "session_id", "kind", "revision", "at")),
            event.c.actor_id,
            event.c.actor_name,
            *(case((is_notice, event.c.body[name].as_string())).label(name) for name in _DETAILS),
            (event.c.xid < func.pg_snapshot_xmin(_SNAPSHOT)).label("is_settled"),
            WalkRow.ticket_id,
            WalkRow.status,
            WalkRow.owner_id,
            WalkRow.owner_name,
            (WalkRow.session["escalation"]["at"].as_string().is_not(None)).label("was_escalated"),
            TicketRow.number.label("ticket_number"),
        )
        .join(WalkRow, (WalkRow.session_id == event.c.session_id) & (WalkRow.account_id == event.c.account_id))
        .join(TicketRow, (TicketRow.id == WalkRow.ticket_id) & (TicketRow.account_id == event.c.account_id))
        .order_by(event.c.xid, event.c.seq)
    )


_READ = _reading()
_READ_UP_TO = _reading(_UP_TO)
_READ_SESSION_UP_TO = _reading(_UP_TO, _OF_SESSION)
_NOW = select(func.pg_snapshot_xmin(_SNAPSHOT))
_IS_KNOWN = select(
    exists().where(
        *_AFTER[:2],
        WalkEventRow.xid == bindparam("xid"),
        WalkEventRow.seq == bindparam("seq"),
    ),
    func.pg_snapshot_xmax(_SNAPSHOT),
)
_FAR_BEHIND = select(WalkEventRow.seq).where(*_AFTER).offset(MOST_BEHIND).limit(1)


class EventFeed:
    """The repository that streams read from. Every method works inside one account."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turns = asyncio.Semaphore(_READS_AT_ONCE)

    async def now(self, account_id: UUID) -> Position:
        """Return the position from which everything is read that is not readable yet."""
        async with self._database.account(account_id) as connection:
            return Position((await connection.execute(_NOW)).scalar_one(), 0)

    async def can_resume(self, account_id: UUID, after: Position, session_id: UUID | None) -> bool:
        """Tell whether the position is one of this account and this database, and not too far back."""
        which = {"account": account_id, "xid": after.xid, "seq": after.seq}
        behind = _FAR_BEHIND
        if session_id is not None:
            behind, which = behind.where(_OF_SESSION), which | {"session": session_id}
        async with self._database.account(account_id) as connection:
            is_known, next_xid = (await connection.execute(_IS_KNOWN, which)).one()
            if not (is_known or (after.seq == 0 and after.xid <= next_xid)):
                return False
            return await connection.scalar(behind, which) is None

    async def after(self, account_id: UUID, after: Position) -> FeedPage:
        """Return the events of all sessions that follow a position, at most `PAGE`."""
        return await self._page(account_id, _READ, {"xid": after.xid, "seq": after.seq})

    async def between(self, account_id: UUID, after: Position, up_to: Position, session_id: UUID | None) -> FeedPage:
        """Return those that follow one position up to another, inclusive, at most `PAGE`: of all sessions or of one."""
        query = _READ_UP_TO if session_id is None else _READ_SESSION_UP_TO
        places = {"xid": after.xid, "seq": after.seq, "last_xid": up_to.xid, "last_seq": up_to.seq}
        return await self._page(account_id, query, places | {"session": session_id})

    async def _page(self, account_id: UUID, query: Select[Any], which: Mapping[str, Any]) -> FeedPage:
        async with self._turns, self._database.account(account_id) as connection:
            rows = (await connection.execute(query, {"account": account_id, **which})).all()
        settled = tuple(_event(row) for row in rows if row.is_settled)
        return FeedPage(settled, has_more=len(settled) == PAGE, is_held_up=len(settled) < len(rows))


def _event(row: Any) -> FeedEvent:
    return FeedEvent(
        position=Position(row.xid, row.seq),
        session_id=row.session_id,
        ticket_id=row.ticket_id,
        ticket_number=row.ticket_number,
        kind=row.kind,
        revision=row.revision,
        at=row.at,
        by=Actor(row.actor_id, row.actor_name),
        status=Status(row.status),
        owner=Actor(row.owner_id, row.owner_name),
        was_escalated=row.was_escalated,
        details={name: value for name in _DETAILS if (value := getattr(row, name)) is not None},
    )
