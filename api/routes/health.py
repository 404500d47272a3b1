"""Whether the product is alive, and whether a call would be carried on."""

import asyncio
from collections.abc import Awaitable
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from api.dependencies import Parts, parts_of
from api.problems import responses
from domain.errors import Unavailable
from runtime.temporal import polling_workers

router = APIRouter(tags=["health"])

_SECONDS = 3.0


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
    workers = await _answers("temporal", polling_workers(parts.temporal))
    if not workers:
        raise Unavailable("No worker polls the task queue. Start one with `l1 worker`.", part="worker")
    return Ready(workers=len(workers))


async def _answers(part: str, question: Awaitable[Any]) -> Any:
    try:
        return await asyncio.wait_for(question, _SECONDS)
    except Exception as error:
        raise Unavailable(f"The {part} does not answer.", part=part, cause=type(error).__name__) from error
