"""Bring a database to the newest schema."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from l1.database.engine import with_driver

_TAKE_IN = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM walk_events WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())) THEN
        ALTER TABLE walk_events DISABLE TRIGGER keep_walk_events;
        UPDATE walk_events SET xid = '0' WHERE xid >= pg_snapshot_xmax(pg_current_snapshot());
        ALTER TABLE walk_events ENABLE TRIGGER keep_walk_events;
    END IF;
END $$
"""
"""Puts events of transactions that this cluster has not had yet, restored from another one, before all of its own."""
_LOCK = 0x4C31  # any number, the same in every process that migrates


def upgrade(url: str) -> None:
    """Apply the migrations that are missing, as the role in `url`, which will own the tables.

    Safe to run at the same time from several machines: the others wait. Must not be called in a running event loop.
    """
    asyncio.run(_upgrade(url))


async def _upgrade(url: str) -> None:
    def with_connection(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    engine = create_async_engine(with_driver(url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            await connection.commit()
            await connection.run_sync(with_connection)
            await connection.commit()
            await connection.execute(text(_TAKE_IN))
            await connection.commit()
    finally:
        await engine.dispose()
