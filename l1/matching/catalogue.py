"""Keeps in memory what problems are matched against: every flow that is published now, and what calls have taught.

PostgreSQL is the truth. An owner's flows are read when they are first needed; afterwards only what a notification names
is read again. Vectors that are missing, of a new flow or after a change of the embedder, are made in the background,
by one worker for all.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Protocol
from uuid import UUID

import structlog

from l1.domain.errors import Unavailable
from l1.domain.words import words
from l1.matching.embedder import Embedder, EmbedderUnavailableError, Vectors, from_bytes, to_bytes
from l1.matching.ready_made import digest_of
from l1.matching.shelf import PASSAGES, Entry, Exemplar, FlowText, Shelf

_log = structlog.stdlib.get_logger(__name__)

_RETRY_SECONDS = 1.0
_REPORT_SECONDS = 5.0
_LOOK_AGAIN_SECONDS = 5.0

SAME = 0.95
"""Cosine from which two exemplars of a flow say the same, so that one of them is enough."""

Owner = UUID | None
"""An account, or None for the flows that all accounts share."""


class LiveFlow(Protocol):
    @property
    def flow_id(self) -> UUID: ...
    @property
    def version(self) -> int: ...
    @property
    def slug(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def keywords(self) -> tuple[str, ...]: ...
    @property
    def texts(self) -> tuple[str, ...]: ...
    @property
    def vectors(self) -> bytes | None: ...


class StoredExemplar(Protocol):
    @property
    def id(self) -> UUID: ...
    @property
    def flow_id(self) -> UUID: ...
    @property
    def statement(self) -> str: ...
    @property
    def confirms(self) -> bool: ...
    @property
    def embedder(self) -> str | None: ...
    @property
    def vector(self) -> bytes | None: ...


class Store(Protocol):
    """Where flows, vectors and exemplars are kept (`l1.database.shelves`). Raises Unavailable while it is away."""

    async def accounts(self) -> Sequence[UUID]: ...

    async def live(
        self, owner: Owner, embedder: str | None, flow_ids: Collection[UUID] | None = None
    ) -> Sequence[LiveFlow]: ...

    async def exemplars(
        self, account_id: UUID, flow_ids: Collection[UUID] | None = None
    ) -> Sequence[StoredExemplar]: ...

    def claim(self, owner: Owner, key: str) -> AbstractAsyncContextManager[bool]: ...

    async def store_vectors(self, owner: Owner, flow_id: UUID, version: int, embedder: str, vectors: bytes) -> None: ...

    async def store_exemplar_vector(
        self, account_id: UUID, exemplar_id: UUID, embedder: str, vector: bytes
    ) -> None: ...

    async def forget(self, account_id: UUID, exemplar_id: UUID) -> None: ...

    async def report(self, worker: str, embedder: str | None, flows: int, pending: int) -> None: ...


@dataclass
class Stock:
    """What belongs to one owner. `statements` are the texts of exemplars that still wait for their vector."""

    shelf: Shelf = field(default_factory=Shelf)
    exemplars: dict[UUID, Exemplar] = field(default_factory=dict[UUID, Exemplar])
    statements: dict[UUID, str] = field(default_factory=dict[UUID, str])
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    is_loaded: bool = False


class Catalogue:
    """`name` of the worker, under which it reports what it matches with. `ready_made`: see matching.ready_made."""

    def __init__(
        self, store: Store, embedder: Embedder | None, name: str, ready_made: Mapping[str, Vectors] | None = None
    ) -> None:
        self._store = store
        self._ready_made = ready_made or {}
        self._embedder = embedder
        self._name = name
        self._stocks: defaultdict[Owner, Stock] = defaultdict(Stock)
        self._changed: dict[Owner, set[UUID]] = {}
        self._missed_some = False
        self._wake = asyncio.Event()
        self._made = asyncio.Event()

    async def stock(self, owner: Owner) -> Stock:
        """Return what belongs to an owner; the first time, it is read. Raises Unavailable."""
        stock = self._stocks[owner]
        if not stock.is_loaded:
            async with stock.lock:
                if not stock.is_loaded:
                    await self._read(owner, stock, None)
                    stock.is_loaded = True
            self._wake.set()  # its flows may lack vectors
        return stock

    def on_notification(self, message: str | None) -> None:
        """Take a notification, `account/flow` with `-` for no account; None: some may have been missed."""
        if message is None:
            self._missed_some = True
        else:
            account, _, flow = message.partition("/")
            self._changed.setdefault(None if account == "-" else UUID(account), set()).add(UUID(flow))
        self._wake.set()

    async def warm_up(self, seconds: float) -> None:
        """Wait until the shared flows have their vectors, at most so long: a fresh worker should not begin half blind.

        `run` must be running.
        """
        try:
            async with asyncio.timeout(seconds):
                while self._waiting(await self.stock(None)):
                    self._made.clear()
                    await self._made.wait()
        except (TimeoutError, Unavailable):
            _log.warning("matching by words until all flows have their vectors")

    async def run(self) -> None:
        """Follow all changes until cancelled."""
        reporting = asyncio.create_task(self._report_for_ever())
        try:
            while True:
                try:
                    await self._catch_up()
                    await self._make_vectors()
                except (Unavailable, EmbedderUnavailableError) as error:
                    _log.warning("matching cannot follow the library, trying again", error=type(error).__name__)
                    self._missed_some = True
                    await asyncio.sleep(_RETRY_SECONDS)
                else:
                    await self._news()
        finally:
            reporting.cancel()

    async def _news(self) -> None:
        """Wait for news; while vectors are missing that another worker is making, only so long: it may have died."""
        is_complete = not any(self._waiting(stock) or stock.statements for stock in self._stocks.values())
        # Not asyncio.wait_for: in Python 3.11 it swallows a cancellation that comes together with the news.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if is_complete else _LOOK_AGAIN_SECONDS):
                await self._wake.wait()

    # --- reading ------------------------------------------------------------------------------------------------

    async def _catch_up(self) -> None:
        self._wake.clear()
        if self._missed_some:
            self._missed_some = False
            self._changed.clear()
            for owner in {None, *self._stocks, *await self._store.accounts()}:
                await self._refresh(owner, None)
        while self._changed:
            await self._refresh(*self._changed.popitem())

    async def _refresh(self, owner: Owner, flow_ids: Collection[UUID] | None) -> None:
        """Read again what is there already; what is not there yet is read whole."""
        stock = self._stocks[owner]
        async with stock.lock:
            await self._read(owner, stock, flow_ids if stock.is_loaded else None)
            stock.is_loaded = True

    async def _read(self, owner: Owner, stock: Stock, flow_ids: Collection[UUID] | None) -> None:
        """Read these flows anew, or all: what is gone from the store goes from the stock."""
        embedder = self._embedder.name if self._embedder else None
        entries = [self._entry(flow) for flow in await self._store.live(owner, embedder, flow_ids)]
        known = {entry.flow_id for entry in (*entries, *stock.shelf.entries)}
        stock.shelf.replace(known if flow_ids is None else flow_ids, entries)
        self._made.set()
        if owner is not None:
            await self._read_exemplars(owner, stock, flow_ids)

    async def _read_exemplars(self, account_id: UUID, stock: Stock, flow_ids: Collection[UUID] | None) -> None:
        found = await self._store.exemplars(account_id, flow_ids)
        vectors: dict[UUID, Vectors | None] = {}
        for known in list(stock.exemplars.values()):
            if flow_ids is None or known.flow_id in flow_ids:
                vectors[known.id] = known.vector
                del stock.exemplars[known.id]
                stock.statements.pop(known.id, None)
        for stored in found:
            # The store keeps one vector an exemplar. Beside a worker with another embedder, each would for ever put its
            # own in the place of the other's, so a vector that is here already stays.
            vector = vectors.get(stored.id)
            if self._embedder is not None and stored.embedder == self._embedder.name and stored.vector is not None:
                vector = from_bytes(stored.vector, 1)[0]
            elif self._embedder is not None and vector is None:
                stock.statements[stored.id] = stored.statement
            stock.exemplars[stored.id] = Exemplar(
                stored.id, stored.flow_id, frozenset(words(stored.statement)), stored.confirms, vector
            )

    def _entry(self, flow: LiveFlow) -> Entry:
        text = FlowText(flow.title, flow.description, flow.keywords, flow.texts)
        vectors = None if flow.vectors is None else from_bytes(flow.vectors, PASSAGES)
        return Entry(flow.flow_id, flow.version, flow.slug, text, vectors)

    # --- making vectors -----------------------------------------------------------------------------------------

    async def _make_vectors(self) -> None:
        """Make what is missing, one flow or exemplar after the other, and stop as soon as there is news to read."""
        if self._embedder is None:
            return
        for owner, stock in list(self._stocks.items()):
            for entry in stock.shelf.without_vectors:
                if self._wake.is_set():
                    return
                await self._embed_flow(self._embedder, owner, entry)
            for exemplar_id in list(stock.statements):
                if self._wake.is_set():
                    return
                if owner is not None:
                    await self._embed_exemplar(self._embedder, owner, stock, exemplar_id)

    async def _embed_flow(self, embedder: Embedder, owner: Owner, entry: Entry) -> None:
        async with self._store.claim(owner, f"{embedder.name}/{entry.flow_id}/{entry.version}") as is_mine:
            if not is_mine:
                return
            vectors = self._ready_made.get(digest_of(entry.text))
            if vectors is None:
                vectors = entry.text.pool(await embedder.embed(entry.text.passages))
            await self._store.store_vectors(owner, entry.flow_id, entry.version, embedder.name, to_bytes(vectors))
            self._stocks[owner].shelf.put_vectors(entry.flow_id, entry.version, vectors)
            self._made.set()

    async def _embed_exemplar(self, embedder: Embedder, account_id: UUID, stock: Stock, exemplar_id: UUID) -> None:
        async with self._store.claim(account_id, f"{embedder.name}/{exemplar_id}") as is_mine:
            exemplar, statement = stock.exemplars.get(exemplar_id), stock.statements.get(exemplar_id)
            if not is_mine or exemplar is None or statement is None:
                return
            vector = (await embedder.embed([statement]))[0]
            if any(_same(other, exemplar, vector) for other in stock.exemplars.values()):
                await self._store.forget(account_id, exemplar_id)
                stock.exemplars.pop(exemplar_id, None)
            else:
                await self._store.store_exemplar_vector(account_id, exemplar_id, embedder.name, to_bytes(vector))
                stock.exemplars[exemplar_id] = replace(exemplar, vector=vector)  # the next one may say the same
            stock.statements.pop(exemplar_id, None)

    # --- telling ------------------------------------------------------------------------------------------------

    def _waiting(self, stock: Stock) -> int:
        return len(stock.shelf.without_vectors) if self._embedder is not None else 0

    async def _report_for_ever(self) -> None:
        while True:
            flows = sum(len(stock.shelf) for stock in self._stocks.values())
            waiting = sum(self._waiting(stock) for stock in self._stocks.values())
            embedder = self._embedder.name if self._embedder else None
            try:
                await self._store.report(self._name, embedder, flows, waiting)
            except Unavailable:
                _log.debug("the database is away; matching is not reported")
            await asyncio.sleep(_REPORT_SECONDS)


def _same(other: Exemplar, exemplar: Exemplar, vector: Vectors) -> bool:
    return (
        other.id != exemplar.id
        and other.flow_id == exemplar.flow_id
        and other.confirms == exemplar.confirms
        and other.vector is not None
        and float(other.vector @ vector) >= SAME
    )
