"""Whether the product is alive, and whether a call would be carried on."""

import asyncio
import shutil
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from temporalio.client import Client

from api.dependencies import Parts, parts_of
from api.problems import responses
from l1.database.shelves import Shelves, WorkerState
from l1.domain.errors import DiskFull, Unavailable
from l1.temporal.connection import polling_workers
from l1.temporal.failing_walks import MOST_NAMED, failing_walks

router = APIRouter(tags=["health"])

_log = structlog.stdlib.get_logger(__name__)

_SECONDS = 3.0
_LEAST_FREE = 64 * 1024 * 1024
"""Bytes. PostgreSQL stops when it cannot make the next segment of its log, 16 MiB; Temporal writes beside it."""
_LITTLE_FREE = 1024 * 1024 * 1024
"""Bytes. Some days of calls."""
_LAST_SEEN_SECONDS = 20.0
"""Workers report every few seconds; one that was silent for this long matches no more calls."""


class Alive(BaseModel):
    status: str = "alive"


class Ready(BaseModel):
    status: str = "ready"
    workers: int
    warnings: list[str] = Field(default_factory=list, description="What works less well than it could.")


@router.get("/healthz")
async def healthz() -> Alive:
    """The process answers."""
    return Alive()


@router.get("/readyz", responses={503: responses(503)[503]})
async def readyz(parts: Annotated[Parts, Depends(parts_of)]) -> Ready:
    """Database, Temporal, at least one worker polling, and room on the disk."""
    of_disk = room_on_disk(parts.data_dir)
    await _answers("database", parts.database.ping())
    workers = await _answers("temporal", polling_workers(parts.temporal))
    if not workers:
        raise Unavailable("No worker polls the task queue. Start one with `l1 worker`.", part="worker")
    warnings = await asyncio.gather(read_warnings(parts.shelves), warn_of_failing_walks(parts.temporal))
    return Ready(workers=len(workers), warnings=[*of_disk, *(warning for part in warnings for warning in part)])


def room_on_disk(data_dir: Path, least: int = _LEAST_FREE, little: int = _LITTLE_FREE) -> list[str]:
    """Warn when the embedded servers' data have little room, and raise DiskFull at last.

    Where the folder is not there, the servers run elsewhere. `least` and `little` in bytes.
    """
    if not data_dir.is_dir():
        return []
    free = shutil.disk_usage(data_dir).free
    if free < least:
        raise DiskFull(f"The disk with {data_dir} is full. Make room there.", part="disk")
    return [f"disk: {free // 1024**2} MiB are left where L1_DATA_DIR lies"] if free < little else []


async def read_warnings(shelves: Shelves) -> list[str]:
    """Warn of what workers lack for matching. Never raises: a call is taken without it, too."""
    try:
        return warnings_of(await asyncio.wait_for(shelves.workers(_LAST_SEEN_SECONDS), _SECONDS))
    except Exception as error:  # noqa: BLE001 - whatever the reason, the product is as ready as it was
        _log.warning("cannot read what the workers match with", error=type(error).__name__)
        return ["matching: it cannot be read what the workers match with"]


async def warn_of_failing_walks(temporal: Client) -> list[str]:
    """Name the walks that cannot go on. Never raises: the product takes calls without knowing."""
    try:
        failing = await asyncio.wait_for(failing_walks(temporal), _SECONDS)
    except Exception as error:  # noqa: BLE001 - as above
        _log.warning("cannot ask for walks whose workflow task fails", error=type(error).__name__)
        return ["temporal: it cannot be read whether workflow tasks fail"]
    if not failing:
        return []
    more = " or more" if len(failing) >= MOST_NAMED else ""
    named = ", ".join(walk.workflow_id for walk in failing)
    return [f"temporal: {len(failing)}{more} walks cannot go on, as their workflow task fails: {named}"]


def warnings_of(workers: Sequence[WorkerState]) -> list[str]:
    found = []
    if by_words := sum(worker.embedder is None for worker in workers):
        found.append(f"matching: no embedder in {by_words} of {len(workers)} workers; they match by words only")
    embedding = (worker for worker in workers if worker.embedder is not None)
    slowest = max(embedding, key=lambda worker: worker.pending, default=None)
    if slowest is not None and slowest.pending:
        found.append(
            f"matching: {slowest.pending} of {slowest.flows} flows wait for their vectors; "
            "until then they are matched by words"
        )
    return found


async def _answers(part: str, question: Awaitable[Any]) -> Any:
    try:
        return await asyncio.wait_for(question, _SECONDS)
    except DiskFull:
        raise
    except Exception as error:
        raise Unavailable(f"The {part} does not answer.", part=part, cause=type(error).__name__) from error
