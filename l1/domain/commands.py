"""What can be asked of a walk, and how a loosely typed message becomes such a command.

A signal may come from the API or from somebody's hand at the Temporal command line, so nothing about its shape is
certain. Who sent it and when is read leniently; what it asks for is read strictly and refused with `Invalid`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from l1.domain import limits
from l1.domain.building import NodeBuild
from l1.domain.errors import Invalid
from l1.domain.session import OPERATOR, Actor
from l1.domain.texts import optional_text, required_text, slug
from l1.domain.tree import Node


@dataclass(frozen=True)
class Step:
    """The answer to the current node. `question` is the wording the caller heard, if it was not the node's own."""

    node_id: str
    answer: str
    question: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class NoteText:
    text: str
    node_id: str | None = None


@dataclass(frozen=True)
class TakeNotes:
    notes: tuple[NoteText, ...]


@dataclass(frozen=True)
class Resolve:
    helpful: bool
    resolution_notes: str | None = None


@dataclass(frozen=True)
class Escalate:
    """Also how a call that stalled, was cancelled or was lost ends; the actor and `reason_category` tell which."""

    reason_category: str
    reason: str | None = None


@dataclass(frozen=True)
class PlaceNode:
    """The node that was being built has arrived; `build` tells who built it."""

    node: Node
    build: NodeBuild | None = None


Body = Step | TakeNotes | Resolve | Escalate | PlaceNode


@dataclass(frozen=True)
class Sender:
    """Who asked, when, and on what understanding.

    `id` names the command for ever: a second command with it changes nothing. `expected_revision` is the walk's
    revision the sender had before his eyes. `fingerprint` tells apart two requests that use the same id.
    """

    id: UUID
    at: datetime
    actor: Actor
    expected_revision: int | None = None
    fingerprint: str | None = None


@dataclass(frozen=True)
class Command:
    sender: Sender
    body: Body


def read_sender(raw: object, *, new_id: UUID, now: datetime) -> Sender:
    """Read who sent the message; whatever is missing or unreadable falls back to `new_id`, `now` and an operator.

    A time in the future is a clock that runs ahead, and counts as `now`.
    """
    fields: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
    revision = fields.get("expected_revision")
    fingerprint = fields.get("fingerprint")
    return Sender(
        id=_uuid(fields.get("command_id")) or new_id,
        at=min(_time(fields.get("at")) or now, now),
        actor=_actor(fields.get("actor")),
        expected_revision=revision if isinstance(revision, int) else None,
        fingerprint=fingerprint if isinstance(fingerprint, str) else None,
    )


def read_body(name: str, raw: object) -> Body:
    """Read what the signal of that name asks for; raises Invalid with the field that is wrong."""
    if not isinstance(raw, Mapping):
        raise Invalid(f"A {name} signal takes one JSON object.", field="")
    match name:
        case "step":
            return Step(
                node_id=required_text(raw, "node_id", limits.NODE_ID),
                answer=required_text(raw, "answer", limits.ANSWER),
                question=optional_text(raw, "question", limits.NODE_TEXT),
                note=optional_text(raw, "note", limits.NOTE),
            )
        case "note":
            return TakeNotes(_notes(raw))
        case "resolve":
            helpful = raw.get("helpful")
            if not isinstance(helpful, bool):
                raise Invalid("'helpful' must be true or false.", field="helpful")
            return Resolve(helpful, optional_text(raw, "resolution_notes", limits.NOTE))
        case "escalate":
            return Escalate(
                reason_category=slug(raw, "reason_category", limits.REASON_CATEGORY),
                reason=optional_text(raw, "reason", limits.REASON),
            )
        case _:
            raise Invalid(f"There is no signal '{name}'. Send step, note, resolve or escalate.", field="")


def _notes(raw: Mapping[str, Any]) -> tuple[NoteText, ...]:
    """Read `{"notes": [{"text": …}]}`, or `{"text": …}` alone, which is what a person would type."""
    items = raw.get("notes", [raw])
    if not isinstance(items, list) or not 1 <= len(items) <= limits.NOTES_PER_REQUEST:
        raise Invalid(f"'notes' must be a list of 1 to {limits.NOTES_PER_REQUEST} notes.", field="notes")
    read = []
    for place, item in enumerate(items):
        if not isinstance(item, Mapping):
            raise Invalid(f"'notes[{place}]' must be an object with 'text'.", field=f"notes[{place}]")
        read.append(NoteText(required_text(item, "text", limits.NOTE), optional_text(item, "node_id", limits.NODE_ID)))
    return tuple(read)


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _time(value: object) -> datetime | None:
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return read.astimezone(UTC) if read is not None and read.tzinfo is not None else None


def _actor(value: object) -> Actor:
    if isinstance(value, str) and value.strip():
        return Actor(value[: limits.ACTOR_NAME])
    if isinstance(value, Mapping) and isinstance(value.get("id"), str):
        name = value.get("name")
        return Actor(value["id"][: limits.ACTOR_NAME], name[: limits.ACTOR_NAME] if isinstance(name, str) else None)
    return OPERATOR
