"""Taking a call: find what is known about the problem, and open its ticket."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import structlog
from temporalio import activity

from activities.messages import MATCH, OPEN_TICKET, MatchRequest
from activities.nearest import nearest
from activities.ports import (
    Customers,
    CustomerTicket,
    CustomerTickets,
    FlowLibrary,
    Likeness,
    Matcher,
    OpenProposals,
    Policies,
    TicketSystem,
)
from l1.domain.categories import Builder
from l1.domain.deadlines import INTAKE
from l1.domain.intake import (
    Band,
    CustomerCall,
    CustomerCalls,
    Intake,
    Match,
    NewTicket,
    Outcome,
    PinnedFlow,
    PinnedProposal,
    PossibleDuplicate,
    ProblemVectors,
    decide,
)
from l1.domain.naming import ticket_number
from l1.domain.session import Status, TicketRef

_log = structlog.stdlib.get_logger(__name__)

_DUPLICATES = 5
"""Most tickets that are named."""
_CUSTOMER_CALLS = 5
"""Most of a caller's earlier calls that are shown at once; `GET /l1/sessions?customer=` has them all."""


@dataclass(frozen=True)
class IntakeActivities:
    """`stall_after`: seconds that hold where neither the category nor the account has a limit of its own."""

    matcher: Matcher
    customers: Customers
    flows: FlowLibrary
    policies: Policies
    proposals: OpenProposals
    likeness: Likeness
    tickets: TicketSystem
    stall_after: float

    @activity.defn(name=MATCH)
    async def match(self, request: MatchRequest) -> Match:
        """Find the flow to walk or what comes near it, the category, and what the account allows for that."""
        intake = request.intake
        found = await self.matcher.match(request.account_id, intake.problem_statement)
        flow = None
        if intake.flow_id is not None:
            flow = await self.flows.live(request.account_id, intake.flow_id)
        elif found.band is Band.MATCHED and not intake.force_build:
            flow = await self.flows.live(request.account_id, found.near_misses[0].flow_id)
        category = _category(intake, flow, found.category)
        policy = await self.policies.read(request.account_id)
        own = policy.of(category)
        known = await self.customers.tickets_of(request.account_id, intake.customer_name, intake.customer_contact)
        match = Match(
            band=found.band,
            near_misses=found.near_misses,
            flow=flow,
            category=category,
            may_build=own.builder is not Builder.OFF,
            escalates_unconfirmed=policy.escalate_unconfirmed,
            stall_after=own.stall_after or policy.stall_after or self.stall_after,
            possible_duplicates=self._possible_duplicates(intake, found.vectors, known.first),
            customer_calls=_customer_calls(known),
            vectors=found.vectors,
        )
        looks = policy.walk_proposals and intake.flow_id is None and not intake.force_build
        if looks and decide(intake, match) is Outcome.BUILD:
            return replace(match, proposal=await self._proposal(request.account_id, category, intake.problem_statement))
        return match

    async def _proposal(self, account_id: UUID, category: str, problem_statement: str) -> PinnedProposal | None:
        """Return the proposal that helped callers with the same problem, as it is now.

        A worker that has just started compares many statements for the first time; what it has compared by the deadline
        it keeps.
        """
        candidates = await self.proposals.candidates(account_id, category)
        try:
            async with asyncio.timeout(INTAKE.comparing):
                proposal_id = await nearest(problem_statement, candidates, self.likeness)
        except TimeoutError:
            _log.warning("a call is taken without looking at proposals: comparing takes too long")
            return None
        tree = None if proposal_id is None else await self.proposals.walkable(account_id, proposal_id)
        return None if proposal_id is None or tree is None else PinnedProposal(proposal_id, tree)

    def _possible_duplicates(
        self, intake: Intake, vectors: ProblemVectors | None, known: Sequence[CustomerTicket]
    ) -> list[PossibleDuplicate]:
        """Find the caller's open tickets about a similar problem. They are told, and keep nobody from anything."""
        tickets = [ticket for ticket in known if ticket.may_be_repeated]
        if not tickets:
            return []
        similar = self.matcher.similar(intake.problem_statement, vectors, tickets)
        return [
            PossibleDuplicate(ticket.ticket_id, ticket.session_id, ticket.status, ticket.opened_at, round(likeness, 3))
            for row, likeness in similar[:_DUPLICATES]
            for ticket in [tickets[row]]
        ]

    @activity.defn(name=OPEN_TICKET)
    async def open_ticket(self, ticket: NewTicket) -> TicketRef:
        return await self.tickets.open_ticket(ticket)


def _customer_calls(known: CustomerTickets) -> CustomerCalls:
    return CustomerCalls(
        known.total,
        [
            CustomerCall(
                session_id=ticket.session_id,
                ticket_id=ticket.ticket_id,
                ticket_number=ticket_number(ticket.number),
                status=Status(ticket.status),
                category=ticket.category,
                opened_at=ticket.opened_at,
                problem_statement=ticket.problem_statement,
            )
            for ticket in known.first[:_CUSTOMER_CALLS]
        ],
    )


def _category(intake: Intake, flow: PinnedFlow | None, recognised: str) -> str:
    """A flow that is walked knows its category better than the words of the caller."""
    return flow.category if flow is not None and intake.escalate is None else recognised
