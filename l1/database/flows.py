"""The flow library: drafts and published versions."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from l1.database.engine import Database
from l1.database.models import FlowRow, FlowVersionRow
from l1.database.paging import Cut, Mark, Page, page_of
from l1.domain.errors import Forbidden, NotFound
from l1.domain.flow_file import flow_to_raw, parse_flow
from l1.domain.intake import PinnedFlow
from l1.domain.publishing import to_publish
from l1.domain.tree import Flow

_SHARED = UUID("6c1b9a52-9d0f-4b6e-8a6b-3f1f5a7e2c10")
"""Names the shared flows: their ids come from their slugs, so that every installation has the same."""


@dataclass(frozen=True)
class FlowSummary:
    """A flow in the library. `version` is the live one if it is published, else the draft or the newest."""

    id: UUID
    slug: str
    title: str
    category: str
    status: str
    version: int
    draft_version: int | None
    shared: bool
    created_at: datetime


class Flows:
    """The repository of flows. An account sees its own and the shared ones, and changes its own only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save_draft(self, account_id: UUID, flow: Flow, author: str, new_id: UUID) -> FlowSummary:
        """Save the flow as the draft of its slug, replacing the draft that is there. `new_id` names a new slug."""
        async with self._database.account(account_id) as connection:
            flow_id = await save_draft(connection, account_id, flow, author, new_id)
            return await _summary(connection, account_id, flow_id)

    async def publish(self, account_id: UUID, flow_id: UUID, author: str) -> FlowSummary:
        """Freeze the draft as the next version and make it live; without a draft, make the newest version live."""
        async with self._database.account(account_id) as connection:
            await _lock_own(connection, account_id, flow_id)
            await publish(connection, flow_id, author)
            return await _summary(connection, account_id, flow_id)

    async def unpublish(self, account_id: UUID, flow_id: UUID) -> FlowSummary:
        """Take the flow out of matching. Walks that are on it go on."""
        async with self._database.account(account_id) as connection:
            await _lock_own(connection, account_id, flow_id)
            await connection.execute(update(FlowRow).where(FlowRow.id == flow_id).values(live_version=None))
            return await _summary(connection, account_id, flow_id)

    async def all(self, account_id: UUID) -> list[FlowSummary]:
        """Return the account's own flows and the shared ones."""
        async with self._database.account(account_id) as connection:
            return await _summaries(connection, account_id)

    async def page(self, account_id: UUID, cut: Cut[str]) -> Page[FlowSummary, str]:
        """Return a page of them, by title."""
        return page_of(await self.all(account_id), lambda flow: Mark(flow.title.casefold(), flow.id), cut)

    async def read(self, account_id: UUID, flow_id: UUID) -> tuple[FlowSummary, Flow]:
        """Return a flow with the content of the version that its summary names; raises NotFound."""
        async with self._database.account(account_id) as connection:
            summary = await _summary(connection, account_id, flow_id)
            content = await connection.scalar(
                select(FlowVersionRow.content).where(
                    visible(account_id, FlowVersionRow.account_id),
                    FlowVersionRow.flow_id == flow_id,
                    FlowVersionRow.version == summary.version,
                )
            )
        return summary, parse_flow(content, may_be_open=True)

    async def live(self, account_id: UUID, flow_id: UUID) -> PinnedFlow | None:
        """Return the live version of a flow, to walk it; None if there is none."""
        query = (
            select(FlowVersionRow.version, FlowVersionRow.content)
            .join(FlowRow, is_live())
            .where(FlowRow.id == flow_id, visible(account_id, FlowRow.account_id))
        )
        async with self._database.account(account_id) as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        flow = parse_flow(row.content, may_be_open=True)
        return PinnedFlow(flow_id, row.version, flow.slug, flow.title, flow.category, flow.tree)


async def save_draft(
    connection: AsyncConnection, account_id: UUID | None, flow: Flow, author: str, new_id: UUID
) -> UUID:
    """Save a draft inside the caller's transaction and return the flow's id. `account_id` None: a shared flow."""
    await connection.execute(
        insert(FlowRow).values(id=new_id, account_id=account_id, slug=flow.slug).on_conflict_do_nothing()
    )
    flow_id = await connection.scalar(
        select(FlowRow.id)
        .where(FlowRow.account_id.is_not_distinct_from(account_id), FlowRow.slug == flow.slug)
        .with_for_update()
    )
    if flow_id is None:
        raise NotFound(f"Flow '{flow.slug}' vanished while it was saved. Send it again.")
    await connection.execute(
        delete(FlowVersionRow).where(FlowVersionRow.flow_id == flow_id, FlowVersionRow.published_at.is_(None))
    )
    newest = await connection.scalar(select(func.max(FlowVersionRow.version)).where(FlowVersionRow.flow_id == flow_id))
    await connection.execute(
        insert(FlowVersionRow).values(
            flow_id=flow_id,
            version=(newest or 0) + 1,
            account_id=account_id,
            title=flow.title,
            category=flow.category,
            content=flow_to_raw(flow),
            created_by=author,
        )
    )
    return flow_id


async def publish(connection: AsyncConnection, flow_id: UUID, author: str) -> None:
    """Publish inside the caller's transaction: the draft if there is one, and the newest version goes live.

    Raises InvalidFlow for a draft of which its open branches leave too little.
    """
    is_draft = (FlowVersionRow.flow_id == flow_id) & FlowVersionRow.published_at.is_(None)
    draft = await connection.scalar(select(FlowVersionRow.content).where(is_draft))
    if draft is not None:
        flow = parse_flow(draft, may_be_open=True)
        content = flow_to_raw(to_publish(flow)) if flow.tree.is_open else draft
        await connection.execute(
            update(FlowVersionRow).where(is_draft).values(content=content, published_at=func.now(), published_by=author)
        )
    newest = select(func.max(FlowVersionRow.version)).where(FlowVersionRow.flow_id == flow_id).scalar_subquery()
    await connection.execute(update(FlowRow).where(FlowRow.id == flow_id).values(live_version=newest))


async def publish_shared(connection: AsyncConnection, flows: Sequence[Flow], author: str) -> list[str]:
    """Publish flows for every account, as the owner of the schema; returns the slugs that were new or had changed."""
    changed = []
    for flow in flows:
        live = await connection.scalar(
            select(FlowVersionRow.content)
            .join(FlowRow, is_live())
            .where(FlowRow.account_id.is_(None), FlowRow.slug == flow.slug)
        )
        if json.dumps(live) == json.dumps(flow_to_raw(flow)):
            continue
        flow_id = await save_draft(connection, None, flow, author, uuid5(_SHARED, flow.slug))
        await publish(connection, flow_id, author)
        changed.append(flow.slug)
    return changed


def visible(account_id: UUID, owner: Any) -> ColumnElement[bool]:
    """Tell, in a query, what an account may see: `owner` is a column that is null for what all accounts share."""
    return or_(owner == account_id, owner.is_(None))


def is_live() -> ColumnElement[bool]:
    return (FlowVersionRow.flow_id == FlowRow.id) & (FlowVersionRow.version == FlowRow.live_version)


async def _lock_own(connection: AsyncConnection, account_id: UUID, flow_id: UUID) -> None:
    owner = (
        await connection.execute(
            select(FlowRow.account_id).where(FlowRow.id == flow_id, visible(account_id, FlowRow.account_id))
        )
    ).one_or_none()
    if owner is None:
        raise NotFound("There is no such flow.")
    if owner.account_id is None:
        raise Forbidden("This flow is shared by all accounts. Post your own version of it and publish that.")
    await connection.execute(select(FlowRow.id).where(FlowRow.id == flow_id).with_for_update())


async def _summary(connection: AsyncConnection, account_id: UUID, flow_id: UUID) -> FlowSummary:
    found = await _summaries(connection, account_id, flow_id)
    if not found:
        raise NotFound("There is no such flow.")
    return found[0]


async def _summaries(connection: AsyncConnection, account_id: UUID, flow_id: UUID | None = None) -> list[FlowSummary]:
    newest = (
        select(
            FlowVersionRow.flow_id,
            func.max(FlowVersionRow.version).label("newest"),
            func.max(FlowVersionRow.version).filter(FlowVersionRow.published_at.is_(None)).label("draft"),
        )
        .group_by(FlowVersionRow.flow_id)
        .subquery()
    )
    shown = func.coalesce(FlowRow.live_version, newest.c.newest)
    query = (
        select(FlowRow, newest.c.draft, FlowVersionRow.version, FlowVersionRow.title, FlowVersionRow.category)
        .join(newest, newest.c.flow_id == FlowRow.id)
        .join(FlowVersionRow, (FlowVersionRow.flow_id == FlowRow.id) & (FlowVersionRow.version == shown))
        .where(visible(account_id, FlowRow.account_id))
    )
    if flow_id is not None:
        query = query.where(FlowRow.id == flow_id)
    return [
        FlowSummary(
            id=row.id,
            slug=row.slug,
            title=row.title,
            category=row.category,
            status="draft" if row.live_version is None else "published",
            version=row.version,
            draft_version=row.draft,
            shared=row.account_id is None,
            created_at=row.created_at,
        )
        for row in (await connection.execute(query)).all()
    ]
