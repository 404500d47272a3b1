"""What can be asked of a walk. `l1.domain.signals` has the form in which it travels."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from l1.domain.building import NodeBuild
from l1.domain.session import Actor
from l1.domain.tree import Node


@dataclass(frozen=True)
class Step:
    """The answer to the current node. `asked_as` is the wording the caller heard, if it was not the node's own."""

    node_id: str
    answer: str
    asked_as: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class NoteText:
    text: str
    node_id: str | None = None


@dataclass(frozen=True)
class TakeNotes:
    notes: tuple[NoteText, ...]


@dataclass(frozen=True)
class Resolve:
    """`helpful` is None where nobody has said: a call that was forgotten at a node that solves the problem."""

    helpful: bool | None
    resolution_notes: str | None = None


@dataclass(frozen=True)
class Escalate:
    """Also how a call that stalled, was cancelled or was lost ends; the actor and `reason_category` tell which.

    Without a `reason_category` the current node's own counts, where it is one that escalates.
    """

    reason_category: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class PlaceNode:
    """The node that was being built has arrived; `build` tells who built it."""

    node: Node
    build: NodeBuild


SignalBody = Step | TakeNotes | Resolve | Escalate
"""What people ask for. Only the workflow itself places a node."""
Body = SignalBody | PlaceNode


@dataclass(frozen=True)
class Sender:
    """Who asked, when, and on what understanding.

    `id` names the command for ever: a second command with it changes nothing. `expected_revision` is the walk's
    revision the sender had before his eyes. `fingerprint` tells apart two requests that use the same id.
    """

    id: UUID
    at: datetime
    actor: Actor
    expected_revision: int | None = None
    fingerprint: str | None = None


@dataclass(frozen=True)
class Command:
    sender: Sender
    body: Body
