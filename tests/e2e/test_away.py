"""What clients see while a part is away."""

import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio

from l1.domain.roles import Role
from l1.local_stack.processes import free_port
from l1.local_stack.supervisor import Program
from tests.accounts import OUTLOOK, Account
from tests.stack import Stack
from tests.waiting import eventually


@pytest_asyncio.fixture
async def api_without_temporal(stack: Stack, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A second API on the stack's database, told to look for Temporal where none is."""
    port = free_port()
    env = stack.env | {"L1_API_PORT": str(port), "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}"}
    api = Program("api", [sys.executable, "-m", "l1.cli", "api"], data_dir=tmp_path, env=env)
    await api.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:

        async def alive() -> bool:
            try:
                return (await client.get("/healthz")).status_code == httpx.codes.OK
            except httpx.TransportError:
                return False

        await eventually(alive)
        yield client
    await api.stop()


async def test_lists_and_sessions_are_read_while_temporal_is_away(
    account: Account, api_without_temporal: httpx.AsyncClient
) -> None:
    session = await account.take_call()
    away = Account(account.stack, api_without_temporal, account.id, account.users)
    assert await away.get(f"/sessions/{session['id']}") == session
    assert [row["session_id"] for row in await away.get("/queue")] == [session["id"]]
    assert await away.get("/flows", role=Role.ENGINEER)


async def test_a_command_gets_a_clear_refusal_while_temporal_is_away(
    account: Account, api_without_temporal: httpx.AsyncClient
) -> None:
    session = await account.take_call()
    away = Account(account.stack, api_without_temporal, account.id, account.users)
    for sent in (
        away.request("POST", "/intake", {"problem_statement": OUTLOOK}),
        away.step(session, "Again", Idempotency_Key="k"),
    ):
        began = time.monotonic()
        refused = await sent
        assert refused.status_code == 503
        assert refused.json()["code"] == "unavailable"
        assert refused.headers["Retry-After"]
        assert time.monotonic() - began < 15
    again = await account.step(session, "Again", Idempotency_Key="k")
    assert again.status_code == 200
    ready = await api_without_temporal.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["part"] == "temporal"
