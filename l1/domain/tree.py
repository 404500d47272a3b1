"""The troubleshooting tree: what a flow publishes and what a builder grows.

A tree is a directed graph of nodes. `question` and `instruction` nodes offer answers, each leading to another node;
`resolution` and `escalation` nodes end a walk. A tree that is built while the call goes, or that was published from
such calls, has answers whose target is not known yet: open branches.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from l1.domain.reasons import NEEDS_ENGINEER


class NodeKind(StrEnum):
    QUESTION = "question"
    INSTRUCTION = "instruction"
    RESOLUTION = "resolution"
    ESCALATION = "escalation"

    @property
    def is_terminal(self) -> bool:
        return self in (NodeKind.RESOLUTION, NodeKind.ESCALATION)


@dataclass(frozen=True)
class Node:
    """One thing to ask, do or conclude.

    `answers` maps what the technician picks to the id of the next node, in the order in which they are shown; the id is
    None while the next node has still to be built. A terminal node has none. `reason_category` belongs to escalations.
    """

    id: str
    kind: NodeKind
    text: str
    answers: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    reason_category: str | None = None

    @property
    def own_reason(self) -> str | None:
        """Why a call is escalated that ends here; None for a node that does not escalate."""
        return (self.reason_category or NEEDS_ENGINEER) if self.kind is NodeKind.ESCALATION else None


@dataclass(frozen=True)
class Tree:
    start: str
    nodes: Mapping[str, Node]

    @property
    def is_open(self) -> bool:
        """Whether an answer leads to no node yet."""
        return any(None in node.answers.values() for node in self.nodes.values())


@dataclass(frozen=True)
class Flow:
    """A troubleshooting flow as its author wrote it. `slug` is stable across versions."""

    slug: str
    title: str
    category: str
    description: str
    keywords: tuple[str, ...]
    tree: Tree
