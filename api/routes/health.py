"""Whether the product is alive, and whether a call would be carried on."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from api.dependencies import Parts, parts_of
from api.problems import responses
from domain.errors import Unavailable
from domain.naming import TASK_QUEUE

router = APIRouter(tags=["health"])

_SECONDS = 3.0
_POLL = timedelta(seconds=70)
"""A worker polls again at the latest after 60 s (Temporal's long poll); one that was killed stays listed longer."""


class Alive(BaseModel):
    status: str = "alive"


class Ready(BaseModel):
    status: str = "ready"
    workers: int


@router.get("/healthz")
async def healthz() -> Alive:
    """The process answers."""
    return Alive()


@router.get("/readyz", responses={503: responses(503)[503]})
async def readyz(parts: Annotated[Parts, Depends(parts_of)]) -> Ready:
    """Database, Temporal, and at least one worker polling."""
    await _answers("database", parts.database.ping())
    workers = await _answers("temporal", _polling_workers(parts.temporal))
    if not workers:
        raise Unavailable("No worker polls the task queue. Start one with `l1 worker`.", part="worker")
    return Ready(workers=workers)


async def _answers(part: str, question: Awaitable[Any]) -> Any:
    try:
        return await asyncio.wait_for(question, _SECONDS)
    except Exception as error:
        raise Unavailable(f"The {part} does not answer.", part=part, cause=type(error).__name__) from error


async def _polling_workers(temporal: Client) -> int:
    described = await temporal.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=temporal.namespace,
            task_queue=TaskQueue(name=TASK_QUEUE),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
    )
    since = datetime.now(UTC) - _POLL
    return len(
        {poller.identity for poller in described.pollers if poller.last_access_time.ToDatetime(tzinfo=UTC) > since}
    )
