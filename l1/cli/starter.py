"""Publishes flows for every account: the starter library, and what `l1 flows import --shared` brings."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import create_async_engine

from l1.database.engine import with_driver
from l1.database.flows import publish_shared
from l1.domain.tree import Flow
from l1.library import starter_flows


async def publish_starter_library(migration_url: str) -> int:
    """Publish the flows that come with the product; return how many were new or had changed."""
    return len(await publish_for_every_account(migration_url, starter_flows(), "starter library"))


async def publish_for_every_account(migration_url: str, flows: Sequence[Flow], author: str) -> list[str]:
    """Publish as the owner of the schema, who alone may; return the slugs that were new or had changed."""
    engine = create_async_engine(with_driver(migration_url), hide_parameters=True)
    try:
        async with engine.begin() as connection:
            return await publish_shared(connection, flows, author)
    finally:
        await engine.dispose()
