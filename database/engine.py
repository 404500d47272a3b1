"""Connections to PostgreSQL, and the transaction that every query runs in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

APP_ROLE = "l1_app"
"""Owns nothing and cannot bypass row-level security; every connection of the application works as this role."""


def with_driver(url: str) -> str:
    """Accept the usual `postgresql://` and name the driver that is installed."""
    return make_url(url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def connect(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """Return an engine whose connections work as `l1_app`, whichever role the URL logs in as.

    A connection that PostgreSQL has dropped, restarted or not, is found before it is used and replaced.
    """
    return create_async_engine(
        with_driver(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=5,
        pool_pre_ping=True,
        hide_parameters=True,  # parameters are customers' names and problems; errors and logs show none
        connect_args={"timeout": 5, "command_timeout": 15, "server_settings": {"role": APP_ROLE}},
    )


class Database:
    """Hands out transactions, each bound to one account by PostgreSQL's row-level security."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def account(self, account_id: UUID) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that sees this account's rows and the shared flows; commits when left without error."""
        async with self._engine.begin() as connection:
            await connection.execute(
                text("SELECT set_config('l1.account_id', :account, true)"), {"account": str(account_id)}
            )
            yield connection

    @asynccontextmanager
    async def no_account(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that sees no account's rows."""
        async with self._engine.begin() as connection:
            yield connection

    async def ping(self) -> None:
        """Raise unless PostgreSQL answers and the schema is there."""
        async with self._engine.connect() as connection:
            await connection.execute(text("SELECT 1 FROM walks LIMIT 1"))

    async def close(self) -> None:
        await self._engine.dispose()
