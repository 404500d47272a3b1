"""Domain values to JSON columns and back."""

from collections.abc import Hashable
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

T = TypeVar("T")


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """Adapters are slow to build and safe to share."""
    return TypeAdapter(kind)


def dump(kind: Hashable, value: object) -> Any:
    return adapter(kind).dump_python(value, mode="json")


def load(kind: type[T], raw: object) -> T:
    """Raises pydantic.ValidationError for JSON that an incompatible version wrote."""
    return cast("T", adapter(cast("Hashable", kind)).validate_python(raw))
