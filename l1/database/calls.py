"""Reading calls: sessions, the queue, hand-offs and receipts."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, literal, or_, select
from sqlalchemy.dialects.postgresql import insert

from l1.database.engine import Database
from l1.database.models import ReceiptRow, TicketRow, WalkRow
from l1.database.records import events_of
from l1.database.serial import load
from l1.domain.errors import Problem
from l1.domain.intake import IntakeResult
from l1.domain.receipts import Receipt, ReceiptStatus
from l1.domain.session import Actor, Session, Status, session_of
from l1.domain.walk import replay


@dataclass(frozen=True)
class QueueRow:
    """`owner` is whose call it is, None before anybody took it."""

    ticket: TicketRow
    session_id: UUID | None
    owner: Actor | None


@dataclass(frozen=True)
class HandOff:
    """An escalated call with what an engineer needs to call back."""

    session: Session
    customer_contact: str | None
    owner: Actor


@dataclass(frozen=True)
class Look:
    receipt: Receipt | None
    session: Session | None


# One row, whatever there is: every command looks at least twice. Built once, like the statements that record.
_HERE = select(literal(1)).subquery()
_LOOK = (
    select(
        WalkRow.session,
        ReceiptRow.command_id,
        ReceiptRow.kind,
        ReceiptRow.status,
        ReceiptRow.fingerprint,
        ReceiptRow.revision,
        ReceiptRow.result,
    )
    .select_from(_HERE)
    .outerjoin(WalkRow, (WalkRow.account_id == bindparam("account")) & (WalkRow.session_id == bindparam("session")))
    .outerjoin(
        ReceiptRow,
        (ReceiptRow.account_id == bindparam("account"))
        & (ReceiptRow.session_id == bindparam("session"))
        & (ReceiptRow.command_id == bindparam("command")),
    )
)


class Calls:
    """The repository that the API reads from. Every method works inside one account."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def session(self, account_id: UUID, session_id: UUID) -> Session | None:
        async with self._database.account(account_id) as connection:
            found = await connection.scalar(select(WalkRow.session).where(_own(account_id, session_id)))
        return None if found is None else load(Session, found)

    async def look(self, account_id: UUID, session_id: UUID, command_id: UUID) -> Look:
        """Return a command's receipt with the session as the command left it; without a receipt, as it is now."""
        which = {"account": account_id, "session": session_id, "command": command_id}
        async with self._database.account(account_id) as connection:
            row = (await connection.execute(_LOOK, which)).one()
            session = None if row.session is None else load(Session, row.session)
            if session is not None and row.revision is not None and row.revision < session.revision:
                session = session_of(replay(await events_of(connection, account_id, session_id, up_to=row.revision)))
        return Look(None if row.command_id is None else _read_receipt(row), session)

    async def active_sessions(self, account_id: UUID, owner_id: str, limit: int) -> list[Session]:
        """Return the open sessions of their owner, last activity first."""
        query = (
            select(WalkRow.session)
            .where(
                WalkRow.account_id == account_id,
                WalkRow.status == Status.ACTIVE,
                WalkRow.owner_id == owner_id,
            )
            .order_by(WalkRow.last_activity_at.desc(), WalkRow.session_id)
            .limit(limit)
        )
        async with self._database.account(account_id) as connection:
            return [load(Session, raw) for raw in await connection.scalars(query)]

    async def queue(self, account_id: UUID, status: Status | None, limit: int) -> list[QueueRow]:
        """Return tickets, latest first, with the owner of each."""
        query = (
            select(TicketRow, WalkRow.session_id, WalkRow.owner_id, WalkRow.owner_name)
            .outerjoin(WalkRow, and_(WalkRow.ticket_id == TicketRow.id, WalkRow.account_id == account_id))
            .where(TicketRow.account_id == account_id)
            .order_by(TicketRow.created_at.desc(), TicketRow.id)
            .limit(limit)
        )
        if status is not None:
            query = query.where(TicketRow.status == status)
        async with self._database.account(account_id) as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [
            QueueRow(
                ticket=TicketRow(**{column.key: row[column.key] for column in TicketRow.__table__.columns}),
                session_id=row["session_id"],
                owner=Actor(row["owner_id"], row["owner_name"]) if row["owner_id"] else None,
            )
            for row in rows
        ]

    async def escalations(self, account_id: UUID, limit: int, after: UUID | None) -> list[HandOff]:
        """Return escalated calls, oldest first, those up to and including the session `after` left out."""
        query = (
            select(WalkRow.session, WalkRow.owner_id, WalkRow.owner_name, TicketRow.customer_contact)
            .join(TicketRow, TicketRow.id == WalkRow.ticket_id)
            .where(WalkRow.account_id == account_id, WalkRow.status == Status.ESCALATED)
            .order_by(WalkRow.escalated_at, WalkRow.session_id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(_after(account_id, after))
        async with self._database.account(account_id) as connection:
            rows = (await connection.execute(query)).all()
        return [
            HandOff(load(Session, row.session), row.customer_contact, Actor(row.owner_id, row.owner_name))
            for row in rows
        ]

    async def await_receipt(
        self, account_id: UUID, session_id: UUID, command_id: UUID, kind: str, fingerprint: str | None
    ) -> None:
        """Note that a command is under way, so that its receipt can be asked for. Changes no receipt that is there."""
        async with self._database.account(account_id) as connection:
            await connection.execute(
                insert(ReceiptRow)
                .values(
                    session_id=session_id,
                    command_id=command_id,
                    account_id=account_id,
                    kind=kind,
                    status=ReceiptStatus.PENDING,
                    fingerprint=fingerprint,
                )
                .on_conflict_do_nothing()
            )


def _own(account_id: UUID, session_id: UUID) -> Any:
    return and_(WalkRow.account_id == account_id, WalkRow.session_id == session_id)


def _after(account_id: UUID, session_id: UUID) -> Any:
    """Later in the hand-off queue than the session; everything is, if the account has no such session."""
    mark: Select[Any] = select(WalkRow.escalated_at).where(_own(account_id, session_id))
    since = mark.scalar_subquery()
    return or_(
        since.is_(None),
        WalkRow.escalated_at > since,
        and_(WalkRow.escalated_at == since, WalkRow.session_id > session_id),
    )


def _read_receipt(row: Any) -> Receipt:
    rejected = row.status == ReceiptStatus.REJECTED
    return Receipt(
        command_id=row.command_id,
        kind=row.kind,
        status=ReceiptStatus(row.status),
        fingerprint=row.fingerprint,
        revision=row.revision,
        problem=load(Problem, row.result) if rejected else None,
        intake=load(IntakeResult, row.result) if row.result is not None and not rejected else None,
    )
