"""The one state of an L1Walk: the argument of `run` and of continue-as-new."""

from dataclasses import dataclass
from uuid import UUID

from l1.domain.building import NodeBuild
from l1.domain.commands import Sender
from l1.domain.intake import Intake
from l1.domain.session import Walk
from l1.domain.tree import Node


@dataclass(frozen=True)
class Built:
    """A node that is ready to be placed. `may_build_ahead`: its children may be built at once."""

    node: Node
    build: NodeBuild
    may_build_ahead: bool = False


@dataclass(frozen=True)
class Child:
    """What was built ahead for one answer of one node."""

    after_node_id: str
    answer: str
    built: Built


@dataclass(frozen=True)
class Call:
    """A call from its intake on. `sender` is who took it, under command number one.

    The rest is filled when a long walk continues as new: the walk, the number of events recorded so far, and the ids of
    the latest commands, so that one that is sent again is known, and the nodes that were built ahead.
    """

    session_id: UUID
    account_id: UUID
    intake: Intake
    sender: Sender
    walk: Walk | None = None
    position: int = 0
    seen: tuple[UUID, ...] = ()
    built_ahead: tuple[Child, ...] = ()
