"""How proposals grow: what a closed walk adds to them, inside one transaction."""

from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from l1.database.engine import hold
from l1.database.models import ProposalCallRow, ProposalRow
from l1.database.proposal_rows import OPEN, locked, own, paths
from l1.database.serial import dump, load
from l1.domain.categories import title_of
from l1.domain.merging import Merged, begin, follow, merge, path_of
from l1.domain.proposal import slug_for, title_for
from l1.domain.session import Walk
from l1.domain.tree import Tree


class CandidatesOutdatedError(Exception):
    """The open proposals are no longer those that were looked at: look again."""


async def grow(
    connection: AsyncConnection, walk: Walk, into: UUID | None, same: Callable[[str, str], bool], seen: Sequence[UUID]
) -> None:
    """See `l1.database.proposals.Proposals.learn`."""
    # Two similar calls that end in the same moment would make two proposals of one problem.
    await hold(connection, f"proposals/{walk.account_id}")
    if await _is_learned(connection, walk):
        return
    helped = walk.resolution is not None and walk.resolution.helpful
    if (target := walk.flow_proposal_id or into) is not None:
        await _merge(connection, walk, target, same, helped=helped)
    elif helped:
        await _begin(connection, walk, seen)


async def _is_learned(connection: AsyncConnection, walk: Walk) -> bool:
    query = select(ProposalCallRow.session_id).where(
        ProposalCallRow.account_id == walk.account_id, ProposalCallRow.session_id == walk.session_id
    )
    return await connection.scalar(query) is not None


async def _begin(connection: AsyncConnection, walk: Walk, seen: Sequence[UUID]) -> None:
    newest = (
        select(ProposalRow.id)
        .where(
            ProposalRow.account_id == walk.account_id,
            ProposalRow.status == OPEN,
            ProposalRow.category == walk.category,
        )
        .order_by(ProposalRow.created_at.desc(), ProposalRow.id)
        .limit(1)
    )
    latest = await connection.scalar(newest)
    if latest is not None and latest not in seen:
        raise CandidatesOutdatedError
    merged = begin(path_of(walk))
    if not merged.joined:
        return
    proposal_id = uuid4()
    private = (walk.customer_name, walk.customer_contact)
    await connection.execute(
        insert(ProposalRow).values(
            id=proposal_id,
            account_id=walk.account_id,
            category=walk.category,
            slug=slug_for(walk.category, proposal_id),
            title=title_for([walk.problem_statement], private, title_of(walk.category)),
            tree=dump(Tree, merged.tree),
            # The transaction began before it waited for its turn: by its own time it would not be the newest.
            created_at=func.clock_timestamp(),
        )
    )
    await _count(connection, walk, proposal_id, merged, helped=True)


async def _merge(
    connection: AsyncConnection, walk: Walk, proposal_id: UUID, same: Callable[[str, str], bool], *, helped: bool
) -> None:
    """Merge the walk into an open proposal. One that walked a proposal, decided on meanwhile, is counted there only."""
    row = await locked(connection, walk.account_id, proposal_id)
    if row.status != OPEN and walk.flow_proposal_id is None:
        raise CandidatesOutdatedError
    tree = load(Tree, row.tree)
    path = path_of(walk)
    if helped and row.status == OPEN:
        merged = merge(tree, path, same, await _ids_of(connection, walk.account_id, proposal_id))
    else:
        merged = Merged(tree, follow(tree, path, same), joined=False)
    if merged.tree != tree:
        await connection.execute(
            update(ProposalRow)
            .where(own(walk.account_id, proposal_id))
            .values(tree=dump(Tree, merged.tree), revision=ProposalRow.revision + 1, updated_at=func.now())
        )
    await _count(connection, walk, proposal_id, merged, helped=helped)


async def _count(connection: AsyncConnection, walk: Walk, proposal_id: UUID, merged: Merged, *, helped: bool) -> None:
    await connection.execute(
        insert(ProposalCallRow).values(
            session_id=walk.session_id,
            proposal_id=proposal_id,
            account_id=walk.account_id,
            helped=helped,
            path=list(merged.path),
            joined=merged.joined,
            merged_at=func.clock_timestamp(),
        )
    )


async def _ids_of(connection: AsyncConnection, account_id: UUID, proposal_id: UUID) -> set[str]:
    """Return the ids under which calls have been counted, also those of nodes that an engineer has removed."""
    return {node_id for path, _helped in await paths(connection, account_id, proposal_id) for node_id in path}
