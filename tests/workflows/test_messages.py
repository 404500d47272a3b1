"""What somebody may send by hand: no bytes, metadata or JSON of any signal make a walk's handler raise."""

import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue

from l1.database.serial import dump
from l1.domain.commands import Sender
from l1.domain.events import Event
from l1.domain.intake import Intake
from l1.domain.record import Record
from l1.domain.session import Session, session_of
from l1.domain.signals import decode
from l1.temporal.codec import PayloadKeyError
from l1.temporal.connection import data_converter
from tests.l1.domain.test_signals import NAMES, envelopes, json_values
from tests.l1.domain.walks import KIM, T0, flow_walk
from workflows.call import Call
from workflows.messages import message_of

CONVERTER = data_converter({"k1": bytes(32)})

encodings = st.sampled_from(
    [
        b"json/plain",
        b"json/protobuf",
        b"binary/null",
        b"binary/plain",
        b"binary/protobuf",
        b"binary/encrypted",
        b"binary/unreadable",
        b"json/external-storage-reference",
        b"\xff",
    ]
)
names = st.sampled_from(
    ["encoding", "messageType", "encryption-key-id", "__temporal_external_storage_reference", "", "\x00"]
)
values = (
    encodings
    | st.binary(max_size=12)
    | st.sampled_from(
        [
            b"k1",
            b"k2",
            b"true",
            b"temporal.api.common.v1.Payload",
            b"temporal.api.sdk.v1.ExternalStorageReference",
            b"google.protobuf.Any",
        ]
    )
)
surrogates = st.text(st.characters(), max_size=20)
as_json = (json_values | envelopes | st.fixed_dictionaries({"text": surrogates, "actor": surrogates})).map(
    lambda value: json.dumps(value).encode()
)
payloads = st.builds(
    lambda metadata, encoding, data: Payload(metadata=metadata | {"encoding": encoding}, data=data),
    st.dictionaries(names | st.text(st.characters(codec="utf-8"), max_size=8), values, max_size=3),
    st.just(b"json/plain") | encodings,
    as_json | st.binary(max_size=60),
)


def call() -> Call:
    walk = flow_walk()
    return Call(walk.session_id, walk.account_id, Intake("It is dark"), Sender(uuid4(), T0, KIM), walk=walk)


async def received(sent: list[Payload]) -> list[RawValue]:
    """What the SDK gives the handler."""
    hints: list[Any] = [RawValue] * len(sent)
    return await CONVERTER.decode(sent, hints)


def recorded(record: Record) -> str:
    """The record as PostgreSQL takes it, which neither NUL nor half a surrogate pair may be in."""
    parts: list[Any] = [dump(Event, event) for event in record.events]
    parts += [[receipt.kind, receipt.fingerprint, str(receipt.problem)] for receipt in record.receipts]
    parts.append(dump(Session, session_of(record.walk)) if record.walk else None)
    return json.dumps(parts, ensure_ascii=False)


@settings(max_examples=6 * settings().max_examples)
@given(st.sampled_from(NAMES) | surrogates, st.lists(payloads, max_size=2))
async def test_whatever_is_sent_is_answered_and_can_be_recorded(name: str, sent: list[Payload]) -> None:
    state = call()
    try:
        raw = await received(sent)
    except PayloadKeyError:  # waits until the key is there
        return
    message = message_of(raw, CONVERTER.payload_converter)
    state.answer(decode(name, message, new_id=uuid4(), now=T0))
    assert len(state.outbox.events) == len(state.outbox.receipts) == 1
    record = state.outbox.next_record(state.account_id, state.session_id, state.walk)
    told = recorded(record)
    assert "\\u0000" not in told
    assert told.encode()


def sent(data: bytes, **metadata: bytes) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"} | metadata, data=data)


@pytest.mark.parametrize(
    "payload",
    [
        sent(b'{"text": "a"', encoding=b"json/plain"),
        sent(b"[" * 100_000),
        sent(b'{"text": "\\ud800"}'),
        sent(b"9" * 5_000),
        sent(b"{}", encoding=b"\xff"),
        sent(b"{}", encoding=b"json/protobuf", messageType=b"no.such.Message"),
        sent(b"{}", encoding=b"json/external-storage-reference"),
        sent(b"{}", __temporal_external_storage_reference=b"true"),
        sent(b"{}", encoding=b"json/protobuf", messageType=b"temporal.api.sdk.v1.ExternalStorageReference"),
    ],
    ids=["cut off", "deep", "half a pair", "long number", "no encoding", "no type", "stored", "marked", "reference"],
)
async def test_what_nobody_can_read_is_no_message(payload: Payload) -> None:
    assert message_of(await received([payload]), CONVERTER.payload_converter) in (None, {"text": "\ud800"})


async def test_what_a_client_sends_is_read() -> None:
    [encoded] = await CONVERTER.encode([{"text": "a note"}])
    assert message_of(await received([encoded]), CONVERTER.payload_converter) == {"text": "a note"}
