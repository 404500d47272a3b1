"""The real servers that the tests of one run share: PostgreSQL, Temporal, a worker and the API as processes."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from l1.cli.starter import publish_starter_library
from l1.database.engine import Database, connect
from l1.database.migrate import upgrade
from l1.domain.roles import Role
from l1.local_stack.dev_secrets import DevSecrets, load_or_create_secrets
from l1.local_stack.postgres import EmbeddedPostgres, PostgresPasswords
from l1.local_stack.processes import free_port, log_file_of
from l1.local_stack.supervisor import Program, Supervisor
from l1.local_stack.temporal_server import EmbeddedTemporal
from l1.local_stack.tokens import Person, issue_token
from l1.settings import Settings
from l1.temporal.connection import data_converter, ensure_search_attributes
from l1.temporal.task_time import SLOW_TASK
from tests.waiting import eventually

EVENTS_BEFORE_CONTINUE_AS_NEW = 600
"""Temporal's own limit is 4,096; a lower one lets a test reach it."""


@dataclass
class Stack:
    postgres: EmbeddedPostgres
    temporal: EmbeddedTemporal
    worker: Program
    api: Program
    settings: Settings
    secrets: DevSecrets
    client: Client
    database: Database
    base_url: str
    env: dict[str, str]
    """The environment of the stack's programs."""

    def token(self, role: Role, account: UUID, *, covers_l1: bool = False, user: UUID | None = None) -> str:
        person = Person(account, user or uuid4(), role, f"Test {role.value}", covers_l1)
        return issue_token(self.secrets.jwt_secret, person, lifetime=timedelta(hours=1))

    async def is_ready(self) -> bool:
        async with httpx.AsyncClient(base_url=self.base_url, trust_env=False, timeout=5) as client:
            try:
                return (await client.get("/readyz")).status_code == httpx.codes.OK
            except httpx.TransportError:
                return False


@asynccontextmanager
async def running_stack(data_dir: Path) -> AsyncIterator[Stack]:
    secrets = load_or_create_secrets(data_dir)
    passwords = PostgresPasswords(secrets.superuser_password, secrets.owner_password, secrets.app_password)
    postgres = EmbeddedPostgres(data_dir, passwords)
    temporal = EmbeddedTemporal(
        data_dir,
        port=free_port(),
        ui_port=free_port(),
        codec_endpoint=None,
        dynamic_config={"limit.historyCount.suggestContinueAsNew": str(EVENTS_BEFORE_CONTINUE_AS_NEW)},
    )
    supervisor = Supervisor(say=lambda _line: None, on_change=lambda: None)
    await supervisor.start(postgres, temporal)
    try:
        await asyncio.to_thread(upgrade, postgres.owner_url)
        await publish_starter_library(postgres.owner_url)
        env = _without_settings(dict(os.environ)) | {
            "L1_DATABASE_URL": postgres.app_url,
            "L1_PAYLOAD_KEYS": secrets.payload_keys,
            "L1_JWT_SECRET": secrets.jwt_secret,
            "TEMPORAL_ADDRESS": temporal.address,
            "L1_NOTIFY_PRIVATE_ADDRESSES": "true",  # the tests' receivers stand on this machine
            "L1_PUBLIC_URL": "https://l1.example.com",
        }
        async with _programs(data_dir, env) as (worker, api, env):
            settings = _settings(env)
            client = await Client.connect(temporal.address, data_converter=data_converter(settings.keys()))
            database = Database(connect(postgres.app_url))
            stack = Stack(
                postgres,
                temporal,
                worker,
                api,
                settings,
                secrets,
                client,
                database,
                f"http://127.0.0.1:{env['L1_API_PORT']}",
                env,
            )
            await eventually(stack.is_ready, within=60)
            yield stack
            await database.close()
    finally:
        await supervisor.stop()


@asynccontextmanager
async def stack_beside(stack: Stack, data_dir: Path, namespace: str, **settings: str) -> AsyncIterator[Stack]:
    """A worker and an API with settings of their own, on the same servers and in a Temporal namespace of their own."""
    await stack.client.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace=namespace, workflow_execution_retention_period=Duration(seconds=86_400))
    )
    converter = data_converter(stack.settings.keys())

    async def is_there() -> bool:
        try:
            found = await Client.connect(stack.temporal.address, namespace=namespace, data_converter=converter)
            return await ensure_search_attributes(found)
        except RPCError:  # the server takes a moment to know a new namespace everywhere
            return False

    await eventually(is_there, within=60)
    client = await Client.connect(stack.temporal.address, namespace=namespace, data_converter=converter)
    async with _programs(data_dir, stack.env | {"TEMPORAL_NAMESPACE": namespace} | settings) as (worker, api, env):
        beside = replace(
            stack,
            worker=worker,
            api=api,
            settings=_settings(env),
            client=client,
            base_url=f"http://127.0.0.1:{env['L1_API_PORT']}",
            env=env,
        )
        await eventually(beside.is_ready, within=60)
        yield beside


@asynccontextmanager
async def api_beside(stack: Stack, data_dir: Path, **settings: str) -> AsyncIterator[httpx.AsyncClient]:
    """Run one more API with settings of its own, beside the stack's; gives a client of it."""
    port = free_port()
    env = stack.env | {"L1_DATA_DIR": str(data_dir), "L1_API_PORT": str(port)} | settings
    api = Program("api", [sys.executable, "-m", "l1.cli", "api"], data_dir=data_dir, env=env)
    supervisor = Supervisor(say=lambda _line: None, on_change=lambda: None)
    await supervisor.start(api)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:

            async def is_alive() -> bool:
                try:
                    return (await client.get("/healthz")).is_success
                except httpx.TransportError:
                    return False

            await eventually(is_alive, within=60)
            yield client
    finally:
        await supervisor.stop()


@asynccontextmanager
async def _programs(data_dir: Path, env: dict[str, str]) -> AsyncIterator[tuple[Program, Program, dict[str, str]]]:
    """Run worker and API, started again when they die; with them comes the whole of their environment."""
    env = env | {"L1_DATA_DIR": str(data_dir), "L1_API_PORT": str(free_port())}
    worker, api = (
        Program(name, [sys.executable, "-m", "l1.cli", name], data_dir=data_dir, env=env) for name in ("worker", "api")
    )
    supervisor = Supervisor(say=lambda _line: None, on_change=lambda: None)
    await supervisor.start(worker, api)
    watching = asyncio.create_task(supervisor.watch())
    try:
        yield worker, api, env
    finally:
        watching.cancel()
        await supervisor.stop()
    slow = [line for line in log_file_of(data_dir, "worker").read_text().splitlines() if SLOW_TASK in line]
    assert not slow, slow


def _settings(env: dict[str, str]) -> Settings:
    """The settings of the stack's programs, for what the tests themselves connect to."""
    names = ("database_url", "payload_keys", "jwt_secret", "data_dir")
    values: dict[str, Any] = {name: env[f"L1_{name.upper()}"] for name in names}
    return Settings(**values)


def _without_settings(env: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if not name.startswith(("L1_", "TEMPORAL_"))}
