"""Accounts are kept apart by PostgreSQL itself, behind the queries that keep them apart already."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from l1.database.engine import APP_ROLE, Database, connect
from l1.database.flows import Flows
from l1.database.shelves import Shelves
from l1.domain.flow_file import parse_flow
from tests.accounts import KEYBOARD, Account
from tests.stack import Stack

TABLES = (
    "tickets",
    "walks",
    "walk_events",
    "receipts",
    "categories",
    "account_settings",
    "idempotent_responses",
    "exemplars",
    "model_calls",
    "flow_proposals",
    "proposal_calls",
    "targets",
    "deliveries",
    "presence",
)


async def count(database: Database, account_id: UUID, table: str) -> int:
    async with database.account(account_id) as connection:
        return int(await connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608 - names above


async def test_a_query_that_forgets_its_account_sees_only_the_account_of_its_transaction(
    stack: Stack, account: Account
) -> None:
    session = await account.take_call()
    await account.step(session, "Again", Idempotency_Key="k")
    await account.set_stall_limit(1000)
    await account.post(f"/sessions/{session['id']}/resolve", {"helpful": True})
    for table in (
        "tickets",
        "walks",
        "walk_events",
        "receipts",
        "account_settings",
        "idempotent_responses",
        "exemplars",
    ):
        if table != "idempotent_responses":
            assert await count(stack.database, account.id, table) > 0
        assert await count(stack.database, uuid4(), table) == 0


async def test_without_an_account_nothing_is_seen_but_shared_flows(stack: Stack, account: Account) -> None:
    session = await account.take_call()
    await account.post(f"/sessions/{session['id']}/resolve", {"helpful": True})
    await Shelves(stack.database).store_vectors(account.id, UUID(session["flow_id"]), 1, "test", b"x")
    async with stack.database.no_account() as connection:
        for table in TABLES:
            assert await connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0  # noqa: S608 - names above
        for table in ("flows", "flow_versions", "flow_vectors"):
            owned = await connection.scalar(text(f"SELECT count(*) FROM {table} WHERE account_id IS NOT NULL"))  # noqa: S608 - names above
            assert owned == 0
        shared = await connection.scalar(text("SELECT count(*) FROM flows"))
    assert shared


async def test_a_row_cannot_be_written_for_another_account(stack: Stack) -> None:
    with pytest.raises(DBAPIError, match="row-level security"):
        async with stack.database.account(uuid4()) as connection:
            await connection.execute(
                text("INSERT INTO account_settings (account_id, stall_after) VALUES (:other, 5)"), {"other": uuid4()}
            )


async def test_an_exemplar_cannot_be_written_for_another_account(stack: Stack, account: Account) -> None:
    flow_id = await account.publish()
    statement = text(
        "INSERT INTO exemplars (id, account_id, flow_id, session_id, statement, confirms) "
        "VALUES (gen_random_uuid(), :other, :flow_id, gen_random_uuid(), 'Odd keys', true)"
    )
    with pytest.raises(DBAPIError, match="row-level security"):
        async with stack.database.account(account.id) as connection:
            await connection.execute(statement, {"other": uuid4(), "flow_id": flow_id})


async def test_the_application_s_role_owns_nothing_and_cannot_bypass_the_policies(stack: Stack) -> None:
    async with stack.database.no_account() as connection:
        role = (
            await connection.execute(
                text("SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user")
            )
        ).one()
        owned = await connection.scalar(
            text("SELECT count(*) FROM pg_class JOIN pg_roles ON relowner = pg_roles.oid WHERE rolname = current_user")
        )
        unprotected = await connection.scalars(
            text(
                "SELECT relname FROM pg_class JOIN pg_namespace ON relnamespace = pg_namespace.oid "
                "WHERE nspname = 'public' AND relkind = 'r' AND NOT relrowsecurity"
            )
        )
        assert set(unprotected) == {"alembic_version", "matching_workers"}, "what is in these is no account's"
    assert tuple(role) == (False, False, False)
    assert owned == 0


async def test_a_login_of_more_rights_works_as_the_application_s_role_all_the_same(stack: Stack) -> None:
    database = Database(connect(stack.postgres.superuser_url))
    try:
        async with database.no_account() as connection:
            assert await connection.scalar(text("SELECT current_user")) == APP_ROLE
            assert await connection.scalar(text("SELECT count(*) FROM walks")) == 0
    finally:
        await database.close()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE walk_events SET kind = 'x'", "DELETE FROM walk_events", "DELETE FROM walks", "DELETE FROM receipts"],
)
async def test_the_history_of_a_call_only_grows(stack: Stack, account: Account, statement: str) -> None:
    await account.take_call()
    with pytest.raises(DBAPIError, match="permission denied"):
        async with stack.database.account(account.id) as connection:
            await connection.execute(text(statement))


async def test_a_published_version_never_changes(stack: Stack) -> None:
    account_id = uuid4()
    flows = Flows(stack.database)
    saved = await flows.save_draft(account_id, parse_flow(KEYBOARD), "test", uuid4())
    await flows.publish(account_id, saved.id, "test")
    for statement in ("UPDATE flow_versions SET title = 'x'", "DELETE FROM flow_versions"):
        with pytest.raises(DBAPIError, match="never changes"):
            async with stack.database.account(account_id) as connection:
                await connection.execute(text(f"{statement} WHERE flow_id = :id"), {"id": saved.id})
