"""Telling targets of what has happened."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.beating import beating
from activities.messages import DELIVER, FIND_DELIVERIES, Deliver
from activities.ports import Deliveries, Due
from l1.domain.delivery import DeliveriesOf, DeliveryStatus, PendingDelivery
from l1.notify.faults import NotDeliveredError
from l1.notify.messages import message_of
from l1.notify.notifier import Notifier
from l1.sealing import DamagedError, KeyMissingError

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class DeliverActivities:
    """`give_up_after`: seconds from queueing on in which a delivery is tried; the first attempt is made in any case."""

    deliveries: Deliveries
    notifier: Notifier
    give_up_after: float
    public_url: str | None

    @activity.defn(name=FIND_DELIVERIES)
    async def find_deliveries(self, request: DeliveriesOf) -> list[PendingDelivery]:
        return list(await self.deliveries.pending(request.account_id, request.session_id))

    @activity.defn(name=DELIVER)
    async def deliver(self, request: Deliver) -> None:
        """Try once, and write down how it went. Fails where it is to be tried again, which Temporal does.

        A worker that dies between the two delivers again: receivers know a delivery by its id.
        """
        where = request.account_id, request.delivery_id
        try:
            due = await self.deliveries.begin(*where)
        except (KeyMissingError, DamagedError) as error:
            unreadable = f"the target {error}"
            await self.deliveries.note_fault(*where, unreadable)
            raise ApplicationError(unreadable, type="Unreadable") from error
        if due is None:
            return
        if due.recipient.is_disabled:
            await self.deliveries.settle(*where, DeliveryStatus.FAILED, "the target is disabled")
            return
        try:
            async with beating():
                fault = await self._send(request, due)
        except NotDeliveredError as error:
            await self._missed(request, due, error)
        else:
            await self.deliveries.settle(*where, DeliveryStatus.DELIVERED, fault)

    async def _send(self, request: Deliver, due: Due) -> str | None:
        to = due.recipient
        message = message_of(
            request.delivery_id,
            due.event,
            due.walk,
            include_details=to.include_details,
            public_url=self.public_url,
        )
        return await self.notifier.send(to.kind, to.addresses, to.secrets, message)

    async def _missed(self, request: Deliver, due: Due, error: NotDeliveredError) -> None:
        where = request.account_id, request.delivery_id
        if error.is_gone:
            _log.warning("a target is gone", delivery_id=str(request.delivery_id))
            await self.deliveries.disable_target_of(*where, f"{error.fault}: it wants no more deliveries")
            return
        if datetime.now(UTC) >= due.queued_at + timedelta(seconds=self.give_up_after):
            _log.warning("a delivery has failed", delivery_id=str(request.delivery_id), attempts=due.attempt)
            await self.deliveries.settle(*where, DeliveryStatus.FAILED, error.fault)
            return
        await self.deliveries.note_fault(*where, error.fault)
        wait = None if error.retry_after is None else timedelta(seconds=error.retry_after)
        # Benign: it is the receiver's business, and shown with the delivery.
        raise ApplicationError(
            error.fault, type="NotDelivered", next_retry_delay=wait, category=ApplicationErrorCategory.BENIGN
        ) from error
