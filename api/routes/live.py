"""Event streams: what happens to calls, as it happens."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse

from api.auth import Anyone
from api.dependencies import calls_of, hub_of
from api.live.hub import Hub
from api.live.messages import PresenceMessage, ResetMessage, WalkMessage
from api.problems import responses
from l1.database.calls import Calls
from l1.domain.errors import NotFound

router = APIRouter(tags=["live"])

LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        description="The id of the last event that was received: what has happened since is sent first. Of an id that "
        "is unknown or too old, `reset` tells.",
    ),
]
Streams = Annotated[Hub, Depends(hub_of)]
# Server-sent events; what their data are is described by what the routes say that they yield.
Sent = AsyncIterator[Any]
Message = WalkMessage | PresenceMessage | ResetMessage


# The stream is opened before the response is begun, so that what hinders it has a status; and closed after it.
async def _of_account(principal: Anyone, hub: Streams, last_event_id: LastEventId = None) -> AsyncIterator[Sent]:
    async with hub.stream(principal, None, last_event_id) as stream:
        yield stream.messages()


async def _of_session(
    session_id: UUID,
    principal: Anyone,
    hub: Streams,
    calls: Annotated[Calls, Depends(calls_of)],
    last_event_id: LastEventId = None,
) -> AsyncIterator[Sent]:
    if not await calls.exists(principal.account_id, session_id):
        raise NotFound("There is no such session.")
    async with hub.stream(principal, session_id, last_event_id) as stream:
        yield stream.messages()


@router.get("/events", response_class=EventSourceResponse, responses=responses())
async def account_events(
    messages: Annotated[Sent, Depends(_of_account)],
) -> AsyncIterator[Message]:
    """What happens to the account's calls; an engineer who takes no calls gets that of the hand-off."""
    async for message in messages:
        yield message


@router.get("/sessions/{session_id}/events", response_class=EventSourceResponse, responses=responses(404))
async def session_events(
    messages: Annotated[Sent, Depends(_of_session)],
) -> AsyncIterator[Message]:
    """What happens to one call. Whoever streams it is shown to colleagues as present."""
    async for message in messages:
        yield message
