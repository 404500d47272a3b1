"""Servers and programs that are killed with -9 in the middle of calls, and calls that know nothing of it."""

import asyncio
import logging
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select
from temporalio.api.enums.v1 import EventType

from activities.messages import RECORD
from l1.database.models import WalkEventRow
from l1.domain.naming import walk_workflow_id
from l1.local_stack.part import Part
from l1.local_stack.processes import working_in
from tests.accounts import OUTLOOK, Account
from tests.stack import Stack
from tests.waiting import eventually

_log = logging.getLogger(__name__)

TECHNICIANS = 6
STEPS_EACH = 25
LONGEST_WAIT = 30.0
"""Seconds for one acknowledgement across a crash: a restart, and Temporal's 10 s until it asks another worker."""
RETRY_AFTER = 0.1
AGAIN = httpx.codes.ACCEPTED, httpx.codes.SERVICE_UNAVAILABLE


@dataclass
class Waits:
    """How long callers waited for an acknowledgement, and what they were told until then."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int | str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return f"longest wait {max(self.seconds):.1f} s of {len(self.seconds)}; answers {dict(self.statuses)}"


async def send_until_acknowledged(caller: Account, path: str, body: object, waits: Waits) -> Any:
    """Send one request under one key for as long as it takes, as a client does that must not lose it."""
    key = str(uuid4())
    started = time.monotonic()
    while True:
        try:
            response = await caller.request("POST", path, body, Idempotency_Key=key)
        except httpx.TransportError as error:
            waits.statuses[type(error).__name__] += 1
        else:
            waits.statuses[response.status_code] += 1
            if response.status_code not in AGAIN:
                assert response.status_code == httpx.codes.OK, response.text
                waits.seconds.append(time.monotonic() - started)
                return response.json()
        await asyncio.sleep(RETRY_AFTER)


def part_of(stack: Stack, name: str) -> Part:
    parts: dict[str, Part] = {part.name: part for part in (stack.worker, stack.api, stack.postgres, stack.temporal)}
    return parts[name]


async def kill_and_see_it_back(stack: Stack, part: Part) -> None:
    before = part.pid
    os.kill(before, signal.SIGKILL)

    async def is_another() -> bool:
        return part.pid != before and part.child.running

    await eventually(is_another, within=LONGEST_WAIT)
    await eventually(stack.is_ready, within=LONGEST_WAIT)


async def events_of(stack: Stack, caller: Account, session_id: str) -> list[Any]:
    """Return the rows of a walk's events, in order."""
    query = select(WalkEventRow).where(WalkEventRow.session_id == UUID(session_id)).order_by(WalkEventRow.position)
    async with stack.database.account(caller.id) as connection:
        return list(await connection.execute(query))


async def assert_recorded_once_and_in_order(stack: Stack, caller: Account, session: Any, notes: list[str]) -> None:
    now = await caller.get(f"/sessions/{session['id']}")
    assert [entry["note"] for entry in now["walked_path"]] == notes
    events = await events_of(stack, caller, session["id"])
    assert [event.position for event in events] == list(range(1, len(notes) + 2))
    assert len({event.command_id for event in events}) == len(events)
    assert [event.revision for event in events] == list(range(1, len(notes) + 2))
    assert [event.kind for event in events] == ["opened"] + ["stepped"] * len(notes)


@pytest.mark.parametrize("name", ["worker", "api", "postgresql", "temporal"])
async def test_every_acknowledged_step_survives_a_killed(
    name: str, stack: Stack, account: Account, http: httpx.AsyncClient
) -> None:
    technicians = [Account(stack, http, account.id) for _ in range(TECHNICIANS)]
    flow_id = await account.publish()
    sessions = [await technician.take_call(flow_id) for technician in technicians]
    waits = Waits()

    async def walk(technician: Account, session: Any) -> None:
        for number in range(STEPS_EACH):
            body = {"node_id": "n1", "answer": "Again", "note": str(number)}
            session = await send_until_acknowledged(technician, f"/sessions/{session['id']}/step", body, waits)
            assert session["walked_path"][-1]["note"] == str(number)

    async def kill_twice() -> None:
        for third in (1, 2):
            await eventually(lambda third=third: is_done(third / 3), within=60)  # type: ignore[misc]
            await kill_and_see_it_back(stack, part_of(stack, name))

    async def is_done(share: float) -> bool:
        return len(waits.seconds) >= share * TECHNICIANS * STEPS_EACH

    async with asyncio.TaskGroup() as group:
        group.create_task(kill_twice())
        for technician, session in zip(technicians, sessions, strict=True):
            group.create_task(walk(technician, session))

    notes = [str(number) for number in range(STEPS_EACH)]
    for technician, session in zip(technicians, sessions, strict=True):
        await assert_recorded_once_and_in_order(stack, technician, session, notes)
        path = f"/sessions/{session['id']}"
        body: dict[str, Any] = {"node_id": "n1", "answer": "Yes"}
        final = await send_until_acknowledged(technician, f"{path}/step", body, waits)
        assert final["current_node_id"] == "n2"
        final = await send_until_acknowledged(technician, f"{path}/resolve", {"helpful": True}, waits)
        assert final["status"] == "resolved"
    _log.info("%s killed twice: %s", name, waits)
    assert max(waits.seconds) < LONGEST_WAIT, waits


async def test_a_call_that_is_taken_while_the_worker_is_killed_is_opened_once(stack: Stack, account: Account) -> None:
    waits = Waits()
    names = [f"Customer {number}" for number in range(8)]
    bodies = [{"problem_statement": OUTLOOK, "customer_name": name} for name in names]
    taking = [asyncio.create_task(send_until_acknowledged(account, "/intake", body, waits)) for body in bodies]

    async def has_begun() -> bool:
        return bool(await account.get("/queue"))

    await eventually(has_begun)  # a ticket is there: some calls are decided, some are being decided, some are not
    await kill_and_see_it_back(stack, stack.worker)
    answers = await asyncio.gather(*taking)

    _log.info("intake: %s", waits)
    assert max(waits.seconds) < LONGEST_WAIT, waits
    rows = await account.get("/queue")
    assert sorted(row["customer_name"] for row in rows) == names
    assert {row["session_id"] for row in rows} == {answer["session_id"] for answer in answers}
    assert {row["ticket_id"] for row in rows} == {answer["ticket_id"] for answer in answers}
    for answer in answers:
        assert [event.kind for event in await events_of(stack, account, answer["session_id"])] == ["opened"]


@asynccontextmanager
async def killed(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """PostgreSQL killed, and its next start held back until the block is left."""
    start = stack.postgres.start
    may_start = asyncio.Event()

    async def wait_and_start() -> None:
        await may_start.wait()
        await start()

    monkeypatch.setattr(stack.postgres, "start", wait_and_start)
    os.kill(stack.postgres.pid, signal.SIGKILL)
    try:
        yield
    finally:
        may_start.set()


@asynccontextmanager
async def frozen(stack: Stack, _monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """PostgreSQL there, but without an answer: a stuck disk, or a network that swallows packets."""
    pids = working_in(stack.settings.data_dir / "postgres")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize(
    "away",
    [
        killed,
        pytest.param(frozen, marks=pytest.mark.skipif(sys.platform != "linux", reason="Its processes are in /proc.")),
    ],
    ids=["killed", "frozen"],
)
async def test_signals_sent_while_the_database_is_away_are_recorded_when_it_is_back(
    away: Callable[[Stack, pytest.MonkeyPatch], Any],
    stack: Stack,
    account: Account,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = await account.take_call()
    handle = stack.client.get_workflow_handle(walk_workflow_id(UUID(session["id"])))
    notes = [str(number) for number in range(10)]

    async def regular_record_is_scheduled() -> bool:
        history = await handle.fetch_history()
        return any(
            event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
            and event.activity_task_scheduled_event_attributes.activity_type.name == RECORD
            for event in history.events
        )

    async def all_are_there() -> bool:
        return len((await account.get(f"/sessions/{session['id']}"))["walked_path"]) == len(notes)

    async with away(stack, monkeypatch):
        for note in notes[:5]:
            await handle.signal("step", {"node_id": "n1", "answer": "Again", "note": note})
        await eventually(regular_record_is_scheduled, within=LONGEST_WAIT)
        for note in notes[5:]:
            await handle.signal("step", {"node_id": "n1", "answer": "Again", "note": note})
    await eventually(stack.is_ready, within=LONGEST_WAIT)
    await eventually(all_are_there, within=LONGEST_WAIT)
    await assert_recorded_once_and_in_order(stack, account, session, notes)
    resolved = await account.post(f"/sessions/{session['id']}/resolve", {"helpful": True})
    assert resolved["status"] == "resolved"
