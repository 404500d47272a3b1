"""Writing down what has happened to a call, for the workflow and for workflows that are no more."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5

from temporalio import activity
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.messages import CLOSE_LOST_CALL, FIND_LOST_CALLS, RECORD, FindLostCalls, LostCall
from activities.ports import OpenCall, Records
from l1.domain.commands import Command, Escalate, Sender
from l1.domain.errors import CallLost
from l1.domain.events import Event, Rejected
from l1.domain.naming import walk_workflow_id
from l1.domain.reasons import REASON_LOST
from l1.domain.receipts import Receipt, ReceiptStatus
from l1.domain.record import Record
from l1.domain.session import SYSTEM, Walk
from l1.domain.walk import apply, replay

_AT_ONCE = 10


@dataclass(frozen=True)
class RecordActivities:
    records: Records

    @activity.defn(name=RECORD)
    async def record(self, record: Record) -> None:
        await self.records.record(record)


@dataclass(frozen=True)
class ReconcileActivities:
    """Holds the calls in the database against the workflows that run."""

    records: Records
    client: Client

    @activity.defn(name=FIND_LOST_CALLS)
    async def find_lost_calls(self, request: FindLostCalls) -> list[LostCall]:
        """Return the calls that are open in the database and have no running workflow.

        The workflow itself is asked, not the visibility store: that one lags behind, and a call that has just begun
        must not be taken for lost.
        """
        lost: list[LostCall] = []
        calls = await self.records.quiet_calls(request.quiet_for)
        for start in range(0, len(calls), _AT_ONCE):
            batch = calls[start : start + _AT_ONCE]
            activity.heartbeat(start)
            endings = await asyncio.gather(*(self._ending(call) for call in batch))
            lost += [
                LostCall(call.account_id, call.session_id, ending)
                for call, ending in zip(batch, endings, strict=True)
                if ending is not None
            ]
        return lost

    @activity.defn(name=CLOSE_LOST_CALL)
    async def close_lost_call(self, lost: LostCall) -> None:
        """Escalate a lost call in the database and tell whoever waits for one of its commands."""
        events = await self.records.events(lost.account_id, lost.session_id)
        walk: Walk | None = None
        told: Sequence[Event] = ()
        problem = CallLost(f"The workflow of this call is gone ({lost.ending}). Take the call anew.").problem
        if events:
            walk, event = apply(replay(events), _escalation_of(lost))
            told = [event]
            problem = event.body.problem if isinstance(event.body, Rejected) else problem
        receipts = [
            Receipt(
                pending.command_id,
                pending.kind,
                ReceiptStatus.REJECTED,
                pending.fingerprint,
                problem=problem,
            )
            for pending in await self.records.pending_receipts(lost.account_id, lost.session_id)
        ]
        await self.records.record(Record(lost.account_id, lost.session_id, len(events) + 1, told, receipts, walk))

    async def _ending(self, call: OpenCall) -> str | None:
        """Say how the call's workflow ended; None while it runs."""
        try:
            description = await self.client.get_workflow_handle(walk_workflow_id(call.session_id)).describe()
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return "not found"
            raise
        status = description.status
        return None if status in _ALIVE else status.name.lower() if status else "unknown"


_ALIVE = (WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.CONTINUED_AS_NEW)


def _escalation_of(lost: LostCall) -> Command:
    """The same command at every attempt, so that a call is closed once."""
    command_id: UUID = uuid5(lost.session_id, REASON_LOST)
    reason = f"The workflow of this call is gone ({lost.ending}), so it cannot go on by itself."
    return Command(Sender(command_id, datetime.now(UTC), SYSTEM), Escalate(REASON_LOST, reason))
