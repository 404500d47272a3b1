"""How proposals grow: what a closed walk adds to them, inside one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from l1.database.engine import hold
from l1.database.models import FlowRow, FlowVersionRow, ProposalCallRow, ProposalRow
from l1.database.proposal_rows import found, locked, own, paths
from l1.database.serial import dump, load
from l1.domain.branches import with_solution
from l1.domain.categories import title_of
from l1.domain.flow_file import parse_flow
from l1.domain.merging import Merged, WalkedNode, begin, follow, merge, path_of
from l1.domain.proposal import Growth, NextVersion, ProposalStatus, slug_for, title_for
from l1.domain.session import Walk
from l1.domain.tree import Flow, Tree


class CandidatesOutdatedError(Exception):
    """The open proposals are no longer those that were looked at: look again."""


async def next_version(connection: AsyncConnection, account_id: UUID, flow_id: UUID) -> NextVersion:
    """Return the open proposal of the flow's slug, the latest one, or the flow as its latest version has it."""
    newest = (
        select(FlowRow.slug, FlowVersionRow.content)
        .join(FlowVersionRow, FlowVersionRow.flow_id == FlowRow.id)
        .where(FlowRow.id == flow_id, FlowRow.account_id == account_id, FlowVersionRow.published_at.is_not(None))
        .order_by(FlowVersionRow.version.desc())
        .limit(1)
    )
    row = found((await connection.execute(newest)).one_or_none())
    flow = parse_flow(row.content, may_be_open=True)
    growing = (
        select(ProposalRow.id, ProposalRow.tree)
        .where(
            ProposalRow.account_id == account_id,
            ProposalRow.status == ProposalStatus.OPEN,
            ProposalRow.slug == row.slug,
        )
        .order_by(ProposalRow.created_at.desc(), ProposalRow.id)
        .limit(1)
    )
    proposal = (await connection.execute(growing)).one_or_none()
    if proposal is None:
        return NextVersion(None, flow)
    return NextVersion(proposal.id, replace(flow, tree=load(Tree, proposal.tree)))


async def grow(connection: AsyncConnection, walk: Walk, growth: Growth) -> None:
    """See `l1.database.proposals.Proposals.grow`."""
    # Two similar calls that end in the same moment would make two proposals of one problem.
    await hold(connection, f"proposals/{walk.account_id}")
    if await _is_learned(connection, walk):
        return
    helped = walk.resolution is not None and walk.resolution.helpful is True
    target = walk.flow_proposal_id or growth.into
    following = None if walk.flow_id is None else await next_version(connection, walk.account_id, walk.flow_id)
    if following is not None and following.proposal_id != target:
        raise CandidatesOutdatedError
    if target is not None:
        await _merge(connection, walk, target, growth, helped=helped)
    elif helped and following is not None:
        await _begin_next(connection, walk, growth, following.flow)
    elif helped:
        await _begin(connection, walk, growth)


async def _is_learned(connection: AsyncConnection, walk: Walk) -> bool:
    query = select(ProposalCallRow.session_id).where(
        ProposalCallRow.account_id == walk.account_id, ProposalCallRow.session_id == walk.session_id
    )
    return await connection.scalar(query) is not None


async def _begin(connection: AsyncConnection, walk: Walk, growth: Growth) -> None:
    """Make a proposal of a walk whose tree was built from its first node on."""
    newest = (
        select(ProposalRow.id)
        .where(
            ProposalRow.account_id == walk.account_id,
            ProposalRow.status == ProposalStatus.OPEN,
            ProposalRow.category == walk.category,
        )
        .order_by(ProposalRow.created_at.desc(), ProposalRow.id)
        .limit(1)
    )
    latest = await connection.scalar(newest)
    if latest is not None and latest not in growth.seen:
        raise CandidatesOutdatedError
    proposal_id = uuid4()
    private = (walk.customer_name, walk.customer_contact)
    title = title_for([walk.problem_statement], private, title_of(walk.category))
    path = path_of(walk)
    merged = _with_solution(begin(path), path, growth)
    draft = Flow(slug_for(walk.category, proposal_id), title, walk.category, "", (), merged.tree)
    await _propose(connection, walk, proposal_id, draft, merged)


async def _begin_next(connection: AsyncConnection, walk: Walk, growth: Growth, flow: Flow) -> None:
    """Make a proposal of the flow that was walked, with what was built on from one of its open branches."""
    path = path_of(walk)
    merged = _with_solution(merge(flow.tree, path, growth.same), path, growth)
    await _propose(connection, walk, uuid4(), replace(flow, tree=merged.tree), merged)


async def _propose(connection: AsyncConnection, walk: Walk, proposal_id: UUID, draft: Flow, merged: Merged) -> None:
    if not merged.joined:
        return
    await connection.execute(
        insert(ProposalRow).values(
            id=proposal_id,
            account_id=walk.account_id,
            category=draft.category,
            slug=draft.slug,
            title=draft.title,
            description=draft.description,
            keywords=list(draft.keywords),
            tree=dump(Tree, draft.tree),
            # The transaction began before it waited for its turn: by its own time it would not be the newest.
            created_at=func.clock_timestamp(),
        )
    )
    await _count(connection, walk, proposal_id, merged, helped=True)


async def _merge(connection: AsyncConnection, walk: Walk, proposal_id: UUID, growth: Growth, *, helped: bool) -> None:
    """Merge the walk into an open proposal. One that walked a proposal, decided on meanwhile, is counted there only."""
    row = await locked(connection, walk.account_id, proposal_id)
    if row.status != ProposalStatus.OPEN and walk.flow_proposal_id is None:
        raise CandidatesOutdatedError
    tree = load(Tree, row.tree)
    path = path_of(walk)
    if helped and row.status == ProposalStatus.OPEN:
        merged = merge(tree, path, growth.same, await _ids_of(connection, walk.account_id, proposal_id))
        merged = _with_solution(merged, path, growth)
    else:
        merged = Merged(tree, follow(tree, path, growth.same), joined=False)
    if merged.tree != tree:
        await connection.execute(
            update(ProposalRow)
            .where(own(walk.account_id, proposal_id))
            .values(tree=dump(Tree, merged.tree), revision=ProposalRow.revision + 1, updated_at=func.now())
        )
    await _count(connection, walk, proposal_id, merged, helped=helped)


def _with_solution(merged: Merged, path: Sequence[WalkedNode], growth: Growth) -> Merged:
    """Let the solution of a call that ended before a resolution was built be what the resolution says."""
    if not merged.joined or growth.solution is None:
        return merged
    return replace(merged, tree=with_solution(merged.tree, merged.path[-1], path[-1].answer, growth.solution))


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
