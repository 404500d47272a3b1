"""Domain values to payloads and back, with pydantic.

The SDK's pydantic converter keeps the adapters of types that it has built, but is made anew for every workflow; the
adapter of a whole call takes milliseconds to build. Here all workflows of a process share them.
"""

from functools import cache
from typing import Any

from pydantic import TypeAdapter
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter
from temporalio.converter import CompositePayloadConverter, DefaultPayloadConverter, JSONPlainPayloadConverter


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


class _SharedAdapters(PydanticJSONPlainPayloadConverter):
    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        return _adapter(Any if type_hint is None else type_hint).validate_json(payload.data)


class DomainPayloadConverter(CompositePayloadConverter):
    """The SDK's converters in their order, with pydantic for JSON."""

    def __init__(self) -> None:
        given = DefaultPayloadConverter.default_encoding_payload_converters
        super().__init__(*(_SharedAdapters() if isinstance(one, JSONPlainPayloadConverter) else one for one in given))
