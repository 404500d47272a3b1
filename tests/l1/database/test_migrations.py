"""The migrations make what the models say, from nothing and over what is there."""

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from l1.cli.starter import publish_for_every_account
from l1.database.engine import Database, connect
from l1.database.migrate import downgrade, upgrade
from l1.database.models import Base
from l1.database.proposals import Proposals
from l1.database.records import Records
from l1.domain.flow_file import parse_flow
from l1.domain.session import SessionKind
from tests.accounts import KEYBOARD
from tests.l1.database.building import HELPED, Recorder, placing
from tests.l1.database.conftest import address_of
from tests.stack import Stack


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


async def test_tickets_of_an_older_version_are_found_by_their_callers_and_none_is_lost_on_the_way_back(
    empty_database: str,
) -> None:
    await asyncio.to_thread(upgrade, empty_database)
    await asyncio.to_thread(downgrade, empty_database, "0001")
    engine = create_async_engine(empty_database)
    ticket = "SELECT customer_name, customer_contact FROM tickets"
    keys = "SELECT customer_name_key, customer_contact_key FROM tickets"
    try:
        async with engine.begin() as connection:
            await connection.execute(
                text(
                    "INSERT INTO tickets (id, account_id, kind, problem_statement, customer_name, customer_contact, "
                    "status) VALUES (gen_random_uuid(), gen_random_uuid(), 'internal', 'x', 'Ada  Byron', "
                    "'+49 30 12345678', 'active')"
                )
            )
        await asyncio.to_thread(upgrade, empty_database)
        async with engine.connect() as connection:
            assert tuple((await connection.execute(text(keys))).one()) == ("ada byron", "012345678")
        await asyncio.to_thread(downgrade, empty_database, "0001")
        async with engine.connect() as connection:
            assert tuple((await connection.execute(text(ticket))).one()) == ("Ada  Byron", "+49 30 12345678")
    finally:
        await engine.dispose()


async def test_a_database_in_which_proposals_were_walked_goes_back_and_forth(stack: Stack, empty_database: str) -> None:
    await asyncio.to_thread(upgrade, empty_database)
    database = Database(connect(address_of(stack.postgres.app_url, str(make_url(empty_database).database))))
    account_id = uuid4()
    try:
        first = await Recorder.begin(database, account_id)
        await first.do(placing("n1", "Is it on?"), HELPED)
        proposals = Proposals(database)
        await proposals.learn(first.walk, None, same=lambda _one, _other: False, seen=[])
        [proposal] = await proposals.all(account_id, "open", 1)
        second = await Recorder.begin(
            database, account_id, session_kind=SessionKind.PROPOSAL, flow_proposal_id=proposal.id
        )
        await asyncio.to_thread(downgrade, empty_database, "0002")
        await asyncio.to_thread(upgrade, empty_database)
        kept = await Records(database).events(account_id, second.walk.session_id)
        assert [event.body.kind for event in kept] == ["opened"]
    finally:
        await database.close()


async def test_published_flows_get_their_words_for_searching_back_on_the_way_back(empty_database: str) -> None:
    await asyncio.to_thread(upgrade, empty_database)
    flow = parse_flow(KEYBOARD)
    await publish_for_every_account(empty_database, [flow], "test")
    await asyncio.to_thread(downgrade, empty_database, "0001")
    engine = create_async_engine(empty_database)
    try:
        async with engine.connect() as connection:
            words = (await connection.execute(text("SELECT search_title, search_body FROM flow_versions"))).one()
            assert words.search_title == " ".join((flow.title, *flow.keywords))
            texts = (node.text for node in flow.tree.nodes.values())
            assert words.search_body == " ".join((flow.description, *texts))
            guarded = "SELECT tgenabled FROM pg_trigger WHERE tgname = 'keep_published_version'"
            assert await connection.scalar(text(guarded)) == b"O"
    finally:
        await engine.dispose()
    await asyncio.to_thread(upgrade, empty_database)
    assert await publish_for_every_account(empty_database, [flow], "test") == []


async def test_an_extension_that_somebody_else_made_is_left_to_them(stack: Stack, empty_database: str) -> None:
    name = make_url(empty_database).database
    dsn = make_url(stack.postgres.superuser_url).set(drivername="postgresql", database=name)
    admin = await asyncpg.connect(dsn.render_as_string(hide_password=False))
    try:
        extended = "SELECT true FROM pg_extension WHERE extname = 'pg_trgm'"
        await asyncio.to_thread(upgrade, empty_database)
        assert await admin.fetchval(extended) is None
        await asyncio.to_thread(downgrade, empty_database, "base")
        await admin.execute("DROP EXTENSION IF EXISTS pg_trgm; CREATE EXTENSION pg_trgm")
        await asyncio.to_thread(upgrade, empty_database)
        assert await admin.fetchval(extended) is True
    finally:
        await admin.close()


async def test_the_way_back_leaves_nothing_and_the_way_forth_works_again(empty_database: str) -> None:
    await asyncio.to_thread(upgrade, empty_database)
    await asyncio.to_thread(downgrade, empty_database, "base")
    engine = create_async_engine(empty_database)
    try:
        async with engine.connect() as connection:
            left = await connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
            assert set(left) == {"alembic_version"}
            functions = await connection.scalars(
                text(
                    "SELECT proname FROM pg_proc JOIN pg_roles ON proowner = pg_roles.oid WHERE rolname = current_user"
                )
            )
            assert set(functions) == set()
    finally:
        await engine.dispose()
    await asyncio.to_thread(upgrade, empty_database)


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+asyncpg"])
async def test_the_usual_form_of_an_address_is_taken(empty_database: str, scheme: str) -> None:
    url = make_url(empty_database).set(drivername=scheme).render_as_string(hide_password=False)
    await asyncio.to_thread(upgrade, url)
