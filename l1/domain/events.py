"""What has happened to a walk. The events of a walk, in order, give its state (`l1.domain.walk.replay`)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from l1.domain.building import NodeBuild
from l1.domain.errors import Problem
from l1.domain.session import Actor, Escalation, PathEntry, Resolution, Walk, WalkNote
from l1.domain.tree import Node


@dataclass(frozen=True)
class Opened:
    """The walk as it begins, with the version of the flow that it will follow to its end."""

    walk: Walk
    kind: Literal["opened"] = "opened"


@dataclass(frozen=True)
class Stepped:
    """`next_node_id` is None while the next node is being built."""

    entry: PathEntry
    next_node_id: str | None
    kind: Literal["stepped"] = "stepped"


@dataclass(frozen=True)
class NodePlaced:
    node: Node
    build: NodeBuild
    kind: Literal["node_placed"] = "node_placed"


@dataclass(frozen=True)
class Noted:
    notes: tuple[WalkNote, ...]
    kind: Literal["noted"] = "noted"


@dataclass(frozen=True)
class Resolved:
    resolution: Resolution
    kind: Literal["resolved"] = "resolved"


@dataclass(frozen=True)
class Escalated:
    escalation: Escalation
    kind: Literal["escalated"] = "escalated"


@dataclass(frozen=True)
class Rejected:
    """A command that did not fit. It leaves the walk, and its revision, as they were."""

    problem: Problem
    kind: Literal["rejected"] = "rejected"


Change = Opened | Stepped | NodePlaced | Noted | Resolved | Escalated
EventBody = Change | Rejected


@dataclass(frozen=True)
class Event:
    """`revision` is the walk's after the event; a rejection repeats the revision it met."""

    command_id: UUID
    revision: int
    at: datetime
    actor: Actor
    body: EventBody
