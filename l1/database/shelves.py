"""What workers match problems against, and what they derive from it.

An owner is an account, or None for the flows that all accounts share.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, null, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from l1.database.engine import Database
from l1.database.flows import is_live
from l1.database.models import ExemplarRow, FlowRow, FlowVectorsRow, FlowVersionRow, MatchingWorkerRow

LIBRARY_CHANNEL = "l1_library"
"""Notifications carry `account/flow`, the account `-` for a shared flow. Triggers send one when another version is live
or none is any more, and when the flow has other vectors or exemplars."""

_KEPT_SECONDS = 3600.0
"""A worker that has not reported for this long is forgotten; its name is never used again."""


@dataclass(frozen=True)
class LiveFlow:
    """A published flow as matching reads it. `texts` are its nodes', in order; `vectors` None: not made yet."""

    flow_id: UUID
    version: int
    slug: str
    title: str
    category: str
    description: str
    keywords: tuple[str, ...]
    texts: tuple[str, ...]
    vectors: bytes | None


@dataclass(frozen=True)
class StoredExemplar:
    """A caller's words that speak for a flow (`confirms`) or against it; `vector` None: not made yet."""

    id: UUID
    flow_id: UUID
    statement: str
    confirms: bool
    embedder: str | None
    vector: bytes | None


@dataclass(frozen=True)
class WorkerState:
    """What a worker matches with. `embedder` None: by words only; `pending`: flows that wait for their vectors."""

    worker: str
    embedder: str | None
    flows: int
    pending: int
    seen_at: datetime


class Shelves:
    """The repository that matching reads from and keeps its vectors in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accounts(self) -> list[UUID]:
        """Return the accounts that have a live flow of their own or an exemplar."""
        async with self._database.no_account() as connection:
            return list(await connection.scalars(text("SELECT library_accounts()")))

    async def live(
        self, owner: UUID | None, embedder: str | None, flow_ids: Collection[UUID] | None = None
    ) -> list[LiveFlow]:
        """Return the owner's live flows, those of `flow_ids` if given, with the vectors that the embedder made.

        What is published has been checked, so its content is taken as it lies there: to parse thousands of flows again
        would hold up a worker's start.
        """
        made_by_it = (
            (FlowVectorsRow.flow_id == FlowVersionRow.flow_id)
            & (FlowVectorsRow.version == FlowVersionRow.version)
            & (FlowVectorsRow.embedder == embedder)
        )
        query = (
            select(FlowVersionRow.flow_id, FlowVersionRow.version, FlowVersionRow.content)
            .join(FlowRow, is_live())
            .where(FlowRow.account_id.is_(None) if owner is None else FlowRow.account_id == owner)
        )
        if embedder is None:
            query = query.add_columns(null().label("vectors"))
        else:
            query = query.add_columns(FlowVectorsRow.vectors).outerjoin(FlowVectorsRow, made_by_it)
        if flow_ids is not None:
            query = query.where(FlowRow.id.in_(flow_ids))
        async with self._of(owner) as connection:
            return [_live_flow(row) for row in await connection.execute(query)]

    async def exemplars(self, account_id: UUID, flow_ids: Collection[UUID] | None = None) -> list[StoredExemplar]:
        """Return the account's exemplars, those of `flow_ids` if given."""
        columns = (getattr(ExemplarRow, name) for name in StoredExemplar.__dataclass_fields__)
        query = select(*columns).where(ExemplarRow.account_id == account_id)
        if flow_ids is not None:
            query = query.where(ExemplarRow.flow_id.in_(flow_ids))
        async with self._database.account(account_id) as connection:
            return [StoredExemplar(*row) for row in await connection.execute(query)]

    @asynccontextmanager
    async def claim(self, owner: UUID | None, key: str) -> AsyncIterator[bool]:
        """Yield whether the caller is, for the length of the block, the only worker that holds `key`.

        A transaction stays open meanwhile. PostgreSQL gives the key back with it, also when the worker dies.
        """
        async with self._of(owner) as connection:
            lock = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))")
            yield bool(await connection.scalar(lock, {"key": key}))

    async def store_vectors(
        self, owner: UUID | None, flow_id: UUID, version: int, embedder: str, vectors: bytes
    ) -> None:
        """Keep what an embedder made of a version; what is there already stays. Those of older versions go."""
        row = insert(FlowVectorsRow).values(
            flow_id=flow_id, version=version, embedder=embedder, account_id=owner, vectors=vectors
        )
        outdated = delete(FlowVectorsRow).where(FlowVectorsRow.flow_id == flow_id, FlowVectorsRow.version < version)
        async with self._of(owner) as connection:
            await connection.execute(row.on_conflict_do_nothing())
            await connection.execute(outdated)

    async def store_exemplar_vector(self, account_id: UUID, exemplar_id: UUID, embedder: str, vector: bytes) -> None:
        """Keep an exemplar's vector in place of that of any other embedder; nothing if the exemplar is gone."""
        async with self._database.account(account_id) as connection:
            await connection.execute(
                update(ExemplarRow)
                .where(ExemplarRow.account_id == account_id, ExemplarRow.id == exemplar_id)
                .values(embedder=embedder, vector=vector)
            )

    async def forget(self, account_id: UUID, exemplar_id: UUID) -> None:
        async with self._database.account(account_id) as connection:
            await connection.execute(
                delete(ExemplarRow).where(ExemplarRow.account_id == account_id, ExemplarRow.id == exemplar_id)
            )

    async def report(self, worker: str, embedder: str | None, flows: int, pending: int) -> None:
        """Say what a worker matches with now, and forget workers that have long been silent."""
        row = insert(MatchingWorkerRow).values(
            worker=worker, embedder=embedder, flows=flows, pending=pending, seen_at=func.now()
        )
        renewed = {name: row.excluded[name] for name in ("embedder", "flows", "pending", "seen_at")}
        async with self._database.no_account() as connection:
            await connection.execute(row.on_conflict_do_update(index_elements=["worker"], set_=renewed))
            await connection.execute(
                delete(MatchingWorkerRow).where(MatchingWorkerRow.seen_at < _seconds_ago(_KEPT_SECONDS))
            )

    async def workers(self, seen_within: float) -> list[WorkerState]:
        """Return the workers that have reported in the last `seen_within` seconds, by name."""
        columns = (getattr(MatchingWorkerRow, name) for name in WorkerState.__dataclass_fields__)
        query = select(*columns).where(MatchingWorkerRow.seen_at > _seconds_ago(seen_within))
        async with self._database.no_account() as connection:
            return [WorkerState(*row) for row in await connection.execute(query.order_by(MatchingWorkerRow.worker))]

    def _of(self, owner: UUID | None) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a transaction of the owner's: without an account, only what all accounts share can be seen."""
        return self._database.no_account() if owner is None else self._database.account(owner)


def _seconds_ago(seconds: float) -> Any:
    # make_interval's arguments before the seconds: years, months, weeks, days, hours, minutes.
    return func.now() - func.make_interval(0, 0, 0, 0, 0, 0, seconds)


def _live_flow(row: Any) -> LiveFlow:
    content: dict[str, Any] = row.content
    return LiveFlow(
        flow_id=row.flow_id,
        version=row.version,
        slug=content["id"],
        title=content["title"],
        category=content["category"],
        description=content["description"],
        keywords=tuple(content["keywords"]),
        texts=tuple(node["text"] for node in content["nodes"].values()),
        vectors=row.vectors,
    )
