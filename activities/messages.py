"""The signatures of the activities: their names, what each takes and what it gives.

Workflows know this file and nothing else of `activities`, so that an activity's engine may change without a workflow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from l1.domain.building import Engine, FellBack, Usage
from l1.domain.intake import Intake
from l1.domain.playbook import Asked
from l1.domain.tree import Node

MATCH: Final = "match"
"""MatchRequest -> domain.intake.Match"""

OPEN_TICKET: Final = "open_ticket"
"""l1.domain.intake.NewTicket -> l1.domain.session.TicketRef"""

PROPOSE_NODE: Final = "propose_node"
"""ProposeNode -> Attempt"""

BUILD_NODE: Final = "build_node"
"""BuildNode -> domain.tree.Node: from the playbook"""

GROW_PROPOSAL: Final = "grow_proposal"
"""GrowProposal -> None"""

RECORD: Final = "record"
"""l1.domain.record.Record -> None"""

FIND_LOST_CALLS: Final = "find_lost_calls"
"""FindLostCalls -> list[LostCall]"""

CLOSE_LOST_CALL: Final = "close_lost_call"
"""LostCall -> None"""

FIND_STUCK_WALKS: Final = "find_stuck_walks"
"""FindStuckWalks -> list[StuckWalk]"""

ESCALATE_STUCK_WALK: Final = "escalate_stuck_walk"
"""StuckWalk -> bool: whether it was still needed"""

FIND_DELIVERIES: Final = "find_deliveries"
"""l1.domain.delivery.DeliveriesOf -> list[l1.domain.delivery.PendingDelivery], in the order of their events"""

DELIVER: Final = "deliver"
"""Deliver -> None: once it has ended, well or not"""

START_OVERDUE_DELIVERIES: Final = "start_overdue_deliveries"
"""FindOverdueDeliveries -> int: how many walks have some"""


@dataclass(frozen=True)
class MatchRequest:
    account_id: UUID
    intake: Intake


@dataclass(frozen=True)
class BuildNode:
    """`node_id` is the new node's. `asked` has the nodes' own texts, not the words in which somebody read them out.

    `customer_name` and `customer_contact` are for taking them out of the problem before a model is told of it.
    """

    account_id: UUID
    session_id: UUID
    node_id: str
    category: str
    problem_statement: str
    customer_name: str | None
    customer_contact: str | None
    asked: Sequence[Asked]


MOST_ATTEMPTS: Final = 3
"""A proposal that the guards refuse is tried again twice, with what was wrong in the prompt."""


@dataclass(frozen=True)
class ProposeNode:
    """One attempt at a node, the `attempt`-th of its build, counted from 1.

    `waited`: seconds since the build began. `faults`: what was wrong with the earlier attempts, in words for the model.
    `ahead`: nobody has asked for the node yet, so there is no need to build it by other means.
    """

    node: BuildNode
    build_id: UUID
    parent_node_id: str | None
    attempt: int
    waited: float
    faults: Sequence[str] = ()
    ahead: bool = False


@dataclass(frozen=True)
class Attempt:
    """How an attempt went: with a node, with `faults` that the next attempt can mend, or, ahead only, with neither.

    `may_build_ahead`: the node's children may be built while the technician talks.
    """

    usage: Usage
    node: Node | None = None
    engine: Engine = Engine.MODEL
    model: str | None = None
    fell_back_because: FellBack | None = None
    reason: str | None = None
    faults: Sequence[str] = ()
    may_build_ahead: bool = False


@dataclass(frozen=True)
class GrowProposal:
    """A closed walk that was built, at least in part: it may become, or add to, a flow proposal."""

    account_id: UUID
    session_id: UUID


@dataclass(frozen=True)
class FindLostCalls:
    """`quiet_for`: seconds in which nothing was recorded for the call, so that calls in motion are left alone."""

    quiet_for: float


@dataclass(frozen=True)
class LostCall:
    """A call whose workflow no longer runs although its record says it should. `ending`: how the workflow ended."""

    account_id: UUID
    session_id: UUID
    ending: str


@dataclass(frozen=True)
class FindStuckWalks:
    """`overdue_for`: seconds that a walk may be past its stall deadline before its workflow counts as unable to end it.

    `waiting_for`: the same for a walk whose task no worker has tried yet, which is longer: after a time without workers
    many walks wait for their turn, perhaps with a step that was sent in time.
    """

    overdue_for: float
    waiting_for: float


@dataclass(frozen=True)
class StuckWalk:
    """A walk that is open past its stall deadline although its workflow runs."""

    account_id: UUID
    session_id: UUID


@dataclass(frozen=True)
class Deliver:
    account_id: UUID
    delivery_id: UUID


LONGEST_RETRY_WAIT: Final = 900.0
"""Seconds between two attempts at a delivery, at the most."""


@dataclass(frozen=True)
class FindOverdueDeliveries:
    """`untried_for`: seconds that a delivery may wait for its first attempt before it counts as forgotten.

    `retried_for`: the same for another attempt, which is longer than the longest wait between two.
    """

    untried_for: float = 120.0
    retried_for: float = LONGEST_RETRY_WAIT + 300.0


@dataclass(frozen=True)
class Reconcile:
    """What the Schedule asks of one L1Reconcile.

    `second_look_after`: seconds that a walk found to be stuck has to end by itself, as after a restart of the workers
    or of the database.
    """

    lost: FindLostCalls
    stuck: FindStuckWalks
    second_look_after: float
    deliveries: FindOverdueDeliveries = FindOverdueDeliveries()
