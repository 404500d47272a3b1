"""What the activities need of the world; `worker.py` chooses what stands behind each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from activities.messages import BuildNode
from domain.events import Event
from domain.intake import Band, NearMiss, PinnedFlow
from domain.receipts import Receipt
from domain.record import Record
from domain.session import TicketRef
from domain.tree import Node


class Found(Protocol):
    """What a matcher makes of a problem: how sure it is, the flows it thinks of, best first, and the category."""

    @property
    def band(self) -> Band: ...

    @property
    def near_misses(self) -> Sequence[NearMiss]: ...

    @property
    def category(self) -> str: ...


class Matcher(Protocol):
    async def match(self, account_id: UUID, problem_statement: str) -> Found:
        """Judge a problem among the account's published flows. Any text gives an answer."""
        ...

    async def similar(self, problem_statement: str, others: Sequence[str]) -> Sequence[tuple[int, float]]:
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
    def status(self) -> str: ...

    @property
    def opened_at(self) -> datetime: ...


class Customers(Protocol):
    async def open_tickets(
        self, account_id: UUID, customer_name: str | None, customer_contact: str | None
    ) -> Sequence[CustomerTicket]:
        """Return the tickets of this caller that are not resolved, latest first."""
        ...


class FlowLibrary(Protocol):
    async def live(self, account_id: UUID, flow_id: UUID) -> PinnedFlow | None: ...


class CategoryPolicy(Protocol):
    @property
    def may_build(self) -> bool: ...

    @property
    def stall_after(self) -> float | None: ...


class AccountPolicy(Protocol):
    @property
    def stall_after(self) -> float | None: ...

    def of(self, category: str) -> CategoryPolicy: ...


class Policies(Protocol):
    async def read(self, account_id: UUID) -> AccountPolicy: ...


class TicketSystem(Protocol):
    async def open_ticket(
        self,
        account_id: UUID,
        ticket_id: UUID,
        problem_statement: str,
        customer_name: str | None,
        customer_contact: str | None,
    ) -> TicketRef:
        """Open a ticket, or find the one that an earlier attempt opened under this id."""
        ...


class NodeBuilder(Protocol):
    async def build(self, request: BuildNode) -> Node:
        """Build the node that follows a walked path. Raises `CannotBuildError` when trying again would not help."""
        ...


class CannotBuildError(Exception):
    """The builder has no node to offer and will have none at the next attempt either."""


class OpenCall(Protocol):
    @property
    def account_id(self) -> UUID: ...

    @property
    def session_id(self) -> UUID: ...


class Records(Protocol):
    async def record(self, record: Record) -> None: ...

    async def events(self, account_id: UUID, session_id: UUID) -> list[Event]: ...

    async def pending_receipts(self, account_id: UUID, session_id: UUID) -> list[Receipt]: ...

    async def quiet_calls(self, quiet_for: float) -> Sequence[OpenCall]: ...
