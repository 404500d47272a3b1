"""What matching costs with thousands of published flows: the activity, the worker's memory and start, re-embedding.

Absolute figures say as much about the machine as about the product, so each stands beside a floor from the same run:
embedding alone under a match, a worker that embeds nothing under its memory, the starter flows under a start, a worker
that has nothing else to do under one that re-embeds, and one process under two.
"""

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import asyncpg
import typer

from bench.bed import Bed, Served, bed, until
from bench.made_flows import MOST, callers_words, made_flows
from bench.output import FOLDER, Result, Row, console, latency_ms, progress, show, write
from bench.stack import data_directory
from l1.database.flows import publish, save_draft
from l1.domain.intake import Match
from l1.local_stack.errors import PartFailedError
from l1.local_stack.supervisor import Program

NAME = "match"
_AT_ONCE = 8
"""Calls at a time where throughput is measured: more than two cores can work on."""
_MEANWHILE_SECONDS = 1.0
"""Between two calls while all is embedded anew: calls come now and then, and are not what keeps the worker busy."""
_EMBED_SECONDS = 3.0
"""Longest that a flow may take to be embedded on a slow machine, before the benchmark gives up."""
_EARLIER = "an earlier embedder"
_EARLIER_BYTES = 3 * 384 * 2
"""Length of a flow's stored vectors (matching.embedder.to_bytes)."""


def command(
    flows: Annotated[int, typer.Option(min=1, max=MOST, help="Published flows of the account.")] = MOST,
    calls: Annotated[int, typer.Option(min=1, max=500, help="Calls for each figure.")] = 200,
    json_file: Annotated[Path, typer.Option("--json", help="Where the figures go.")] = FOLDER / f"{NAME}.json",
) -> None:
    """Time matching among thousands of flows, weigh the worker, and time its start and the embedding of all flows.

    Starts PostgreSQL, Temporal, an API and workers of its own on an empty data directory, and removes it afterwards.
    Nearly all of the time, several minutes with 2,000 flows, goes into embedding every flow once.

    Example:  python -m bench match --flows 500
    """
    result = asyncio.run(measure(flows=flows, calls=calls))
    show(result)
    write(result, json_file)


async def measure(*, flows: int = MOST, calls: int = 200, starts: int = 3) -> Result:
    with data_directory() as data_dir:
        console.print("Starting servers …")
        async with bed(data_dir) as servers:
            course = _Course(servers, callers_words(calls), starts)
            figures = {
                "flows": flows,
                "calls": calls,
                "starter": await course.starter(),
                "embedding": await course.embed_all(flows),
                "many": await course.many(),
                "alone": await course.alone(),
            }
    return report(figures)


@dataclass(frozen=True)
class _Course:
    """`account` gets the flows; `newcomer` has none of its own."""

    servers: Bed
    statements: Sequence[str]
    starts: int
    account: UUID = field(default_factory=uuid4)
    newcomer: UUID = field(default_factory=uuid4)

    async def starter(self) -> dict[str, Any]:
        """Measure what there is to compare with: workers that know the starter flows only."""
        async with self.servers.worker("embeds"):
            await self._all_embedded("Embedding the starter flows")
            telling = self._telling(await self.servers.match(self.newcomer, self.statements))
        starts = await self._starts(self.newcomer, *telling)
        async with self.servers.worker("by-words", L1_EMBEDDER="none") as worker:
            words_only = await self._memory_after_calls(worker, self.newcomer)
        return {"start": starts, "memory_mb": {"words_only": words_only, "temporalio": await _bare_interpreter_mb()}}

    async def embed_all(self, flows: int) -> dict[str, Any]:
        """Publish the flows with vectors that an earlier embedder has left; see a worker replace them all."""
        await self._publish(flows)
        served: list[Served] = []
        started = time.perf_counter()
        async with self.servers.worker("embeds") as worker:
            await self.servers.polls(worker)
            calling = asyncio.create_task(self._call_now_and_then(served))
            total = await self._all_embedded(f"Embedding {flows} flows anew, and the starter flows")
            seconds = time.perf_counter() - started
            calling.cancel()
            with suppress(asyncio.CancelledError):
                await calling
            idle = await self.servers.match(self.account, self.statements)
        return {
            "seconds": round(seconds, 1),
            "ms_per_flow": round(seconds * 1000 / total, 1),
            "match_meanwhile_ms": latency_ms([each.seconds for each in served]),
            "match_idle_ms": latency_ms([each.seconds for each in idle]),
        }

    async def many(self) -> dict[str, Any]:
        """Measure workers that find all vectors stored."""
        async with self.servers.worker("first") as worker:
            telling = self._telling(await self.servers.match(self.account, self.statements))
            memory = await self._memory_after_calls(worker, self.account)
            one = _per_second(await self.servers.match(self.account, self.statements, at_once=_AT_ONCE))
            async with self.servers.worker("second") as second:
                await self.servers.polls(second)
                await self.servers.match(self.account, self.statements[:_AT_ONCE], at_once=_AT_ONCE)
                two = _per_second(await self.servers.match(self.account, self.statements, at_once=_AT_ONCE))
        return {
            "start": await self._starts(self.account, *telling),
            "memory_mb": memory,
            "per_second": {"one_worker": one, "two_workers": two, "ratio": round(two / one, 2)},
        }

    async def alone(self) -> dict[str, Any]:
        """Measure the activity in processes without Temporal: on one core, then one process and two on any core."""
        ((embed, match),) = await self._processes(1, core=str(max(_cores())))
        single = await self._processes(1, core="any")
        pair = await self._processes(2, core="any")
        one, two = (len(runs) / max(sum(embed) + sum(match) for embed, match in runs) for runs in (single, pair))
        return {
            "match_ms": latency_ms(match),
            "embed_ms": latency_ms(embed),
            "match_to_embed": round(statistics.median(match) / statistics.median(embed), 2),
            "per_second": {
                "one_process": round(one * len(self.statements), 1),
                "two_processes": round(two * len(self.statements), 1),
                "ratio": round(two / one, 2),
            },
        }

    async def _publish(self, count: int) -> None:
        with progress("Publishing flows", count) as advance:
            for flow in made_flows(count):
                async with self.servers.database.account(self.account) as connection:
                    await publish(
                        connection, await save_draft(connection, self.account, flow, "bench", uuid4()), "bench"
                    )
                advance()
        connection = await self._superuser()
        await connection.execute("DELETE FROM flow_vectors")
        await connection.execute(
            "INSERT INTO flow_vectors (flow_id, version, embedder, account_id, vectors)"
            " SELECT id, live_version, $1, account_id, $2 FROM flows WHERE live_version IS NOT NULL",
            _EARLIER,
            bytes(_EARLIER_BYTES),
        )
        await connection.close()

    async def _all_embedded(self, what: str) -> int:
        """Wait until the present embedder has made all vectors; return how many flows there are."""
        connection = await self._superuser()
        total: int = await connection.fetchval("SELECT count(*) FROM flows WHERE live_version IS NOT NULL")
        shown = 0
        deadline = time.perf_counter() + total * _EMBED_SECONDS
        with progress(what, total) as advance:
            while shown < total:
                made = await connection.fetchval("SELECT count(*) FROM flow_vectors WHERE embedder <> $1", _EARLIER)
                for _ in range(made - shown):
                    advance()
                shown = made
                if time.perf_counter() > deadline:
                    raise PartFailedError(f"{total - made} of {total} flows still wait for their vectors.")
                await asyncio.sleep(0.1)
        await connection.close()
        return total

    async def _superuser(self) -> Any:
        return await asyncpg.connect(self.servers.postgres.superuser_url.replace("+asyncpg", ""))

    async def _call_now_and_then(self, served: list[Served]) -> None:
        while True:
            for statement in self.statements:
                served += await self.servers.match(self.account, [statement])
                await asyncio.sleep(_MEANWHILE_SECONDS)

    def _telling(self, served: Sequence[Served]) -> tuple[str, Match]:
        """Choose a statement, with its answer, that shows whether meaning has decided: words would score otherwise."""
        for statement, each in zip(self.statements, served, strict=True):
            if each.answer.near_misses:
                return statement, each.answer
        raise PartFailedError("None of the statements found a flow; take more of them.")

    async def _starts(self, account: UUID, statement: str, answer: Match) -> dict[str, list[float]]:
        """Seconds from the start of the process to its first poll, and to the first answer that is this one."""
        polls: list[float] = []
        answers: list[float] = []
        for _ in range(self.starts):
            started = time.perf_counter()
            async with self.servers.worker("starts") as worker:

                async def since(act: Awaitable[None], started: float = started) -> float:
                    await act
                    return time.perf_counter() - started

                poll, found = await asyncio.gather(
                    since(self.servers.polls(worker)), since(until(self._answers, account, statement, answer))
                )
                polls.append(round(poll, 2))
                answers.append(round(found, 2))
        return {"first_poll_seconds": polls, "first_answer_seconds": answers}

    async def _answers(self, account: UUID, statement: str, answer: Match) -> bool:
        (served,) = await self.servers.match(account, [statement])
        return served.answer.near_misses == answer.near_misses

    async def _memory_after_calls(self, worker: Program, account: UUID) -> float:
        await self.servers.polls(worker)
        waiting = iter(self.statements)
        async with self.servers.people(account) as rest:
            with progress("Taking calls", len(self.statements)) as advance:

                async def take() -> None:
                    for statement in waiting:
                        await rest.take(statement)
                        advance()

                await asyncio.gather(*(take() for _ in range(_AT_ONCE)))
        return _resident_mb(Path(f"/proc/{worker.pid}/status"))

    async def _processes(self, count: int, *, core: str) -> list[tuple[list[float], list[float]]]:
        """Run so many processes at the same time; seconds that embedding and matching took each."""
        command = [sys.executable, "-m", "bench.match_alone", str(self.account), str(len(self.statements)), core]
        running = [await _spawn(*command, env=self.servers.env) for _ in range(count)]
        try:
            for process in running:
                if process.stdout is None or await process.stdout.readline() != b"ready\n":
                    raise PartFailedError("A process that was to match ended before it began.")
            outputs = await asyncio.gather(*(process.communicate(b"\n") for process in running))
        finally:
            for process in running:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        return [(seconds["embed"], seconds["match"]) for seconds in (json.loads(output) for output, _ in outputs)]


def report(figures: dict[str, Any]) -> Result:
    starter, embedding, many, alone = (figures[part] for part in ("starter", "embedding", "many", "alone"))
    match, embed, memory = alone["match_ms"], alone["embed_ms"], starter["memory_mb"]
    meanwhile, idle = embedding["match_meanwhile_ms"], embedding["match_idle_ms"]
    poll_many, poll_few = (statistics.median(part["start"]["first_poll_seconds"]) for part in (many, starter))
    answer_many, answer_few = (statistics.median(part["start"]["first_answer_seconds"]) for part in (many, starter))
    processes, workers = alone["per_second"], many["per_second"]
    rows = [
        Row(
            f"match on one core, {figures['flows']} flows, p50 / p95",
            f"{match['p50']:.0f} / {match['p95']:.0f} ms",
            f"{alone['match_to_embed']:.1f} times embedding alone, {embed['p50']:.0f} / {embed['p95']:.0f} ms; goal 40",
        ),
        Row(
            f"memory of worker after {figures['calls']} calls",
            f"{many['memory_mb']:.0f} MB",
            f"words only, starter flows {memory['words_only']:.0f} MB, bare temporalio {memory['temporalio']:.0f} MB; "
            "goal 400",
        ),
        Row("start to first poll", f"{poll_many:.1f} s", f"starter flows only {poll_few:.1f} s; goal 5"),
        Row(
            "start to first answer by meaning", f"{answer_many:.1f} s", f"starter flows only {answer_few:.1f} s; goal 5"
        ),
        Row("all embedded anew", f"{embedding['seconds']:.0f} s", f"{embedding['ms_per_flow']:.0f} ms a flow"),
        Row(
            "match meanwhile, p50 / p95",
            f"{meanwhile['p50']:.0f} / {meanwhile['p95']:.0f} ms" if meanwhile["count"] else "-",
            f"afterwards {idle['p50']:.0f} / {idle['p95']:.0f} ms",
        ),
        Row(
            "two processes side by side",
            f"{processes['two_processes']:.0f}/s",
            f"{processes['ratio']:.2f} times one process alone, {processes['one_process']:.0f}/s",
        ),
        Row(
            "two workers side by side",
            f"{workers['two_workers']:.0f}/s",
            f"{workers['ratio']:.2f} times one worker alone, {workers['one_worker']:.0f}/s; Temporal on the same cores",
        ),
    ]
    return Result(NAME, rows, figures)


def _per_second(served: Sequence[Served]) -> float:
    wall = max(each.done for each in served) - min(each.began for each in served)
    return round(len(served) / wall.total_seconds(), 1)


def _cores() -> set[int]:
    return os.sched_getaffinity(0) if sys.platform == "linux" else {0}


async def _bare_interpreter_mb() -> float:
    """Weigh an interpreter that has imported what every Temporal worker needs."""
    script = "import temporalio.client, temporalio.worker; print('ready', flush=True); input()"
    process = await _spawn(sys.executable, "-c", script, env=os.environ)
    try:
        if process.stdout is not None:
            await process.stdout.readline()
        return _resident_mb(Path(f"/proc/{process.pid}/status"))
    finally:
        await process.communicate(b"\n")


async def _spawn(*command: str, env: Mapping[str, str]) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, env=dict(env))


def _resident_mb(status: Path) -> float:
    """Megabytes (10^6 bytes) that a process holds resident; 0 where there is no /proc."""
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
    return round(int(line.split()[1]) * 1024 / 1e6, 1)
