"""L1Walk: one call, from the intake until it is resolved or handed to an engineer."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue, RetryPolicy
from temporalio.exceptions import ActivityError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities import messages
    from domain.commands import Body, Command, Escalate, PlaceNode, Sender, read_body, read_sender
    from domain.errors import Invalid, L1Error, Problem, SessionClosed
    from domain.events import Event, Rejected
    from domain.intake import IntakeResult, Match, Outcome, decide, session_kind_of
    from domain.naming import WALK_WORKFLOW
    from domain.opening import UNMATCHED, open_walk, result_of, ticket_id_of
    from domain.receipts import Receipt, ReceiptStatus
    from domain.session import (
        BUILT_KINDS,
        OPERATOR,
        REASON_CANCELLED,
        REASON_STALLED,
        TIMEOUT,
        Session,
        SessionKind,
        TicketRef,
        Walk,
        session_of,
    )
    from domain.walk import apply, opened
    from workflows import search_attributes
    from workflows.call import Built, Call
    from workflows.details import details_of
    from workflows.node_builds import NodeBuilds
    from workflows.outbox import Outbox

_REMEMBERED_COMMANDS = 500
"""Older ones are in the database, where the API looks first."""

_AS_LONG_AS_IT_TAKES = RetryPolicy(
    initial_interval=timedelta(seconds=0.5), backoff_coefficient=1.5, maximum_interval=timedelta(seconds=5)
)

_LEARNS = "learns from built walks"
_LEARN_WITHIN = timedelta(hours=24)
"""A walk that cannot be learned from must not run for ever: its caller was helped long ago."""

_INTAKE_ATTEMPT = timedelta(seconds=4)
"""A caller waits for the first question; an attempt on a worker that was killed is given up after this long."""


@workflow.defn(name=WALK_WORKFLOW)
class L1Walk:
    """Receives the signals `step`, `note`, `resolve` and `escalate`, each with one JSON object.

    A handler only decides, by the domain's one table, and never waits or raises; the main loop writes down what was
    decided. So signals are applied in the order in which Temporal took them, whatever the database is doing.
    """

    @workflow.init
    def __init__(self, call: Call) -> None:
        self._call = call
        self._walk = call.walk
        self._outbox = Outbox(call.account_id, call.session_id, call.position)
        self._remembered = dict.fromkeys(call.seen or (call.sender.id,))
        self._early: list[tuple[str, object, Sender]] = []
        self._awaiting_node: list[Receipt] = []
        self._builds = NodeBuilds(call.built_ahead)
        self._build: asyncio.Task[None] | None = None

    @workflow.run
    async def run(self, _call: Call) -> str:
        """Return how the call ended: a session's status, or the outcome of an intake that opened no session."""
        try:
            ending = await self._take_call() if self._walk is None else None
            if ending is None:
                ending = await self._walk_to_the_end()
        except (asyncio.CancelledError, FailureError) as error:
            if not is_cancelled_exception(error):
                raise
            await self._escalate_cancelled()
            raise
        return ending

    @workflow.signal
    def step(self, *raw: Any) -> None:
        self._receive("step", raw)

    @workflow.signal
    def note(self, *raw: Any) -> None:
        self._receive("note", raw)

    @workflow.signal
    def resolve(self, *raw: Any) -> None:
        self._receive("resolve", raw)

    @workflow.signal
    def escalate(self, *raw: Any) -> None:
        self._receive("escalate", raw)

    @workflow.signal(dynamic=True)
    def unknown(self, name: str, _raw: Sequence[RawValue]) -> None:
        self._receive(name, ())

    @workflow.query
    def state(self) -> Session | None:
        """Return the session; None while the call has not been decided."""
        return None if self._walk is None else session_of(self._walk)

    # --- the life of a call -------------------------------------------------------------------------------------

    async def _take_call(self) -> str | None:
        """Decide what the call becomes. Return the outcome if it opens no walk."""
        match = await self._find_match()
        try:
            outcome = decide(self._call.intake, match)
        except L1Error as error:
            return await self._decline(ReceiptStatus.REJECTED, problem=error.problem)
        if session_kind_of(outcome, match) is None:
            return await self._decline(ReceiptStatus.APPLIED, result_of(outcome, match, None))
        ticket = await self._open_ticket()
        self._open(outcome, match, ticket)
        return None

    async def _decline(
        self, status: ReceiptStatus, result: IntakeResult | None = None, problem: Problem | None = None
    ) -> str:
        """Answer an intake that opens no walk, and every signal that came for one."""
        sender = self._call.sender
        no_walk = SessionClosed("This call opened no walk.").problem
        self._outbox.settle([Receipt(sender.id, "intake", status, sender.fingerprint, None, problem, result)])
        self._outbox.settle(
            Receipt(early.id, name, ReceiptStatus.REJECTED, early.fingerprint, None, no_walk)
            for name, _message, early in self._early
        )
        await self._flush()
        return problem.code if problem else result.outcome if result else status

    async def _walk_to_the_end(self) -> str:
        self._hear_early_signals()
        stall_watch = asyncio.create_task(self._escalate_when_stalled())
        while not (self._opened.is_closed and self._outbox.is_empty):
            await workflow.wait_condition(self._has_work)
            self._build_missing_node()
            await self._flush()
            if self._is_time_to_continue_as_new():
                workflow.continue_as_new(self._as_call())
        stall_watch.cancel()
        self._builds.discard()
        await self._learn()
        return self._opened.status

    async def _escalate_when_stalled(self) -> None:
        """Sleep until the deadline, look how far it has moved meanwhile, and sleep again or escalate.

        The timer is never reset: a step costs no timer event, and a call that moves wakes once per limit.
        """
        while (deadline := self._opened.stall_deadline) is not None:
            left = deadline - workflow.now()
            if left > timedelta(0):
                await workflow.sleep(left, summary=f"stall limit of {self._opened.stall_after:.0f} s")
                if self._opened.stall_deadline not in (None, deadline):
                    workflow.upsert_search_attributes(search_attributes.on_arming(self._opened))
            else:
                reason = f"Nothing happened for {self._opened.stall_after:.0f} seconds."
                self._apply(Sender(workflow.uuid4(), workflow.now(), TIMEOUT), Escalate(REASON_STALLED, reason))

    async def _escalate_cancelled(self) -> None:
        """A call is never dropped: cancelling its workflow hands it to an engineer, on record, before it closes."""
        self._builds.discard()
        sender = Sender(workflow.uuid4(), workflow.now(), OPERATOR)
        escalation = Escalate(REASON_CANCELLED, workflow.cancellation_reason() or "Cancelled in Temporal.")
        if self._walk is None and self._outbox.is_empty:
            self._open(Outcome.ESCALATED, UNMATCHED, await self._open_ticket())
            self._hear_early_signals()
        if self._walk is not None:
            self._apply(sender, escalation)
        await self._flush()

    # --- signals --------------------------------------------------------------------------------------------------

    def _receive(self, name: str, raw: Sequence[object]) -> None:
        """Take any signal of any shape: an error here would stop the whole call."""
        message = raw[0] if len(raw) == 1 else None
        sender = read_sender(message, new_id=workflow.uuid4(), now=workflow.now())
        if sender.id in self._remembered:
            return
        self._remembered[sender.id] = None
        if self._walk is None:
            self._early.append((name, message, sender))
        else:
            self._answer(name, message, sender)

    def _hear_early_signals(self) -> None:
        early, self._early = self._early, []
        for name, message, sender in early:
            self._answer(name, message, sender)

    def _answer(self, name: str, message: object, sender: Sender) -> None:
        try:
            body = read_body(name, message)
        except Invalid as error:
            now = max(sender.at, self._opened.last_activity_at)
            event = Event(sender.id, self._opened.revision, now, sender.actor, Rejected(error.problem))
            self._tell(event, name, sender.fingerprint)
        else:
            self._apply(sender, body, name)

    # --- deciding -------------------------------------------------------------------------------------------------

    @property
    def _opened(self) -> Walk:
        if self._walk is None:
            raise RuntimeError("the walk has not been opened yet")
        return self._walk

    def _open(self, outcome: Outcome, match: Match, ticket: TicketRef) -> None:
        sender = self._call.sender
        self._walk = open_walk(
            session_id=self._call.session_id,
            account_id=self._call.account_id,
            sender=sender,
            intake=self._call.intake,
            match=match,
            kind=session_kind_of(outcome, match) or SessionKind.NO_WALK,
            ticket=ticket,
        )
        workflow.upsert_search_attributes(search_attributes.on_opening(self._walk))
        event = opened(self._walk, sender)
        self._tell(event, "intake", sender.fingerprint, result_of(outcome, match, self._walk))

    def _apply(self, sender: Sender, body: Body, kind: str | None = None) -> None:
        before = self._opened
        self._walk, event = apply(before, Command(sender, body))
        if self._walk.is_closed and not before.is_closed:
            workflow.upsert_search_attributes(search_attributes.on_status(self._walk))
        self._tell(event, kind, sender.fingerprint)

    def _tell(
        self, event: Event, kind: str | None, fingerprint: str | None = None, intake: IntakeResult | None = None
    ) -> None:
        """Put an event down for recording, and the receipt of its command: at once, or when the node is there.

        A command without a `kind` came from the workflow itself; nobody waits for its receipt.
        """
        walk = self._opened
        self._outbox.add(event)
        if kind is not None:
            problem = event.body.problem if isinstance(event.body, Rejected) else None
            status = ReceiptStatus.APPLIED if problem is None else ReceiptStatus.REJECTED
            receipt = Receipt(event.command_id, kind, status, fingerprint, event.revision, problem, intake)
            if walk.building is not None and walk.building.command_id == event.command_id:
                self._awaiting_node.append(receipt)
            else:
                self._outbox.settle([receipt])
        if walk.building is None:
            self._outbox.settle(replace(receipt, revision=walk.revision) for receipt in self._awaiting_node)
            self._awaiting_node.clear()
        workflow.set_current_details(details_of(walk))

    # --- the main loop's work ------------------------------------------------------------------------------------

    def _has_work(self) -> bool:
        return not self._outbox.is_empty

    def _build_missing_node(self) -> None:
        """Place the node at once if it was built ahead, so that the step is recorded together with it."""
        if self._opened.building is None or not (self._build is None or self._build.done()):
            return
        if (built := self._builds.take(self._opened)) is not None:
            self._place(built)
        else:
            self._build = asyncio.create_task(self._build_node(self._opened))

    async def _build_node(self, walk: Walk) -> None:
        built = await self._builds.build(walk)
        if self._opened.building == walk.building:
            self._place(built)

    def _place(self, built: Built) -> None:
        sender = Sender(workflow.uuid4(), workflow.now(), self._opened.technician)
        self._apply(sender, PlaceNode(built.node, built.build))
        if built.may_build_ahead:
            self._builds.build_ahead(self._opened)

    async def _flush(self) -> None:
        """Bring the database up to date: by a local activity, which costs no task in the server's queue.

        If the database stays away, a regular activity takes over. It tries for as long as it takes, and an engineer
        sees it in the Web UI as pending, with its last failure.
        """
        while not self._outbox.is_empty:
            record = self._outbox.next_record(self._walk)
            try:
                await workflow.execute_local_activity(
                    messages.RECORD,
                    record,
                    start_to_close_timeout=timedelta(seconds=3),
                    schedule_to_close_timeout=timedelta(seconds=4),
                    retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=50), maximum_attempts=3),
                    summary="record",
                )
            except FailureError as error:  # a local activity fails with its own error, not with an ActivityError
                if is_cancelled_exception(error):
                    raise
                await workflow.execute_activity(
                    messages.RECORD,
                    record,
                    start_to_close_timeout=timedelta(seconds=10),
                    retry_policy=_AS_LONG_AS_IT_TAKES,
                    summary="record, until the database is back",
                )
            self._outbox.recorded(record)

    async def _find_match(self) -> Match:
        match: Match = await workflow.execute_activity(
            messages.MATCH,
            messages.MatchRequest(self._call.account_id, self._call.intake),
            result_type=Match,
            start_to_close_timeout=_INTAKE_ATTEMPT,
            retry_policy=_AS_LONG_AS_IT_TAKES,
            summary="find the flow",
        )
        return match

    async def _open_ticket(self) -> TicketRef:
        intake = self._call.intake
        ticket: TicketRef = await workflow.execute_activity(
            messages.OPEN_TICKET,
            messages.OpenTicket(
                account_id=self._call.account_id,
                ticket_id=ticket_id_of(self._call.session_id),
                problem_statement=intake.problem_statement,
                customer_name=intake.customer_name,
                customer_contact=intake.customer_contact,
            ),
            result_type=TicketRef,
            start_to_close_timeout=_INTAKE_ATTEMPT,
            retry_policy=_AS_LONG_AS_IT_TAKES,
            summary="open the ticket",
        )
        return ticket

    async def _learn(self) -> None:
        """Let engineers learn from a walk that was built. The caller is long gone: this may take its time."""
        if self._opened.session_kind not in BUILT_KINDS or not workflow.patched(_LEARNS):
            return
        try:
            await workflow.execute_activity(
                messages.LEARN_FROM_WALK,
                messages.LearnFromWalk(self._call.account_id, self._call.session_id),
                start_to_close_timeout=timedelta(seconds=30),
                schedule_to_close_timeout=_LEARN_WITHIN,
                retry_policy=_AS_LONG_AS_IT_TAKES,
                summary="learn from the walk",
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            workflow.logger.warning("nothing was learned from this walk")

    def _is_time_to_continue_as_new(self) -> bool:
        """Only between two commands: nothing unrecorded, nothing being built, no handler in the middle of one."""
        return (
            workflow.info().is_continue_as_new_suggested()
            and self._outbox.is_empty
            and self._opened.building is None
            and self._builds.is_idle
            and not self._opened.is_closed
            and workflow.all_handlers_finished()
        )

    def _as_call(self) -> Call:
        return replace(
            self._call,
            walk=self._walk,
            position=self._outbox.position,
            seen=tuple(self._remembered)[-_REMEMBERED_COMMANDS:],
            built_ahead=self._builds.ready,
        )
