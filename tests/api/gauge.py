"""Calls about a tide gauge, which no starter flow speaks of, and what decides what becomes of them."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest_asyncio

from l1.database.shelves import Shelves
from l1.domain.roles import Role
from tests.accounts import Account
from tests.stack import Stack
from tests.waiting import eventually

GAUGE: dict[str, Any] = {
    "id": "tide-gauge-drifts",
    "title": "Tide gauge drifts from the harbour datum",
    "category": "hardware",
    "description": "The gauge on the quay reports levels that wander.",
    "keywords": ["tide gauge", "stilling well", "datum"],
    "start": "n1",
    "nodes": {
        "n1": {
            "kind": "question",
            "text": "Is the stilling well clear of weed?",
            "answers": {"Yes": "n2", "No": "n3", "Again": "n1"},
        },
        "n2": {
            "kind": "instruction",
            "text": "Zero the float against the staff.",
            "answers": {"It works": "fixed", "No change": "n3"},
        },
        "fixed": {"kind": "resolution", "text": "The float had slipped."},
        "n3": {"kind": "escalation", "text": "Have the gauge looked at.", "reason_category": "onsite_needed"},
    },
}
"""Speaks of what no starter flow speaks of."""

DRIFTS = "The tide gauge is drifting"
"""Starts GAUGE by itself."""
ODD = "The sea looks two metres too high on our screen"
SAME_ODD = "On our display the sea is two metres higher than it should be"
"""A caller's words for the gauge's problem, which matching cannot know, and the same from another caller."""

TOUCHPAD = "The touchpad of my laptop does not react"
SAME_TOUCHPAD = "My laptop's touchpad does not react at all"
"""Hardware, and no starter flow is about it."""
INTRUDER = "Someone else knows my password"
"""Security, which is not built for unless somebody decides so."""


@pytest_asyncio.fixture(scope="module", autouse=True)
async def all_flows_have_their_vectors(stack: Stack) -> None:
    """Wait for a fresh stack's worker to have made all vectors: until then, calls are matched by words."""

    async def is_done() -> bool:
        workers = await Shelves(stack.database).workers(seen_within=10)
        return bool(workers) and not any(worker.pending for worker in workers)

    await eventually(is_done, within=90)


async def intake(account: Account, statement: str, **fields: Any) -> Any:
    return await account.post("/intake", {"problem_statement": statement, **fields})


def thinks_of(answer: Any) -> list[str]:
    """The flows that an answer names, best first."""
    return [answer["flow_id"]] if answer["flow_id"] else [near["flow_id"] for near in answer["near_miss"]]


def decision(answer: Any) -> tuple[str, str, list[str]]:
    return answer["outcome"], answer["category"], thinks_of(answer)


def becomes(account: Account, statement: str, wanted: Callable[[Any], bool]) -> Callable[[], Awaitable[Any]]:
    """Take the same call again until its answer is as wanted: what was learned reaches matching a moment later."""

    async def look() -> Any:
        answer = await intake(account, statement)
        return answer if wanted(answer) else None

    return look


async def published(account: Account, flow: dict[str, Any] = GAUGE) -> str:
    """Publish, and return the flow's id once its own words start it."""
    flow_id = await account.publish(flow)
    await eventually(becomes(account, flow["title"], lambda answer: answer["flow_id"] == flow_id))
    return flow_id


async def confirm(account: Account, flow_id: str, statement: str) -> str:
    """Have the flow solve a call that the technician chose it for; return what was learned from it."""
    session = await account.take_call(flow_id, problem_statement=statement)
    await account.post(f"/sessions/{session['id']}/resolve", {"helpful": True})
    return await learned(account, flow_id)


async def refute(account: Account, flow_id: str, statement: str) -> str:
    """Have a call that starts on the flow by itself be the wrong one for it; return what was learned from it."""
    answer = await intake(account, statement)
    assert (answer["outcome"], answer["flow_id"]) == ("matched", flow_id)
    await account.post(f"/sessions/{answer['session_id']}/escalate", {"reason_category": "wrong_flow"})
    return await learned(account, flow_id)


async def learned(account: Account, flow_id: str) -> str:
    [exemplar] = await account.get(f"/flows/{flow_id}/exemplars", role=Role.ENGINEER)
    return str(exemplar["id"])


async def unlearn(account: Account, flow_id: str, exemplar_id: str) -> None:
    response = await account.request("DELETE", f"/flows/{flow_id}/exemplars/{exemplar_id}", role=Role.ENGINEER)
    assert response.status_code == 204, response.text
    assert await account.get(f"/flows/{flow_id}/exemplars", role=Role.ENGINEER) == []


async def shared_flow(account: Account, slug: str) -> str:
    return next(str(flow["id"]) for flow in await account.get("/flows") if flow["shared"] and flow["slug"] == slug)


async def decide_building(account: Account, category: str, role: Role = Role.OWNER, *, may_build: bool) -> None:
    body = {"categories": [{"category": category, "builder": "playbook" if may_build else "off"}]}
    response = await account.request("PUT", "/categories", body, role=role)
    assert response.status_code == 200, response.text
