"""The state machine of a walk: one table, pure functions, no clock.

`apply` decides what a command does to a walk and returns the next walk with the event that tells it. It never raises:
a command that does not fit becomes a `Rejected` event. `evolve` is the only place where a walk changes, so that the
events alone, replayed, give the same walk again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from l1.domain import limits
from l1.domain.commands import Body, Command, Escalate, PlaceNode, Resolve, Sender, Step, TakeNotes
from l1.domain.errors import (
    L1Error,
    ReasonMissing,
    RevisionMismatch,
    SessionClosed,
    StaleStep,
    UnknownAnswer,
    UnknownNode,
    WalkFull,
)
from l1.domain.events import Change, Escalated, Event, NodePlaced, Noted, Opened, Rejected, Resolved, Stepped
from l1.domain.session import Building, Escalation, PathEntry, Resolution, Status, Walk, WalkNote, shown
from l1.domain.tree import Node, Tree


class Phase(StrEnum):
    """Where a walk stands. `BUILDING`: the next node is on its way, so there is nothing to answer."""

    WALKING = "walking"
    BUILDING = "building"
    CLOSED = "closed"


def phase_of(walk: Walk) -> Phase:
    if walk.is_closed:
        return Phase.CLOSED
    return Phase.WALKING if walk.building is None else Phase.BUILDING


def apply(walk: Walk, command: Command) -> tuple[Walk, Event]:
    """Decide a command. The event's revision is one more than the walk's if the command was accepted."""
    sender = _in_order(walk, command.sender)
    try:
        _check_revision(walk, sender)
        change = TRANSITIONS[phase_of(walk), type(command.body)](walk, sender, command.body)
    except L1Error as error:
        return walk, Event(sender.id, walk.revision, sender.at, sender.actor, Rejected(error.problem))
    event = Event(sender.id, walk.revision + 1, sender.at, sender.actor, change)
    return evolve(walk, event), event


def opened(walk: Walk, sender: Sender) -> Event:
    """Tell the beginning of a walk."""
    return Event(sender.id, walk.revision, sender.at, sender.actor, Opened(walk))


def replay(events: Iterable[Event]) -> Walk:
    """Fold the events of a walk, the first of which opened it, into its state."""
    walk: Walk | None = None
    for event in events:
        if isinstance(event.body, Opened):
            walk = event.body.walk
        elif walk is not None:
            walk = evolve(walk, event)
        else:
            break
    if walk is None:
        raise ValueError("the first event of a walk must open it")
    return walk


def evolve(walk: Walk, event: Event) -> Walk:
    """Return the walk after the event."""
    body = event.body
    if isinstance(body, Rejected):
        return walk
    if isinstance(body, Opened):
        return body.walk
    walk = replace(walk, revision=event.revision, last_activity_at=event.at)
    match body:
        case Stepped():
            entry = body.entry
            return replace(
                walk,
                walked_path=(*walk.walked_path, entry),
                current_node_id=body.next_node_id,
                current_since=entry.answered_at,
                last_step_at=entry.answered_at,
                building=None if body.next_node_id else Building(event.command_id, entry.node_id, entry.answer),
                text_size=walk.text_size + _size_of(entry),
            )
        case NodePlaced():
            return replace(
                walk,
                tree=_grown(walk.tree, walk.building, body.node),
                current_node_id=body.node.id,
                current_since=event.at,
                building=None,
                built_nodes=(*walk.built_nodes, body.build),
            )
        case Noted():
            size = sum(len(note.text) for note in body.notes)
            return replace(walk, walk_notes=(*walk.walk_notes, *body.notes), text_size=walk.text_size + size)
        case Resolved():
            return replace(
                walk, status=Status.RESOLVED, resolution=body.resolution, resolved_at=event.at, building=None
            )
        case Escalated():
            return replace(walk, status=Status.ESCALATED, escalation=body.escalation, building=None)


def _step(walk: Walk, sender: Sender, step: Step) -> Change:
    node = _current(walk)
    if step.node_id != node.id:
        raise StaleStep(
            f"The walk is at node '{node.id}', not at '{step.node_id}'. Answer the current node.",
            current_node=_as_json(node),
        )
    if step.answer not in node.answers:
        known = ", ".join(f"'{label}'" for label in node.answers)
        hint = f"Choose one of {known}." if known else "It ends the walk: resolve or escalate."
        raise UnknownAnswer(f"Node '{node.id}' has no such answer. {hint}", answers=list(node.answers))
    if len(walk.walked_path) >= limits.PATH_ENTRIES:
        raise WalkFull(f"A walk has at most {limits.PATH_ENTRIES} steps. Resolve or escalate this call.")
    entry = PathEntry(
        node_id=node.id,
        question=node.text,
        asked_as=None if step.asked_as == node.text else step.asked_as,
        answer=step.answer,
        note=step.note,
        answered_at=sender.at,
        answered_by=sender.actor.id,
        answered_by_name=sender.actor.name,
        seconds=(sender.at - walk.current_since).total_seconds(),
    )
    _check_room(walk, _size_of(entry))
    return Stepped(entry, node.answers[step.answer])


def _step_too_early(walk: Walk, _sender: Sender, _step: Step) -> Change:
    raise StaleStep(
        "The next node is still being built. Read the session and answer its current node.",
        current_node=None if walk.current_node is None else _as_json(walk.current_node),
    )


def _take_notes(walk: Walk, sender: Sender, command: TakeNotes) -> Change:
    for note in command.notes:
        if note.node_id is not None and note.node_id not in walk.tree.nodes:
            raise UnknownNode(f"This walk has no node '{note.node_id}'. Leave node_id out to note on the current one.")
    _check_room(walk, sum(len(note.text) for note in command.notes))
    return Noted(
        tuple(
            WalkNote(
                note.text,
                note.node_id or walk.current_node_id,
                sender.at,
                by=sender.actor.id,
                by_name=sender.actor.name,
            )
            for note in command.notes
        )
    )


def _resolve(_walk: Walk, sender: Sender, command: Resolve) -> Change:
    actor = sender.actor
    return Resolved(Resolution(command.helpful, command.resolution_notes, sender.at, by=actor.id, by_name=actor.name))


def _escalate(walk: Walk, sender: Sender, command: Escalate) -> Change:
    own = None if walk.current_node is None else walk.current_node.own_reason
    reason_category = command.reason_category or own
    if reason_category is None:
        hint = "Name one: only at a node that escalates, the node's own counts."
        raise ReasonMissing(f"'reason_category' is missing. {hint}", field="reason_category")
    actor = sender.actor
    return Escalated(Escalation(command.reason, reason_category, sender.at, by=actor.id, by_name=actor.name))


def _place_node(_walk: Walk, _sender: Sender, command: PlaceNode) -> Change:
    return NodePlaced(command.node, command.build)


def _nothing_to_place(_walk: Walk, _sender: Sender, _command: PlaceNode) -> Change:
    raise StaleStep("No node was being built.")


def _closed(walk: Walk, _sender: Sender, _command: Body) -> Change:
    raise SessionClosed(f"This call is {walk.status}. Take a new call to go on.", session_status=str(walk.status))


Rule = Callable[[Walk, Sender, Any], Change]

TRANSITIONS: Mapping[tuple[Phase, type[Body]], Rule] = {
    (Phase.WALKING, Step): _step,
    (Phase.WALKING, TakeNotes): _take_notes,
    (Phase.WALKING, Resolve): _resolve,
    (Phase.WALKING, Escalate): _escalate,
    (Phase.WALKING, PlaceNode): _nothing_to_place,
    (Phase.BUILDING, Step): _step_too_early,
    (Phase.BUILDING, TakeNotes): _take_notes,
    (Phase.BUILDING, Resolve): _resolve,
    (Phase.BUILDING, Escalate): _escalate,
    (Phase.BUILDING, PlaceNode): _place_node,
    (Phase.CLOSED, Step): _closed,
    (Phase.CLOSED, TakeNotes): _closed,
    (Phase.CLOSED, Resolve): _closed,
    (Phase.CLOSED, Escalate): _closed,
    (Phase.CLOSED, PlaceNode): _closed,
}
"""Every phase with every command: a pair that is missing here would be a KeyError in a running workflow."""


def _in_order(walk: Walk, sender: Sender) -> Sender:
    """Never let time run backwards in a walk: two API processes' clocks may differ by a little."""
    return replace(sender, at=max(sender.at, walk.last_activity_at))


def _check_revision(walk: Walk, sender: Sender) -> None:
    if sender.expected_revision is not None and sender.expected_revision != walk.revision:
        raise RevisionMismatch(
            f"The walk is at revision {walk.revision}. Read it again and decide anew.", revision=walk.revision
        )


def _size_of(entry: PathEntry) -> int:
    return sum(len(text or "") for text in (entry.question, entry.asked_as, entry.answer, entry.note))


def _check_room(walk: Walk, more: int) -> None:
    if walk.text_size + more > limits.WALK_TEXT:
        raise WalkFull(
            f"The texts of a walk have at most {limits.WALK_TEXT} characters. Resolve or escalate this call."
        )


def _current(walk: Walk) -> Node:
    node = walk.current_node
    if node is None:  # a walk without a current node is either building or closed, and neither has this rule
        raise StaleStep("The walk has no current node.", current_node=None)
    return node


def _grown(tree: Tree, building: Building | None, node: Node) -> Tree:
    """Add the node, and let the answer that asked for it lead there."""
    nodes = dict(tree.nodes)
    if building is not None and building.after_node_id is not None and building.answer is not None:
        parent = nodes[building.after_node_id]
        nodes[parent.id] = replace(parent, answers={**parent.answers, building.answer: node.id})
    nodes[node.id] = node
    return Tree(tree.start or node.id, nodes)


def _as_json(node: Node) -> dict[str, Any]:
    current = shown(node)
    return {"id": current.id, "kind": str(current.kind), "text": current.text, "answers": list(current.answers)}
