"""A catalogue that follows a store in memory, and what tests wait for in it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from l1.matching.catalogue import Catalogue, Owner
from l1.matching.embedder import Embedder, Vectors
from l1.matching.shelf import Entry
from tests.l1.matching.examples import Embeds
from tests.l1.matching.memory import MemoryStore

ACCOUNT = uuid4()


@asynccontextmanager
async def following(store: MemoryStore, embedder: Embedder | None) -> AsyncIterator[Catalogue]:
    """A catalogue that has everything of the account's and keeps up with it."""
    catalogue = Catalogue(store, embedder, "here")
    await catalogue.stock(None)
    await catalogue.stock(ACCOUNT)
    running = asyncio.create_task(catalogue.run())
    try:
        yield catalogue
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def entry_of(catalogue: Catalogue, owner: Owner, slug: str) -> Entry | None:
    return next((each for each in (await catalogue.stock(owner)).shelf.entries if each.slug == slug), None)


def has_all_vectors(catalogue: Catalogue) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        stocks = [await catalogue.stock(None), await catalogue.stock(ACCOUNT)]
        return not any(stock.shelf.without_vectors or stock.statements for stock in stocks)

    return look


def has_failed(store: MemoryStore, asked: str) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return asked in store.failed

    return look


def notice(owner: Owner, flow_id: UUID) -> str:
    return f"{owner or '-'}/{flow_id}"


class Slow(Embeds):
    """An embedder that works when it is let."""

    def __init__(self, name: str = "word-sums") -> None:
        super().__init__(name)
        self.may_work = asyncio.Event()
        self.is_asked = asyncio.Event()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.is_asked.set()
        await self.may_work.wait()
        return await super().embed(texts)
