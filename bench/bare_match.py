"""Sends problems to the workers' `match` activity, and nothing else; `bench/bed.py` reads the times in its history."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.messages import MATCH, MatchRequest
    from l1.domain.intake import Match
    from l1.domain.naming import TASK_QUEUE


@workflow.defn(name="BenchBareMatch")
class BareMatch:
    """Gives the answers in the order of the requests, without their flows, which would make its history long."""

    @workflow.run
    async def run(self, requests: Sequence[MatchRequest], at_once: int) -> list[Match]:
        found: dict[int, Match] = {}
        waiting = iter(enumerate(requests))

        async def work() -> None:
            for row, request in waiting:
                found[row] = await workflow.execute_activity(
                    MATCH,
                    request,
                    task_queue=TASK_QUEUE,
                    result_type=Match,
                    start_to_close_timeout=timedelta(seconds=60),
                )

        await asyncio.gather(*(work() for _ in range(at_once)))
        return [replace(found[row], flow=None) for row in sorted(found)]
