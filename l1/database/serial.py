"""Domain values to JSON columns and back."""

from collections.abc import Hashable
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

T = TypeVar("T")


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """Adapters are slow to build and safe to share."""
    return TypeAdapter(kind)


def dump(kind: Hashable, value: object) -> Any:
    return adapter(kind).dump_python(value, mode="json")


class StoredValueError(Exception):
    """A JSON column holds what this version cannot read. The message has no content: that is customers' words."""


def load(kind: type[T], raw: object) -> T:
    """Raises StoredValueError for JSON that an incompatible version wrote."""
    return cast("T", read(adapter(cast("Hashable", kind)), raw))


def read(reader: TypeAdapter[T], raw: object) -> T:
    """Like `load`, for types that are no classes, such as unions."""
    try:
        return reader.validate_python(raw)
    except ValidationError as error:
        faults = "; ".join(f"{fault['loc']}: {fault['type']}" for fault in error.errors(include_input=False)[:5])
        raise StoredValueError(f"{error.title}: {faults}") from None
