"""A reader of an event stream whose API is killed with -9 again and again while calls go on."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
from sqlalchemy import select

from l1.database.feed import Position
from l1.database.models import WalkEventRow
from l1.domain.roles import Role
from tests.accounts import Account
from tests.e2e.test_crashes import Waits, kill_and_see_it_back, send_until_acknowledged
from tests.stack import Stack
from tests.streams import Reader, reading
from tests.waiting import eventually

WALKS, STEPS_EACH, KILLS = 4, 12, 2


@dataclass
class Client:
    """Reads the account's stream, and connects again with the last id whenever the connection is lost."""

    headers: dict[str, str]
    http: httpx.AsyncClient
    readers: list[Reader] = field(default_factory=list)

    @property
    def ids(self) -> list[str | None]:
        return [one.id for reader in self.readers for one in reader.received]

    @property
    def connections(self) -> int:
        return len(self.readers)

    async def has_connected(self, times: int) -> bool:
        return self.connections >= times

    async def run(self) -> None:
        while True:
            last_id = self.readers[-1].last_id if self.readers else None
            with suppress(httpx.TransportError):  # there is no API now
                async with reading(self.http, "/events", self.headers, last_id=last_id) as reader:
                    self.readers.append(reader)
                    await reader.until(lambda it: it.is_lost, within=100)
            await asyncio.sleep(0.05)


async def test_a_reader_who_comes_back_after_kill_9_of_the_api_misses_and_repeats_nothing(
    stack: Stack, account: Account, http: httpx.AsyncClient
) -> None:
    client, waits = Client(account.headers(Role.OWNER), http), Waits()

    async def walk(session_id: str) -> None:
        for number in range(STEPS_EACH):
            body = {"node_id": "n1", "answer": "Again", "note": str(number)}
            await send_until_acknowledged(account, f"/sessions/{session_id}/step", body, waits)

    async def kill_again_and_again() -> None:
        for number in range(KILLS):
            await eventually(lambda number=number: client.has_connected(number + 1), within=60)  # type: ignore[misc]
            await kill_and_see_it_back(stack, stack.api)

    client_runs = asyncio.create_task(client.run())
    await eventually(lambda: client.has_connected(1))
    flow_id = await account.publish()
    sessions = [await account.take_call(flow_id) for _ in range(WALKS)]
    async with asyncio.TaskGroup() as group:
        group.create_task(kill_again_and_again())
        for session in sessions:
            group.create_task(walk(session["id"]))
    query = select(WalkEventRow.xid, WalkEventRow.seq).where(WalkEventRow.kind != "rejected")
    async with stack.database.account(account.id) as connection:
        rows = await connection.execute(query.order_by(WalkEventRow.xid, WalkEventRow.seq))
        stored = [str(Position(*row)) for row in rows]
    assert len(stored) == WALKS * (1 + STEPS_EACH)

    async def has_all() -> bool:
        return len(client.ids) >= len(stored)

    await eventually(has_all)
    client_runs.cancel()
    assert client.ids == stored
    assert client.connections > KILLS
