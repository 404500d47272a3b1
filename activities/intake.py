"""Taking a call: find what is known about the problem, and open its ticket."""

from dataclasses import dataclass

from temporalio import activity

from activities.messages import MATCH, OPEN_TICKET, MatchRequest, OpenTicket
from activities.ports import FlowLibrary, Matcher, Policies, TicketSystem
from domain.intake import Band, Intake, Match, PinnedFlow
from domain.session import TicketRef


@dataclass(frozen=True)
class IntakeActivities:
    """`stall_after`: seconds that hold where neither the category nor the account has a limit of its own."""

    matcher: Matcher
    flows: FlowLibrary
    policies: Policies
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
        elif found.band is Band.MATCHED:
            flow = await self.flows.live(request.account_id, found.near_misses[0].flow_id)
        category = _category(intake, flow, found.category)
        policy = await self.policies.read(request.account_id)
        own = policy.of(category)
        return Match(
            band=found.band,
            near_misses=found.near_misses,
            flow=flow,
            category=category,
            may_build=own.may_build,
            stall_after=own.stall_after or policy.stall_after or self.stall_after,
        )

    @activity.defn(name=OPEN_TICKET)
    async def open_ticket(self, request: OpenTicket) -> TicketRef:
        return await self.tickets.open_ticket(
            request.account_id,
            request.ticket_id,
            request.problem_statement,
            request.customer_name,
            request.customer_contact,
        )


def _category(intake: Intake, flow: PinnedFlow | None, recognised: str) -> str:
    """A flow that is walked knows its category better than the words of the caller."""
    return flow.category if flow is not None and intake.escalate is None else recognised
