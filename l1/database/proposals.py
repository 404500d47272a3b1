"""Flow proposals: trees that built walks have grown, what calls teach them, and what engineers decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Integer, Text, Uuid, bindparam, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from l1.database.engine import Database
from l1.database.exemplars import MOST_OF_A_KIND, confirm
from l1.database.flows import publish, save_draft
from l1.database.growing import grow, next_version
from l1.database.models import FlowRow, ProposalCallRow, ProposalRow, TicketRow, WalkRow
from l1.database.paging import Cut, Order, Page, read_page
from l1.database.proposal_rows import behind, found, locked, own, paths
from l1.database.serial import dump, load
from l1.domain.branches import open_branches
from l1.domain.errors import ProposalDecided, RevisionMismatch
from l1.domain.proposal import Growth, NextVersion, NodeCount, ProposalStatus, counts
from l1.domain.publishing import to_publish
from l1.domain.session import Actor, Status, Walk
from l1.domain.tree import Flow, Tree

MOST_CANDIDATES = 50
_STATEMENTS = 5
"""Statements of a candidate: enough to tell its problem, and each is compared with every new one."""
_CALLS = 200
"""Calls that a proposal tells of; all of them count."""

_CANDIDATES = text(
    """
    SELECT flow_proposals.id, flow_proposals.revision, said.statements
    FROM flow_proposals
    LEFT JOIN LATERAL (
        SELECT array_agg(latest.problem_statement ORDER BY latest.merged_at DESC, latest.session_id) AS statements
        FROM (
            SELECT tickets.problem_statement, proposal_calls.merged_at, proposal_calls.session_id
            FROM proposal_calls
            JOIN walks ON walks.session_id = proposal_calls.session_id
            JOIN tickets ON tickets.id = walks.ticket_id
            WHERE proposal_calls.proposal_id = flow_proposals.id AND proposal_calls.helped
            ORDER BY proposal_calls.merged_at DESC, proposal_calls.session_id
            LIMIT :statements
        ) AS latest
    ) AS said ON true
    WHERE flow_proposals.account_id = :account AND flow_proposals.status = 'open'
        AND flow_proposals.category = :category
    ORDER BY flow_proposals.created_at DESC, flow_proposals.id
    LIMIT :most
    """
).bindparams(
    bindparam("account", type_=Uuid),
    bindparam("category", type_=Text),
    bindparam("statements", _STATEMENTS, type_=Integer),
    bindparam("most", MOST_CANDIDATES, type_=Integer),
)


@dataclass(frozen=True)
class Candidate:
    """An open proposal, with what callers said whom it helped, latest first."""

    proposal_id: UUID
    revision: int
    statements: tuple[str, ...]


@dataclass(frozen=True)
class ProposalSummary:
    id: UUID
    status: str
    category: str
    slug: str
    title: str
    revision: int
    created_at: datetime
    updated_at: datetime
    calls: int
    helped: int
    open_branches: int


@dataclass(frozen=True)
class ProposalCall:
    """A call behind a proposal. `path`: ids of the proposal's nodes; `joined`: what it walked is part of the tree."""

    session_id: UUID
    ticket_id: UUID
    problem_statement: str
    owner: Actor
    status: Status
    resolution_notes: str | None
    at: datetime
    helped: bool
    joined: bool
    path: tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    """A proposal as engineers read it. In `flow`, answers that lead nowhere yet are open branches.

    `nodes` counts, for each node, all calls, also those before the latest that `calls` holds. `flow_id` and
    `flow_version`: what it was published as.
    """

    id: UUID
    status: str
    revision: int
    flow: Flow
    created_at: datetime
    updated_at: datetime
    edited_at: datetime | None
    edited_by: str | None
    decided_at: datetime | None
    decided_by: str | None
    reject_reason: str | None
    flow_id: UUID | None
    flow_version: int | None
    nodes: Mapping[str, NodeCount]
    calls: Sequence[ProposalCall]


_LATEST_FIRST = Order(ProposalRow.created_at, ProposalRow.id, latest_first=True)


class Proposals:
    """The repository of proposals. Every method works inside one account, and can be repeated."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def candidates(self, account_id: UUID, category: str) -> list[Candidate]:
        """Return the open proposals of a category, latest first."""
        async with self._database.account(account_id) as connection:
            rows = await connection.execute(_CANDIDATES, {"account": account_id, "category": category})
            return [Candidate(row.id, row.revision, tuple(row.statements or ())) for row in rows]

    async def walkable(self, account_id: UUID, proposal_id: UUID) -> Tree | None:
        """Return the tree of an open proposal, to walk it."""
        query = select(ProposalRow.tree).where(own(account_id, proposal_id), ProposalRow.status == ProposalStatus.OPEN)
        async with self._database.account(account_id) as connection:
            found = await connection.scalar(query)
        return None if found is None else load(Tree, found)

    async def next_version(self, account_id: UUID, flow_id: UUID) -> NextVersion:
        """Return what calls on a flow, built on from its open branches, grow."""
        async with self._database.account(account_id) as connection:
            return await next_version(connection, account_id, flow_id)

    async def grow(self, walk: Walk, growth: Growth) -> None:
        """Let a closed walk become a proposal, or become part of one.

        A walk of a proposal belongs to that; one of a flow to the proposal for the flow's next version; any other to
        `growth.into`. A walk that did not help is counted where it belongs, and adds nothing. The same walk counts
        once. Raises CandidatesOutdatedError if `into` was decided on meanwhile, or if a proposal has come that was not
        looked at: it may be about the same problem.
        """
        if walk.is_closed and walk.was_built:
            async with self._database.account(walk.account_id) as connection:
                await grow(connection, walk, growth)

    async def all(self, account_id: UUID, status: str, cut: Cut[datetime]) -> Page[ProposalSummary, datetime]:
        """Return the proposals of a status, latest first."""
        calls = (
            select(
                ProposalCallRow.proposal_id,
                func.count().label("calls"),
                func.count().filter(ProposalCallRow.helped).label("helped"),
            )
            .where(ProposalCallRow.account_id == account_id)
            .group_by(ProposalCallRow.proposal_id)
            .subquery()
        )
        query = select(ProposalRow, calls.c.calls, calls.c.helped).outerjoin(
            calls, calls.c.proposal_id == ProposalRow.id
        )
        which = [ProposalRow.account_id == account_id, ProposalRow.status == status]
        async with self._database.account(account_id) as connection:
            return await read_page(connection, query, which, order=_LATEST_FIRST, cut=cut, row_of=_summary)

    async def read(self, account_id: UUID, proposal_id: UUID) -> Proposal:
        """Return a proposal with the calls behind it; raises NotFound."""
        async with self._database.account(account_id) as connection:
            return await _read(connection, account_id, proposal_id)

    async def edit(
        self, account_id: UUID, proposal_id: UUID, expected_revision: int | None, flow: Flow, author: str
    ) -> Proposal:
        """Replace all that makes the flow, in which branches may be open."""
        async with self._database.account(account_id) as connection:
            row = await locked(connection, account_id, proposal_id)
            if row.status != ProposalStatus.OPEN:
                raise _decided(row.status)
            _check_revision(row, expected_revision)
            await connection.execute(
                update(ProposalRow)
                .where(own(account_id, proposal_id))
                .values(
                    category=flow.category,
                    slug=flow.slug,
                    title=flow.title,
                    description=flow.description,
                    keywords=list(flow.keywords),
                    tree=dump(Tree, flow.tree),
                    revision=ProposalRow.revision + 1,
                    updated_at=func.now(),
                    edited_at=func.now(),
                    edited_by=author,
                )
            )
            return await _read(connection, account_id, proposal_id)

    async def publish(
        self, account_id: UUID, proposal_id: UUID, author: str, expected_revision: int | None = None
    ) -> Proposal:
        """Publish the proposal as the next version of its slug, with what callers said whom it helped.

        Branches that are open stay so, for walks to be built on from there, but those of answers that say that the
        problem is solved. Raises InvalidFlow for a tree that was edited into no flow, or leads to no resolution.
        """
        async with self._database.account(account_id) as connection:
            row = await locked(connection, account_id, proposal_id)
            if row.status == ProposalStatus.REJECTED:
                raise _decided(row.status)
            if row.status == ProposalStatus.OPEN:
                _check_revision(row, expected_revision)
                flow = to_publish(_flow(row))
                flow_id = await save_draft(connection, account_id, flow, author, uuid4())
                await publish(connection, flow_id, author)
                version = await connection.scalar(select(FlowRow.live_version).where(FlowRow.id == flow_id))
                await confirm(connection, account_id, flow_id, await _helped(connection, account_id, proposal_id))
                decision = {"status": ProposalStatus.PUBLISHED, "flow_id": flow_id, "flow_version": version}
                await _decide(connection, account_id, proposal_id, author, decision)
            return await _read(connection, account_id, proposal_id)

    async def reject(
        self, account_id: UUID, proposal_id: UUID, reason: str, author: str, expected_revision: int | None = None
    ) -> Proposal:
        """Close the proposal; a second rejection leaves the first reason."""
        async with self._database.account(account_id) as connection:
            row = await locked(connection, account_id, proposal_id)
            if row.status == ProposalStatus.PUBLISHED:
                raise _decided(row.status)
            if row.status == ProposalStatus.OPEN:
                _check_revision(row, expected_revision)
                decision = {"status": ProposalStatus.REJECTED, "reject_reason": reason}
                await _decide(connection, account_id, proposal_id, author, decision)
            return await _read(connection, account_id, proposal_id)


# --- reading and deciding -------------------------------------------------------------------------------------------


def _decided(status: str) -> ProposalDecided:
    return ProposalDecided(f"This proposal is {status}; that does not change any more.", proposal_status=status)


def _check_revision(row: Any, expected: int | None) -> None:
    """Calls go on growing an open proposal: whoever decides may insist on what they have read."""
    if expected is not None and expected != row.revision:
        raise RevisionMismatch(
            f"The proposal is at revision {row.revision}. Read it again and decide anew.", revision=row.revision
        )


async def _decide(
    connection: AsyncConnection, account_id: UUID, proposal_id: UUID, author: str, decision: Mapping[str, Any]
) -> None:
    await connection.execute(
        update(ProposalRow)
        .where(own(account_id, proposal_id))
        .values(
            **decision,
            revision=ProposalRow.revision + 1,
            updated_at=func.now(),
            decided_at=func.now(),
            decided_by=author,
        )
    )


def _flow(row: Any) -> Flow:
    return Flow(row.slug, row.title, row.category, row.description, tuple(row.keywords), load(Tree, row.tree))


async def _helped(connection: AsyncConnection, account_id: UUID, proposal_id: UUID) -> list[tuple[UUID, str]]:
    """Return the latest calls that were helped, with what their callers said."""
    query = (
        _with_tickets(select(ProposalCallRow.session_id, TicketRow.problem_statement), account_id)
        .where(behind(account_id, proposal_id), ProposalCallRow.helped)
        .order_by(ProposalCallRow.merged_at.desc(), ProposalCallRow.session_id)
        .limit(MOST_OF_A_KIND)
    )
    return [(row.session_id, row.problem_statement) for row in await connection.execute(query)]


def _with_tickets(query: Any, account_id: UUID) -> Any:
    return (
        query.select_from(ProposalCallRow)
        .join(WalkRow, (WalkRow.session_id == ProposalCallRow.session_id) & (WalkRow.account_id == account_id))
        .join(TicketRow, (TicketRow.id == WalkRow.ticket_id) & (TicketRow.account_id == account_id))
    )


async def _read(connection: AsyncConnection, account_id: UUID, proposal_id: UUID) -> Proposal:
    row = found((await connection.execute(select(ProposalRow).where(own(account_id, proposal_id)))).one_or_none())
    flow = _flow(row)
    counted = counts(await paths(connection, account_id, proposal_id))
    return Proposal(
        id=row.id,
        status=row.status,
        revision=row.revision,
        flow=flow,
        created_at=row.created_at,
        updated_at=row.updated_at,
        edited_at=row.edited_at,
        edited_by=row.edited_by,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        reject_reason=row.reject_reason,
        flow_id=row.flow_id,
        flow_version=row.flow_version,
        nodes={node_id: counted.get(node_id, NodeCount()) for node_id in flow.tree.nodes},
        calls=await _calls(connection, account_id, proposal_id),
    )


async def _calls(connection: AsyncConnection, account_id: UUID, proposal_id: UUID) -> list[ProposalCall]:
    columns = select(
        ProposalCallRow.session_id,
        TicketRow.id.label("ticket_id"),
        TicketRow.problem_statement,
        WalkRow.owner_id,
        WalkRow.owner_name,
        WalkRow.status,
        WalkRow.session["resolution"]["notes"].as_string().label("resolution_notes"),
        WalkRow.last_activity_at,
        ProposalCallRow.helped,
        ProposalCallRow.joined,
        ProposalCallRow.path,
    )
    query = (
        _with_tickets(columns, account_id)
        .where(behind(account_id, proposal_id))
        .order_by(ProposalCallRow.merged_at.desc(), ProposalCallRow.session_id)
        .limit(_CALLS)
    )
    return [
        ProposalCall(
            session_id=row.session_id,
            ticket_id=row.ticket_id,
            problem_statement=row.problem_statement,
            owner=Actor(row.owner_id, row.owner_name),
            status=Status(row.status),
            resolution_notes=row.resolution_notes,
            at=row.last_activity_at,
            helped=row.helped,
            joined=row.joined,
            path=tuple(row.path),
        )
        for row in await connection.execute(query)
    ]


def _summary(row: Any) -> ProposalSummary:
    return ProposalSummary(
        id=row.id,
        status=row.status,
        category=row.category,
        slug=row.slug,
        title=row.title,
        revision=row.revision,
        created_at=row.created_at,
        updated_at=row.updated_at,
        calls=row.calls or 0,
        helped=row.helped or 0,
        open_branches=len(open_branches(load(Tree, row.tree))),
    )
