"""What a stream is sent: the bodies, and how they become server-sent events."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi.sse import ServerSentEvent
from pydantic import BaseModel, Field

from api.schemas import PersonResponse
from l1.database.feed import FeedEvent, Position
from l1.database.presence import SessionPresence
from l1.domain.live import concerns_engineers
from l1.domain.naming import ticket_number
from l1.domain.session import Actor, Status


class WalkMessage(BaseModel):
    """`event: walk`. Something has happened to a call; `tier`, `number` and `deadline` only where the kind has them."""

    kind: str = Field(examples=["escalated"])
    session_id: UUID
    ticket_id: UUID
    ticket_number: str
    revision: int
    at: datetime
    by: PersonResponse
    status: Status = Field(description="Of the call, when this is sent.")
    owner: PersonResponse
    tier: int | None = None
    number: int | None = None
    deadline: datetime | None = None


class PresenceMessage(BaseModel):
    """`event: presence`. Somebody has opened a session, or closed it; `presence` is who has it open now."""

    kind: Literal["presence"] = "presence"
    session_id: UUID
    presence: list[PersonResponse]


class ResetMessage(BaseModel):
    """`event: reset`. It could not be gone on from Last-Event-ID: read anew what is shown, events follow from now."""

    kind: Literal["reset"] = "reset"


@dataclass(frozen=True)
class Audience:
    """Who reads a stream; `session_id` None: the events of all calls that concern him."""

    takes_calls: bool
    session_id: UUID | None = None


@dataclass(frozen=True)
class Message:
    """`position` is None for what is not in the feed, and has no id; `concerns` tells to whom it is sent."""

    sent: ServerSentEvent
    concerns: Callable[[Audience], bool]
    position: Position | None = None


RECONNECT_AFTER = 1_000
"""Milliseconds that a client waits before it connects again; those that heed `retry` do."""
RESET = ServerSentEvent(event="reset", raw_data=ResetMessage().model_dump_json())


def greeting(position: Position) -> ServerSentEvent:
    """Begin a stream: an id alone, so that a client that is cut off before the first event misses none either."""
    return ServerSentEvent(id=str(position), retry=RECONNECT_AFTER)


def walk_message(event: FeedEvent) -> Message:
    body = WalkMessage(
        kind=event.kind,
        session_id=event.session_id,
        ticket_id=event.ticket_id,
        ticket_number=ticket_number(event.ticket_number),
        revision=event.revision,
        at=event.at,
        by=_person(event.by),
        status=event.status,
        owner=_person(event.owner),
        **event.details,
    )
    # Made once for all streams that are sent it.
    sent = ServerSentEvent(id=str(event.position), event="walk", raw_data=body.model_dump_json(exclude_unset=True))
    is_engineers = concerns_engineers(event.kind, event.status, was_escalated=event.was_escalated)
    return Message(sent, _to(event.session_id, engineers=is_engineers), event.position)


def presence_message(found: SessionPresence) -> Message:
    body = PresenceMessage(session_id=found.session_id, presence=[_person(actor) for actor in found.people])
    sent = ServerSentEvent(event="presence", raw_data=body.model_dump_json())
    is_engineers = concerns_engineers(body.kind, found.status, was_escalated=found.was_escalated)
    return Message(sent, _to(found.session_id, engineers=is_engineers))


def _to(session_id: UUID, *, engineers: bool) -> Callable[[Audience], bool]:
    def concerns(audience: Audience) -> bool:
        return audience.session_id in (None, session_id) and (audience.takes_calls or engineers)

    return concerns


def _person(actor: Actor) -> PersonResponse:
    return PersonResponse(id=actor.id, name=actor.name)
