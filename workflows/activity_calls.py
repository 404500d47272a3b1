"""The activities that a walk has run, each with its limits and with what an engineer reads of it in the Web UI."""

from dataclasses import replace
from datetime import timedelta

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.exceptions import ActivityError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities import messages
    from l1.domain.deadlines import INTAKE
    from l1.domain.intake import Match, NewTicket, ProblemVectors
    from l1.domain.opening import ticket_id_of
    from l1.domain.record import Record
    from l1.domain.session import TicketRef
    from workflows.call import Call
    from workflows.details import summary_of

_AS_LONG_AS_IT_TAKES = RetryPolicy(
    initial_interval=timedelta(seconds=0.5), backoff_coefficient=1.5, maximum_interval=timedelta(seconds=5)
)
_INTAKE_ATTEMPT = timedelta(seconds=INTAKE.attempt)
_AFTER_CALLS_UNDER_WAY = Priority(priority_key=4)
"""One below the middle, which all else has: in a backlog, calls that have begun go on before new ones are taken."""
_RECORD_ATTEMPT = timedelta(seconds=3)
_GROW_WITHIN = timedelta(hours=24)
"""A walk from which no proposal can grow must not run for ever: its caller was helped long ago."""


async def find_match(call: Call) -> Match:
    match: Match = await workflow.execute_activity(
        messages.MATCH,
        messages.MatchRequest(call.account_id, call.intake),
        result_type=Match,
        start_to_close_timeout=_INTAKE_ATTEMPT,
        retry_policy=_AS_LONG_AS_IT_TAKES,
        priority=_AFTER_CALLS_UNDER_WAY,
        summary="find the flow",
    )
    return match


async def open_ticket(call: Call, vectors: ProblemVectors | None = None) -> TicketRef:
    ticket: TicketRef = await workflow.execute_activity(
        messages.OPEN_TICKET,
        NewTicket(
            account_id=call.account_id,
            id=ticket_id_of(call.session_id),
            problem_statement=call.intake.problem_statement,
            customer_name=call.intake.customer_name,
            customer_contact=call.intake.customer_contact,
            vectors=vectors,
        ),
        result_type=TicketRef,
        start_to_close_timeout=_INTAKE_ATTEMPT,
        retry_policy=_AS_LONG_AS_IT_TAKES,
        summary="open the ticket",
    )
    return ticket


async def record_at_once(record: Record) -> None:
    """Bring the database up to date by a local activity, which costs no task in the server's queue.

    Only for what follows from signals alone. Temporal hears of a local activity with the end of the workflow task; if
    the worker dies before, the task is done again, perhaps with signals that have come meanwhile. What signals decide
    is then decided again in the same order, and recorded again without effect.

    If the database stays away, a regular activity takes over. It tries for as long as it takes, and an engineer sees it
    in the Web UI as pending, with its last failure.
    """
    try:
        await workflow.execute_local_activity(
            messages.RECORD,
            record,
            start_to_close_timeout=_RECORD_ATTEMPT,
            schedule_to_close_timeout=timedelta(seconds=4),
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=50), maximum_attempts=3),
            summary=summary_of(record),
        )
    except FailureError as error:  # a local activity fails with its own error, not with an ActivityError
        if is_cancelled_exception(error):
            raise
        await workflow.execute_activity(
            messages.RECORD,
            record,
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=_AS_LONG_AS_IT_TAKES,
            summary=f"{summary_of(record)}, until the database is back",
        )


async def record_decided(record: Record) -> None:
    """Bring the database up to date by a regular activity, which Temporal knows of before it runs.

    For what the workflow has decided by itself: when a node was there, or the call had stalled. Done again after a
    worker's death, the task would have later signals before it, and decide otherwise than somebody has read.
    """
    await workflow.execute_activity(
        messages.RECORD,
        record,
        start_to_close_timeout=_RECORD_ATTEMPT,
        retry_policy=_AS_LONG_AS_IT_TAKES,
        summary=summary_of(record),
    )


async def grow_proposal(call: Call) -> None:
    """Let a proposal grow from a walk that was built. The caller is long gone: this may take its time."""
    try:
        await workflow.execute_activity(
            messages.GROW_PROPOSAL,
            messages.GrowProposal(call.account_id, call.session_id),
            start_to_close_timeout=timedelta(seconds=30),
            schedule_to_close_timeout=_GROW_WITHIN,
            retry_policy=replace(_AS_LONG_AS_IT_TAKES, maximum_interval=timedelta(minutes=1)),
            summary="grow the proposal",
        )
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        workflow.logger.warning("no proposal has grown from this walk")
