"""Temporal and PostgreSQL alone, on the servers of a stack: the floor under every acknowledged step."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from bench.bare_walk import COMMIT, BareWalk
from bench.stack import OwnStack
from l1.domain.naming import walk_workflow_id

Act = Callable[[], Awaitable[object]]
"""Something to be done and timed."""


class Engines:
    """Bare walks on the stack's own servers, committing to a table of the benchmark's own."""

    def __init__(self, client: Client, pool: Any) -> None:
        self.task_queue = f"bench-{uuid4()}"
        self._client = client
        self._pool = pool
        self._waiting: dict[str, asyncio.Event] = {}

    @activity.defn(name=COMMIT)
    async def commit(self, steps: list[str]) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.executemany("INSERT INTO bench_steps (id) VALUES ($1)", [(step,) for step in steps])
        for step in steps:
            self._waiting[step].set()

    async def bare_walks(self, count: int) -> list[WorkflowHandle[BareWalk, None]]:
        return [
            await self._client.start_workflow(BareWalk.run, id=f"bench-{uuid4()}", task_queue=self.task_queue)
            for _ in range(count)
        ]

    def step_of(self, walk: WorkflowHandle[BareWalk, None]) -> Act:
        async def step() -> None:
            step_id = str(uuid4())
            event = self._waiting[step_id] = asyncio.Event()
            await walk.signal(BareWalk.step, step_id)
            await event.wait()
            del self._waiting[step_id]

        return step

    async def finish(self, walks: Sequence[WorkflowHandle[BareWalk, None]]) -> None:
        for walk in walks:
            await walk.signal(BareWalk.finish)
            await walk.result()

    async def history_lengths(self, sessions: Sequence[str]) -> list[int]:
        handles = (self._client.get_workflow_handle(walk_workflow_id(UUID(session))) for session in sessions)
        return [(await handle.describe()).history_length for handle in handles]


@asynccontextmanager
async def bare_engines(stack: OwnStack) -> AsyncIterator[Engines]:
    client = await Client.connect(stack.temporal_address)
    async with asyncpg.create_pool(stack.owner_url, min_size=1, max_size=10) as pool:
        await pool.execute("CREATE TABLE IF NOT EXISTS bench_steps (id text PRIMARY KEY, at timestamptz DEFAULT now())")
        engines = Engines(client, pool)
        async with Worker(client, task_queue=engines.task_queue, workflows=[BareWalk], activities=[engines.commit]):
            yield engines
