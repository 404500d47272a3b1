"""What a walk is made of, and the session that clients see of it.

All times are timezone-aware UTC. A walk is an immutable value: `l1.domain.walk` makes the next one from an event.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from l1.domain.building import NodeBuild
from l1.domain.naming import ticket_number
from l1.domain.tree import Node, NodeKind, Tree


class SessionKind(StrEnum):
    FLOW = "flow"
    PROPOSAL = "proposal"
    AI_BUILD = "ai_build"
    NO_WALK = "no_walk"


BUILT_KINDS = (SessionKind.AI_BUILD, SessionKind.PROPOSAL)
"""Kinds of walks whose trees are built in calls, and reviewed by nobody yet."""


class Status(StrEnum):
    ACTIVE = "active"
    RESOLVED = "resolved"
    ESCALATED = "escalated"


@dataclass(frozen=True)
class Actor:
    """Who did it: `id` is a user's UUID, or one of the fixed names below. `name` is for colleagues to read."""

    id: str
    name: str | None = None


TIMEOUT = Actor("timeout")
OPERATOR = Actor("operator")
"""Somebody at the Temporal command line or Web UI."""
SYSTEM = Actor("system")


@dataclass(frozen=True)
class TicketRef:
    """`number` counts the tickets of the account, with gaps."""

    id: UUID
    kind: str
    number: int


@dataclass(frozen=True)
class PathEntry:
    """One answered node. `question` is the node's text, `asked_as` how it was asked if in other words.

    `seconds`: how long the node was the current one.
    """

    node_id: str
    question: str
    asked_as: str | None
    answer: str
    note: str | None
    answered_at: datetime
    answered_by: str
    answered_by_name: str | None
    seconds: float


@dataclass(frozen=True)
class WalkNote:
    text: str
    node_id: str | None
    at: datetime
    by: str
    by_name: str | None


@dataclass(frozen=True)
class Resolution:
    """`helpful` is None, and `by` is `timeout`, for a call that was forgotten at a node that solves the problem."""

    helpful: bool | None
    notes: str | None
    at: datetime
    by: str
    by_name: str | None


@dataclass(frozen=True)
class Escalation:
    reason: str | None
    reason_category: str
    at: datetime
    by: str
    by_name: str | None


@dataclass(frozen=True)
class Building:
    """A node is being built: the answer that asked for it is already in the path. `command_id` waits for the node."""

    command_id: UUID
    after_node_id: str | None
    answer: str | None


@dataclass(frozen=True)
class Walk:
    """The whole state of one walk. `stall_after` is in seconds; `text_size` counts characters (see limits.py).

    `owner` is who took the call; a note or a step by somebody else does not make it theirs.
    `escalates_unconfirmed`: forgotten at a node that solves the problem, the call is escalated and not resolved.
    """

    session_id: UUID
    account_id: UUID
    session_kind: SessionKind
    ticket: TicketRef
    problem_statement: str
    customer_name: str | None
    customer_contact: str | None
    category: str
    flow_id: UUID | None
    flow_version: int | None
    flow_proposal_id: UUID | None
    tree: Tree
    current_node_id: str | None
    current_since: datetime
    started_at: datetime
    last_activity_at: datetime
    stall_after: float
    owner: Actor
    escalates_unconfirmed: bool = False
    flow_title: str | None = None
    building: Building | None = None
    walked_path: tuple[PathEntry, ...] = ()
    walk_notes: tuple[WalkNote, ...] = ()
    status: Status = Status.ACTIVE
    revision: int = 1
    last_step_at: datetime | None = None
    resolved_at: datetime | None = None
    resolution: Resolution | None = None
    escalation: Escalation | None = None
    text_size: int = 0
    built_nodes: tuple[NodeBuild, ...] = ()

    @property
    def is_closed(self) -> bool:
        return self.status is not Status.ACTIVE

    @property
    def stall_deadline(self) -> datetime | None:
        """When the call escalates itself if nobody does anything; None once it is closed."""
        return None if self.is_closed else self.last_activity_at + timedelta(seconds=self.stall_after)

    @property
    def is_built(self) -> bool:
        """Whether an answer may lead to a node that has still to be built."""
        return self.was_built or self.tree.is_open

    @property
    def was_built(self) -> bool:
        """Whether nodes of it were built, in this call or in those of its proposal."""
        return self.session_kind in BUILT_KINDS or bool(self.built_nodes)

    @property
    def grows_proposals(self) -> bool:
        """Whether proposals grow from it, once it is closed: not from a solution that nobody has confirmed."""
        is_unconfirmed = self.resolution is not None and self.resolution.helpful is None
        return self.was_built and not is_unconfirmed

    @property
    def current_node(self) -> Node | None:
        return None if self.current_node_id is None else self.tree.nodes[self.current_node_id]


@dataclass(frozen=True)
class CurrentNode:
    """The node to show now. `answers` are the labels to choose from; none for a node that ends the walk."""

    id: str
    kind: NodeKind
    text: str
    answers: tuple[str, ...]
    reason_category: str | None = None


@dataclass(frozen=True)
class Session:
    """A walk as clients, the `state` query and the database's `session` column show it."""

    id: UUID
    session_kind: SessionKind
    flow_id: UUID | None
    flow_version: int | None
    flow_proposal_id: UUID | None
    ticket_id: UUID
    ticket_kind: str
    ticket_number: str
    problem_statement: str
    customer_name: str | None
    customer_contact: str | None
    owner: Actor
    category: str
    current_node_id: str | None
    current_node: CurrentNode | None
    walked_path: tuple[PathEntry, ...]
    walk_notes: tuple[WalkNote, ...]
    status: Status
    revision: int
    started_at: datetime
    last_step_at: datetime | None
    stall_deadline: datetime | None
    resolved_at: datetime | None
    resolution: Resolution | None
    escalation: Escalation | None
    built_nodes: tuple[NodeBuild, ...] = ()
    """Who built each node, in the order in which they were placed, and why it was not the model."""
    is_built: bool = False
    """An answer may lead to a node that has still to be built: `next-node` takes it, too."""
    presence: tuple[Actor, ...] = ()
    """Who has it open: put in when it is read, and empty in the response to a command, which does not look."""


def shown(node: Node) -> CurrentNode:
    return CurrentNode(node.id, node.kind, node.text, tuple(node.answers), node.reason_category)


def session_of(walk: Walk) -> Session:
    node = walk.current_node
    return Session(
        id=walk.session_id,
        session_kind=walk.session_kind,
        flow_id=walk.flow_id,
        flow_version=walk.flow_version,
        flow_proposal_id=walk.flow_proposal_id,
        ticket_id=walk.ticket.id,
        ticket_kind=walk.ticket.kind,
        ticket_number=ticket_number(walk.ticket.number),
        problem_statement=walk.problem_statement,
        customer_name=walk.customer_name,
        customer_contact=walk.customer_contact,
        owner=walk.owner,
        category=walk.category,
        current_node_id=walk.current_node_id,
        current_node=None if node is None else shown(node),
        walked_path=walk.walked_path,
        walk_notes=walk.walk_notes,
        status=walk.status,
        revision=walk.revision,
        started_at=walk.started_at,
        last_step_at=walk.last_step_at,
        stall_deadline=walk.stall_deadline,
        resolved_at=walk.resolved_at,
        resolution=walk.resolution,
        escalation=walk.escalation,
        built_nodes=walk.built_nodes,
        is_built=walk.is_built,
    )
