"""Walks and commands for tests that need no server."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from l1.domain.building import Engine, NodeBuild
from l1.domain.commands import Body, Command, PlaceNode, Sender
from l1.domain.session import Actor, Building, SessionKind, TicketRef, Walk
from l1.domain.tree import Node, NodeKind, Tree

T0 = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
KIM = Actor("11111111-1111-4111-8111-111111111111", "Kim")

TREE = Tree(
    "n1",
    {
        "n1": Node("n1", NodeKind.QUESTION, "Is it plugged in?", {"Yes": "n2", "No": "fixed", "Ask again": "n1"}),
        "n2": Node("n2", NodeKind.INSTRUCTION, "Plug it in elsewhere.", {"It works": "fixed", "No change": "up"}),
        "fixed": Node("fixed", NodeKind.RESOLUTION, "It had no power."),
        "up": Node("up", NodeKind.ESCALATION, "Have it repaired.", reason_category="hardware_failure"),
    },
)


def flow_walk(stall_after: float = 1800.0) -> Walk:
    return Walk(
        session_id=uuid4(),
        account_id=uuid4(),
        session_kind=SessionKind.FLOW,
        ticket=TicketRef(uuid4(), "internal", 1042),
        problem_statement="It is dark",
        customer_name="Ada Byron",
        customer_contact=None,
        category="hardware",
        flow_id=uuid4(),
        flow_version=1,
        flow_proposal_id=None,
        tree=TREE,
        current_node_id="n1",
        current_since=T0,
        started_at=T0,
        last_activity_at=T0,
        stall_after=stall_after,
        owner=KIM,
    )


def built_walk() -> Walk:
    """A walk whose first node has still to be built."""
    base = flow_walk()
    return Walk(
        **{name: getattr(base, name) for name in ("session_id", "account_id", "ticket", "problem_statement")},
        session_kind=SessionKind.AI_BUILD,
        customer_name=None,
        customer_contact=None,
        category="hardware",
        flow_id=None,
        flow_version=None,
        flow_proposal_id=None,
        tree=Tree("", {}),
        current_node_id=None,
        current_since=T0,
        started_at=T0,
        last_activity_at=T0,
        stall_after=1800.0,
        owner=KIM,
        building=Building(uuid4(), None, None),
    )


def command(
    body: Body,
    *,
    after: float = 1.0,
    actor: Actor = KIM,
    expected_revision: int | None = None,
    command_id: UUID | None = None,
) -> Command:
    """A command sent `after` seconds from the start of the walk."""
    return Command(Sender(command_id or uuid4(), T0 + timedelta(seconds=after), actor, expected_revision), body)


def placing(node: Node) -> PlaceNode:
    """The playbook's node has arrived."""
    return PlaceNode(node, NodeBuild(node.id, uuid4(), Engine.PLAYBOOK))
