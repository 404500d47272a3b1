"""Matching across processes: two workers, a worker without an embedder, and one whose embedder is behind an API."""

import asyncio
import logging
import os
import socket
import statistics
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from activities.intake import IntakeActivities
from activities.messages import MATCH, MatchRequest
from l1.database.customers import Customers
from l1.database.flows import Flows
from l1.database.policies import Policies
from l1.database.proposals import Proposals
from l1.database.records import Records
from l1.domain.intake import Band, Intake, Match
from l1.domain.naming import walk_workflow_id
from l1.domain.roles import Role
from l1.local_stack.supervisor import Program
from l1.matching import minilm
from l1.matching.likeness import Likeness
from l1.matching.matcher import FlowMatcher
from tests.accounts import OUTLOOK, Account
from tests.api.gauge import DRIFTS, GAUGE, ODD, all_flows_have_their_vectors
from tests.models.embeddings import EmbeddingServer
from tests.stack import Stack
from tests.waiting import eventually
from worker import build_matcher, following

_log = logging.getLogger(__name__)

__all__ = ["all_flows_have_their_vectors"]  # used by every test of this file, too

REACH_SECONDS = 5.0
"""Both workers have it after about 0.1 s; a machine that is busy with something else is no failure."""
"""After which a publish, or its end, must have reached every worker."""
ATTEMPT_SECONDS = 4.0
"""What the workflow gives one attempt at the intake (workflows/walk.py)."""


# --- two workers ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def second_worker(stack: Stack) -> AsyncIterator[set[str]]:
    """Run another worker beside the stack's, and yield the identities of both."""
    command = [sys.executable, "-m", "l1.cli", "worker"]
    second = Program("worker-2", command, data_dir=stack.settings.data_dir, env=stack.env)
    await second.start()
    try:
        yield {f"{part.pid}@{socket.gethostname()}" for part in (stack.worker, second)}
    finally:
        await second.stop()


@dataclass
class Caller:
    """Takes one call after the other, and knows which worker has judged each."""

    account: Account
    statement: str
    seen: set[UUID] = field(default_factory=set)

    async def take_two(self) -> dict[str, set[str]]:
        """Take two calls at once; return the outcomes by worker."""
        body = {"problem_statement": self.statement}
        await asyncio.gather(*(self.account.post("/intake", body) for _ in range(2)))
        query = text("SELECT session_id, result ->> 'outcome' AS outcome FROM receipts WHERE kind = 'intake'")
        async with self.account.stack.database.account(self.account.id) as connection:
            rows = [row for row in await connection.execute(query) if row.session_id not in self.seen]
        self.seen |= {row.session_id for row in rows}
        outcomes: dict[str, set[str]] = {}
        for row in rows:
            outcomes.setdefault(await self._judge_of(row.session_id), set()).add(row.outcome)
        return outcomes

    async def _judge_of(self, session_id: UUID) -> str:
        handle = self.account.stack.client.get_workflow_handle(walk_workflow_id(session_id))
        events = (await handle.fetch_history()).events
        scheduled = next(
            event.event_id
            for event in events
            if event.activity_task_scheduled_event_attributes.activity_type.name == MATCH
        )
        return next(
            event.activity_task_started_event_attributes.identity
            for event in events
            if event.activity_task_started_event_attributes.scheduled_event_id == scheduled
        )


async def reached(caller: Caller, workers: set[str], outcome: str) -> float:
    """Return after how many seconds all calls came out so; fails unless they do from the limit on, at both workers."""
    loop = asyncio.get_running_loop()
    told, since = loop.time(), 0.0
    judges: set[str] = set()
    calls = 0
    while calls < 10 or judges != workers:
        began = loop.time() - told
        outcomes = await caller.take_two()
        is_late = began > REACH_SECONDS
        if any(each != {outcome} for each in outcomes.values()):
            assert not is_late, f"{outcomes} {began:.1f} s after the library had changed"
            since = loop.time() - told
        elif is_late:
            calls += 2
            judges |= outcomes.keys() & workers
        assert began < 30, f"only {judges} of {workers} judge calls"
    return since


async def test_what_is_published_and_unpublished_reaches_every_worker_at_once(stack: Stack, account: Account) -> None:
    caller = Caller(account, DRIFTS)
    seconds: list[float] = []
    async with second_worker(stack) as workers:
        judges: set[str] = set()

        async def both_take_calls() -> bool:
            judges.update(await caller.take_two())
            return workers <= judges

        await eventually(both_take_calls, within=30)
        for _ in range(2):
            flow_id = await account.publish(GAUGE)
            seconds.append(await reached(caller, workers, "matched"))
            await account.post(f"/flows/{flow_id}/unpublish", role=Role.ENGINEER)
            seconds.append(await reached(caller, workers, "out_of_scope"))
    _log.info("reached both workers within %.2f s (p50), %.2f s at most", statistics.median(seconds), max(seconds))


# --- other embedders ------------------------------------------------------------------------------------------------


@asynccontextmanager
async def matching(stack: Stack, **settings: Any) -> AsyncIterator[FlowMatcher]:
    """Match as a worker with these settings would, on the stack's database, and leave nothing there.

    It takes no calls from Temporal: those of other tests would come out in another way.
    """
    own = stack.settings.model_copy(update=settings)
    matcher = build_matcher(stack.database, own)
    try:
        async with following(matcher.catalogue, own):
            yield matcher
    finally:
        async with stack.database.no_account() as connection:
            name = {"worker": f"{socket.gethostname()}:{os.getpid()}"}
            await connection.execute(text("DELETE FROM matching_workers WHERE worker = :worker"), name)
            if matcher.embedder is not None:
                embedder = {"embedder": matcher.embedder.name}
                await connection.execute(text("DELETE FROM flow_vectors WHERE embedder = :embedder"), embedder)


def intake_of(stack: Stack, matcher: FlowMatcher) -> IntakeActivities:
    database = stack.database
    return IntakeActivities(
        matcher=matcher,
        customers=Customers(database),
        flows=Flows(database),
        policies=Policies(database),
        proposals=Proposals(database),
        likeness=Likeness(matcher.embedder),
        tickets=Records(database),
        stall_after=1800.0,
    )


async def readiness(http: httpx.AsyncClient) -> list[str]:
    response = await http.get("/readyz")
    assert response.status_code == httpx.codes.OK, response.text
    warnings: list[str] = response.json()["warnings"]
    return warnings


def as_configured(_monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    return {"embedder": "none"}


def without_its_package(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    def find(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(minilm, "distribution", find)
    return {}


@dataclass
class Installed:
    folder: Path

    def locate_file(self, name: str) -> Path:
        return self.folder / name


def without_its_files(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(minilm, "distribution", lambda _name: Installed(Path("/nowhere")))
    return {}


def without_its_runtime(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setitem(sys.modules, "l1.matching.minilm", None)
    return {}


@pytest.mark.parametrize("lack", [as_configured, without_its_package, without_its_files, without_its_runtime])
async def test_without_an_embedder_calls_are_matched_by_words_and_it_is_said_aloud(
    lack: Any, stack: Stack, account: Account, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with capture_logs() as logs:
        async with matching(stack, **lack(monkeypatch)) as matcher:
            assert matcher.embedder is None
            found = await matcher.match(account.id, OUTLOOK)

            async def is_warned() -> bool:
                return any(warning.startswith("matching: no embedder in 1 of ") for warning in await readiness(http))

            await eventually(is_warned)
    assert found.near_misses[0].title == OUTLOOK
    assert (found.band, found.category) == (Band.MATCHED, "email")
    warned = [line["event"] for line in logs if line["log_level"] == "warning"]
    assert any(event.startswith("matching by words only: ") for event in warned), warned
    assert not [warning for warning in await readiness(http) if "no embedder" in warning]


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.may_go_on.set()
        running.shutdown()


async def vectors_by(stack: Stack, embedder: str) -> int:
    async with stack.database.no_account() as connection:
        query = text("SELECT count(*) FROM flow_vectors WHERE embedder = :embedder")
        return int(await connection.scalar(query, {"embedder": embedder}) or 0)


async def shared_flows(account: Account) -> int:
    return sum(flow["shared"] and flow["status"] == "published" for flow in await account.get("/flows"))


async def test_an_embedder_behind_an_api_suggests_and_starts_nothing_by_itself(
    stack: Stack, account: Account, server: EmbeddingServer
) -> None:
    with capture_logs() as logs:
        async with matching(stack, **server.settings) as matcher:
            await matcher.catalogue.warm_up(20)
            assert await vectors_by(stack, "openai:counted-words") == await shared_flows(account)
            found = await matcher.match(account.id, OUTLOOK)
            assert (found.band, found.near_misses[0].title) == (Band.SUGGEST, OUTLOOK)
            assert OUTLOOK in server.asked
    assert [line for line in logs if "no gate was fitted for this embedder" in line["event"]]


TROUBLES = ("500", "429", "401", "hangs", "page", "too few")


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_call_is_matched_by_words_in_time_while_the_api_is_in_trouble(
    trouble: str, stack: Stack, account: Account, server: EmbeddingServer
) -> None:
    caller = "Ada Byron"
    first = await account.take_call(problem_statement="Outlook is asking for a password", customer_name=caller)
    request = MatchRequest(account.id, Intake(OUTLOOK, customer_name=caller))
    by_words = await match_by_words(stack, request)
    async with matching(stack, **server.settings) as matcher:
        await matcher.catalogue.stock(None)
        server.trouble = trouble
        async with asyncio.timeout(ATTEMPT_SECONDS):
            match = await intake_of(stack, matcher).match(request)
        server.may_go_on.set()
    assert match.near_misses[0].title == OUTLOOK
    assert [ticket.ticket_id for ticket in match.possible_duplicates] == [UUID(first["ticket_id"])]
    assert match == by_words


async def match_by_words(stack: Stack, request: MatchRequest) -> Match:
    async with matching(stack, embedder="none") as matcher:
        return await intake_of(stack, matcher).match(request)


async def test_vectors_that_the_api_refused_are_made_once_it_answers(
    stack: Stack, account: Account, server: EmbeddingServer
) -> None:
    server.trouble = "page"
    async with matching(stack, **server.settings) as matcher:
        await matcher.catalogue.stock(None)

        async def is_asked_in_vain() -> bool:
            return bool(server.asked)

        await eventually(is_asked_in_vain)
        assert await vectors_by(stack, "openai:counted-words") == 0
        server.trouble = ""
        await matcher.catalogue.warm_up(20)
        assert await vectors_by(stack, "openai:counted-words") == await shared_flows(account)


async def test_workers_with_two_embedders_do_not_make_each_other_s_vectors_anew_for_ever(
    stack: Stack, account: Account, server: EmbeddingServer
) -> None:
    flow_id = await account.publish(GAUGE)
    statements = [ODD, "Seagulls have nested in the box", "The needle is stuck at noon", "It hums like a bee", "Salt"]
    async with matching(stack, **server.settings) as matcher:
        await matcher.catalogue.warm_up(20)
        for statement in statements:
            session = await account.take_call(flow_id, problem_statement=statement)
            await account.post(f"/sessions/{session['id']}/resolve", {"helpful": True})

            async def is_embedded(statement: str = statement) -> bool:
                return statement in server.asked

            await eventually(is_embedded)
        # Were they made anew whenever the other worker has made its own, the first would have come again with each.
        assert max(server.asked.count(statement) for statement in statements) <= 2
