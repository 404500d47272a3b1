"""Taking a call: what is asked, what matching found, and what follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from l1.domain.categories import UNKNOWN
from l1.domain.commands import Escalate
from l1.domain.errors import NotFound
from l1.domain.session import SessionKind, Status
from l1.domain.tree import Tree


@dataclass(frozen=True)
class Intake:
    """A caller's problem. `escalate` hands the call to an engineer without a walk; `flow_id` walks that flow."""

    problem_statement: str
    customer_name: str | None = None
    customer_contact: str | None = None
    force_build: bool = False
    flow_id: UUID | None = None
    escalate: Escalate | None = None


class Band(StrEnum):
    """How sure matching is: sure enough to start, worth showing, or nothing."""

    MATCHED = "matched"
    SUGGEST = "suggest"
    NONE = "none"


@dataclass(frozen=True)
class NearMiss:
    """A published flow that may fit. `score` is the probability, 0 to 1, that it is the right one."""

    flow_id: UUID
    title: str
    score: float


@dataclass(frozen=True)
class ProblemVectors:
    """What the embedder of this name made of a problem: `rows` vectors as matching packs them, in base64."""

    embedder: str
    rows: int
    packed: str


@dataclass(frozen=True)
class NewTicket:
    """A ticket to be opened. `id` comes from the session, so that a second attempt finds the ticket of the first."""

    account_id: UUID
    id: UUID
    problem_statement: str
    customer_name: str | None = None
    customer_contact: str | None = None
    vectors: ProblemVectors | None = None


@dataclass(frozen=True)
class PossibleDuplicate:
    """An open ticket of the same caller, for the technician to look at: it never stands in the way of a call.

    `session_id` is its latest walk's, None while it has none; `similarity`, 0 to 1, tells how much the two problems are
    alike.
    """

    ticket_id: UUID
    session_id: UUID | None
    status: str
    opened_at: datetime
    similarity: float


@dataclass(frozen=True)
class CustomerCall:
    """An earlier call of the same caller. `session_id` is its latest walk's; both are None while it has none."""

    session_id: UUID | None
    ticket_id: UUID
    ticket_number: str
    status: Status
    category: str | None
    opened_at: datetime
    problem_statement: str


@dataclass(frozen=True)
class CustomerCalls:
    """A caller's earlier calls in the account: how many there are, and the first few.

    Those on hold come first, then the others that are open, then what is resolved; each latest first.
    """

    total: int = 0
    calls: Sequence[CustomerCall] = ()


NO_CALLS = CustomerCalls()


@dataclass(frozen=True)
class PinnedFlow:
    """One published version, which never changes, so that a walk started on it ends on it."""

    flow_id: UUID
    version: int
    slug: str
    title: str
    category: str
    tree: Tree


@dataclass(frozen=True)
class PinnedProposal:
    """A tree that helped others with the same problem and that no engineer has reviewed yet, as it is now.

    A walk on it keeps this tree, whatever becomes of the proposal; where a branch is open, it is built on.
    """

    proposal_id: UUID
    tree: Tree


@dataclass(frozen=True)
class Match:
    """What is known about a problem before deciding.

    `flow` is the flow to walk: the one asked for, or the best one in the band `MATCHED`. `may_build` tells whether
    the account lets trees be built for `category`; `stall_after` is its limit in seconds, and `escalates_unconfirmed`
    what it wants for a call that is forgotten at a solution. `proposal` is set where the account lets its technicians
    walk proposals and one fits. `vectors` are stored with the ticket, so that later calls are compared with it at no
    cost; None where words alone decided.
    """

    band: Band
    near_misses: Sequence[NearMiss]
    flow: PinnedFlow | None
    category: str
    may_build: bool
    stall_after: float
    escalates_unconfirmed: bool = False
    possible_duplicates: Sequence[PossibleDuplicate] = ()
    customer_calls: CustomerCalls = NO_CALLS
    proposal: PinnedProposal | None = None
    vectors: ProblemVectors | None = None


class OutOfScope(StrEnum):
    """Why no tree may be built for a problem that no flow fits."""

    UNKNOWN = "unknown"
    """No category was recognised."""
    SWITCHED_OFF = "switched_off"
    """The account has none built for this category."""


class Outcome(StrEnum):
    MATCHED = "matched"
    SUGGEST = "suggest"
    OUT_OF_SCOPE = "out_of_scope"
    BUILD = "build"
    ESCALATED = "escalated"
    """Handed to an engineer without a walk: asked for so, or cancelled before it was decided."""


@dataclass(frozen=True)
class IntakeResult:
    """The outcome as its receipt keeps it. The fields of a session are set where one was opened."""

    outcome: Outcome
    category: str
    because: OutOfScope | None = None
    near_miss: Sequence[NearMiss] = ()
    session_id: UUID | None = None
    session_kind: SessionKind | None = None
    ticket_id: UUID | None = None
    ticket_kind: str | None = None
    flow_id: UUID | None = None
    possible_duplicates: Sequence[PossibleDuplicate] = ()
    customer_calls: CustomerCalls = NO_CALLS


def decide(intake: Intake, match: Match) -> Outcome:
    """Decide what a call becomes.

    `force_build` means a new tree: it passes over what fits, never over the gate of the category, and a problem of
    unknown category is never built for: a tree that nobody asked for and nobody reviewed is worse than an engineer.
    Without it, a flow that surely fits is walked, and a proposal that fits is walked in place of building anew. Raises
    NotFound when the flow that was asked for is not published.
    """
    if intake.escalate is not None:
        return Outcome.ESCALATED
    if match.flow is not None and not (intake.force_build and intake.flow_id is None):
        return Outcome.MATCHED
    if intake.flow_id is not None:
        raise NotFound("There is no published flow with this flow_id. List the flows, or leave flow_id out.")
    if match.band is not Band.NONE and match.near_misses and not intake.force_build:
        return Outcome.SUGGEST
    if not may_be_built(match):
        return Outcome.OUT_OF_SCOPE
    return Outcome.MATCHED if match.proposal is not None else Outcome.BUILD


def may_be_built(match: Match) -> bool:
    """Tell whether nodes may be built for the call: also from an open branch of the flow that it walks."""
    return match.may_build and match.category != UNKNOWN


def session_kind_of(outcome: Outcome, match: Match) -> SessionKind | None:
    """Return the kind of walk that the outcome opens; None where it opens none."""
    matched = SessionKind.PROPOSAL if match.flow is None else SessionKind.FLOW
    return {
        Outcome.MATCHED: matched,
        Outcome.BUILD: SessionKind.AI_BUILD,
        Outcome.ESCALATED: SessionKind.NO_WALK,
    }.get(outcome)
