"""Lists that are read page by page.

A page ends at a row, and the next one begins after it, in the order of a key and, where keys are equal, of ids. What is
added or goes meanwhile moves no row from one page to another, and a late page costs no more than the first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

Key = TypeVar("Key")
T = TypeVar("T")


@dataclass(frozen=True)
class Mark(Generic[Key]):
    """The row after which a page begins."""

    key: Key
    id: UUID


@dataclass(frozen=True)
class Cut(Generic[Key]):
    """Which part of a list: at most `limit` rows `after` a mark; None: from its beginning."""

    limit: int
    after: Mark[Key] | None = None


@dataclass(frozen=True)
class Page(Generic[T, Key]):
    """Some rows of a list; `next` is None on the last page. `total` counts the whole list."""

    rows: Sequence[T]
    total: int
    next: Mark[Key] | None


@dataclass(frozen=True)
class Order:
    """By a column, and by an id where that is equal; both of the table whose rows the list counts."""

    key: InstrumentedAttribute[Any]
    id: InstrumentedAttribute[UUID]
    latest_first: bool = False


async def read_page(  # noqa: PLR0913 - what to read, which of it, and what to make of it
    connection: AsyncConnection,
    query: Select[Any],
    which: Sequence[ColumnElement[bool]],
    *,
    order: Order,
    cut: Cut[Key],
    row_of: Callable[[Any], T],
) -> Page[T, Key]:
    """Read a page of what `query`, without order and limit, gives where all of `which` holds.

    `which` speaks of the order's table alone: the total is counted without what the query joins to it.
    """
    total = await connection.scalar(select(func.count()).select_from(order.id.class_).where(*which))
    query = query.add_columns(order.key.label("key_"), order.id.label("id_")).where(*which)
    if cut.after is not None:
        place, mark = tuple_(order.key, order.id), tuple_(cut.after.key, cut.after.id)
        query = query.where(place < mark if order.latest_first else place > mark)
    by = [order.key.desc(), order.id.desc()] if order.latest_first else [order.key, order.id]
    found = (await connection.execute(query.order_by(*by).limit(cut.limit + 1))).all()
    rows = found[: cut.limit]
    last = rows[-1] if len(found) > cut.limit else None
    return Page([row_of(row) for row in rows], total or 0, None if last is None else Mark(last.key_, last.id_))


def page_of(rows: Sequence[T], mark_of: Callable[[T], Mark[Key]], cut: Cut[Key]) -> Page[T, Key]:
    """Cut a page from a list that is short enough to be read whole."""
    ordered = sorted(rows, key=lambda row: _place(mark_of(row)))
    rest = [row for row in ordered if cut.after is None or _place(mark_of(row)) > _place(cut.after)]
    shown = rest[: cut.limit]
    return Page(shown, len(rows), mark_of(shown[-1]) if len(rest) > cut.limit else None)


def _place(mark: Mark[Any]) -> tuple[Any, UUID]:
    return mark.key, mark.id
