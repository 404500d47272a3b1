import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l1.domain import limits
from l1.domain.commands import Escalate, NoteText, Resolve, Sender, SignalBody, Step, TakeNotes
from l1.domain.errors import Problem
from l1.domain.session import OPERATOR, Actor
from l1.domain.signals import Signal, decode, encode, name_of
from l1.domain.texts import fault_in
from tests.l1.domain.walks import T0

ID = UUID(int=7)
NAMES = ("step", "note", "resolve", "escalate")

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
envelopes = st.fixed_dictionaries(
    {},
    optional={
        "command_id": json_values,
        "actor": json_values | st.fixed_dictionaries({"id": st.text(), "name": json_values}),
        "at": st.text() | st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
        "expected_revision": json_values,
        "fingerprint": json_values,
        "notes": json_values,
        "text": json_values,
        "node_id": json_values,
        "answer": json_values,
        "helpful": json_values,
        "reason_category": json_values,
    },
)


def texts(limit: int) -> st.SearchStrategy[str]:
    """Texts as the API hands them on: storable, and without white space around them."""
    wanted = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
    return wanted.map(lambda text: text.strip()[:limit].strip()).filter(lambda text: text and not fault_in(text))


slugs = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
notes = st.builds(NoteText, texts(limits.NOTE), st.none() | texts(limits.NODE_ID))
bodies: st.SearchStrategy[SignalBody] = st.one_of(
    st.builds(
        Step,
        texts(limits.NODE_ID),
        texts(limits.ANSWER),
        st.none() | texts(limits.NODE_TEXT),
        st.none() | texts(limits.NOTE),
    ),
    st.lists(notes, min_size=1, max_size=4).map(lambda items: TakeNotes(tuple(items))),
    st.builds(Resolve, st.booleans(), st.none() | texts(limits.NOTE)),
    st.builds(Escalate, slugs, st.none() | texts(limits.REASON)),
)
senders = st.builds(
    Sender,
    st.uuids(),
    st.datetimes(max_value=T0.replace(tzinfo=None), timezones=st.just(UTC)),
    st.builds(Actor, texts(limits.ACTOR_NAME), st.none() | texts(limits.ACTOR_NAME)),
    st.none() | st.integers(0, 10**9),
    st.none() | st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
)


def read(name: str, message: object) -> Signal:
    return decode(name, message, new_id=ID, now=T0)


@given(senders, bodies)
def test_a_signal_is_read_as_it_was_written(sender: Sender, body: SignalBody) -> None:
    sent = json.loads(json.dumps(encode(sender, body)))
    assert read(name_of(body), sent) == Signal(name_of(body), sender, body)


def test_a_message_by_hand_needs_nothing_but_what_it_asks() -> None:
    assert read("note", {"text": " hello "}) == Signal(
        "note", Sender(ID, T0, OPERATOR), TakeNotes((NoteText("hello"),))
    )


def test_a_sender_may_be_a_name_alone() -> None:
    assert read("note", {"text": "hello", "actor": "kim"}).sender.actor == Actor("kim")


@pytest.mark.parametrize(
    "at",
    [
        (T0 + timedelta(hours=1)).isoformat(),
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        T0.replace(tzinfo=None).isoformat(),
        "yesterday",
    ],
)
def test_a_time_in_the_future_or_none_at_all_counts_as_now(at: str) -> None:
    assert read("note", {"text": "hello", "at": at}).sender.at == T0


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800", " ", ""])
def test_what_the_database_cannot_store_of_a_sender_is_left_out(text: str) -> None:
    actor = {"id": str(uuid4()), "name": text}
    sender = read("note", {"text": "hello", "fingerprint": text, "actor": actor}).sender
    assert (sender.fingerprint, sender.actor) == (None, Actor(actor["id"]))
    assert read("note", {"text": "hello", "actor": {"id": text}}).sender.actor == OPERATOR


@pytest.mark.parametrize(
    ("name", "message", "body"),
    [
        ("step", {"node_id": "n1", "answer": "Yes"}, Step("n1", "Yes")),
        ("resolve", {"helpful": False, "resolution_notes": ""}, Resolve(helpful=False)),
        ("escalate", {"reason_category": "needs_engineer", "reason": "x"}, Escalate("needs_engineer", "x")),
    ],
)
def test_well_formed_messages_are_read(name: str, message: object, body: object) -> None:
    assert read(name, message).body == body


@pytest.mark.parametrize(
    ("name", "message", "field"),
    [
        ("step", {"answer": "Yes"}, "node_id"),
        ("step", {"node_id": "n1", "answer": 3}, "answer"),
        ("step", {"node_id": "n1", "answer": "x" * 201}, "answer"),
        ("note", {"notes": []}, "notes"),
        ("note", {"notes": ["x"]}, "notes[0]"),
        ("note", {"text": "a\x00b"}, "text"),
        ("note", {"text": "a\ud800"}, "text"),
        ("resolve", {"helpful": "yes"}, "helpful"),
        ("escalate", {"reason_category": "Mr. Smith"}, "reason_category"),
        ("escalate", None, ""),
        ("close", {}, ""),
    ],
)
def test_what_is_malformed_is_named(name: str, message: object, field: str) -> None:
    problem = read(name, message).body
    assert isinstance(problem, Problem)
    assert (problem.code, problem.extra["field"]) == ("invalid_request", field)


@given(st.sampled_from(NAMES) | st.text(), json_values | envelopes)
def test_no_message_does_worse_than_being_refused(name: str, message: object) -> None:
    signal = read(name, message)
    assert signal.name in (*NAMES, "unknown")
    assert signal.sender.at <= T0
    for text in (signal.sender.actor.id, signal.sender.actor.name or "", signal.sender.fingerprint or ""):
        assert not fault_in(text)
