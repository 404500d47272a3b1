"""Proposals for tests, learned from calls that no worker has taken."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx

from l1.database.paging import Cut
from l1.database.proposals import Proposals
from l1.database.records import Records
from l1.domain.commands import Body, Resolve, Step
from l1.domain.intake import NewTicket
from l1.domain.proposal import Growth
from l1.domain.record import Record
from l1.domain.roles import Role
from l1.domain.session import Actor, Walk
from l1.domain.tree import Node, NodeKind
from l1.domain.walk import apply, opened
from tests.accounts import Account
from tests.l1.domain.walks import built_walk, command, placing

LATHE = "The lathe in the workshop will not turn"
LATHE_FILE: dict[str, Any] = {
    "id": "lathe-does-not-turn",
    "title": "Lathe does not turn",
    "category": "hardware",
    "description": "The lamp may be lit or not.",
    "keywords": ["lathe"],
    "start": "n1",
    "nodes": {
        "n1": {"kind": "question", "text": "Is the lamp of the lathe lit?", "answers": {"Yes": None, "No": "n2"}},
        "n2": {"kind": "instruction", "text": "Push the fuse in.", "answers": {"It turns": "n3", "No change": "up"}},
        "n3": {"kind": "resolution", "text": "The fuse was out."},
        "up": {"kind": "escalation", "text": "Have the motor looked at.", "reason_category": "onsite_needed"},
    },
}
"""What an engineer makes of the proposal: other words, one branch closed, one still open."""

Way = Sequence[tuple[Node, str | None]]
"""Nodes as they were built, each with its answer; None for the one at which the call ended."""

_LIT = Node("n1", NodeKind.QUESTION, "Is the lamp of the lathe lit?", {"Yes": None, "No": None})
_FUSE = Node("n2", NodeKind.INSTRUCTION, "Press the fuse in.", {"It turns": None, "No change": None})
_GUARD = Node("n2", NodeKind.QUESTION, "Is the guard of the chuck shut?", {"Yes": None, "No": None})
BY_THE_FUSE: Way = ((_LIT, "No"), (_FUSE, "It turns"), (Node("n3", NodeKind.RESOLUTION, "The fuse was out."), None))
BY_THE_GUARD: Way = ((_LIT, "Yes"), (_GUARD, "No"), (Node("n3", NodeKind.RESOLUTION, "Shut the guard."), None))

_ALL = 1_000
HELPED = Resolve(helpful=True, resolution_notes="Turns again.")


async def ended(
    account: Account, way: Way = BY_THE_FUSE, ending: Body = HELPED, statement: str = LATHE, **changes: Any
) -> Walk:
    """Record a call whose nodes were built on the way, and return it as it ended; `changes` are fields of its walk."""
    records = Records(account.stack.database)
    technician = Actor(str(account.users[Role.L1]), "Test l1")
    ticket = await records.open_ticket(NewTicket(account.id, uuid4(), statement))
    base = replace(built_walk(), account_id=account.id, ticket=ticket, problem_statement=statement)
    walk = replace(base, owner=technician, **changes)
    events = [opened(walk, command(ending, actor=technician).sender)]
    bodies: list[Body] = []
    for node, answer in way:
        bodies += [placing(node)] if answer is None else [placing(node), Step(node.id, answer)]
    for seconds, body in enumerate([*bodies, ending], start=2):
        walk, event = apply(walk, command(body, after=seconds, actor=technician))
        events.append(event)
    await records.record(Record(account.id, walk.session_id, 1, events, (), walk))
    return walk


async def proposed(account: Account, **fields: Any) -> str:
    """Make a proposal of one call, in which two branches are open; return its id."""
    proposals = Proposals(account.stack.database)
    there = {item.id for item in (await proposals.all(account.id, "open", Cut(_ALL))).rows}
    await proposals.grow(await ended(account, **fields), Growth(None, list(there), _same))
    [made] = {item.id for item in (await proposals.all(account.id, "open", Cut(_ALL))).rows} - there
    return str(made)


async def merged(account: Account, proposal_id: str, way: Way = BY_THE_GUARD, **fields: Any) -> Walk:
    """Have a proposal learn from one more call."""
    walk = await ended(account, way, **fields)
    await Proposals(account.stack.database).grow(walk, Growth(UUID(proposal_id), [], _same))
    return walk


async def read(account: Account, proposal_id: str) -> Any:
    return await account.get(f"/proposals/{proposal_id}", role=Role.ENGINEER)


async def listed(account: Account, query: str = "") -> list[Any]:
    found = await account.get(f"/proposals{query}", role=Role.ENGINEER)
    return list(found)


async def edit(account: Account, proposal_id: str, body: object = LATHE_FILE, **headers: str) -> httpx.Response:
    return await account.request("PUT", f"/proposals/{proposal_id}", body, role=Role.ENGINEER, **headers)


async def publish(account: Account, proposal_id: str) -> Any:
    return await account.post(f"/proposals/{proposal_id}/publish", role=Role.ENGINEER)


async def reject(account: Account, proposal_id: str, reason: str = "Too rare.") -> Any:
    return await account.post(f"/proposals/{proposal_id}/reject", {"reason": reason}, role=Role.ENGINEER)


def _same(one: str, other: str) -> bool:
    return one == other
