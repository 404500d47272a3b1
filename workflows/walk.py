"""L1Walk: one call, from the intake until it is resolved or handed to an engineer."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from l1.domain import signals
    from l1.domain.commands import Body, Command, Escalate, PlaceNode, Sender
    from l1.domain.errors import L1Error, Problem, SessionClosed
    from l1.domain.events import Event, Rejected
    from l1.domain.intake import IntakeResult, Match, Outcome, decide, session_kind_of
    from l1.domain.naming import WALK_WORKFLOW
    from l1.domain.opening import UNMATCHED, open_walk, result_of
    from l1.domain.reasons import REASON_CANCELLED
    from l1.domain.receipts import Receipt, ReceiptStatus
    from l1.domain.session import OPERATOR, TIMEOUT, Session, SessionKind, TicketRef, Walk, session_of
    from l1.domain.signals import Signal
    from l1.domain.stalls import when_stalled
    from l1.domain.walk import apply, opened
    from l1.temporal import search_attributes
    from workflows import errands
    from workflows.call import Built, Call
    from workflows.details import details_of
    from workflows.node_builds import NodeBuilds
    from workflows.outbox import Outbox

_REMEMBERED_COMMANDS = 500
"""Older ones are in the database, where the API looks first."""

_LEARNS = "learns from built walks"
_BUILDS_AFTER_RECORDING = "builds for a step that came while others were recorded"
_RECORDS_DECISIONS = "its own decisions are in Temporal before they are in the database"
"""Walks that began before one of these go on as they were."""


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
        self._early: list[Signal] = []
        self._awaiting_node: list[Receipt] = []
        self._builds = NodeBuilds(call.built_ahead)
        self._build: asyncio.Task[None] | None = None
        self._has_decided_itself = False  # of what is in the outbox, something does not follow from signals alone

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
        self._receive(signals.STEP, raw)

    @workflow.signal
    def note(self, *raw: Any) -> None:
        self._receive(signals.NOTE, raw)

    @workflow.signal
    def resolve(self, *raw: Any) -> None:
        self._receive(signals.RESOLVE, raw)

    @workflow.signal
    def escalate(self, *raw: Any) -> None:
        self._receive(signals.ESCALATE, raw)

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
        match = await errands.find_match(self._call)
        try:
            outcome = decide(self._call.intake, match)
        except L1Error as error:
            return await self._decline(ReceiptStatus.REJECTED, problem=error.problem)
        if session_kind_of(outcome, match) is None:
            return await self._decline(ReceiptStatus.APPLIED, result_of(outcome, match, None))
        ticket = await errands.open_ticket(self._call)
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
            Receipt(early.sender.id, early.name, ReceiptStatus.REJECTED, early.sender.fingerprint, None, no_walk)
            for early in self._early
        )
        await self._flush()
        return problem.code if problem else result.outcome if result else status

    async def _walk_to_the_end(self) -> str:
        self._hear_early_signals()
        stall_watch = asyncio.create_task(self._escalate_when_stalled())
        while not (self._opened.is_closed and self._outbox.is_empty):
            await workflow.wait_condition(lambda: not self._outbox.is_empty)
            self._build_missing_node()
            await self._flush()
            if self._is_node_missing() and workflow.patched(_BUILDS_AFTER_RECORDING):
                self._build_missing_node()  # for a step that came meanwhile: nothing else may wake this loop
            if self._is_time_to_continue_as_new():
                workflow.continue_as_new(self._as_call())
        learning = self._begin_to_learn()
        stall_watch.cancel()
        self._builds.discard()
        if learning is not None:
            await self._answer_late_commands(learning)
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
                self._has_decided_itself = True
                self._apply(Sender(workflow.uuid4(), workflow.now(), TIMEOUT), when_stalled(self._opened))

    async def _escalate_cancelled(self) -> None:
        """A call is never dropped: cancelling its workflow hands it to an engineer, on record, before it closes."""
        self._builds.discard()
        sender = Sender(workflow.uuid4(), workflow.now(), OPERATOR)
        escalation = Escalate(REASON_CANCELLED, workflow.cancellation_reason() or "Cancelled in Temporal.")
        if self._walk is None and self._outbox.is_empty:
            self._open(Outcome.ESCALATED, UNMATCHED, await errands.open_ticket(self._call))
            self._hear_early_signals()
        if self._walk is not None:
            self._has_decided_itself = True
            self._apply(sender, escalation)
        await self._flush()

    # --- signals --------------------------------------------------------------------------------------------------

    def _receive(self, name: str, raw: Sequence[object]) -> None:
        """Take any signal of any shape: an error here would stop the whole call."""
        message = raw[0] if len(raw) == 1 else None
        signal = signals.decode(name, message, new_id=workflow.uuid4(), now=workflow.now())
        if signal.sender.id in self._remembered:
            return
        self._remembered[signal.sender.id] = None
        if self._walk is None:
            self._early.append(signal)
        else:
            self._answer(signal)

    def _hear_early_signals(self) -> None:
        early, self._early = self._early, []
        for signal in early:
            self._answer(signal)

    def _answer(self, signal: Signal) -> None:
        sender = signal.sender
        if isinstance(signal.body, Problem):
            now = max(sender.at, self._opened.last_activity_at)
            event = Event(sender.id, self._opened.revision, now, sender.actor, Rejected(signal.body))
            self._tell(event, signal.name, sender.fingerprint)
        else:
            self._apply(sender, signal.body, signal.name)
            if self._opened.building is not None and (built := self._builds.take(self._opened)) is not None:
                self._place(built, sender.at)  # here, so that it is recorded, and decided again, with its step

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

    def _is_node_missing(self) -> bool:
        return self._opened.building is not None and (self._build is None or self._build.done())

    def _build_missing_node(self) -> None:
        if self._is_node_missing():
            self._build = asyncio.create_task(self._build_node(self._opened))

    async def _build_node(self, walk: Walk) -> None:
        built = await self._builds.build(walk)
        if self._opened.building == walk.building:
            self._has_decided_itself = True
            self._place(built, workflow.now())

    def _place(self, built: Built, at: datetime) -> None:
        sender = Sender(built.build.build_id, at, self._opened.technician)
        self._apply(sender, PlaceNode(built.node, built.build))
        if built.may_build_ahead:
            self._builds.build_ahead(self._opened)

    async def _flush(self) -> None:
        """Bring the database up to date."""
        while not self._outbox.is_empty:
            record = self._outbox.next_record(self._walk)
            if self._has_decided_itself and workflow.patched(_RECORDS_DECISIONS):
                await errands.record_decided(record)
            else:
                await errands.record_at_once(record)
            self._outbox.recorded(record)
        self._has_decided_itself = False

    def _begin_to_learn(self) -> asyncio.Task[None] | None:
        if not self._opened.was_built or not workflow.patched(_LEARNS):
            return None
        return asyncio.create_task(errands.learn(self._call))

    async def _answer_late_commands(self, learning: asyncio.Task[None]) -> None:
        """Tell whoever sends a command until the workflow ends that the walk is closed."""
        while not (learning.done() and self._outbox.is_empty):
            await workflow.wait_condition(lambda: learning.done() or not self._outbox.is_empty)
            await self._flush()
        await learning

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
