"""Nodes that are built while a call goes: what a model proposes, who built what, and what it cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from l1.domain.playbook import Asked
from l1.domain.tree import NodeKind


class Engine(StrEnum):
    """Who built a node. `NONE`: nobody could, so that the node hands the call to an engineer."""

    MODEL = "model"
    PLAYBOOK = "playbook"
    NONE = "none"


class FellBack(StrEnum):
    """Why the language model did not build a node that it should have built."""

    OUTAGE = "outage"
    """The provider cannot be reached, or fails."""
    RATE_LIMIT = "rate_limit"
    REFUSAL = "refusal"
    """The model, or its provider's content filter, would not answer."""
    NONSENSE = "nonsense"
    """No answer in the shape of a node, as often as it was asked."""
    UNSAFE = "unsafe"
    """A node that the guards did not let pass, as often as it was asked."""
    TIME_LIMIT = "time_limit"
    WALK_BUDGET = "walk_budget"
    DAY_BUDGET = "day_budget"
    DEPTH = "depth"
    """The walk is as long as a built walk may get."""
    INTERRUPTED = "interrupted"
    """The workers that built it went away, one after the other."""


class Judged(StrEnum):
    """What the guards said to a node that the model proposed."""

    PROPOSED = "proposed"
    """It may be shown."""
    REFUSED = "refused"


CallOutcome = Judged | FellBack
"""How one call of a language model went."""


@dataclass(frozen=True)
class ProposedNode:
    """What a model proposes, before the guards have looked at it.

    `answers` are labels in order. `reason` tells an engineer why this node; `disruptive`: following it restarts,
    deletes or disconnects something.
    """

    kind: NodeKind
    text: str
    answers: tuple[str, ...] = ()
    reason: str = ""
    disruptive: bool = False


@dataclass(frozen=True)
class GroundFlow:
    """A published flow that comes near the problem. `texts` are those of its nodes, from the start on."""

    title: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Brief:
    """All that a model is told: never who calls, nor how to reach them.

    `problem` has been through `l1.building.redaction`; `must_end`: the walk is so long that this node has to
    be its last.
    """

    category: str
    problem: str
    asked: Sequence[Asked]
    ground: Sequence[GroundFlow] = ()
    must_end: bool = False


@dataclass(frozen=True)
class Usage:
    """What calls of a model took. `cost_usd` is None for a model whose price nobody knows, such as one's own."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    def __add__(self, other: "Usage") -> "Usage":
        costs = [cost for cost in (self.cost_usd, other.cost_usd) if cost is not None]
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            round(sum(costs), 6) if costs else None,
        )


@dataclass(frozen=True)
class ModelOutcome:
    """How one call of a model went: a proposal, or why there is none.

    Tokens are paid for either way. `usage` is None where the provider did not get to tell: it may have been paid.
    """

    proposed: ProposedNode | None
    failure: FellBack | None
    usage: Usage | None


class LanguageModel(Protocol):
    """The port to a language model that proposes nodes."""

    @property
    def name(self) -> str:
        """`provider:model`."""
        ...

    def most_tokens(self, brief: Brief, faults: Sequence[str]) -> int:
        """Estimate, rather too high, what a call may take."""
        ...

    async def propose(self, brief: Brief, faults: Sequence[str], within: float) -> ModelOutcome:
        """Ask once for the next node, for `within` seconds at most. Whatever the provider does is an answer.

        `faults`: what was wrong with earlier proposals for the same node.
        """
        ...

    async def close(self) -> None:
        """Close the connections to the provider."""
        ...


@dataclass(frozen=True)
class NodeBuild:
    """How a node of a walk came to be, as the session tells it.

    `attempts`: how often the model was turned to, at a cost of `usage` in all. `ahead`: it was begun before the answer
    that leads to it. `reason` is the model's own, for engineers.
    """

    node_id: str
    build_id: UUID
    engine: Engine
    model: str | None = None
    fell_back_because: FellBack | None = None
    attempts: int = 0
    usage: Usage = Usage()
    ahead: bool = False
    reason: str | None = None


@dataclass(frozen=True)
class ModelCall:
    """A call of a model that is about to be made. `build_id` names the build of one node, which may take several."""

    id: UUID
    build_id: UUID
    account_id: UUID
    session_id: UUID
    parent_node_id: str | None
    ahead: bool
    model: str
    reserved_tokens: int


@dataclass(frozen=True)
class Budget:
    """What models may take in one walk, and for one account in one day (UTC). None: no bound."""

    walk_tokens: int | None = None
    day_tokens: int | None = None
    walk_usd: float | None = None
    day_usd: float | None = None
