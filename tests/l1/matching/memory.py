"""A store in memory that keeps what `l1.database.shelves` keeps, and does on request what a database does to one."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from l1.domain.errors import Unavailable
from l1.matching.catalogue import Owner
from l1.matching.shelf import FlowText


@dataclass(frozen=True)
class StoredFlow:
    flow_id: UUID
    version: int
    slug: str
    title: str
    description: str = ""
    keywords: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    vectors: bytes | None = None


@dataclass(frozen=True)
class Learned:
    id: UUID
    flow_id: UUID
    statement: str
    confirms: bool
    embedder: str | None = None
    vector: bytes | None = None


@dataclass
class MemoryStore:
    """`is_away`: nothing can be read or written. `held`: flows and exemplars that another worker makes vectors for.

    `read` tells what was read, `made` for what vectors were stored, `reports` what was reported, `failed` what was
    asked in vain, and `refused` how often a claim was.
    """

    flows: defaultdict[Owner, dict[UUID, StoredFlow]] = field(default_factory=lambda: defaultdict(dict))
    vectors: dict[tuple[UUID, int, str], bytes] = field(default_factory=dict[tuple[UUID, int, str], bytes])
    learned: defaultdict[UUID, dict[UUID, Learned]] = field(default_factory=lambda: defaultdict(dict))
    is_away: bool = False
    held: set[UUID] = field(default_factory=set[UUID])
    read: list[tuple[Owner, frozenset[UUID] | None]] = field(default_factory=list[tuple[Owner, frozenset[UUID] | None]])
    refused: int = 0
    failed: list[str] = field(default_factory=list[str])
    made: list[UUID] = field(default_factory=list[UUID])
    reports: list[tuple[str, str | None, int, int]] = field(default_factory=list[tuple[str, str | None, int, int]])

    def publish(self, text: FlowText, slug: str, owner: Owner = None) -> UUID:
        """Publish a flow, or the next version of the one with this slug."""
        known = next((flow for flow in self.flows[owner].values() if flow.slug == slug), None)
        flow_id, version = (known.flow_id, known.version + 1) if known else (uuid4(), 1)
        self.flows[owner][flow_id] = StoredFlow(
            flow_id, version, slug, text.title, text.description, tuple(text.keywords), tuple(text.steps)
        )
        return flow_id

    def learn(self, account_id: UUID, flow_id: UUID, statement: str, *, confirms: bool = True) -> UUID:
        exemplar = Learned(uuid4(), flow_id, statement, confirms)
        self.learned[account_id][exemplar.id] = exemplar
        return exemplar.id

    async def accounts(self) -> Sequence[UUID]:
        await self._answer("accounts")
        return list({*(owner for owner in self.flows if owner is not None), *self.learned})

    async def live(
        self, owner: Owner, embedder: str | None, flow_ids: Collection[UUID] | None = None
    ) -> Sequence[StoredFlow]:
        await self._answer("live")
        self.read.append((owner, None if flow_ids is None else frozenset(flow_ids)))
        return [
            replace(flow, vectors=self.vectors.get((flow.flow_id, flow.version, embedder)) if embedder else None)
            for flow in self.flows[owner].values()
            if flow_ids is None or flow.flow_id in flow_ids
        ]

    async def exemplars(self, account_id: UUID, flow_ids: Collection[UUID] | None = None) -> Sequence[Learned]:
        await self._answer("exemplars")
        return [each for each in self.learned[account_id].values() if flow_ids is None or each.flow_id in flow_ids]

    @asynccontextmanager
    async def claim(self, owner: Owner, key: str) -> AsyncIterator[bool]:
        await self._answer("claim")
        assert owner is None or owner in self.flows or owner in self.learned
        is_held = any(str(each) in key for each in self.held)
        self.refused += is_held
        yield not is_held

    async def store_vectors(self, owner: Owner, flow_id: UUID, version: int, embedder: str, vectors: bytes) -> None:
        await self._answer("store_vectors")
        assert flow_id in self.flows[owner]
        self.vectors[flow_id, version, embedder] = vectors
        self.made.append(flow_id)

    async def store_exemplar_vector(self, account_id: UUID, exemplar_id: UUID, embedder: str, vector: bytes) -> None:
        await self._answer("store_exemplar_vector")
        known = self.learned[account_id][exemplar_id]
        self.learned[account_id][exemplar_id] = replace(known, embedder=embedder, vector=vector)
        self.made.append(exemplar_id)

    async def forget(self, account_id: UUID, exemplar_id: UUID) -> None:
        await self._answer("forget")
        del self.learned[account_id][exemplar_id]

    async def report(self, worker: str, embedder: str | None, flows: int, pending: int) -> None:
        await self._answer("report")
        self.reports.append((worker, embedder, flows, pending))

    async def _answer(self, asked: str) -> None:
        await asyncio.sleep(0)  # others get their turn, as with a database
        if self.is_away:
            self.failed.append(asked)
            raise Unavailable("The store is away.")
