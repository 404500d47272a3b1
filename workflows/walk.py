"""L1Walk: one call, from the intake until it is resolved or handed to an engineer."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from l1.domain import limits, signals
    from l1.domain.commands import Body, Escalate, Sender
    from l1.domain.errors import L1Error
    from l1.domain.intake import Match, Outcome, decide, session_kind_of
    from l1.domain.naming import WALK_WORKFLOW
    from l1.domain.opening import UNMATCHED, result_of
    from l1.domain.reasons import REASON_CANCELLED
    from l1.domain.session import OPERATOR, TIMEOUT, Actor, Session, TicketRef, Walk, session_of
    from l1.domain.signals import Signal
    from l1.domain.stalls import when_stalled
    from l1.domain.texts import storable
    from l1.temporal import search_attributes
    from workflows import activity_calls
    from workflows.call import Built, Call
    from workflows.details import details_of
    from workflows.messages import message_of
    from workflows.node_builds import NodeBuilds


@workflow.defn(name=WALK_WORKFLOW)
class L1Walk:
    """Receives the signals of `l1.domain.signals`, each with one JSON object.

    A handler only decides, by the domain's one table, and never waits or raises; the main loop writes down what was
    decided. So signals are applied in the order in which Temporal took them, whatever the database is doing.
    """

    @workflow.init
    def __init__(self, call: Call) -> None:
        self._call = call
        self._builds = NodeBuilds(call.built_ahead)
        self._build: asyncio.Task[None] | None = None

    @workflow.run
    async def run(self, _call: Call) -> str:
        """Return how the call ended: a session's status, or the outcome of an intake that opened no session."""
        try:
            ending = await self._take_call() if self._call.walk is None else None
            if ending is None:
                ending = await self._walk_to_the_end()
        except (asyncio.CancelledError, FailureError) as error:
            if not is_cancelled_exception(error):
                raise
            await self._escalate_cancelled()
            raise
        return ending

    @workflow.signal(dynamic=True)
    def signalled(self, name: str, raw: Sequence[RawValue]) -> None:
        """Take any signal of any shape: an error here would stop the whole call, and the SDK drops what it can't read.

        That is why there is one handler for all names: only this one is given what was sent as it was sent.
        """
        message = message_of(raw, workflow.payload_converter())
        signal = signals.decode(name, message, new_id=workflow.uuid4(), now=workflow.now())
        if not self._call.is_new(signal.sender.id):
            return
        if self._call.walk is None:
            self._call.early.append(signal)
        else:
            self._answer(signal)

    @workflow.query
    def state(self) -> Session | None:
        """Return the session; None while the call has not been decided."""
        return None if self._call.walk is None else session_of(self._call.walk)

    # --- the life of a call -------------------------------------------------------------------------------------

    async def _take_call(self) -> str | None:
        """Decide what the call becomes. Return the outcome if it opens no walk."""
        match = await activity_calls.find_match(self._call)
        try:
            outcome = decide(self._call.intake, match)
        except L1Error as error:
            self._call.decline(error.problem)
            await self._flush()
            return error.code
        if session_kind_of(outcome, match) is None:
            self._call.decline(result_of(outcome, match, None))
            await self._flush()
            return outcome
        self._open(outcome, match, await activity_calls.open_ticket(self._call, match.vectors))
        return None

    async def _walk_to_the_end(self) -> str:
        self._answer_early_signals()
        stall_watch = asyncio.create_task(self._escalate_when_stalled())
        while not (self._walk.is_closed and self._call.outbox.is_empty):
            await workflow.wait_condition(lambda: not self._call.outbox.is_empty)
            self._build_missing_node()
            await self._flush()
            self._build_missing_node()  # for a step that came meanwhile: nothing else may wake this loop
            if self._is_time_to_continue_as_new():
                workflow.continue_as_new(self._call)
        stall_watch.cancel()
        self._builds.discard()
        if self._walk.grows_proposals:
            await self._answer_late_commands(asyncio.create_task(activity_calls.grow_proposal(self._call)))
        return self._walk.status

    async def _escalate_when_stalled(self) -> None:
        """Sleep until the deadline, look how far it has moved meanwhile, and sleep again or escalate.

        The timer is never reset: a step costs no timer event, and a call that moves wakes once per limit.
        """
        while (deadline := self._walk.stall_deadline) is not None:
            left = deadline - workflow.now()
            if left > timedelta(0):
                await workflow.sleep(left, summary=f"stall limit of {self._walk.stall_after:.0f} s")
                if self._walk.stall_deadline not in (None, deadline):
                    workflow.upsert_search_attributes(search_attributes.on_arming(self._walk))
            else:
                self._decide(TIMEOUT, when_stalled(self._walk))

    async def _escalate_cancelled(self) -> None:
        """A call is never dropped: cancelling its workflow hands it to an engineer, on record, before it closes."""
        self._builds.discard()
        reason = storable(workflow.cancellation_reason(), limits.REASON) or "Cancelled in Temporal."
        if self._call.walk is None and self._call.outbox.is_empty:
            self._open(Outcome.ESCALATED, UNMATCHED, await activity_calls.open_ticket(self._call))
            self._answer_early_signals()
        if self._call.walk is not None:
            self._decide(OPERATOR, Escalate(REASON_CANCELLED, reason))
        await self._flush()

    async def _answer_late_commands(self, growing: asyncio.Task[None]) -> None:
        """Tell whoever sends a command until the workflow ends that the walk is closed."""
        while not (growing.done() and self._call.outbox.is_empty):
            await workflow.wait_condition(lambda: growing.done() or not self._call.outbox.is_empty)
            await self._flush()
        await growing

    # --- deciding -------------------------------------------------------------------------------------------------

    def _answer_early_signals(self) -> None:
        early = self._call.early.copy()
        self._call.early.clear()
        for signal in early:
            self._answer(signal)

    def _answer(self, signal: Signal) -> None:
        before = self._walk
        self._call.answer(signal)
        if (built := self._builds.take(self._walk)) is not None:
            # At once, so that it is recorded, and decided again, together with its step.
            self._place(built, signal.sender.at, is_own_decision=False)
        self._show(before)

    @property
    def _walk(self) -> Walk:
        return self._call.opened

    def _open(self, outcome: Outcome, match: Match, ticket: TicketRef) -> None:
        self._call.open(outcome, match, ticket)
        workflow.upsert_search_attributes(search_attributes.on_opening(self._walk))
        self._show(self._walk)

    def _decide(self, actor: Actor, body: Body) -> None:
        """Do what nobody has asked for."""
        before = self._walk
        self._call.decide(Sender(workflow.uuid4(), workflow.now(), actor), body, is_own_decision=True)
        self._show(before)

    def _place(self, built: Built, at: datetime, *, is_own_decision: bool) -> None:
        self._call.place(built, at, is_own_decision=is_own_decision)
        if built.may_build_ahead:
            self._builds.build_ahead(self._walk)

    def _show(self, before: Walk) -> None:
        """Let the Web UI list and show the walk as it is now."""
        if self._walk.status is not before.status:
            workflow.upsert_search_attributes(search_attributes.on_status(self._walk))
        workflow.set_current_details(details_of(self._walk))

    # --- the main loop's work ------------------------------------------------------------------------------------

    def _build_missing_node(self) -> None:
        if self._walk.building is not None and (self._build is None or self._build.done()):
            self._build = asyncio.create_task(self._build_node(self._walk))

    async def _build_node(self, walk: Walk) -> None:
        built = await self._builds.build(walk)
        if self._walk.building == walk.building:
            self._place(built, workflow.now(), is_own_decision=True)
            self._show(walk)

    async def _flush(self) -> None:
        """Bring the database up to date."""
        call = self._call
        while not call.outbox.is_empty:
            record = call.outbox.next_record(call.account_id, call.session_id, call.walk)
            if call.outbox.has_own_decisions:
                await activity_calls.record_decided(record)
            else:
                await activity_calls.record_at_once(record)
            call.outbox.recorded(record)

    def _is_time_to_continue_as_new(self) -> bool:
        """Only between two commands: nothing unrecorded, nothing being built, no handler in the middle of one."""
        return (
            workflow.info().is_continue_as_new_suggested()
            and self._call.outbox.is_empty
            and self._walk.building is None
            and self._builds.is_idle
            and not self._walk.is_closed
            and workflow.all_handlers_finished()
        )
