"""Connections to PostgreSQL, and the transaction that every query runs in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import event, make_url, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from l1.domain.errors import DiskFull, Unavailable

APP_ROLE = "l1_app"
"""Owns nothing and cannot bypass row-level security; every connection of the application works as this role."""


_SET_ACCOUNT = text("SELECT set_config('l1.account_id', :account, true)")


def with_driver(url: str) -> str:
    """Accept the usual `postgresql://` and name the driver that is installed."""
    return make_url(url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def connect(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """Return an engine whose connections work as `l1_app`, whichever role the URL logs in as."""
    engine = create_async_engine(
        with_driver(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=5,
        hide_parameters=True,  # parameters are customers' names and problems; errors and logs show none
        connect_args={"timeout": 5, "command_timeout": 15, "server_settings": {"role": APP_ROLE}},
    )
    event.listen(engine.sync_engine, "checkout", _replace_if_closed)
    return engine


def _replace_if_closed(connection: Any, _record: object, _proxy: object) -> None:
    """Let the pool replace a connection that PostgreSQL has dropped.

    asyncpg hears of it at once, so asking it costs nothing; pool_pre_ping would cost three round trips each time.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def is_outage(error: BaseException) -> bool:
    """Tell whether PostgreSQL cannot be reached, is starting or stopping, or is out of connections.

    SQLSTATE classes 08, 53 and 57: https://www.postgresql.org/docs/18/errcodes-appendix.html
    """
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and is_outage(error.orig))
    if isinstance(error, OSError | TimeoutError | PoolTimeoutError | asyncpg.InterfaceError):
        return True
    state = str(getattr(error, "sqlstate", None) or "")
    if state:
        return state[:2] in ("08", "53", "57")
    return error.__cause__ is not None and is_outage(error.__cause__)


def sqlstate(error: BaseException | None) -> str | None:
    """Return PostgreSQL's code of the error, or of what it wraps."""
    while error is not None:
        if state := getattr(error, "sqlstate", None):
            return str(state)
        error = error.__cause__ or getattr(error, "orig", None)
    return None


_DISK_FULL = "53100"
_NOBODY = UUID(int=0)
"""An account that nobody has."""
_PROBE = text(
    "INSERT INTO idempotent_responses (key_id, account_id, fingerprint, body) "
    "VALUES (gen_random_uuid(), :nobody, '', '{}')"
)

_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


async def hold(connection: AsyncConnection, key: str) -> None:
    """Wait until no other transaction holds the key, and hold it until this one ends."""
    await connection.execute(_HOLD, {"key": key})


class Database:
    """Hands out transactions, each bound to one account by PostgreSQL's row-level security.

    Every transaction raises l1.domain.errors.Unavailable while PostgreSQL is away.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def account(self, account_id: UUID) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that sees this account's rows and the shared flows; commits when left without error."""
        async with self.no_account() as connection:
            await connection.execute(_SET_ACCOUNT, {"account": str(account_id)})
            yield connection

    @asynccontextmanager
    async def no_account(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that sees no account's rows."""
        try:
            async with self._engine.begin() as connection:
                yield connection
        except Exception as error:
            if sqlstate(error) == _DISK_FULL:
                raise DiskFull(
                    "The database's disk is full. Make room there; then try again.", part="database"
                ) from error
            if is_outage(error):
                raise Unavailable(
                    "The database cannot be reached. Try again; with the same Idempotency-Key nothing is lost."
                ) from error
            raise

    async def ping(self) -> None:
        """Raise unless PostgreSQL answers, the schema is there, and it takes a row; the row is not kept.

        A full disk hinders no read. DiskFull tells of it.
        """
        async with self.account(_NOBODY) as connection:
            probe = await connection.begin_nested()
            await connection.execute(_PROBE, {"nobody": _NOBODY})
            await probe.rollback()

    async def close(self) -> None:
        await self._engine.dispose()
