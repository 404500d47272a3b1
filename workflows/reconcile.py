"""L1Reconcile: run by a Schedule, ends the calls whose workflow is gone, or cannot end them itself.

It sets deliveries going, too, that nobody tries.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities import messages
    from l1.domain.naming import RECONCILE_WORKFLOW


@workflow.defn(name=RECONCILE_WORKFLOW)
class L1Reconcile:
    @workflow.run
    async def run(self, request: messages.Reconcile) -> int:
        """Return how many calls were closed. What fails today is found again by the next run."""
        await self._start_overdue_deliveries(request)
        return await self._close_lost_calls(request) + await self._escalate_stuck_walks(request)

    async def _start_overdue_deliveries(self, request: messages.Reconcile) -> None:
        await workflow.execute_activity(
            messages.START_OVERDUE_DELIVERIES,
            request.deliveries,
            start_to_close_timeout=timedelta(minutes=5),
            heartbeat_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(maximum_attempts=3),
            summary="find deliveries that nobody tries",
        )

    async def _close_lost_calls(self, request: messages.Reconcile) -> int:
        lost: list[messages.LostCall] = await workflow.execute_activity(
            messages.FIND_LOST_CALLS,
            request.lost,
            result_type=list[messages.LostCall],
            start_to_close_timeout=timedelta(minutes=10),
            heartbeat_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(maximum_attempts=3),
            summary="find calls without a workflow",
        )
        for call in lost:
            await workflow.execute_activity(
                messages.CLOSE_LOST_CALL,
                call,
                start_to_close_timeout=timedelta(seconds=30),
                retry_policy=RetryPolicy(maximum_attempts=5),
                summary="escalate a lost call",
            )
        return len(lost)

    async def _escalate_stuck_walks(self, request: messages.Reconcile) -> int:
        stuck: list[messages.StuckWalk] = await workflow.execute_activity(
            messages.FIND_STUCK_WALKS,
            request.stuck,
            result_type=list[messages.StuckWalk],
            start_to_close_timeout=timedelta(minutes=10),
            heartbeat_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(maximum_attempts=3),
            summary="find walks past their stall limit",
        )
        if not stuck:
            return 0
        await workflow.sleep(request.second_look_after, summary="time for walks to end by themselves")
        escalated = 0
        for walk in stuck:
            escalated += await workflow.execute_activity(
                messages.ESCALATE_STUCK_WALK,
                walk,
                result_type=bool,
                start_to_close_timeout=timedelta(seconds=30),
                retry_policy=RetryPolicy(maximum_attempts=5),
                summary="escalate a stuck walk",
            )
        return escalated
