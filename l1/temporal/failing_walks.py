"""Finds the walks that cannot go on because their workflow task fails, as one does with a payload of an unknown key.

Temporal tries such a task for ever and reports nothing by itself. It sets the search attribute
`TemporalReportedProblems` after some failures in a row (see the dynamic configuration in l1.local_stack.temporal_server
and docker/temporal), so that one query finds these walks among all open ones.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest
from temporalio.client import Client
from temporalio.client import WorkflowExecution as Listed

from l1.domain.naming import WALK_WORKFLOW

NOTICED_AFTER = timedelta(minutes=1)
"""A task that failed for less may have met a worker's restart."""

MOST_NAMED = 20
"""Each costs one request for the end of its history."""

_QUERY = (
    f'WorkflowType = "{WALK_WORKFLOW}" AND ExecutionStatus = "Running" AND TemporalReportedProblems IN '
    '("category=WorkflowTaskFailed", "category=WorkflowTaskTimedOut")'
)
_FAILURES = (EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED, EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT)
_EVENTS_READ = 100
"""Between the first failure and now there are only signals, timers and results that came meanwhile."""


@dataclass(frozen=True)
class FailingWalk:
    """`since`: when its workflow task failed first, after the last one that succeeded."""

    workflow_id: str
    since: datetime


async def failing_walks(client: Client) -> list[FailingWalk]:
    """Return walks whose workflow task has failed for NOTICED_AFTER, MOST_NAMED at the most.

    Costs one request while there are none. Raises RPCError where the server does not answer, or is older than 1.30 and
    does not know the search attribute.
    """
    latest = datetime.now(UTC) - NOTICED_AFTER
    found = []
    async for listed in client.list_workflows(_QUERY, limit=MOST_NAMED):
        since = await _failing_since(client, listed)
        if since is not None and since <= latest:
            found.append(FailingWalk(listed.id, since))
    return found


async def _failing_since(client: Client, walk: Listed) -> datetime | None:
    """Read the history backwards to the last task that succeeded; None if the walk has recovered meanwhile."""
    request = GetWorkflowExecutionHistoryReverseRequest(
        namespace=client.namespace,
        execution=WorkflowExecution(workflow_id=walk.id, run_id=walk.run_id),
        maximum_page_size=_EVENTS_READ,
    )
    response = await client.workflow_service.get_workflow_execution_history_reverse(
        request, timeout=timedelta(seconds=2)
    )
    since = None
    for event in response.history.events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            break
        if event.event_type in _FAILURES:
            since = event.event_time.ToDatetime(tzinfo=UTC)
    return since
