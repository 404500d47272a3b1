"""The rows of proposals, as both what grows them and who decides on them find them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from l1.database.models import ProposalCallRow, ProposalRow
from l1.domain.errors import NotFound


def own(account_id: UUID, proposal_id: UUID) -> Any:
    return (ProposalRow.account_id == account_id) & (ProposalRow.id == proposal_id)


def behind(account_id: UUID, proposal_id: UUID) -> Any:
    return (ProposalCallRow.account_id == account_id) & (ProposalCallRow.proposal_id == proposal_id)


async def locked(connection: AsyncConnection, account_id: UUID, proposal_id: UUID) -> Any:
    query = select(ProposalRow).where(own(account_id, proposal_id)).with_for_update()
    return found((await connection.execute(query)).one_or_none())


def found(row: Any) -> Any:
    if row is None:
        raise NotFound("There is no such proposal.")
    return row


async def paths(connection: AsyncConnection, account_id: UUID, proposal_id: UUID) -> list[tuple[Sequence[str], bool]]:
    query = select(ProposalCallRow.path, ProposalCallRow.helped).where(behind(account_id, proposal_id))
    return [(row.path, row.helped) for row in await connection.execute(query)]
