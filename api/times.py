"""Times as clients send them."""

from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator


def _written_out(value: object) -> object:
    """Refuse the bare numbers that pydantic would take for seconds, or milliseconds, since 1970."""
    try:
        float(value)  # type: ignore[arg-type]  # of what is no number, too
    except (TypeError, ValueError):
        return value
    raise ValueError("write it as ISO 8601 with its offset, such as 2026-11-25T09:00:00Z")


IsoTime = Annotated[AwareDatetime, BeforeValidator(_written_out)]
"""ISO 8601 with an offset."""
