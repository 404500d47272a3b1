"""What a stream sends, by itself: without a database, and without a server but for one that a reader stops reading."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st

import api.server
from api.live.account import AccountStreams
from api.live.messages import Audience, walk_message
from api.live.stream import MOST_WAITING, Stream
from api.server import ConnectionWithDeadline
from l1.database.feed import EventFeed, FeedEvent, FeedPage, Position
from l1.database.presence import Presences
from l1.domain.live import concerns_engineers
from l1.domain.session import Actor, Status
from tests.waiting import eventually

LEA = Actor("lea", "Lea")
EVENT = FeedEvent(
    position=Position(1, 1),
    session_id=uuid4(),
    ticket_id=uuid4(),
    ticket_number=1001,
    kind="noted",
    revision=2,
    at=datetime(2026, 11, 2, tzinfo=UTC),
    by=LEA,
    status=Status.ACTIVE,
    owner=LEA,
    was_escalated=False,
    details={},
)
XIDS, SEQS = st.integers(0, 2**64 - 1), st.integers(0, 2**63 - 1)
FEEDS = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 50)), unique=True, max_size=30).map(
    lambda places: [replace(EVENT, position=Position(*place)) for place in sorted(places)]
)


@dataclass
class Stored:
    """A feed in memory, in pages of three."""

    events: Sequence[FeedEvent]

    async def between(self, _account: UUID, after: Position, up_to: Position, session_id: UUID | None) -> FeedPage:
        found = tuple(
            event for event in self.events if after < event.position <= up_to and session_id in (None, event.session_id)
        )
        return FeedPage(found[:3], has_more=len(found) >= 3, is_held_up=False)


@dataclass
class Database:
    """A database that has come back with or without its last transactions."""

    next_xid: int

    async def now(self, _account: UUID) -> Position:
        return Position(self.next_xid, 0)

    async def after(self, _account: UUID, _after: Position) -> FeedPage:
        return FeedPage((), has_more=False, is_held_up=False)


def stream_of(events: Sequence[FeedEvent], *, after: Position, joined_at: Position) -> Stream:
    feed = cast("EventFeed", Stored(events))
    return Stream(feed, uuid4(), Audience(takes_calls=True), after=after, joined_at=joined_at, is_reset=False)


@given(XIDS, SEQS)
def test_a_position_is_read_as_it_was_written(xid: int, seq: int) -> None:
    assert Position.parse(str(Position(xid, seq))) == Position(xid, seq)


@pytest.mark.parametrize(
    "text", ["", "-", "1", "1-", "-1-2", "1-2 ", "1-2\n", "a-b", "¹-²", f"{2**64}-1", f"1-{2**63}"]
)
def test_what_is_no_position_is_none(text: str) -> None:
    assert Position.parse(text) is None


@given(FEEDS, st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_wherever_a_reader_comes_back_he_is_sent_what_follows_once_and_in_order(
    events: Sequence[FeedEvent], left_at: int, joins_at: int, more_before: int
) -> None:
    """He may have been ahead of this process, as another one served him; more is offered before he reads, and after."""
    places = [Position(0, 0), *(event.position for event in events)]
    left, joined = (places[min(index, len(events))] for index in (left_at, joins_at))

    async def sent() -> list[str | None]:
        stream = stream_of(events, after=left, joined_at=joined)
        offered = [walk_message(event) for event in events if event.position > joined]
        for message in offered[:more_before]:
            stream.offer(message)
        expected = [event for event in events if event.position > left]
        ids: list[str | None] = []
        async for event in stream.messages():
            if not ids:
                for late in offered[more_before:]:
                    stream.offer(late)
            ids.append(event.id)
            if len(ids) == len(expected) + 1:
                stream.end()
        return ids

    assert asyncio.run(sent()) == [str(place) for place in (left, *(p for p in places if p > left))]


async def test_a_reader_who_falls_too_far_behind_is_cut_off() -> None:
    stream = stream_of([], after=Position(0, 0), joined_at=Position(0, 0))
    for number in range(MOST_WAITING):
        stream.offer(walk_message(replace(EVENT, position=Position(1, number + 1))))
    assert not stream.is_over
    stream.offer(walk_message(replace(EVENT, position=Position(2, 1))))
    assert [message.id async for message in stream.messages()] == ["0-0"]


@pytest.mark.parametrize(("next_xid", "has_lost"), [(99, True), (100, False), (101, False)])
async def test_streams_end_where_the_database_has_come_back_without_its_last_transactions(
    next_xid: int, *, has_lost: bool
) -> None:
    database = Database(100)
    account = AccountStreams(uuid4(), cast("EventFeed", database), cast("Presences", None))
    await account.begin()
    running = asyncio.create_task(account.run())
    with account.joined(Audience(takes_calls=True), None, is_reset=False) as stream:
        database.next_xid = next_xid
        account.on_reconnected()

        async def is_looked_at() -> bool:
            return not account.is_in_doubt

        await eventually(is_looked_at)
        assert stream.is_over is has_lost
        running.cancel()


def test_engineers_are_concerned_with_calls_that_have_been_escalated_alone() -> None:
    assert concerns_engineers("escalated", Status.ESCALATED, was_escalated=True)
    assert concerns_engineers("noted", Status.ESCALATED, was_escalated=True)
    assert concerns_engineers("handed_back", Status.ACTIVE, was_escalated=True)
    assert concerns_engineers("resolved", Status.RESOLVED, was_escalated=True)
    assert not concerns_engineers("stepped", Status.ACTIVE, was_escalated=True)
    assert not concerns_engineers("resolved", Status.RESOLVED, was_escalated=False)


async def test_a_client_that_takes_nothing_is_cut_off_and_the_response_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.server, "SEND_SECONDS", 0.2)
    is_sending, has_ended = asyncio.Event(), asyncio.Event()

    async def endless(_scope: Any, receive: Any, send: Any) -> None:
        async def until_gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        gone = asyncio.create_task(until_gone())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        is_sending.set()
        while not gone.done():
            await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
            await asyncio.sleep(0)
        has_ended.set()

    config = uvicorn.Config(endless, port=0, http=ConnectionWithDeadline, lifespan="off", log_config=None, ws="none")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        reader, writer = await asyncio.open_connection(*listening.getsockname(), limit=1024)
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        async with asyncio.timeout(10):
            await is_sending.wait()
            await has_ended.wait()  # nothing has been read beyond what the transport takes by itself
        assert not reader.at_eof()
        writer.close()
        server.should_exit = True

        async def is_down() -> bool:
            return serving.done()

        await eventually(is_down)
