"""What calls have taught: callers' words that a flow was right or wrong for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from l1.database.engine import Database
from l1.database.flows import visible
from l1.database.models import ExemplarRow, FlowRow
from l1.domain.errors import NotFound
from l1.domain.reasons import REASON_WRONG_FLOW
from l1.domain.session import SessionKind, Walk

MOST_OF_A_KIND = 20
"""Exemplars that speak for a flow, and as many against it, that an account keeps; the oldest go."""


@dataclass(frozen=True)
class Exemplar:
    """The words of the caller in the session. `confirms`: the flow was right for them, not wrong."""

    id: UUID
    statement: str
    confirms: bool
    session_id: UUID
    learned_at: datetime


class Exemplars:
    """The repository for those who look after the flows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, account_id: UUID, flow_id: UUID) -> list[Exemplar]:
        """Return what the account has learned of a flow, latest first; raises NotFound for a flow it cannot see."""
        columns = (getattr(ExemplarRow, name) for name in Exemplar.__dataclass_fields__)
        query = (
            select(*columns)
            .where(ExemplarRow.account_id == account_id, ExemplarRow.flow_id == flow_id)
            .order_by(ExemplarRow.learned_at.desc(), ExemplarRow.id)
        )
        async with self._database.account(account_id) as connection:
            flow = select(FlowRow.id).where(FlowRow.id == flow_id, visible(account_id, FlowRow.account_id))
            if await connection.scalar(flow) is None:
                raise NotFound("There is no such flow.")
            return [Exemplar(*row) for row in await connection.execute(query)]

    async def remove(self, account_id: UUID, flow_id: UUID, exemplar_id: UUID) -> None:
        """Unlearn one; raises NotFound."""
        removal = (
            delete(ExemplarRow)
            .where(ExemplarRow.account_id == account_id, ExemplarRow.flow_id == flow_id, ExemplarRow.id == exemplar_id)
            .returning(ExemplarRow.id)
        )
        async with self._database.account(account_id) as connection:
            if await connection.scalar(removal) is None:
                raise NotFound("There is no such exemplar.")


async def learn(connection: AsyncConnection, walk: Walk) -> None:
    """Learn from a closed walk, inside the transaction that records its end.

    The same walk, or the same words about the same flow, are learned once.
    """
    confirms = _lesson(walk)
    if confirms is None or walk.flow_id is None:
        return
    said = (walk.session_id, walk.problem_statement)
    if await _add(connection, walk.account_id, walk.flow_id, said, confirms=confirms):
        await _forget_the_oldest(connection, walk.account_id, walk.flow_id, confirms=confirms)


async def confirm(
    connection: AsyncConnection, account_id: UUID, flow_id: UUID, calls: Sequence[tuple[UUID, str]]
) -> None:
    """Learn, inside the caller's transaction, that the flow is right for the words of these sessions, latest first."""
    for said in calls:
        await _add(connection, account_id, flow_id, said, confirms=True)
    await _forget_the_oldest(connection, account_id, flow_id, confirms=True)


async def _add(
    connection: AsyncConnection, account_id: UUID, flow_id: UUID, said: tuple[UUID, str], *, confirms: bool
) -> bool:
    """Add what was said in a session; tell whether it was new."""
    session_id, statement = said
    added = await connection.scalar(
        insert(ExemplarRow)
        .values(
            id=uuid4(),
            account_id=account_id,
            flow_id=flow_id,
            session_id=session_id,
            statement=statement,
            confirms=confirms,
        )
        .on_conflict_do_nothing()
        .returning(ExemplarRow.id)
    )
    return added is not None


def _lesson(walk: Walk) -> bool | None:
    """Tell whether the flow was right (True) or wrong (False) for the caller's words; None: it cannot be told.

    An escalation for any other reason, or a solution found elsewhere, says nothing about the words.
    """
    if walk.session_kind not in (SessionKind.FLOW, SessionKind.PROPOSAL):
        return None
    if walk.resolution is not None:
        return True if walk.resolution.helpful else None
    if walk.escalation is not None and walk.escalation.reason_category == REASON_WRONG_FLOW:
        return False
    return None


async def _forget_the_oldest(connection: AsyncConnection, account_id: UUID, flow_id: UUID, *, confirms: bool) -> None:
    """Keep the newest. Two calls that end in the same moment may leave one too many, until the next ends."""
    of_the_kind = (
        ExemplarRow.account_id == account_id,
        ExemplarRow.flow_id == flow_id,
        ExemplarRow.confirms.is_(confirms),
    )
    oldest = (
        select(ExemplarRow.id)
        .where(*of_the_kind)
        .order_by(ExemplarRow.learned_at.desc(), ExemplarRow.id)
        .offset(MOST_OF_A_KIND)
    )
    await connection.execute(delete(ExemplarRow).where(*of_the_kind, ExemplarRow.id.in_(oldest)))
