"""What a signal carries."""

from collections.abc import Sequence

from temporalio.common import RawValue
from temporalio.converter import PayloadConverter


def message_of(raw: Sequence[RawValue], converter: PayloadConverter) -> object:
    """Return the one value that was sent; None where there is none, or none that can be read, or more than one."""
    if len(raw) != 1:
        return None
    try:
        return converter.from_payload(raw[0].payload)
    except Exception:  # noqa: BLE001 - whatever a converter raises for bytes that somebody made up
        return None
