"""What the activities need of the world; `worker.py` chooses what stands behind each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from l1.domain.building import Budget, CallOutcome, FellBack, ModelCall, Usage
from l1.domain.categories import Builder
from l1.domain.delivery import DeliveryStatus, PendingDelivery, TargetKind
from l1.domain.events import Event
from l1.domain.intake import Band, NearMiss, NewTicket, PinnedFlow, ProblemVectors
from l1.domain.proposal import Growth, NextVersion
from l1.domain.receipts import Receipt
from l1.domain.record import Record
from l1.domain.session import TicketRef, Walk
from l1.domain.tree import Tree


class Found(Protocol):
    """What a matcher makes of a problem: how sure it is, the flows it thinks of, best first, and the category."""

    @property
    def band(self) -> Band: ...

    @property
    def near_misses(self) -> Sequence[NearMiss]: ...

    @property
    def category(self) -> str: ...

    @property
    def vectors(self) -> ProblemVectors | None: ...


class Matcher(Protocol):
    async def match(self, account_id: UUID, problem_statement: str) -> Found:
        """Judge a problem among the account's published flows. Any text gives an answer."""
        ...

    def similar(
        self, problem_statement: str, vectors: ProblemVectors | None, others: Sequence["CustomerTicket"]
    ) -> Sequence[tuple[int, float]]:
        """Return the rows of the others that speak of a similar problem, best first, and how similar, 0 to 1."""
        ...


class CustomerTicket(Protocol):
    @property
    def ticket_id(self) -> UUID: ...

    @property
    def session_id(self) -> UUID | None: ...

    @property
    def problem_statement(self) -> str: ...

    @property
    def vectors(self) -> ProblemVectors | None: ...

    @property
    def number(self) -> int: ...

    @property
    def status(self) -> str: ...

    @property
    def category(self) -> str | None: ...

    @property
    def opened_at(self) -> datetime: ...

    @property
    def may_be_repeated(self) -> bool:
        """Tell whether a new call may be about the same: it is open, and not old."""
        ...


class CustomerTickets(Protocol):
    @property
    def total(self) -> int: ...

    @property
    def first(self) -> Sequence[CustomerTicket]: ...


class Customers(Protocol):
    async def tickets_of(
        self, account_id: UUID, customer_name: str | None, customer_contact: str | None
    ) -> CustomerTickets:
        """Return how many tickets this caller has, and the first: on hold, open, resolved, each latest first."""
        ...


class FlowLibrary(Protocol):
    async def live(self, account_id: UUID, flow_id: UUID) -> PinnedFlow | None: ...


class CategoryPolicy(Protocol):
    @property
    def builder(self) -> Builder: ...

    @property
    def stall_after(self) -> float | None: ...


class AccountPolicy(Protocol):
    @property
    def stall_after(self) -> float | None: ...

    @property
    def walk_proposals(self) -> bool | None: ...

    @property
    def escalate_unconfirmed(self) -> bool: ...

    def of(self, category: str) -> CategoryPolicy: ...


class Policies(Protocol):
    async def read(self, account_id: UUID) -> AccountPolicy: ...


class TicketSystem(Protocol):
    async def open_ticket(self, ticket: NewTicket) -> TicketRef:
        """Open a ticket, or find the one that an earlier attempt opened under this id."""
        ...


class Likeness(Protocol):
    async def between(self, text: str, others: Sequence[str]) -> Sequence[float]:
        """Return the cosine of the text with each of the others; nothing at all while no embedder answers."""
        ...


class Ledger(Protocol):
    """What model calls have cost, and what they may still cost."""

    async def reserve(self, call: ModelCall, budget: Budget) -> FellBack | None:
        """Note that a call is about to be made, or tell which budget does not allow it."""
        ...

    async def settle(self, account_id: UUID, call_id: UUID, usage: Usage | None, outcome: CallOutcome) -> None:
        """Write down how the call ended, and what it took; None where nobody knows."""
        ...


class OpenProposals(Protocol):
    """AI-built trees that helped, which nobody has decided on yet."""

    async def candidates(self, account_id: UUID, category: str) -> Sequence["Candidate"]:
        """Return the open proposals of a category, latest first."""
        ...

    async def walkable(self, account_id: UUID, proposal_id: UUID) -> Tree | None:
        """Return the tree of an open proposal."""
        ...


class Proposals(OpenProposals, Protocol):
    async def next_version(self, account_id: UUID, flow_id: UUID) -> NextVersion:
        """Return what calls on a flow, built on from its open branches, grow."""
        ...

    async def grow(self, walk: Walk, growth: Growth) -> None:
        """Make a proposal of a closed walk, or merge it into one."""
        ...


class Candidate(Protocol):
    @property
    def proposal_id(self) -> UUID: ...

    @property
    def statements(self) -> Sequence[str]:
        """What callers said whom it helped."""
        ...


class OpenCall(Protocol):
    @property
    def account_id(self) -> UUID: ...

    @property
    def session_id(self) -> UUID: ...


class OverdueCall(OpenCall, Protocol):
    @property
    def stall_deadline(self) -> datetime: ...


class Recipient(Protocol):
    """Where a delivery goes; each of the secrets signs."""

    @property
    def kind(self) -> TargetKind: ...

    @property
    def addresses(self) -> Sequence[str]: ...

    @property
    def secrets(self) -> Sequence[str]: ...

    @property
    def include_details(self) -> bool: ...

    @property
    def is_disabled(self) -> bool: ...


class Due(Protocol):
    """An attempt that begins: the `attempt`-th at an event, with the walk as the event left it."""

    @property
    def queued_at(self) -> datetime: ...

    @property
    def attempt(self) -> int: ...

    @property
    def event(self) -> Event: ...

    @property
    def walk(self) -> Walk: ...

    @property
    def recipient(self) -> Recipient: ...


class Deliveries(Protocol):
    async def pending(self, account_id: UUID, session_id: UUID) -> Sequence[PendingDelivery]: ...

    async def begin(self, account_id: UUID, delivery_id: UUID) -> Due | None:
        """Count an attempt; None where nothing is to be delivered any more."""
        ...

    async def note_fault(self, account_id: UUID, delivery_id: UUID, fault: str) -> None: ...

    async def settle(
        self, account_id: UUID, delivery_id: UUID, status: DeliveryStatus, fault: str | None = None
    ) -> None: ...

    async def disable_target_of(self, account_id: UUID, delivery_id: UUID, because: str) -> None: ...


class Records(Protocol):
    async def record(self, record: Record) -> bool:
        """Make a record durable. Return whether somebody is to be notified of it."""
        ...

    async def events(self, account_id: UUID, session_id: UUID) -> list[Event]: ...

    async def pending_receipts(self, account_id: UUID, session_id: UUID) -> list[Receipt]: ...

    async def quiet_calls(self, quiet_for: float) -> Sequence[OpenCall]: ...

    async def overdue_calls(self, overdue_for: float) -> Sequence[OverdueCall]: ...

    async def overdue_deliveries(self, untried_for: float, retried_for: float) -> Sequence[OpenCall]: ...
