"""Reading texts that came from outside."""

import re
from collections.abc import Mapping
from typing import Any

from l1.domain.errors import Invalid

SLUG_PATTERN = r"^[a-z][a-z0-9_]*$"
_SLUG = re.compile(SLUG_PATTERN)


def fault_in(text: str) -> str | None:
    """Say what keeps a text from being stored: PostgreSQL takes no NUL, UTF-8 no half of a surrogate pair."""
    if "\x00" in text:
        return "contains the NUL character"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "contains half of a surrogate pair"
    return None


def storable(value: object, limit: int) -> str | None:
    """Return a text, cut to its limit; None where there is none that the database takes."""
    if not isinstance(value, str) or not value.strip() or fault_in(value):
        return None
    return value.strip()[:limit].rstrip()


def required_text(raw: Mapping[str, Any], name: str, limit: int) -> str:
    """Return the text with surrounding white space off; raises Invalid when it is missing, empty or too long."""
    value = raw.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Invalid(f"'{name}' must be a text that is not empty.", field=name)
    if len(value) > limit:
        raise Invalid(f"'{name}' has {len(value)} characters; at most {limit} are taken.", field=name)
    if fault := fault_in(value):
        raise Invalid(f"'{name}' {fault}; send it without.", field=name)
    return value.strip()


def optional_text(raw: Mapping[str, Any], name: str, limit: int) -> str | None:
    """Like required_text; None or an empty text is no text."""
    value = raw.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return required_text(raw, name, limit)


def slug(raw: Mapping[str, Any], name: str, limit: int) -> str:
    """Read a category such as `needs_engineer`."""
    value = required_text(raw, name, limit)
    if not _SLUG.match(value):
        raise Invalid(f"'{name}' must be small letters, digits and underscores, such as needs_engineer.", field=name)
    return value
