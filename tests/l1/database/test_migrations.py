"""The migration makes what the models say, from nothing and over what is there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from l1.database.engine import Database, connect
from l1.database.migrate import upgrade
from l1.database.models import Base
from tests.l1.database.building import Recorder
from tests.l1.database.conftest import address_of, new_database
from tests.stack import Stack

Schema = dict[str, str]

# PostgreSQL writes out what it has understood, so that two ways of saying the same come out alike.
_COLUMNS = """
    SELECT attrelid::regclass || '.' || attname, concat_ws(' ', format_type(atttypid, atttypmod),
        CASE WHEN attnotnull THEN 'NOT NULL' END, attgenerated, pg_get_expr(adbin, adrelid))
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
"""
# What is NOT NULL stands with the columns; its constraints ('n') appeared in PostgreSQL 18.
_CONSTRAINTS = """
    SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
"""
_INDEXES = "SELECT tablename || '.' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
# Those that columns and indexes may call, in the order in which they were made.
_FUNCTIONS = """
    SELECT pg_get_functiondef(oid) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND provolatile = 'i' AND proowner = current_user::regrole ORDER BY oid
"""


async def schema_of(connection: AsyncConnection) -> Schema:
    """Return every column, constraint and index by its name, as PostgreSQL spells it."""
    found: Schema = {}
    for query in (_COLUMNS, _CONSTRAINTS, _INDEXES):
        found |= {row[0]: row[1] for row in await connection.execute(text(query))}
    return {name: definition for name, definition in found.items() if not name.startswith("alembic_version.")}


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


async def test_the_models_say_what_the_migration_makes(stack: Stack, empty_database: str) -> None:
    await asyncio.to_thread(upgrade, empty_database)
    async with connected(empty_database) as connection:
        migrated = await schema_of(connection)
        functions = (await connection.scalars(text(_FUNCTIONS))).all()
    async with new_database(stack) as name, connected(address_of(stack.postgres.owner_url, name)) as connection:
        for function in functions:
            await connection.exec_driver_sql(function)
        await connection.run_sync(Base.metadata.create_all)
        declared = await schema_of(connection)
    assert declared == migrated
    assert {"walks.ck_walks_status", "walks.ix_walks_open", "walks.ticket_id"} <= declared.keys()


async def test_migrating_again_or_twice_at_once_changes_nothing(empty_database: str) -> None:
    await asyncio.gather(*(asyncio.to_thread(upgrade, empty_database) for _ in range(3)))
    await asyncio.to_thread(upgrade, empty_database)


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+asyncpg"])
async def test_the_usual_form_of_an_address_is_taken(empty_database: str, scheme: str) -> None:
    url = make_url(empty_database).set(drivername=scheme).render_as_string(hide_password=False)
    await asyncio.to_thread(upgrade, url)


async def test_events_of_another_cluster_are_put_before_all_of_this_one_s(stack: Stack) -> None:
    """A dump brings transaction ids that may be this cluster's future: streams would be sent the events much later."""
    add = text(
        "INSERT INTO walk_events "
        "(session_id, position, account_id, command_id, revision, kind, at, actor_id, body, xid) VALUES "
        "(:session, 2, :account, gen_random_uuid(), 2, 'noted', now(), 'test', '{}', '9000000000000')"
    )
    read = text("SELECT xid FROM walk_events WHERE session_id = :session ORDER BY position")
    async with new_database(stack) as name:
        owner = address_of(stack.postgres.owner_url, name)
        await asyncio.to_thread(upgrade, owner)
        database = Database(connect(address_of(stack.postgres.app_url, name)))
        walk = (await Recorder.begin(database, uuid4())).walk
        which = {"session": walk.session_id, "account": walk.account_id}
        async with database.account(walk.account_id) as connection:
            await connection.execute(add, which)
            [own, _foreign] = await connection.scalars(read, which)
        await asyncio.to_thread(upgrade, owner)
        async with database.account(walk.account_id) as connection:
            assert (await connection.scalars(read, which)).all() == [own, 0]
        async with connected(owner) as connection:
            with pytest.raises(DBAPIError, match="only ever grows"):
                await connection.execute(text("UPDATE walk_events SET xid = '0'"))
        await database.close()
