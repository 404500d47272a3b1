"""Calls of models, and walks that were built, for tests of what the database makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Double, func, select

from l1.database.engine import Database
from l1.database.flows import Flows
from l1.database.models import ModelCallRow
from l1.database.records import Records
from l1.domain.building import Engine, ModelCall, NodeBuild, Usage
from l1.domain.commands import Body, PlaceNode, Resolve, Step
from l1.domain.events import Event
from l1.domain.intake import NewTicket
from l1.domain.record import Record
from l1.domain.session import SessionKind, Walk
from l1.domain.tree import Node, NodeKind, Tree
from l1.domain.walk import apply, opened
from tests.l1.domain.walks import built_walk, command

PRINTING = {"category": "printing"}
HELPED = Resolve(helpful=True, resolution_notes="It prints again")


def model_call(account_id: UUID, **fields: Any) -> ModelCall:
    """A call for a walk of its own; `fields` tell what is different about it."""
    call = ModelCall(uuid4(), uuid4(), account_id, uuid4(), None, ahead=False, model="test:model", reserved_tokens=100)
    return replace(call, **fields)


async def spent(database: Database, account_id: UUID, session_id: UUID) -> Usage:
    """Return what the settled calls of a walk took."""
    query = select(
        func.coalesce(func.sum(ModelCallRow.input_tokens), 0),
        func.coalesce(func.sum(ModelCallRow.output_tokens), 0),
        func.sum(ModelCallRow.cost_usd).cast(Double),
    ).where(ModelCallRow.account_id == account_id, ModelCallRow.session_id == session_id)
    async with database.account(account_id) as connection:
        return Usage(*(await connection.execute(query)).one())


@dataclass(frozen=True)
class Asked:
    """A question that a walk was asked, and what was answered; None: the walk ended at it."""

    text: str
    answer: str | None
    answers: tuple[str, ...] = ("Yes", "No")


@dataclass
class Recorder:
    """Records what happens to a walk, step by step."""

    database: Database
    walk: Walk
    position: int = 0

    @classmethod
    async def begin(
        cls, database: Database, account_id: UUID, statement: str = "Nothing is printed", **fields: Any
    ) -> "Recorder":
        begun = replace(
            built_walk(), **{"account_id": account_id, "problem_statement": statement, **PRINTING, **fields}
        )
        ticket = await Records(database).open_ticket(NewTicket(account_id, begun.ticket.id, statement))
        recorder = cls(database, replace(begun, ticket=ticket))
        await recorder.record(opened(recorder.walk, command(HELPED).sender))
        return recorder

    async def do(self, *bodies: Body) -> Walk:
        """Carry out commands and record all of it at once."""
        events: list[Event] = []
        for body in bodies:
            self.walk, event = apply(self.walk, command(body, after=self.position + len(events) + 1))
            assert event.body.kind != "rejected", event.body
            events.append(event)
        await self.record(*events)
        return self.walk

    async def record(self, *events: Event) -> None:
        record = Record(self.walk.account_id, self.walk.session_id, self.position + 1, events, (), self.walk)
        await Records(self.database).record(record)
        self.position += len(events)


def placing(node_id: str, text: str = "Is it lit?", *answers: str, build_id: UUID | None = None) -> PlaceNode:
    node = Node(node_id, NodeKind.QUESTION, text, dict.fromkeys(answers or ("Yes", "No")))
    return PlaceNode(node, NodeBuild(node_id, build_id or uuid4(), Engine.MODEL, "test:model", attempts=1))


async def built(
    database: Database,
    account_id: UUID,
    path: Sequence[Asked],
    ending: Body = HELPED,
    statement: str = "Nothing is printed",
    **fields: Any,
) -> Walk:
    """Record a built walk from its beginning to its end."""
    recorder = await Recorder.begin(database, account_id, statement, **fields)
    bodies: list[Body] = []
    for number, asked in enumerate(path, 1):
        bodies.append(placing(f"n{number}", asked.text, *asked.answers))
        if asked.answer is not None:
            bodies.append(Step(f"n{number}", asked.answer))
    return await recorder.do(*bodies, ending)


async def on_proposal(database: Database, account_id: UUID, proposal_id: UUID, tree: Tree, *bodies: Body) -> Walk:
    """Record a walk on a proposal's tree."""
    kind: dict[str, Any] = {"session_kind": SessionKind.PROPOSAL, "flow_proposal_id": proposal_id}
    recorder = await Recorder.begin(database, account_id, tree=tree, current_node_id=tree.start, building=None, **kind)
    return await recorder.do(*bodies)


async def on_flow(database: Database, account_id: UUID, flow_id: UUID, *bodies: Body) -> Walk:
    """Record a walk on the live version of a flow."""
    live = await Flows(database).live(account_id, flow_id)
    assert live is not None
    kind: dict[str, Any] = {"session_kind": SessionKind.FLOW, "flow_id": flow_id, "flow_version": live.version}
    recorder = await Recorder.begin(
        database, account_id, tree=live.tree, current_node_id=live.tree.start, building=None, **kind
    )
    return await recorder.do(*bodies)
