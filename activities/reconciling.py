"""Holds the calls in the database against the workflows that run, for calls that cannot help themselves."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid5

import structlog
from temporalio import activity
from temporalio.api.enums.v1 import PendingWorkflowTaskState
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.messages import (
    CLOSE_LOST_CALL,
    ESCALATE_STUCK_WALK,
    FIND_LOST_CALLS,
    FIND_STUCK_WALKS,
    START_OVERDUE_DELIVERIES,
    FindLostCalls,
    FindOverdueDeliveries,
    FindStuckWalks,
    LostCall,
    StuckWalk,
)
from activities.ports import OpenCall, Records
from l1.domain.commands import Body, Command, Escalate, Sender
from l1.domain.errors import CallLost, Problem, SessionClosed
from l1.domain.events import Event, Rejected
from l1.domain.naming import walk_workflow_id
from l1.domain.reasons import REASON_LOST
from l1.domain.receipts import Receipt, ReceiptStatus
from l1.domain.record import Record
from l1.domain.session import SYSTEM, TIMEOUT, Actor, Walk
from l1.domain.stalls import escalate_stalled
from l1.domain.walk import apply, replay
from l1.temporal.delivering import start_delivering
from l1.temporal.failing_walks import failing_walks

_log = structlog.stdlib.get_logger(__name__)

_AT_ONCE = 10
_ALIVE = (WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.CONTINUED_AS_NEW)


@dataclass(frozen=True)
class ReconcileActivities:
    records: Records
    client: Client

    @activity.defn(name=FIND_LOST_CALLS)
    async def find_lost_calls(self, request: FindLostCalls) -> list[LostCall]:
        """Return the calls that are open in the database and have no running workflow.

        The workflow itself is asked, not the visibility store: that one lags behind, and a call that has just begun
        must not be taken for lost.
        """
        calls = await self.records.quiet_calls(request.quiet_for)
        return [
            LostCall(call.account_id, call.session_id, ending)
            for call, description in await self._descriptions(calls)
            if (ending := _ending(description)) is not None
        ]

    @activity.defn(name=CLOSE_LOST_CALL)
    async def close_lost_call(self, lost: LostCall) -> None:
        """Escalate a lost call in the database and tell whoever waits for one of its commands."""
        reason = f"The workflow of this call is gone ({lost.ending}), so it cannot go on by itself."
        problem = CallLost(f"The workflow of this call is gone ({lost.ending}). Take the call anew.").problem
        await self._close(lost, SYSTEM, lambda _walk: Escalate(REASON_LOST, reason), problem)

    @activity.defn(name=FIND_STUCK_WALKS)
    async def find_stuck_walks(self, request: FindStuckWalks) -> list[StuckWalk]:
        """Return the walks that should have ended by themselves at their stall deadline, and whose workflow runs on.

        Logs, besides, which walks cannot go on: their deadline may be hours away.
        """
        await self._log_failing_walks()
        now = datetime.now(UTC)
        overdue = await self.records.overdue_calls(request.overdue_for)
        patient = timedelta(seconds=request.waiting_for)
        deadlines = {call.session_id: call.stall_deadline for call in overdue}
        return [
            StuckWalk(call.account_id, call.session_id)
            for call, description in await self._descriptions(overdue)
            if description is not None
            and description.status in _ALIVE
            and (not _waits_for_a_worker(description) or deadlines[call.session_id] < now - patient)
        ]

    @activity.defn(name=ESCALATE_STUCK_WALK)
    async def escalate_stuck_walk(self, stuck: StuckWalk) -> bool:
        """End a walk as its own workflow should have, unless it has done so meanwhile. Return whether it was needed.

        The workflow is terminated first: from then on nobody else decides anything for this walk, and a workflow that
        finds its key again, or is mended, does not go on with a call that engineers have (docs/adr/0010).
        """
        events = await self.records.events(stuck.account_id, stuck.session_id)
        deadline = replay(events).stall_deadline
        if deadline is None or deadline > datetime.now(UTC):
            return False
        await self._terminate(stuck)
        problem = SessionClosed("This call was handed to an engineer before the command could be carried out.").problem
        await self._close(
            stuck, TIMEOUT, lambda walk: escalate_stalled(walk, ", and its workflow could not be run"), problem
        )
        _log.warning("a stuck walk was escalated", session_id=str(stuck.session_id))
        return True

    @activity.defn(name=START_OVERDUE_DELIVERIES)
    async def start_overdue_deliveries(self, request: FindOverdueDeliveries) -> int:
        """Set deliveries going that nobody tries, as when Temporal was away when they were queued."""
        overdue = await self.records.overdue_deliveries(request.untried_for, request.retried_for)
        for started, call in enumerate(overdue):
            activity.heartbeat(started)
            if not await start_delivering(self.client, call.account_id, call.session_id):
                break  # Temporal is away: the next run finds the rest
        return len(overdue)

    async def _close(self, call: OpenCall, actor: Actor, ending: Callable[[Walk], Body], problem: Problem) -> None:
        """Record the end of a walk, unless it has one, and refuse the commands that nobody will carry out."""
        events = await self.records.events(call.account_id, call.session_id)
        walk: Walk | None = None
        told: Sequence[Event] = ()
        if events:
            walk = replay(events)
            # The same command at every attempt, so that a call is closed once.
            sender = Sender(uuid5(call.session_id, "reconciled"), datetime.now(UTC), actor)
            walk, event = apply(walk, Command(sender, ending(walk)))
            if isinstance(event.body, Rejected):
                problem = event.body.problem
            else:
                told = [event]
        receipts = [
            Receipt(pending.command_id, pending.kind, ReceiptStatus.REJECTED, pending.fingerprint, problem=problem)
            for pending in await self.records.pending_receipts(call.account_id, call.session_id)
        ]
        await self.records.record(Record(call.account_id, call.session_id, len(events) + 1, told, receipts, walk))

    async def _descriptions(
        self, calls: Sequence[OpenCall]
    ) -> list[tuple[OpenCall, WorkflowExecutionDescription | None]]:
        """Describe the workflow of each call; None where there is none."""
        found: list[tuple[OpenCall, WorkflowExecutionDescription | None]] = []
        for start in range(0, len(calls), _AT_ONCE):
            batch = calls[start : start + _AT_ONCE]
            activity.heartbeat(start)
            found += zip(batch, await asyncio.gather(*(self._describe(call) for call in batch)), strict=True)
        return found

    async def _describe(self, call: OpenCall) -> WorkflowExecutionDescription | None:
        try:
            return await self.client.get_workflow_handle(walk_workflow_id(call.session_id)).describe()
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return None
            raise

    async def _terminate(self, stuck: StuckWalk) -> None:
        handle = self.client.get_workflow_handle(walk_workflow_id(stuck.session_id))
        try:
            await handle.terminate(reason="past its stall limit without being able to end; escalated by the reconciler")
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:  # it has ended: by itself, or at an earlier attempt
                raise

    async def _log_failing_walks(self) -> None:
        try:
            failing = await failing_walks(self.client)
        except RPCError as error:
            _log.warning("cannot ask for walks whose workflow task fails", status=error.status.name)
            return
        for walk in failing:
            _log.warning(
                "a walk cannot go on: its workflow task fails",
                workflow_id=walk.workflow_id,
                since=walk.since.isoformat(timespec="seconds"),
            )


def _ending(description: WorkflowExecutionDescription | None) -> str | None:
    """Say how a workflow ended; None while it runs."""
    if description is None:
        return "not found"
    status = description.status
    return None if status in _ALIVE else status.name.lower() if status else "unknown"


def _waits_for_a_worker(description: WorkflowExecutionDescription) -> bool:
    """Whether no worker has tried the walk's task yet, as after a time without workers: it will soon end by itself."""
    task = description.raw_description.pending_workflow_task
    return task.state == PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_SCHEDULED and task.attempt <= 1
