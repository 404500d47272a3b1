"""The `match` activity in a process of its own, with nothing else in it: a part of `bench/match.py`.

Prints one JSON object: seconds that each statement took to embed and to match, and how long all matches took.
"""

import asyncio
import json
import os
import sys
import time
from uuid import UUID

from bench.made_flows import callers_words
from l1.cli.threads import compute_in_one_thread
from l1.settings import load_settings

_LOAD_SECONDS = 60.0


async def _measure(account_id: UUID, count: int) -> dict[str, list[float]]:
    # ruff: noqa: PLC0415 - numpy, which these bring, is imported after its threads were set
    from activities.intake import IntakeActivities
    from activities.messages import MatchRequest
    from l1.database.customers import Customers
    from l1.database.engine import Database, connect
    from l1.database.flows import Flows
    from l1.database.policies import Policies
    from l1.database.proposals import Proposals
    from l1.database.records import Records
    from l1.domain.intake import Intake
    from l1.matching.likeness import Likeness
    from l1.matching.signals import read_query
    from worker import build_matcher, following

    settings = load_settings()
    database = Database(connect(settings.require_database_url()))
    matcher = build_matcher(database, settings)
    intake = IntakeActivities(
        matcher=matcher,
        customers=Customers(database),
        flows=Flows(database),
        policies=Policies(database),
        proposals=Proposals(database),
        likeness=Likeness(matcher.embedder),
        tickets=Records(database),
        stall_after=settings.stall_after,
    )
    seconds: dict[str, list[float]] = {"embed": [], "match": []}
    async with following(matcher.catalogue, settings):
        await matcher.catalogue.warm_up(_LOAD_SECONDS)
        statements = callers_words(count)
        await intake.match(MatchRequest(account_id, Intake(statements[0])))  # reads the account's flows
        _tell_ready()
        for text in statements:
            started = time.perf_counter()
            await read_query(text, matcher.embedder)
            embedded = time.perf_counter()
            await intake.match(MatchRequest(account_id, Intake(text)))
            seconds["embed"].append(embedded - started)
            seconds["match"].append(time.perf_counter() - embedded)
    await database.close()
    return seconds


def _tell_ready() -> None:
    """Say that all is loaded, and wait for a line: several processes begin together."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()


def main(account_id: str, count: str, core: str) -> None:
    if core != "any" and hasattr(os, "sched_setaffinity"):  # Linux only
        os.sched_setaffinity(0, {int(core)})  # before there are other threads: they inherit it
    compute_in_one_thread()
    json.dump(asyncio.run(_measure(UUID(account_id), int(count))), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
