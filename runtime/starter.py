"""Publishes the flows that come with the product."""

from sqlalchemy.ext.asyncio import create_async_engine

from database.engine import with_driver
from database.flows import publish_shared
from library import starter_flows


async def publish_starter_library(migration_url: str) -> int:
    """Publish the starter flows for every account, as the schema's owner; return how many were new or had changed."""
    engine = create_async_engine(with_driver(migration_url), hide_parameters=True)
    try:
        async with engine.begin() as connection:
            return len(await publish_shared(connection, starter_flows(), "starter library"))
    finally:
        await engine.dispose()
