import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload
from temporalio.converter import DataConverter

from l1.temporal.codec import KEY_ID, UNREADABLE, EncryptingCodec, PayloadDamagedError, PayloadKeyError
from l1.temporal.connection import data_converter

OLD = {"old": bytes(32)}
NEW = {"new": bytes(range(32))}


def payload(data: bytes = b'{"problem_statement":"Outlook asks for a password"}') -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=data)


async def is_readable(codec: EncryptingCodec, encoded: Payload) -> bool:
    [decoded] = await codec.decode([encoded])
    return decoded.metadata["encoding"] != UNREADABLE


async def test_what_is_stored_does_not_show_what_was_said() -> None:
    [encoded] = await EncryptingCodec(NEW).encode([payload()])
    assert b"Outlook" not in encoded.SerializeToString()
    assert encoded.metadata == {"encoding": b"binary/encrypted", KEY_ID: b"new"}


@given(data=st.binary(max_size=300), metadata=st.dictionaries(st.text(max_size=8), st.binary(max_size=8), max_size=3))
async def test_payloads_come_back_as_they_were(data: bytes, metadata: dict[str, bytes]) -> None:
    codec = EncryptingCodec(NEW)
    original = Payload(metadata=metadata, data=data)
    assert await codec.decode(await codec.encode([original, original])) == [original, original]


async def test_the_same_payload_is_never_stored_twice_alike() -> None:
    first, second = await EncryptingCodec(NEW).encode([payload(), payload()])
    assert first.data != second.data


async def test_after_a_rotation_old_payloads_are_read_and_new_ones_use_the_new_key() -> None:
    [before] = await EncryptingCodec(OLD).encode([payload()])
    rotated = EncryptingCodec({**NEW, **OLD})
    assert await rotated.decode([before]) == [payload()]
    [after] = await rotated.encode([payload()])
    assert after.metadata[KEY_ID] == b"new"


async def test_a_payload_that_is_not_encrypted_passes() -> None:
    plain = payload(b'{"text":"by hand"}')
    assert await EncryptingCodec(NEW).decode([plain]) == [plain]


async def test_a_missing_key_is_named() -> None:
    [encoded] = await EncryptingCodec(OLD).encode([payload()])
    with pytest.raises(PayloadKeyError, match=r"'old'.*L1_PAYLOAD_KEYS"):
        await EncryptingCodec(NEW).decode([encoded])


async def test_any_flipped_byte_is_noticed() -> None:
    codec = EncryptingCodec(NEW)
    [encoded] = await codec.encode([payload()])
    for position in range(len(encoded.data)):
        data = bytearray(encoded.data)
        data[position] ^= 1
        assert not await is_readable(codec, Payload(metadata=encoded.metadata, data=bytes(data)))


@pytest.mark.parametrize("length", [0, 5, 12, 27, 40])
async def test_a_truncated_payload_is_noticed(length: int) -> None:
    codec = EncryptingCodec(NEW)
    [encoded] = await codec.encode([payload()])
    assert not await is_readable(codec, Payload(metadata=encoded.metadata, data=encoded.data[:length]))


async def test_a_payload_under_another_keys_id_is_noticed() -> None:
    same_key_two_ids = EncryptingCodec({"new": bytes(32), "old": bytes(32)})
    [encoded] = await same_key_two_ids.encode([payload()])
    encoded.metadata[KEY_ID] = b"old"
    assert not await is_readable(same_key_two_ids, encoded)


@pytest.mark.parametrize("key_id", [b"", b"\xff"])
async def test_an_id_that_no_key_can_have_is_noticed(key_id: bytes) -> None:
    codec = EncryptingCodec(NEW)
    [encoded] = await codec.encode([payload()])
    encoded.metadata[KEY_ID] = key_id
    assert not await is_readable(codec, encoded)


async def test_whoever_wants_a_damaged_value_hears_why_there_is_none() -> None:
    converter = data_converter(NEW)
    [encoded] = await converter.encode(["a note"])
    encoded.data += b"x"
    hinted: list[list[type] | None] = [None, [str]]
    for hints in hinted:
        with pytest.raises(PayloadDamagedError, match="'new' is damaged"):
            await converter.decode([encoded], hints)


async def test_the_sdks_converter_uses_it() -> None:
    converter = dataclasses.replace(DataConverter.default, payload_codec=EncryptingCodec(NEW))
    encoded = await converter.encode([{"text": "a note"}])
    assert await converter.decode(encoded) == [{"text": "a note"}]
