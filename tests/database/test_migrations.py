"""The migrations make what the models say, from nothing and over what is there."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from database.migrate import downgrade, upgrade
from database.models import Base
from tests.stack import Stack


@pytest_asyncio.fixture
async def empty_database(stack: Stack) -> AsyncIterator[str]:
    """A database of its own, as the address of its owner."""
    name = f"test_{uuid4().hex}"
    dsn = make_url(stack.postgres.superuser_url).set(drivername="postgresql").render_as_string(hide_password=False)
    admin = await asyncpg.connect(dsn)
    await admin.execute(f"CREATE DATABASE {name} OWNER l1_owner")
    extended = await asyncpg.connect(make_url(dsn).set(database=name).render_as_string(hide_password=False))
    await extended.execute("CREATE EXTENSION pg_trgm")
    await extended.close()
    yield make_url(stack.postgres.owner_url).set(database=name).render_as_string(hide_password=False)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


def differences(connection: Connection) -> list[Any]:
    """What autogenerate would change in tables and columns; constraints are written by hand, with their reasons."""
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "include_object": lambda _o, _n, kind, *_: kind in ("table", "column")}
    )
    return [found for found in compare_metadata(context, Base.metadata) if found[0] != "remove_fk"]


async def test_the_models_are_what_the_migrations_make(empty_database: str) -> None:
    await asyncio.to_thread(upgrade, empty_database)
    engine = create_async_engine(empty_database)
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(differences) == []
    finally:
        await engine.dispose()


async def test_migrating_again_or_twice_at_once_changes_nothing(empty_database: str) -> None:
    await asyncio.gather(*(asyncio.to_thread(upgrade, empty_database) for _ in range(3)))
    await asyncio.to_thread(upgrade, empty_database)


async def test_the_way_back_leaves_nothing_and_the_way_forth_works_again(empty_database: str) -> None:
    await asyncio.to_thread(upgrade, empty_database)
    await asyncio.to_thread(downgrade, empty_database, "base")
    engine = create_async_engine(empty_database)
    try:
        async with engine.connect() as connection:
            left = await connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
            assert set(left) == {"alembic_version"}
    finally:
        await engine.dispose()
    await asyncio.to_thread(upgrade, empty_database)


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+asyncpg"])
async def test_the_usual_form_of_an_address_is_taken(empty_database: str, scheme: str) -> None:
    url = make_url(empty_database).set(drivername=scheme).render_as_string(hide_password=False)
    await asyncio.to_thread(upgrade, url)
