"""From a request to its effect: hand the command to Temporal, wait until it is in the database, respond from there."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from temporalio.client import Client
from temporalio.common import Priority, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.auth import Principal
from api.idempotency import RequestKey
from api.pacing import Pacing
from api.waiting import Waiters
from l1.database.calls import Calls, Look
from l1.domain.commands import Sender, SignalBody
from l1.domain.errors import NotFound, SessionClosed, TooManyRequests, Unavailable
from l1.domain.intake import Intake
from l1.domain.naming import TASK_QUEUE, WALK_WORKFLOW, walk_workflow_id
from l1.domain.receipts import INTAKE, Receipt, ReceiptStatus
from l1.domain.session import Session, Status
from l1.domain.signals import NAMES, encode, name_of
from l1.temporal import search_attributes
from workflows.call import Call

_log = structlog.stdlib.get_logger(__name__)

_TEMPORAL_AWAY = "Temporal cannot be reached. Try again; with the same Idempotency-Key nothing is lost."
_RPC_TIMEOUT = timedelta(seconds=5)
_TASK_TIMEOUT = timedelta(seconds=5)
"""How long a worker that was killed in the middle of a step keeps others from taking it over; 10 s by default."""
_ABOUT_THE_WORKFLOW = (
    "One call, from the intake until it is resolved or escalated. The walk is under *Current Details*. Signals by "
    f"hand: {', '.join(f'`{name}`' for name in NAMES)}, each with one JSON object. "
    "Cancelling hands the call to an engineer."
)
MOST_PENDING_INTAKES = 500
"""Intakes of one account that got 202 and are not decided yet; they would keep its own calls waiting."""
_MOST_AT_ONCE = 500
"""Requests of one account that may wait at the same time; more is a client in a loop."""


@dataclass(frozen=True)
class Settled:
    """A command that has had its effect: its receipt, and the session as it left it."""

    receipt: Receipt
    session: Session | None


@dataclass(frozen=True)
class Accepted:
    """A command that is stored, and whose effect is still to come."""

    session_id: UUID
    command_id: UUID


Result = Settled | Accepted


@dataclass(frozen=True)
class Deadlines:
    """Seconds a request waits for its receipt: commonly, and where a tree node must be built."""

    ack: float
    build: float


@dataclass(frozen=True)
class _PendingCommand:
    """One command on its way: to which session, and under which receipt."""

    account_id: UUID
    session_id: UUID
    key: RequestKey
    kind: str


@contextmanager
def _temporal_may_be_away() -> Iterator[None]:
    """Turn what the SDK raises for a server that does not answer into l1.domain.errors.Unavailable.

    A client that has not connected yet raises RuntimeError when it cannot.
    """
    try:
        yield
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            raise
        _log.warning("temporal refuses", status=error.status.name)
        raise Unavailable(_TEMPORAL_AWAY) from error
    except RuntimeError as error:
        _log.warning("temporal cannot be reached")
        raise Unavailable(_TEMPORAL_AWAY) from error


class CallService:
    def __init__(self, calls: Calls, temporal: Client, waiters: Waiters, deadlines: Deadlines) -> None:
        self._calls = calls
        self._temporal = temporal
        self._waiters = waiters
        self._deadlines = deadlines
        self._at_once: Counter[UUID] = Counter()
        self._pacing = Pacing()

    async def take(self, principal: Principal, key: RequestKey, intake: Intake) -> Result:
        """Begin a call. Its receipt is the outcome of the intake."""
        pending = _PendingCommand(principal.account_id, key.session_id, key, INTAKE)
        with self._one_more(principal.account_id), self._expecting(key) as event:
            if key.is_repeatable and (settled := _settled(await self._look(pending))):
                return settled
            if await self._calls.has_pending_intakes(principal.account_id, MOST_PENDING_INTAKES):
                raise TooManyRequests(
                    f"{MOST_PENDING_INTAKES} calls of this account wait to be taken. Try again in a second."
                )
            sender = Sender(key.command_id, datetime.now(UTC), principal.actor, fingerprint=key.fingerprint)
            call = Call(key.session_id, principal.account_id, intake, sender)
            await self._start(call)
            return await self._outcome(pending, event)

    async def command(  # noqa: PLR0913 - who, which, where, and the command's own parts
        self,
        principal: Principal,
        key: RequestKey,
        session_id: UUID,
        *,
        body: SignalBody,
        expected_revision: int | None,
        check: Callable[[Session], None] = lambda _session: None,
    ) -> Result:
        """Send a signal to a walk. `check` may refuse, by raising, what the session's kind does not allow."""
        pending = _PendingCommand(principal.account_id, session_id, key, name_of(body))
        with self._one_more(principal.account_id), self._expecting(key) as event:
            before = await self._look(pending)
            if settled := _settled(before):
                return settled
            if before.session is not None:
                check(before.session)
                if before.session.status is not Status.ACTIVE:
                    return await self._meet_closed(pending)
            elif await self._calls.pending_intake(principal.account_id, session_id) is None:
                raise NotFound("There is no such session.")
            # While its intake is pending, a walk keeps what is sent, and answers it once it opens.
            sender = Sender(
                key.command_id, datetime.now(UTC), principal.actor, expected_revision, fingerprint=key.fingerprint
            )
            if not await self._signal(pending, encode(sender, body)):
                return await self._meet_closed(pending)
            return await self._outcome(pending, event)

    def _expecting(self, key: RequestKey) -> AbstractContextManager[asyncio.Event]:
        """Listen from before the first look: the same request, sent twice at once, is told of only once."""
        return self._waiters.expecting(str(key.command_id))

    async def _outcome(self, pending: _PendingCommand, event: asyncio.Event) -> Result:
        if settled := await self._wait(pending, event):
            return settled
        await self._calls.await_receipt(
            pending.account_id, pending.session_id, pending.key.command_id, pending.kind, pending.key.fingerprint
        )
        # It may have been settled between the last look and the row that says it is awaited.
        return _settled(await self._look(pending)) or Accepted(pending.session_id, pending.key.command_id)

    async def _meet_closed(self, pending: _PendingCommand) -> Settled:
        """Answer a command whose walk, or its workflow, has just been seen to be closed.

        The command may be the one that closed it, sent a second time meanwhile: then its receipt is there by now, as
        it was recorded together with the end of the walk.
        """
        now = await self._look(pending)
        if settled := _settled(now):
            return settled
        if now.session is not None and now.session.status is not Status.ACTIVE:
            raise _closed(now.session)
        raise Unavailable(
            "The workflow of this call is gone; the call will be escalated within two minutes. Read it again then."
        )

    async def _wait(self, pending: _PendingCommand, event: asyncio.Event) -> Settled | None:
        async def look() -> Settled | None:
            return _settled(await self._look(pending))

        found = await self._waiters.until(event, look, self._deadlines.ack)
        if found is None and _is_building((await self._look(pending)).session):
            found = await self._waiters.until(event, look, self._deadlines.build - self._deadlines.ack)
        return found

    async def _look(self, pending: _PendingCommand) -> Look:
        found = await self._calls.look(pending.account_id, pending.session_id, pending.key.command_id)
        if found.receipt is not None:
            pending.key.check(found.receipt.fingerprint)
        return found

    async def _start(self, call: Call) -> None:
        with _temporal_may_be_away(), suppress(WorkflowAlreadyStartedError):  # then the same request came before
            await self._temporal.start_workflow(
                WALK_WORKFLOW,
                call,
                id=walk_workflow_id(call.session_id),
                task_queue=TASK_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=search_attributes.on_start(call.account_id),
                static_summary="L1 call",
                static_details=_ABOUT_THE_WORKFLOW,
                task_timeout=_TASK_TIMEOUT,
                # Its activities have the same: in a backlog, accounts take turns.
                priority=Priority(fairness_key=str(call.account_id)),
                start_delay=self._pacing.delay(call.account_id),
                rpc_timeout=_RPC_TIMEOUT,
            )

    async def _signal(self, pending: _PendingCommand, message: dict[str, Any]) -> bool:
        """Return whether there was a running workflow to take the signal."""
        handle = self._temporal.get_workflow_handle(walk_workflow_id(pending.session_id))
        try:
            with _temporal_may_be_away():
                await handle.signal(pending.kind, message, rpc_timeout=_RPC_TIMEOUT)
        except RPCError:
            return False
        return True

    @contextmanager
    def _one_more(self, account_id: UUID) -> Iterator[None]:
        if self._at_once[account_id] >= _MOST_AT_ONCE:
            raise TooManyRequests(f"{_MOST_AT_ONCE} requests of this account are waiting. Try again in a second.")
        self._at_once[account_id] += 1
        try:
            yield
        finally:
            self._at_once[account_id] -= 1
            if not self._at_once[account_id]:
                del self._at_once[account_id]


def _settled(look: Look) -> Settled | None:
    """Return what a settled receipt tells; raises the error of a rejected command."""
    receipt = look.receipt
    if receipt is None or receipt.status is ReceiptStatus.PENDING:
        return None
    if receipt.problem is not None:
        raise receipt.problem.as_error()
    return Settled(receipt, look.session)


def _is_building(session: Session | None) -> bool:
    return session is not None and session.status is Status.ACTIVE and session.current_node_id is None


def _closed(session: Session) -> SessionClosed:
    return SessionClosed(
        f"This call is {session.status}. Take a new call to go on.", session_status=str(session.status)
    )
