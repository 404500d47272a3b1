"""Pages of a list: which one is asked for, and how its response leads to the next."""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import from_json, to_json

from l1.database.paging import Cut, Key, Mark, Page
from l1.domain.errors import InvalidCursor

TOTAL_HEADER = "X-Total-Count"

Limit = Annotated[int, Query(ge=1, le=200, description="Rows of a page, at most.")]
Cursor = Annotated[
    str | SkipJsonSchema[None],
    Query(max_length=1_000, description="Where the page begins: take the `Link` of the page before, rel=next."),
]
PAGED: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            "Link": {
                "description": "The next page, rel=next; there is none on the last.",
                "schema": {"type": "string"},
            },
            TOTAL_HEADER: {
                "description": "Rows of the whole list.",
                "schema": {"type": "integer"},
            },
        }
    }
}

T = TypeVar("T")


def by_time(cursor: str | None, limit: int) -> Cut[datetime]:
    return _cut(cursor, limit, _time)


def by_text(cursor: str | None, limit: int) -> Cut[str]:
    return _cut(cursor, limit, str)


def show(page: Page[T, Any], request: Request, response: Response) -> None:
    """Put the total and the way to the next page into the response's headers.

    The address is relative, so that it holds behind any proxy.
    """
    response.headers[TOTAL_HEADER] = str(page.total)
    if page.next is not None:
        rest = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
        query = urlencode([*rest, ("cursor", _cursor(page.next))])
        response.headers["Link"] = f'<{request.url.path}?{query}>; rel="next"'


def _cursor(mark: Mark[Any]) -> str:
    return base64.urlsafe_b64encode(to_json([mark.key, mark.id])).decode().rstrip("=")


def _cut(cursor: str | None, limit: int, key_of: Callable[[str], Key]) -> Cut[Key]:
    if not cursor:
        return Cut(limit)
    try:
        raw = from_json(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        key, row_id = (part if isinstance(part, str) else "" for part in raw)
        return Cut(limit, Mark(key_of(key), UUID(row_id)))
    except (binascii.Error, ValueError, TypeError) as error:
        raise InvalidCursor("This is no cursor of this list. Take it from the Link header.", field="cursor") from error


def _time(text: str) -> datetime:
    """Raises ValueError for a time without a zone: PostgreSQL would take it for one of its own."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("no zone")
    return time
