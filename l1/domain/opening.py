"""How a decided call becomes a walk."""

from dataclasses import replace
from uuid import UUID, uuid5

from l1.domain.branches import without_open_branches
from l1.domain.categories import UNKNOWN
from l1.domain.commands import Sender
from l1.domain.intake import Band, Intake, IntakeResult, Match, Outcome, OutOfScope, may_be_built
from l1.domain.reasons import NEEDS_ENGINEER
from l1.domain.session import Building, Escalation, SessionKind, Status, TicketRef, Walk
from l1.domain.tree import Tree

_NO_TREE = Tree("", {})

UNMATCHED = Match(band=Band.NONE, near_misses=(), flow=None, category=UNKNOWN, may_build=False, stall_after=1.0)
"""What is known of a call that was given up before matching had an answer."""


def ticket_id_of(session_id: UUID) -> UUID:
    """The ticket of a session, the same at every attempt to open it."""
    return uuid5(session_id, "ticket")


def open_walk(  # noqa: PLR0913 - a walk begins with all that was found out about the call, and each part is named
    *,
    session_id: UUID,
    account_id: UUID,
    sender: Sender,
    intake: Intake,
    match: Match,
    kind: SessionKind,
    ticket: TicketRef,
) -> Walk:
    """Begin a walk: at the flow's first node, waiting for a first node, or already in an engineer's hands."""
    walk = Walk(
        session_id=session_id,
        account_id=account_id,
        session_kind=kind,
        ticket=ticket,
        problem_statement=intake.problem_statement,
        customer_name=intake.customer_name,
        customer_contact=intake.customer_contact,
        category=match.category,
        flow_id=None,
        flow_version=None,
        flow_proposal_id=None,
        tree=_NO_TREE,
        current_node_id=None,
        current_since=sender.at,
        started_at=sender.at,
        last_activity_at=sender.at,
        stall_after=match.stall_after,
        escalates_unconfirmed=match.escalates_unconfirmed,
        owner=sender.actor,
    )
    if kind is SessionKind.NO_WALK and intake.escalate is not None:
        asked, by = intake.escalate, sender.actor
        reason_category = asked.reason_category or NEEDS_ENGINEER
        escalation = Escalation(asked.reason, reason_category, sender.at, by=by.id, by_name=by.name)
        return replace(walk, status=Status.ESCALATED, escalation=escalation)
    if kind is SessionKind.FLOW and match.flow is not None:
        flow = match.flow
        tree = flow.tree if may_be_built(match) else without_open_branches(flow.tree)
        return replace(
            walk,
            flow_id=flow.flow_id,
            flow_version=flow.version,
            flow_title=flow.title,
            tree=tree,
            current_node_id=tree.start,
        )
    if kind is SessionKind.PROPOSAL and match.proposal is not None:
        tree = match.proposal.tree
        return replace(walk, flow_proposal_id=match.proposal.proposal_id, tree=tree, current_node_id=tree.start)
    return replace(walk, building=Building(sender.id, after_node_id=None, answer=None))


def result_of(outcome: Outcome, match: Match, walk: Walk | None) -> IntakeResult:
    """What the intake is answered. Near misses are for a suggestion: in a started walk they would only distract."""
    if walk is None:
        near_miss = match.near_misses if outcome is Outcome.SUGGEST else ()
        because = None
        if outcome is Outcome.OUT_OF_SCOPE:
            because = OutOfScope.UNKNOWN if match.category == UNKNOWN else OutOfScope.SWITCHED_OFF
        return IntakeResult(
            outcome,
            match.category,
            because,
            near_miss,
            possible_duplicates=match.possible_duplicates,
            customer_calls=match.customer_calls,
        )
    return IntakeResult(
        outcome,
        match.category,
        session_id=walk.session_id,
        session_kind=walk.session_kind,
        ticket_id=walk.ticket.id,
        ticket_kind=walk.ticket.kind,
        flow_id=walk.flow_id,
        possible_duplicates=match.possible_duplicates,
        customer_calls=match.customer_calls,
    )
