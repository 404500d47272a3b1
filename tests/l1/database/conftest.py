"""Databases beside the stack's, for tests that the stack's own worker must not meddle with."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import asyncpg
import pytest_asyncio
from sqlalchemy import make_url

from l1.cli.starter import publish_starter_library
from l1.database.engine import Database, connect
from l1.database.migrate import upgrade
from tests.stack import Stack


@dataclass(frozen=True)
class Quiet:
    """A migrated database with the starter library, in which no worker makes vectors or unlearns what is alike."""

    database: Database


@asynccontextmanager
async def new_database(stack: Stack) -> AsyncIterator[str]:
    name = f"test_{uuid4().hex}"
    await _execute(stack, f"CREATE DATABASE {name} OWNER l1_owner")
    yield name
    await _execute(stack, f"DROP DATABASE {name} WITH (FORCE)")


async def _execute(stack: Stack, statement: str) -> None:
    """Use a connection of its own: between two of them, other tests may kill PostgreSQL."""
    dsn = make_url(stack.postgres.superuser_url).set(drivername="postgresql").render_as_string(hide_password=False)
    admin = await asyncpg.connect(dsn)
    await admin.execute(statement)
    await admin.close()


def address_of(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest_asyncio.fixture
async def empty_database(stack: Stack) -> AsyncIterator[str]:
    """A database of its own, as the address of its owner."""
    async with new_database(stack) as name:
        yield address_of(stack.postgres.owner_url, name)


@pytest_asyncio.fixture(scope="session")
async def quiet(stack: Stack) -> AsyncIterator[Quiet]:
    async with new_database(stack) as name:
        owner = address_of(stack.postgres.owner_url, name)
        await asyncio.to_thread(upgrade, owner)
        await publish_starter_library(owner)
        database = Database(connect(address_of(stack.postgres.app_url, name)))
        yield Quiet(database)
        await database.close()
