"""Domain values to payloads and back, with pydantic, and what is done about payloads that nobody can read.

The SDK's pydantic converter keeps the adapters of types that it has built, but is made anew for every workflow; the
adapter of a whole call takes milliseconds to build. Here all workflows of a process share them.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultPayloadConverter,
    EncodingPayloadConverter,
    JSONPlainPayloadConverter,
)

from l1.temporal.codec import UNREADABLE, PayloadDamagedError, unreadable


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


class _SharedAdapters(PydanticJSONPlainPayloadConverter):
    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        return _adapter(Any if type_hint is None else type_hint).validate_json(payload.data)


class _Unreadable(EncodingPayloadConverter):
    """Tells whoever wants the value why there is none."""

    @property
    def encoding(self) -> str:
        return UNREADABLE.decode()

    def to_payload(self, value: Any) -> Payload | None:  # noqa: ARG002 - the SDK's signature
        return None

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:  # noqa: ARG002 - the same
        raise PayloadDamagedError(payload.data.decode(errors="replace"))


class DomainPayloadConverter(CompositePayloadConverter):
    """The SDK's converters in their order, with pydantic for JSON."""

    def __init__(self) -> None:
        given = DefaultPayloadConverter.default_encoding_payload_converters
        ours = (_SharedAdapters() if isinstance(one, JSONPlainPayloadConverter) else one for one in given)
        super().__init__(*ours, _Unreadable())


class WithoutExternalStorage(DataConverter):
    """Takes a payload that claims to lie in an external storage, of which there is none here, for unreadable.

    The SDK raises for such a payload before any handler or codec sees it: a signal that somebody sent with the metadata
    of one would fail each workflow task for ever.
    """

    async def _decode_reference_payload_sequence(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [
            unreadable("A payload lies in an external storage; there is none.") if _is_reference(payload) else payload
            for payload in payloads
        ]


def _is_reference(payload: Payload) -> bool:
    """As the SDK tells it (temporalio.converter._data_converter), which keeps these names to itself."""
    return (
        "__temporal_external_storage_reference" in payload.metadata
        or payload.metadata.get("encoding") == b"json/external-storage-reference"
        or payload.metadata.get("messageType", b"").endswith(b".ExternalStorageReference")
    )
