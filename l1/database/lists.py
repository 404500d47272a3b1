"""The lists of calls: the queue, the hand-off queue, and the search over tickets and sessions."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, true

from l1.database.engine import Database
from l1.database.models import TicketRow, WalkRow
from l1.database.paging import Cut, Order, Page, read_page
from l1.database.presence import present, with_presence
from l1.database.serial import load
from l1.domain.errors import NotFound
from l1.domain.session import Actor, Escalation, Session, Status


@dataclass(frozen=True)
class Ticket:
    id: UUID
    number: int
    kind: str
    problem_statement: str
    customer_name: str | None
    customer_contact: str | None
    status: Status
    created_at: datetime


@dataclass(frozen=True)
class QueueRow:
    """A ticket with what its latest walk says, if it has one; `owner` is whose call it is.

    `presence`: who has that walk open.
    """

    ticket: Ticket
    session_id: UUID | None
    category: str | None
    stall_deadline: datetime | None
    escalation: Escalation | None
    owner: Actor | None
    presence: tuple[Actor, ...] = ()


@dataclass(frozen=True)
class Search:
    """`words`: the beginnings of words that all stand in a call; `customer`: a caller's name, address or number."""

    words: str | None = None
    customer: str | None = None


_TICKET = (
    TicketRow.id,
    TicketRow.number,
    TicketRow.kind,
    TicketRow.problem_statement,
    TicketRow.customer_name,
    TicketRow.customer_contact,
    TicketRow.status,
    TicketRow.created_at,
)
_BY_TICKET = Order(TicketRow.created_at, TicketRow.id, latest_first=True)
_BY_START = Order(WalkRow.started_at, WalkRow.session_id, latest_first=True)
_BY_ESCALATION = Order(WalkRow.escalated_at, WalkRow.session_id)


class CallLists:
    """The repository of lists. Every method works inside one account."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def queue(
        self, account_id: UUID, status: Status | None, words: str | None, cut: Cut[datetime]
    ) -> Page[QueueRow, datetime]:
        """Return tickets, latest first."""
        latest = (
            select(
                WalkRow.session_id,
                WalkRow.category,
                WalkRow.stall_deadline,
                WalkRow.owner_id,
                WalkRow.owner_name,
                WalkRow.session["escalation"].label("escalation"),
            )
            .where(WalkRow.ticket_id == TicketRow.id, WalkRow.account_id == account_id)
            .order_by(WalkRow.started_at.desc())
            .limit(1)
            .lateral("latest")
        )
        query = select(*_TICKET, latest).select_from(TicketRow).outerjoin(latest, true())
        which = [TicketRow.account_id == account_id]
        if status is not None:
            which.append(TicketRow.status == status)
        if words:
            which.append(TicketRow.id.in_(select(func.found_tickets(words))))
        async with self._database.account(account_id) as connection:
            page = await read_page(connection, query, which, order=_BY_TICKET, cut=cut, row_of=_queue_row)
            people = await present(connection, account_id, [row.session_id for row in page.rows if row.session_id])
        rows = [replace(row, presence=people.get(row.session_id, ())) if row.session_id else row for row in page.rows]
        return replace(page, rows=rows)

    async def sessions(self, account_id: UUID, search: Search, cut: Cut[datetime]) -> Page[Session, datetime]:
        """Return sessions, latest first."""
        which = [WalkRow.account_id == account_id]
        if search.words:
            which.append(WalkRow.ticket_id.in_(select(func.found_tickets(search.words))))
        if search.customer:
            customers = select(TicketRow.id).where(
                TicketRow.account_id == account_id,
                or_(
                    TicketRow.customer_name_key == func.name_key(search.customer),
                    TicketRow.customer_contact_key == func.contact_key(search.customer),
                ),
            )
            which.append(WalkRow.ticket_id.in_(customers))
        async with self._database.account(account_id) as connection:
            page = await read_page(
                connection, select(WalkRow.session), which, order=_BY_START, cut=cut, row_of=_session
            )
            return replace(page, rows=await with_presence(connection, account_id, page.rows))

    async def ticket(self, account_id: UUID, ticket_id: UUID) -> tuple[Ticket, list[Session]]:
        """Return a ticket with its sessions, oldest first; raises NotFound."""
        async with self._database.account(account_id) as connection:
            own = (TicketRow.account_id == account_id, TicketRow.id == ticket_id)
            row = (await connection.execute(select(*_TICKET).where(*own))).one_or_none()
            if row is None:
                raise NotFound("There is no such ticket.")
            sessions = await connection.scalars(
                select(WalkRow.session)
                .where(WalkRow.account_id == account_id, WalkRow.ticket_id == ticket_id)
                .order_by(WalkRow.started_at, WalkRow.session_id)
            )
            found = [load(Session, raw) for raw in sessions]
            return _ticket(row), await with_presence(connection, account_id, found)

    async def escalations(self, account_id: UUID, cut: Cut[datetime]) -> Page[Session, datetime]:
        """Return escalated calls, oldest first."""
        which = [WalkRow.account_id == account_id, WalkRow.status == Status.ESCALATED]
        async with self._database.account(account_id) as connection:
            page = await read_page(
                connection, select(WalkRow.session), which, order=_BY_ESCALATION, cut=cut, row_of=_session
            )
            return replace(page, rows=await with_presence(connection, account_id, page.rows))


def _session(row: Any) -> Session:
    return load(Session, row.session)


def _ticket(row: Any) -> Ticket:
    return Ticket(**{column.key: getattr(row, column.key) for column in _TICKET} | {"status": Status(row.status)})


def _queue_row(row: Any) -> QueueRow:
    return QueueRow(
        ticket=_ticket(row),
        session_id=row.session_id,
        category=row.category,
        stall_deadline=row.stall_deadline,
        escalation=None if row.escalation is None else load(Escalation, row.escalation),
        owner=Actor(row.owner_id, row.owner_name) if row.owner_id else None,
    )
