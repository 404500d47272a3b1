"""L1Reconcile: run by a Schedule, closes the calls whose workflow was terminated or is gone."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities import messages
    from l1.domain.naming import RECONCILE_WORKFLOW


@workflow.defn(name=RECONCILE_WORKFLOW)
class L1Reconcile:
    @workflow.run
    async def run(self, request: messages.FindLostCalls) -> int:
        """Return how many calls were closed. What fails today is found again by the next run."""
        lost: list[messages.LostCall] = await workflow.execute_activity(
            messages.FIND_LOST_CALLS,
            request,
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
