"""Whoever matches hears of what has changed in the library, as soon as it can be read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from l1.database.engine import Database
from l1.database.exemplars import Exemplars
from l1.database.flows import Flows
from l1.database.notifications import Listener
from l1.database.shelves import LIBRARY_CHANNEL, Shelves
from l1.domain.commands import Resolve
from l1.domain.flow_file import parse_flow
from l1.local_stack.processes import free_port
from tests.accounts import KEYBOARD
from tests.l1.database.libraries import publish, walked
from tests.stack import Stack
from tests.waiting import eventually


@dataclass
class Ear:
    """What arrives on the library's channel; None where something may have been missed."""

    database: Database
    notified: list[str | None] = field(default_factory=list)

    async def since(self, place: int, about: UUID) -> list[str]:
        """Return what arrived of an account or flow from a place in the list to now."""
        mark = str(uuid4())  # what was committed before it arrives before it
        async with self.database.no_account() as connection:
            await connection.execute(text("SELECT pg_notify(:channel, :it)"), {"channel": LIBRARY_CHANNEL, "it": mark})

        async def has_come() -> bool:
            return mark in self.notified

        await eventually(has_come, within=5)
        return [message for message in self.notified[place:] if message is not None and str(about) in message]


@pytest_asyncio.fixture
async def ear(stack: Stack) -> AsyncIterator[Ear]:
    ear = Ear(stack.database)
    listener = Listener(stack.postgres.app_url, LIBRARY_CHANNEL, ear.notified.append)
    listening = asyncio.create_task(listener.run())

    async def listens() -> bool:
        return listener.is_listening

    await eventually(listens)
    yield ear
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening


@pytest.fixture
def account_id() -> UUID:
    return uuid4()


async def test_the_beginning_is_told_as_a_moment_when_something_may_have_been_missed(ear: Ear) -> None:
    assert ear.notified[0] is None


async def test_a_flow_that_goes_live_or_off_is_told(stack: Stack, ear: Ear, account_id: UUID) -> None:
    flow_id = await publish(stack.database, account_id)
    told = f"{account_id}/{flow_id}"
    assert told in await ear.since(0, account_id)
    for change in (
        Flows(stack.database).unpublish(account_id, flow_id),
        publish(stack.database, account_id, title="Another title"),
    ):
        place = len(ear.notified)
        await change
        assert told in await ear.since(place, account_id)


async def test_a_draft_is_nobody_s_news(stack: Stack, ear: Ear, account_id: UUID) -> None:
    for title in ("One", "Two"):
        flow = parse_flow(KEYBOARD | {"title": title})
        await Flows(stack.database).save_draft(account_id, flow, "test", uuid4())
    assert await ear.since(0, account_id) == []


async def test_new_vectors_are_told(stack: Stack, ear: Ear, account_id: UUID) -> None:
    flow_id = await publish(stack.database, account_id)
    shelves = Shelves(stack.database)
    place = len(ear.notified)
    await shelves.store_vectors(account_id, flow_id, 1, "test", b"x")
    assert f"{account_id}/{flow_id}" in await ear.since(place, account_id)

    [shared, *_] = await shelves.live(None, None)
    place = len(ear.notified)
    await shelves.store_vectors(None, shared.flow_id, shared.version, f"test-{uuid4()}", b"x")
    assert f"-/{shared.flow_id}" in await ear.since(place, shared.flow_id)


async def test_an_exemplar_is_told_when_it_is_learned_gets_its_vector_and_goes(
    stack: Stack, ear: Ear, account_id: UUID
) -> None:
    flow_id = await publish(stack.database, account_id)
    told = f"{account_id}/{flow_id}"
    place = len(ear.notified)
    await walked(stack.database, account_id, flow_id, Resolve(helpful=True))
    assert told in await ear.since(place, account_id)
    [exemplar] = await Exemplars(stack.database).of(account_id, flow_id)
    place = len(ear.notified)
    await Shelves(stack.database).store_exemplar_vector(account_id, exemplar.id, "test", b"x")
    assert told in await ear.since(place, account_id)
    place = len(ear.notified)
    await Exemplars(stack.database).remove(account_id, flow_id, exemplar.id)
    assert told in await ear.since(place, account_id)


async def test_a_server_that_is_away_is_tried_again_until_it_is_cancelled() -> None:
    notified: list[str | None] = []
    listener = Listener(f"postgresql://l1_app:x@127.0.0.1:{free_port()}/l1", LIBRARY_CHANNEL, notified.append)
    listening = asyncio.create_task(listener.run())
    await asyncio.sleep(0.5)
    assert not listening.done()
    assert (listener.is_listening, notified) == (False, [])
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening
