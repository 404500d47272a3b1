"""What `/readyz` says when the disk is full."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from api.routes.health import room_on_disk
from l1.database.engine import with_driver
from l1.domain.errors import DiskFull
from l1.domain.roles import Role
from tests.accounts import Account
from tests.stack import Stack

# What PostgreSQL raises when it cannot make a table longer: https://www.postgresql.org/docs/18/errcodes-appendix.html
_FULL = """
CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
END $$
"""


@asynccontextmanager
async def full(stack: Stack, table: str) -> AsyncIterator[None]:
    """Let the table take no row, as on a full disk."""
    engine = create_async_engine(with_driver(stack.postgres.owner_url))
    try:
        async with engine.begin() as connection:
            await connection.execute(text(_FULL))
            await connection.execute(
                text(f"CREATE TRIGGER full_ BEFORE INSERT ON {table} EXECUTE FUNCTION disk_is_full()")
            )
        yield
    finally:
        async with engine.begin() as connection:
            await connection.execute(text("DROP FUNCTION disk_is_full CASCADE"))
        await engine.dispose()


async def test_a_database_whose_disk_is_full_is_not_ready_and_says_why(
    stack: Stack, account: Account, http: httpx.AsyncClient
) -> None:
    async with full(stack, "idempotent_responses"):
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()["code"], ready.json()["part"]) == (503, "disk_full", "database")
    assert (await http.get("/readyz")).status_code == 200
    async with full(stack, "account_settings"):
        refused = await account.request("PUT", "/categories", {"stall_after": 60, "categories": []}, role=Role.OWNER)
        assert (refused.status_code, refused.json()["code"]) == (503, "disk_full")


async def test_the_look_at_the_database_leaves_no_row(stack: Stack, http: httpx.AsyncClient) -> None:
    await http.get("/readyz")
    engine = create_async_engine(with_driver(stack.postgres.owner_url))
    async with engine.begin() as connection:
        kept = await connection.scalar(
            text("SELECT count(*) FROM idempotent_responses WHERE account_id = '00000000-0000-0000-0000-000000000000'")
        )
    await engine.dispose()
    assert kept == 0


def test_the_disk_of_the_embedded_servers_is_looked_at_where_it_is_local(tmp_path: Path) -> None:
    everything = 1 << 60
    assert room_on_disk(tmp_path, least=0, little=0) == []
    [warning] = room_on_disk(tmp_path, least=0, little=everything)
    assert warning.startswith("disk: ")
    with pytest.raises(DiskFull):
        room_on_disk(tmp_path, least=everything)
    assert room_on_disk(tmp_path / "elsewhere", least=everything) == []
