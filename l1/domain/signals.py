"""Signals: the form in which commands travel to a walk.

A signal has a name and one JSON object: what is asked for, as in the REST body, and around it who asks. It comes from
the API, or from somebody's hand at the Temporal command line, so nothing about its shape is certain: who sent it and
when is read leniently, what it asks for strictly.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from l1.domain import limits
from l1.domain.commands import Escalate, NoteText, Resolve, Sender, SignalBody, Step, TakeNotes
from l1.domain.errors import Invalid, Problem
from l1.domain.session import OPERATOR, Actor
from l1.domain.texts import optional_text, required_text, slug, storable

STEP: Final = "step"
NOTE: Final = "note"
RESOLVE: Final = "resolve"
ESCALATE: Final = "escalate"
UNKNOWN: Final = "unknown"
"""Stands for every other name: one that somebody made up may hold anything."""

_FINGERPRINT = 64
"""Characters: a SHA-256 in hexadecimal digits."""


@dataclass(frozen=True)
class Signal:
    """A signal as a walk has read it. `body` is a problem where it asks for nothing that can be done."""

    name: str
    sender: Sender
    body: SignalBody | Problem


def name_of(body: SignalBody) -> str:
    match body:
        case Step():
            return STEP
        case TakeNotes():
            return NOTE
        case Resolve():
            return RESOLVE
        case Escalate():
            return ESCALATE


def encode(sender: Sender, body: SignalBody) -> dict[str, Any]:
    """Write the signal's JSON object. `decode` gives the same sender and body again."""
    actor = {"id": sender.actor.id, "name": sender.actor.name}
    return {
        **_fields(body),
        "command_id": str(sender.id),
        "at": sender.at.isoformat(),
        "actor": actor,
        "expected_revision": sender.expected_revision,
        "fingerprint": sender.fingerprint,
    }


def decode(name: str, message: object, *, new_id: UUID, now: datetime) -> Signal:
    """Read whatever was sent under that name. Never raises.

    What the message does not say, or says so that it cannot be read, falls back: the id to `new_id`, the time to `now`,
    the sender to an operator.
    """
    sender = _read_sender(message, new_id, now)
    try:
        return Signal(name, sender, _read_body(name, message))
    except Invalid as error:
        return Signal(name if name in NAMES else UNKNOWN, sender, error.problem)


def _fields(body: SignalBody) -> dict[str, Any]:
    match body:
        case Step():
            return {"node_id": body.node_id, "answer": body.answer, "question": body.asked_as, "note": body.note}
        case TakeNotes():
            return {"notes": [{"text": note.text, "node_id": note.node_id} for note in body.notes]}
        case Resolve():
            return {"helpful": body.helpful, "resolution_notes": body.resolution_notes}
        case Escalate():
            return {"reason_category": body.reason_category, "reason": body.reason}


def _read_body(name: str, message: object) -> SignalBody:
    """Raises Invalid with the field that is wrong."""
    read = _READERS.get(name)
    if read is None:
        raise Invalid(f"There is no such signal. Send one of {', '.join(NAMES)}.", field="")
    if not isinstance(message, Mapping):
        raise Invalid(f"A {name} signal takes one JSON object that can be read.", field="")
    return read(message)


def _read_step(raw: Mapping[str, Any]) -> Step:
    return Step(
        node_id=required_text(raw, "node_id", limits.NODE_ID),
        answer=required_text(raw, "answer", limits.ANSWER),
        asked_as=optional_text(raw, "question", limits.NODE_TEXT),
        note=optional_text(raw, "note", limits.NOTE),
    )


def _read_notes(raw: Mapping[str, Any]) -> TakeNotes:
    """Read `{"notes": [{"text": …}]}`, or `{"text": …}` alone, which is what a person would type."""
    items = raw.get("notes", [raw])
    if not isinstance(items, list) or not 1 <= len(items) <= limits.NOTES_PER_REQUEST:
        raise Invalid(f"'notes' must be a list of 1 to {limits.NOTES_PER_REQUEST} notes.", field="notes")
    notes = []
    for place, item in enumerate(items):
        if not isinstance(item, Mapping):
            raise Invalid(f"'notes[{place}]' must be an object with 'text'.", field=f"notes[{place}]")
        notes.append(NoteText(required_text(item, "text", limits.NOTE), optional_text(item, "node_id", limits.NODE_ID)))
    return TakeNotes(tuple(notes))


def _read_resolve(raw: Mapping[str, Any]) -> Resolve:
    helpful = raw.get("helpful")
    if not isinstance(helpful, bool):
        raise Invalid("'helpful' must be true or false.", field="helpful")
    return Resolve(helpful, optional_text(raw, "resolution_notes", limits.NOTE))


def _read_escalate(raw: Mapping[str, Any]) -> Escalate:
    return Escalate(
        reason_category=(
            None if raw.get("reason_category") is None else slug(raw, "reason_category", limits.REASON_CATEGORY)
        ),
        reason=optional_text(raw, "reason", limits.REASON),
    )


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], SignalBody]]] = {
    STEP: _read_step,
    NOTE: _read_notes,
    RESOLVE: _read_resolve,
    ESCALATE: _read_escalate,
}
NAMES: Final = tuple(_READERS)


def _read_sender(message: object, new_id: UUID, now: datetime) -> Sender:
    """A time in the future is a clock that runs ahead, and counts as now."""
    raw: Mapping[str, Any] = message if isinstance(message, Mapping) else {}
    revision = raw.get("expected_revision")
    return Sender(
        id=_read_uuid(raw.get("command_id")) or new_id,
        at=min(_read_time(raw.get("at")) or now, now),
        actor=_read_actor(raw.get("actor")),
        expected_revision=revision if isinstance(revision, int) and not isinstance(revision, bool) else None,
        fingerprint=storable(raw.get("fingerprint"), _FINGERPRINT),
    )


def _read_uuid(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _read_time(value: object) -> datetime | None:
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
        return None if read is None or read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):  # of year 1 or 9999, whose UTC lies outside of what a datetime can be
        return None


def _read_actor(value: object) -> Actor:
    if isinstance(value, Mapping):
        name = storable(value.get("name"), limits.ACTOR_NAME)
        actor_id = storable(value.get("id"), limits.ACTOR_NAME)
    else:
        name, actor_id = None, storable(value, limits.ACTOR_NAME)
    return OPERATOR if actor_id is None else Actor(actor_id, name)
