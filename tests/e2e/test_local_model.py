"""Trees that a real language model on this machine builds: poor content in good form, which the guards have to sort."""

import asyncio
import logging
import time
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select

from l1.database.models import ModelCallRow
from l1.domain.building import Engine, FellBack
from l1.domain.roles import Role
from l1.guards import unsafe_content
from tests.accounts import Account
from tests.desk import client_of, step
from tests.models.local import MODEL, local_model
from tests.stack import Stack, stack_beside

_log = logging.getLogger(__name__)

NODES_EACH = 3
"""A node takes this model up to three attempts, and each of them some seconds."""
ENOUGH = 10.0
"""Seconds after which no other node is begun: a slow machine shows fewer, and at least one of each call."""
PROBLEMS = {"printing": "The printer prints green stripes"}


async def test_a_call_comes_to_an_end_and_shows_nothing_unsafe(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with local_model() as base_url:
        settings = {
            "L1_LLM_MODEL": f"openai:{MODEL}",
            "L1_LLM_BASE_URL": base_url,
            # The stack's own worker takes a call for lost that it does not find and that is quiet for 30 s.
            "L1_LLM_ATTEMPT_LIMIT": "25",
            "L1_LLM_LIMIT": "25",
            "L1_BUILD_AHEAD": "0",
        }
        async with (
            stack_beside(stack, tmp_path_factory.mktemp("local"), "local-model", **settings) as beside,
            client_of(beside) as http,
        ):
            account = Account(beside, http)
            sessions = await asyncio.gather(*(_walk(account, problem) for problem in PROBLEMS.values()))
            [usage] = await account.get("/usage", role=Role.OWNER)
            outcomes = await _outcomes(account)

    builds = [build for session in sessions for build in session["built_nodes"]]
    _log.info(
        "%d nodes, built by %s; %d calls of the model ended as %s",
        len(builds),
        dict(Counter(build["engine"] for build in builds)),
        usage["calls"],
        dict(outcomes),
    )
    assert {session["category"] for session in sessions} == set(PROBLEMS)
    for session in sessions:
        assert session["status"] in ("resolved", "escalated")
        _assert_safe(session)
    for build in builds:
        _assert_told(build)
    assert usage["input_tokens"] == sum(build["usage"]["input_tokens"] for build in builds) > 0
    assert usage["output_tokens"] == sum(build["usage"]["output_tokens"] for build in builds) > 0
    assert outcomes.total() == usage["calls"]


async def _walk(account: Account, problem: str) -> Any:
    """Take a call and walk it to its end, always by the first answer; hand it over after a few nodes."""
    begun = time.monotonic()
    taken = await account.post("/intake", {"problem_statement": problem, "force_build": True})
    session = taken["session"]
    texts = [session["current_node"]["text"]]
    while session["current_node"]["answers"] and len(texts) < NODES_EACH and time.monotonic() < begun + ENOUGH:
        session = (await account.post(f"/sessions/{session['id']}/next-node", step(session)))["session"]
        texts.append(session["current_node"]["text"])
    assert len(set(texts)) == len(texts), texts
    address = f"/sessions/{session['id']}"
    if session["current_node"]["kind"] == "resolution":
        return await account.post(f"{address}/resolve", {"helpful": True})
    return await account.post(f"{address}/escalate", {"reason_category": "needs_engineer"})


def _assert_safe(session: Any) -> None:
    shown = [entry["question"] for entry in session["walked_path"]]
    shown += [session["current_node"]["text"], *session["current_node"]["answers"]]
    assert [(text, fault) for text in shown for fault in unsafe_content(text)] == []


def _assert_told(build: Any) -> None:
    """Each build tells who built the node; where it was not the model, why not."""
    if build["engine"] == Engine.MODEL:
        assert (build["model"], build["fell_back_because"]) == (f"openai:{MODEL}", None)
        assert build["usage"]["output_tokens"] > 0
    else:
        assert build["engine"] in [*Engine]
        assert build["fell_back_because"] in [*FellBack]
    assert 1 <= build["attempts"] <= 3


async def _outcomes(account: Account) -> Counter[str]:
    """Count how the calls of the model ended: with a proposed node, refused by the guards, or in another way."""
    query = select(ModelCallRow.outcome).where(ModelCallRow.account_id == account.id)
    async with account.stack.database.account(account.id) as connection:
        return Counter(str(outcome) for outcome in await connection.scalars(query))
