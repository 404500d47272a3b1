"""Workflow tasks take little CPU time, whatever a client sends: more than 100 ms fails.

Every workflow task of the suite is measured: those of workers in the test's own process by the fixture `slow_tasks` of
this folder, replays of the recorded histories among them, and those of the stack's worker by its log, which
tests/stack.py reads at the end. CPU time of the thread, and not wall-clock time, because the tests share two cores with
three servers; `l1.temporal.task_time` tells what is left out, and why.
"""

import asyncio
import time
from types import SimpleNamespace

from l1.domain import limits
from l1.temporal.task_time import MOST_SECONDS, TimedTasks
from tests.desk import STRIPES
from tests.workflows.lab import Lab

EXPANDS = "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}"
"""One character that NFKD makes 18 of."""


def burn(_activation: object) -> None:
    until = time.thread_time() + 1.5 * MOST_SECONDS
    while time.thread_time() < until:
        pass


async def test_a_task_that_computes_is_reported(slow_tasks: list[float]) -> None:
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(TimedTasks(), burn, SimpleNamespace(run_id="r"))
    assert [seconds > MOST_SECONDS for seconds in slow_tasks] == [True]
    slow_tasks.clear()


async def test_a_task_that_waits_is_not_reported() -> None:
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(TimedTasks(), lambda _activation: time.sleep(1.5 * MOST_SECONDS), None)


async def test_texts_that_are_as_long_as_they_may_be_take_no_time(lab: Lab, slow_tasks: list[float]) -> None:
    problem = f"{STRIPES} {EXPANDS * (limits.PROBLEM_STATEMENT - len(STRIPES) - 1)}"
    name = "-".join("Ab" for _ in range(limits.CUSTOMER_NAME // 3))
    notes = [{"text": EXPANDS * limits.NOTE} for _ in range(20)]
    async with lab.build_worker():
        call = await lab.take_call(problem, customer_name=name, force_build=True)
        session = await call.opened()
        session = await call.step_on(session)
        await call.handle.signal("note", {"notes": notes})
        session = await call.at_revision(session.revision + 1)
        await call.handle.signal("step", {"node_id": EXPANDS * 4000, "answer": [[EXPANDS] * 1000] * 20})
        await call.handle.signal("note", {"text": "x" * 1_000_000, "at": "9" * 100_000, "actor": {"id": "y" * 100_000}})
        await call.handle.signal("escalate", {"reason_category": "needs_engineer", "reason": EXPANDS * limits.REASON})
        assert await call.handle.result() == "escalated"
    assert slow_tasks == []
