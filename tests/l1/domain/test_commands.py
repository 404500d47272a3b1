from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l1.domain.commands import Escalate, NoteText, Resolve, Step, TakeNotes, read_body, read_sender
from l1.domain.errors import Invalid
from l1.domain.session import OPERATOR, Actor
from tests.l1.domain.walks import T0

ID = UUID(int=7)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_a_message_by_hand_needs_nothing_but_what_it_asks() -> None:
    assert read_body("note", {"text": " hello "}) == TakeNotes((NoteText("hello"),))
    sender = read_sender({"text": "hello"}, new_id=ID, now=T0)
    assert (sender.id, sender.at, sender.actor) == (ID, T0, OPERATOR)


def test_the_api_says_who_when_and_on_what_understanding() -> None:
    command_id = uuid4()
    raw = {
        "command_id": str(command_id),
        "actor": {"id": "u1", "name": "Kim"},
        "at": (T0 - timedelta(seconds=2)).isoformat(),
        "expected_revision": 3,
        "fingerprint": "f",
    }
    sender = read_sender(raw, new_id=ID, now=T0)
    assert sender.id == command_id
    assert sender.actor == Actor("u1", "Kim")
    assert sender.at == T0 - timedelta(seconds=2)
    assert (sender.expected_revision, sender.fingerprint) == (3, "f")


def test_a_clock_that_runs_ahead_counts_as_now() -> None:
    ahead = {"at": (T0 + timedelta(hours=1)).isoformat()}
    assert read_sender(ahead, new_id=ID, now=T0).at == T0


@pytest.mark.parametrize(
    ("name", "raw", "read"),
    [
        ("step", {"node_id": "n1", "answer": "Yes"}, Step("n1", "Yes")),
        ("resolve", {"helpful": False, "resolution_notes": ""}, Resolve(helpful=False)),
        ("escalate", {"reason_category": "needs_engineer", "reason": "x"}, Escalate("needs_engineer", "x")),
    ],
)
def test_well_formed_messages_are_read(name: str, raw: object, read: object) -> None:
    assert read_body(name, raw) == read


@pytest.mark.parametrize(
    ("name", "raw", "field"),
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
def test_what_is_malformed_is_named(name: str, raw: object, field: str) -> None:
    with pytest.raises(Invalid) as error:
        read_body(name, raw)
    assert error.value.extra["field"] == field


@given(st.sampled_from(["step", "note", "resolve", "escalate", "bogus"]), json_values)
def test_no_message_does_worse_than_being_refused(name: str, raw: object) -> None:
    read_sender(raw, new_id=ID, now=T0)
    with suppress(Invalid):
        read_body(name, raw)
