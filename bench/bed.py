"""PostgreSQL, Temporal and an API without a worker: a benchmark starts workers as it needs them."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from activities.messages import MatchRequest
from bench.bare_match import BareMatch
from bench.rest import Rest
from bench.stack import rest_client
from l1.cli.starter import publish_starter_library
from l1.database.engine import Database, connect
from l1.database.migrate import upgrade
from l1.domain.intake import Intake, Match
from l1.domain.roles import Role
from l1.local_stack.dev_secrets import DevSecrets, load_or_create_secrets
from l1.local_stack.errors import PartFailedError
from l1.local_stack.postgres import EmbeddedPostgres, PostgresPasswords
from l1.local_stack.processes import free_port
from l1.local_stack.supervisor import Program
from l1.local_stack.temporal_server import EmbeddedTemporal
from l1.local_stack.tokens import Person, issue_token
from l1.settings import Settings
from l1.temporal.connection import data_converter, polling_workers

_READY_SECONDS = 60.0


@dataclass(frozen=True)
class Served:
    """A problem that a worker's `match` activity took: when it began, when it was done, and the answer."""

    began: datetime
    done: datetime
    answer: Match

    @property
    def seconds(self) -> float:
        return (self.done - self.began).total_seconds()


@dataclass
class Bed:
    """`settings` and `env` are those of the programs."""

    data_dir: Path
    postgres: EmbeddedPostgres
    client: Client
    database: Database
    secrets: DevSecrets
    settings: Settings
    env: Mapping[str, str]
    task_queue: str = field(default_factory=lambda: f"bench-{uuid4()}")

    @asynccontextmanager
    async def worker(self, name: str, **env: str) -> AsyncIterator[Program]:
        """Run `l1 worker` for the length of the block."""
        command = [sys.executable, "-m", "l1.cli", "worker"]
        program = Program(name, command, data_dir=self.data_dir, env={**self.env, **env})
        await program.start()
        try:
            yield program
        finally:
            await program.stop()

    async def polls(self, worker: Program) -> None:
        """Wait until the worker asks for work."""
        await until(self._polls, worker)

    async def _polls(self, worker: Program) -> bool:
        if not worker.child.running:
            raise PartFailedError("A worker ended:\n" + "\n".join(worker.child.output()[-15:]))
        return any(identity.startswith(f"{worker.pid}@") for identity in await polling_workers(self.client))

    async def match(self, account: UUID, statements: Sequence[str], *, at_once: int = 1) -> list[Served]:
        """Have the workers match these, so many at a time; in the order in which they began."""
        requests = [MatchRequest(account, Intake(statement)) for statement in statements]
        walk = await self.client.start_workflow(
            BareMatch.run, args=[requests, at_once], id=f"bench-{uuid4()}", task_queue=self.task_queue
        )
        answers = await walk.result()
        return [Served(*times, answer) for times, answer in zip(await _times(walk), answers, strict=True)]

    @asynccontextmanager
    async def people(self, account: UUID) -> AsyncIterator[Rest]:
        technician, engineer = (
            issue_token(
                self.secrets.jwt_secret,
                Person(account, uuid4(), role, f"Bench {role.value}"),
                lifetime=timedelta(hours=12),
            )
            for role in (Role.L1, Role.ENGINEER)
        )
        base_url = f"http://127.0.0.1:{self.env['L1_API_PORT']}"
        async with rest_client(base_url, technician=technician, engineer=engineer) as rest:
            yield rest


async def until(look: Any, *given: Any, within: float = _READY_SECONDS) -> None:
    deadline = time.perf_counter() + within
    while not await look(*given):
        if time.perf_counter() > deadline:
            raise PartFailedError(f"What the benchmark waits for did not happen within {within:.0f} s.")
        await asyncio.sleep(0.02)


async def _times(walk: WorkflowHandle[BareMatch, list[Match]]) -> list[tuple[datetime, datetime]]:
    """When each activity began and was done, in the order of being asked for, which is that of the requests."""
    began: dict[int, datetime] = {}
    done: dict[int, datetime] = {}
    async for event in walk.fetch_history_events():
        at = event.event_time.ToDatetime(tzinfo=UTC)
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
            began[event.activity_task_started_event_attributes.scheduled_event_id] = at
        elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
            done[event.activity_task_completed_event_attributes.scheduled_event_id] = at
    return [(began[scheduled], done[scheduled]) for scheduled in sorted(done)]


@asynccontextmanager
async def bed(data_dir: Path) -> AsyncIterator[Bed]:
    """Run the servers and the API for the length of the block. The starter library is published."""
    secrets = load_or_create_secrets(data_dir)
    passwords = PostgresPasswords(secrets.superuser_password, secrets.owner_password, secrets.app_password)
    postgres = EmbeddedPostgres(data_dir, passwords)
    temporal = EmbeddedTemporal(data_dir)
    api: Program | None = None
    try:
        await asyncio.gather(postgres.start(), temporal.start())
        await asyncio.to_thread(upgrade, postgres.owner_url)
        await publish_starter_library(postgres.owner_url)
        env = {name: value for name, value in os.environ.items() if not name.startswith(("L1_", "TEMPORAL_"))} | {
            "L1_DATA_DIR": str(data_dir),
            "L1_DATABASE_URL": postgres.app_url,
            "L1_PAYLOAD_KEYS": secrets.payload_keys,
            "L1_JWT_SECRET": secrets.jwt_secret,
            "L1_API_PORT": str(free_port()),
            "L1_ACK_DEADLINE": "30",
            "TEMPORAL_ADDRESS": temporal.address,
            "TEMPORAL_CONFIG_FILE": os.devnull,
        }
        api = Program("api", [sys.executable, "-m", "l1.cli", "api"], data_dir=data_dir, env=env)
        await api.start()
        values: dict[str, Any] = {"database_url": postgres.app_url, "payload_keys": secrets.payload_keys}
        settings = Settings(data_dir=data_dir, **values)
        client = await Client.connect(temporal.address, data_converter=data_converter(settings.keys()))
        database = Database(connect(postgres.app_url))
        found = Bed(data_dir, postgres, client, database, secrets, settings, env)
        await until(_answers, env["L1_API_PORT"])
        async with Worker(client, task_queue=found.task_queue, workflows=[BareMatch]):
            yield found
        await database.close()
    finally:
        for part in (api, temporal, postgres):
            if part is not None:
                await part.stop()


async def _answers(port: str) -> bool:
    async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
        try:
            return (await http.get(f"http://127.0.0.1:{port}/healthz")).is_success
        except httpx.TransportError:
            return False
