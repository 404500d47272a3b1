"""Who has which session open at the moment: whoever streams its events."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from l1.database.engine import Database
from l1.database.models import PresenceRow, WalkRow
from l1.domain.session import Actor, Session, Status

REFRESH_EVERY = 15.0
"""Seconds."""
COUNTS_FOR = 45.0
"""Seconds for which a stream counts that is not refreshed: two refreshes may be late or fail."""

_IS_OLD = PresenceRow.seen_at < func.now() - timedelta(seconds=COUNTS_FOR)
_ENTER = insert(PresenceRow)
_REFRESH = _ENTER.on_conflict_do_update(index_elements=[PresenceRow.stream_id], set_={"seen_at": func.now()})


@dataclass(frozen=True)
class Visit:
    """A stream of a session's events that a user has open."""

    stream_id: UUID
    session_id: UUID
    user: Actor


@dataclass(frozen=True)
class SessionPresence:
    """Who has a session open, and what decides who is told."""

    session_id: UUID
    people: tuple[Actor, ...]
    status: Status
    was_escalated: bool


class Presences:
    """The repository of who is there. Every method works inside one account."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def enter(self, account_id: UUID, visit: Visit) -> None:
        async with self._database.account(account_id) as connection:
            await connection.execute(_ENTER, _row(account_id, visit))

    async def leave(self, account_id: UUID, visit: Visit) -> None:
        gone = delete(PresenceRow).where(PresenceRow.account_id == account_id, PresenceRow.stream_id == visit.stream_id)
        async with self._database.account(account_id) as connection:
            await connection.execute(gone)

    async def refresh(self, account_id: UUID, visits: Sequence[Visit]) -> None:
        """Say that these are still open, and forget those of the account that nobody has said so of."""
        # Whose process has only been slow is just refreshing them: waiting for each other, both would fail.
        old = select(PresenceRow.stream_id).where(PresenceRow.account_id == account_id, _IS_OLD)
        forgotten = PresenceRow.stream_id.in_(old.with_for_update(skip_locked=True))
        async with self._database.account(account_id) as connection:
            await connection.execute(_REFRESH, [_row(account_id, visit) for visit in visits])
            await connection.execute(delete(PresenceRow).where(forgotten))

    async def of(self, account_id: UUID, session_id: UUID) -> SessionPresence | None:
        """Return who has a session open; None while it is still being opened itself."""
        walk = select(
            WalkRow.status, (WalkRow.session["escalation"]["at"].as_string().is_not(None)).label("was_escalated")
        ).where(WalkRow.account_id == account_id, WalkRow.session_id == session_id)
        async with self._database.account(account_id) as connection:
            row = (await connection.execute(walk)).one_or_none()
            if row is None:
                return None
            people = await present(connection, account_id, [session_id])
        return SessionPresence(session_id, people.get(session_id, ()), Status(row.status), row.was_escalated)


async def present(
    connection: AsyncConnection, account_id: UUID, session_ids: Iterable[UUID]
) -> Mapping[UUID, tuple[Actor, ...]]:
    """Return who has these sessions open, each person once."""
    wanted = list(session_ids)
    if not wanted:
        return {}
    query = (
        select(PresenceRow.session_id, PresenceRow.user_id, func.max(PresenceRow.user_name).label("user_name"))
        .where(PresenceRow.account_id == account_id, PresenceRow.session_id.in_(wanted), ~_IS_OLD)
        .group_by(PresenceRow.session_id, PresenceRow.user_id)
        .order_by(PresenceRow.user_id)
    )
    found: dict[UUID, tuple[Actor, ...]] = {}
    for row in await connection.execute(query):
        found[row.session_id] = (*found.get(row.session_id, ()), Actor(row.user_id, row.user_name))
    return found


async def with_presence(connection: AsyncConnection, account_id: UUID, sessions: Sequence[Session]) -> list[Session]:
    """Return the sessions with who has each of them open."""
    people = await present(connection, account_id, [session.id for session in sessions])
    return [replace(session, presence=people.get(session.id, ())) for session in sessions]


def _row(account_id: UUID, visit: Visit) -> dict[str, Any]:
    return {
        "stream_id": visit.stream_id,
        "account_id": account_id,
        "session_id": visit.session_id,
        "user_id": visit.user.id,
        "user_name": visit.user.name,
    }
