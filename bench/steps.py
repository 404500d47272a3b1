"""Acknowledged steps: how many a second, how long each takes, and what that is against the least it could be.

Absolute figures say as much about the machine as about the product, so each is held against two floors measured in
the same run, right beside it and with as many at a time:

- *engines*: a bare Temporal signal, a local activity and a PostgreSQL commit, waited for in one process. Any step that
  is durable in both engines costs at least this; what a step takes beyond it is the product's own: HTTP, tokens, rules,
  the walk's state, encryption, and the way back through the database.
- *read*: the same API answering GET /l1/sessions/{id}: HTTP, the token and one read, which every answer costs.
"""

import asyncio
import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from bench.engines import Act, Engines, bare_engines
from bench.output import FOLDER, Result, Row, console, latency_ms, progress, show, shown_ms, write
from bench.rest import Rest
from bench.stack import OwnStack, data_directory, own_stack

NAME = "steps"
LEVELS = (1, 40)
"""Walks at a time: one technician alone, and what design.md's figures were measured with."""
_STEPS = 12
"""Of each walk by default: a call seldom takes more, and a longer path makes every step a little dearer."""
_LEAST_STEPS = 120
"""In all, so that percentiles mean something; one walk after another until there are so many."""
LOOP = {
    "id": "bench-loop",
    "title": "Goes round as often as it is asked to",
    "category": "hardware",
    "start": "n1",
    "nodes": {
        "n1": {"kind": "question", "text": "Once more?", "answers": {"Again": "n1", "Enough": "end"}},
        "end": {"kind": "resolution", "text": "Enough it is."},
    },
}


@dataclass(frozen=True)
class Timed:
    """Seconds each took, and seconds all took together."""

    each: Sequence[float]
    wall: float

    @property
    def per_second(self) -> float:
        return len(self.each) / self.wall


def command(
    steps: Annotated[int, typer.Option(min=1, max=400, help="Steps of each walk.")] = _STEPS,
    json_file: Annotated[Path, typer.Option("--json", help="Where the figures go.")] = FOLDER / f"{NAME}.json",
) -> None:
    """Time acknowledged steps at 1 and 40 walks at a time, as a ratio to what they cost at least.

    Starts a stack of its own (`l1 up` on free ports and an empty data directory) and removes it afterwards; takes
    about a minute. Each figure stands beside two floors from the same run: `engines`, a bare Temporal signal with a
    local activity that commits to PostgreSQL, and `read`, the same API reading a session. The ratios carry over to
    other machines; the absolute figures do not.

    Example:  python -m bench steps --steps 50
    """
    result = asyncio.run(_run(steps))
    show(result)
    write(result, json_file)


async def measure(stack: OwnStack, *, steps: int = _STEPS) -> Result:
    """Measure all levels, `steps` steps for each walk."""
    async with stack.client() as rest, bare_engines(stack) as engines:
        with progress("Taking steps", 3 * (1 + len(LEVELS))) as advance:
            course = _Course(stack, rest, engines, await rest.publish(LOOP), advance)
            await course.run(1, steps)  # connections, caches, first imports
            levels = [await course.run(walks, steps) for walks in LEVELS]
    rows = [row for level in levels for row in _rows(level)]
    return Result(NAME, rows, {"levels": levels})


@dataclass(frozen=True)
class _Course:
    """What every level runs on. `advance` is called after each of a level's three parts."""

    stack: OwnStack
    rest: Rest
    engines: Engines
    flow_id: str
    advance: Callable[[], None]

    async def run(self, walks: int, steps: int) -> dict[str, Any]:
        """Time `steps` steps of each walk, `walks` of them at a time, then the floors in the same way."""
        count = walks * math.ceil(_LEAST_STEPS / (walks * steps))
        taken = [await self.rest.take("A call to step through", flow_id=self.flow_id) for _ in range(count)]
        sessions = [answer["session_id"] for answer in taken]
        events, cpu = await self.engines.history_lengths(sessions), _cpu_seconds(self.stack.pids)
        product = await _timed([self._step_of(session) for session in sessions], steps, walks)
        used = {part: seconds - cpu[part] for part, seconds in _cpu_seconds(self.stack.pids).items()}
        grown = sum(await self.engines.history_lengths(sessions)) - sum(events)
        self.advance()
        bare = await self.engines.bare_walks(count)
        floor = await _timed([self.engines.step_of(walk) for walk in bare], steps, walks)
        await self.engines.finish(bare)
        self.advance()
        reads = await _timed([self._read_of(session) for session in sessions], steps, walks)
        self.advance()
        for session in sessions:
            await self.rest.command(session, "resolve", {"helpful": True})
        return {
            "walks": walks,
            "steps": count * steps,
            "step": _figures(product),
            "engines": _figures(floor),
            "read": _figures(reads),
            "events_per_step": round(grown / (count * steps), 2),
            "cpu_ms_per_step": {part: round(seconds * 1000 / (count * steps), 1) for part, seconds in used.items()},
            "throughput_to_engines": round(product.per_second / floor.per_second, 2),
            "p50_to_engines": round(_p50(product) / _p50(floor), 2),
            "p50_to_read": round(_p50(product) / _p50(reads), 2),
        }

    def _step_of(self, session_id: str) -> Act:
        return lambda: self.rest.command(session_id, "step", {"node_id": "n1", "answer": "Again"})

    def _read_of(self, session_id: str) -> Act:
        return lambda: self.rest.read(session_id)


def _rows(level: dict[str, Any]) -> list[Row]:
    walks = f"{level['walks']} walk{'s' if level['walks'] > 1 else ''}"
    step, engines, read = level["step"], level["engines"], level["read"]
    cpu = ", ".join(f"{part} {milliseconds}" for part, milliseconds in level["cpu_ms_per_step"].items())
    return [
        Row(
            f"{walks}: steps a second",
            f"{step['per_second']:.0f}",
            f"{level['throughput_to_engines']:.2f} of the engines' {engines['per_second']:.0f}",
        ),
        Row(
            f"{walks}: step p50 / p95 / p99",
            shown_ms(step["latency_ms"]),
            f"p50: {level['p50_to_engines']:.1f} x engines' {engines['latency_ms']['p50']:.0f} ms, "
            f"{level['p50_to_read']:.1f} x a read's {read['latency_ms']['p50']:.0f} ms",
        ),
        Row(f"{walks}: history events a step", f"{level['events_per_step']:.1f}", "at most 6"),
        Row(f"{walks}: CPU a step", f"{sum(level['cpu_ms_per_step'].values()):.0f} ms", cpu),
    ]


def _figures(timed: Timed) -> dict[str, Any]:
    return {"per_second": round(timed.per_second, 1), "latency_ms": latency_ms(timed.each)}


def _p50(timed: Timed) -> float:
    return float(latency_ms(timed.each)["p50"])


async def _timed(acts: Sequence[Act], times: int, at_once: int) -> Timed:
    """Do each act so many times in a row, `at_once` acts at a time."""
    each: list[float] = []
    waiting = iter(acts)

    async def work() -> None:
        for act in waiting:
            for _ in range(times):
                started = time.perf_counter()
                await act()
                each.append(time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(at_once)))
    return Timed(each, time.perf_counter() - started)


def _cpu_seconds(pids: dict[str, int]) -> dict[str, float]:
    """CPU seconds that each part and its child processes have used; empty where there is no /proc."""
    parent_and_seconds: dict[int, tuple[int, float]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        # Its own time and that of its children that have ended, as PostgreSQL's do with their connection (proc(5)).
        used = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
        parent_and_seconds[int(stat.parent.name)] = (int(fields[1]), used)
    if not parent_and_seconds:
        return {}
    return {
        name: sum(used for pid, (parent, used) in parent_and_seconds.items() if root in {pid, parent})
        for name, root in pids.items()
        if name != "up"
    }


async def _run(steps: int) -> Result:
    with data_directory() as data_dir:
        console.print("Starting a stack …")
        async with own_stack(data_dir) as stack:
            return await measure(stack, steps=steps)
