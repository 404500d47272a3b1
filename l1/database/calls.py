"""Reading calls: sessions, and receipts of what was asked of them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, literal, select
from sqlalchemy.dialects.postgresql import insert

from l1.database.engine import Database
from l1.database.models import ReceiptRow, WalkRow
from l1.database.presence import with_presence
from l1.database.records import events_of
from l1.database.serial import load
from l1.domain.errors import Problem
from l1.domain.intake import IntakeResult
from l1.domain.receipts import INTAKE, Receipt, ReceiptStatus
from l1.domain.session import Session, Status, session_of
from l1.domain.walk import replay


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
        """Return a session with who has it open."""
        async with self._database.account(account_id) as connection:
            found = await connection.scalar(select(WalkRow.session).where(_own(account_id, session_id)))
            if found is None:
                return None
            [session] = await with_presence(connection, account_id, [load(Session, found)])
            return session

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
            found = [load(Session, raw) for raw in await connection.scalars(query)]
            return await with_presence(connection, account_id, found)

    async def exists(self, account_id: UUID, session_id: UUID) -> bool:
        """Tell whether there is such a session, or an intake under way that may open it."""
        walk = select(WalkRow.session_id).where(_own(account_id, session_id))
        intake = _pending_intakes(account_id).where(ReceiptRow.session_id == session_id)
        async with self._database.account(account_id) as connection:
            return bool(await connection.scalar(select(walk.exists() | intake.exists())))

    async def pending_intake(self, account_id: UUID, session_id: UUID) -> UUID | None:
        """Return the command of an intake that is still under way, whose session there will be; None otherwise."""
        query = _pending_intakes(account_id).where(ReceiptRow.session_id == session_id)
        async with self._database.account(account_id) as connection:
            found: UUID | None = await connection.scalar(query)
        return found

    async def has_pending_intakes(self, account_id: UUID, many: int) -> bool:
        """Tell whether so many intakes of an account, or more, have been answered 202 and are not decided yet."""
        nth = _pending_intakes(account_id).offset(many - 1).limit(1)
        async with self._database.account(account_id) as connection:
            return await connection.scalar(nth) is not None

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


def _pending_intakes(account_id: UUID) -> Select[Any]:
    return select(ReceiptRow.command_id).where(
        ReceiptRow.account_id == account_id,
        ReceiptRow.kind == INTAKE,
        ReceiptRow.status == ReceiptStatus.PENDING,
    )


def _own(account_id: UUID, session_id: UUID) -> Any:
    return and_(WalkRow.account_id == account_id, WalkRow.session_id == session_id)


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
