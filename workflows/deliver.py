"""L1Deliver: tells targets of what has happened in one walk, until everything is delivered or has failed."""

import asyncio
from collections import deque
from datetime import timedelta
from uuid import UUID

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities import messages
    from l1.domain.delivery import DeliveriesOf, PendingDelivery
    from l1.domain.naming import DELIVER_WORKFLOW, DELIVERIES_ADDED

_AS_LONG_AS_IT_TAKES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
_UNTIL_IT_FAILS = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=messages.LONGEST_RETRY_WAIT),
)
"""After how many hours a delivery has failed is decided by the attempt that fails then."""
_ATTEMPT = timedelta(seconds=15)
"""A receiver has ten of them; the database needs some, too."""
_WITHOUT_A_SIGN = timedelta(seconds=5)
"""A killed worker holds its deliveries up for as long."""


@workflow.defn(name=DELIVER_WORKFLOW)
class L1Deliver:
    """One lane a target: in each, deliveries go out one after the other, in the order of the walk's events.

    Which deliveries there are stands in the database; the signal says only that there are more.
    """

    @workflow.init
    def __init__(self, request: DeliveriesOf) -> None:
        self._request = request
        self._is_to_look = True
        self._waiting: dict[UUID, deque[PendingDelivery]] = {}
        self._lanes: dict[UUID, asyncio.Task[None]] = {}

    @workflow.run
    async def run(self, _request: DeliveriesOf) -> None:
        while True:
            if self._is_to_look:
                await self._look()
            self._end_lanes()
            if not (self._is_to_look or self._lanes):
                return
            await workflow.wait_condition(lambda: self._is_to_look or any(lane.done() for lane in self._lanes.values()))

    @workflow.signal(name=DELIVERIES_ADDED)
    def deliveries_added(self) -> None:
        self._is_to_look = True

    async def _look(self) -> None:
        """Put what is pending into its lane, unless it stands there. Delivered meanwhile, it is not delivered again."""
        self._is_to_look = False
        found: list[PendingDelivery] = await workflow.execute_activity(
            messages.FIND_DELIVERIES,
            self._request,
            result_type=list[PendingDelivery],
            start_to_close_timeout=_ATTEMPT,
            retry_policy=_AS_LONG_AS_IT_TAKES,
            summary="find what is to be delivered",
        )
        self._end_lanes()
        for delivery in found:
            lane = self._waiting.setdefault(delivery.target_id, deque())
            if delivery not in lane:
                lane.append(delivery)
            if delivery.target_id not in self._lanes:
                self._lanes[delivery.target_id] = asyncio.create_task(self._deliver_in_order(lane))

    def _end_lanes(self) -> None:
        """Forget the lanes in which nothing is left, so that what comes next begins a new one."""
        for target_id, lane in list(self._lanes.items()):
            if lane.done():
                lane.result()
                del self._lanes[target_id]

    async def _deliver_in_order(self, lane: deque[PendingDelivery]) -> None:
        while lane:
            await self._deliver(lane[0])
            lane.popleft()

    async def _deliver(self, delivery: PendingDelivery) -> None:
        await workflow.execute_activity(
            messages.DELIVER,
            messages.Deliver(self._request.account_id, delivery.id),
            start_to_close_timeout=_ATTEMPT,
            heartbeat_timeout=_WITHOUT_A_SIGN,
            retry_policy=_UNTIL_IT_FAILS,
            # A target that hangs takes turns with the others for the workers' hands.
            priority=Priority(fairness_key=str(delivery.target_id)),
            summary=f"tell of {delivery.kind}",
        )
