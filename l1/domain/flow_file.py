"""The flow file: a flow as a plain object, as YAML and JSON carry it.

In the file of a proposal or a draft, and of the version that it is published as, an answer may lead to null: the branch
is open, and a walk that takes it goes on being built from there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from l1.domain import limits
from l1.domain.findings import (
    CATEGORY,
    NODE_ID,
    REASON_CATEGORY,
    SLUG,
    Fault,
    Findings,
    canonical,
    did_you_mean,
    place_of,
    shown,
)
from l1.domain.reasons import NEEDS_ENGINEER
from l1.domain.tree import Flow, Node, NodeKind, Tree


class FlowInvalid(Exception):
    """The flow file has faults; `faults` holds all of them, never none."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "; ".join(map(str, self.faults))


def check_flow(raw: object) -> list[Fault]:
    """Name every fault: of the parts in reading order, then of the ways between nodes. Never raises."""
    return _read(raw, Findings(), may_be_open=False)[1]


def parse_flow(raw: object, *, may_be_open: bool = False) -> Flow:
    """Read a flow, its texts without surrounding space, and its branches open if they `may_be_open`.

    Raises `FlowInvalid`.
    """
    flow, faults = _read(raw, Findings(), may_be_open=may_be_open)
    if faults or flow is None:
        raise FlowInvalid(faults)
    return flow


def flow_to_raw(flow: Flow) -> dict[str, Any]:
    """Write a flow file in the order in which people write it; `parse_flow` reads the same flow from it."""
    return {
        "id": flow.slug,
        "title": flow.title,
        "category": flow.category,
        "description": flow.description,
        "keywords": list(flow.keywords),
        "start": flow.tree.start,
        "nodes": {node_id: _node_to_raw(node) for node_id, node in flow.tree.nodes.items()},
    }


def _node_to_raw(node: Node) -> dict[str, Any]:
    raw: dict[str, Any] = {"kind": node.kind.value, "text": node.text}
    if node.answers:
        raw["answers"] = dict(node.answers)
    if node.reason_category is not None:
        raw["reason_category"] = node.reason_category
    return raw


def _read(raw: object, found: Findings, *, may_be_open: bool) -> tuple[Flow | None, list[Fault]]:
    fields = found.fields(raw, "", ("id", "title", "category", "start", "nodes"), ("description", "keywords"))
    if not fields:
        return None, found.faults
    slug = found.slug(fields, "id", "", SLUG)
    title = found.text(fields, "title", "", limits.TITLE)
    category = found.slug(fields, "category", "", CATEGORY)
    description = found.text(fields, "description", "", limits.DESCRIPTION) if fields.get("description") != "" else ""
    keywords = found.texts(fields, "keywords", "", (limits.KEYWORDS, limits.KEYWORD))
    start = found.slug(fields, "start", "", NODE_ID)
    nodes = _read_nodes(fields["nodes"], found, may_be_open=may_be_open) if "nodes" in fields else {}
    size = sum(len(node.text) + sum(map(len, node.answers)) for node in nodes.values() if node is not None)
    if size > limits.FLOW_TEXT:
        found.add("nodes", f"have {size} characters; split the flow, at most {limits.FLOW_TEXT} are allowed")
    _check_targets(nodes, found)
    if nodes and start:
        _check_start(start, nodes, found)
    _check_ends(nodes, found)
    tree = Tree(start, {node_id: node for node_id, node in nodes.items() if node is not None})
    return Flow(slug, title, category, description, keywords, tree), found.faults


def _read_nodes(raw: object, found: Findings, *, may_be_open: bool) -> dict[str, Node | None]:
    """Nodes by id. One that can't be read is None: it exists, but nothing is known of where it leads."""
    if not isinstance(raw, Mapping):
        found.add("nodes", f"must be an object of nodes by their ids, but is {shown(raw)}")
        return {}
    if not raw:
        found.add("nodes", "is empty; a flow needs at least one node")
    if len(raw) > limits.NODES:
        found.add("nodes", f"has {len(raw)} nodes; split the flow, at most {limits.NODES} are allowed")
    nodes: dict[str, Node | None] = {}
    for key, value in raw.items():
        place = place_of("nodes", key)
        node_id = found.slug_at(key, place, NODE_ID)
        if node_id in nodes:
            found.add(place, "is there twice; give each node its own id")
        nodes[node_id] = _read_node(node_id, value, place, found, may_be_open=may_be_open)
    return nodes


def _read_node(node_id: str, raw: object, place: str, found: Findings, *, may_be_open: bool) -> Node | None:
    fields = found.fields(raw, place, ("kind", "text"), ("answers", "reason_category"))
    if not fields:
        return None
    kind = _read_kind(fields, place, found)
    text = found.text(fields, "text", place, limits.NODE_TEXT)
    answers = read_answers(fields.get("answers", {}), f"{place}.answers", found)
    reason = found.slug(fields, "reason_category", place, REASON_CATEGORY) if "reason_category" in fields else None
    if kind is None or answers is None:
        return None
    if kind.is_terminal and answers:
        found.add(f"{place}.answers", f"must go: {_a(kind)} ends the walk; or change the kind")
    if not kind.is_terminal and not answers:
        found.add(f"{place}.answers", f"must have at least one answer: {_a(kind)} leads somewhere")
    if kind is NodeKind.ESCALATION:
        reason = reason or NEEDS_ENGINEER
    elif reason is not None:
        found.add(f"{place}.reason_category", f"must go: it belongs to an escalation, and this is {_a(kind)}")
    targets = {
        label: None
        if may_be_open and target is None
        else _read_target(target, place_of(f"{place}.answers", label), found)
        for label, target in answers.items()
    }
    return Node(node_id, kind, text, targets, reason)


def _read_target(raw: object, place: str, found: Findings) -> str | None:
    target = canonical(raw)
    if not isinstance(raw, str) or not target:
        found.text_at(raw, place, limits.NODE_ID)
    return target or None


def _a(kind: NodeKind) -> str:
    return f"{'an' if kind.value[0] in 'aeiou' else 'a'} {kind.value}"


def _read_kind(fields: Mapping[str, object], place: str, found: Findings) -> NodeKind | None:
    if "kind" not in fields:
        return None
    raw = fields["kind"]
    known = [kind.value for kind in NodeKind]
    if isinstance(raw, str) and raw in known:
        return NodeKind(raw)
    hint = did_you_mean(raw, known) if isinstance(raw, str) and found.may_suggest() else ""
    found.add(place_of(place, "kind"), f"is {shown(raw)}{hint or '; kinds are ' + ', '.join(known)}")
    return None


def read_answers(raw: object, place: str, found: Findings) -> dict[str, object] | None:
    """Answers by their label as it is shown; None if it is no object. Where they lead is the caller's to read."""
    if not isinstance(raw, Mapping):
        found.add(place, f"must be an object of labels and where they lead, but is {shown(raw)}")
        return None
    if len(raw) > limits.ANSWERS_PER_NODE:
        found.add(place, f"has {len(raw)} answers; keep at most {limits.ANSWERS_PER_NODE}")
    answers: dict[str, object] = {}
    seen: dict[str, str] = {}
    for key, target in raw.items():
        at = place_of(place, key)
        label = found.text_at(key, at, limits.ANSWER) or shown(key)
        if (folded := label.casefold()) in seen:
            found.add(at, f"says the same as {shown(seen[folded])}; a technician must see the difference")
        seen[folded] = label
        answers[label] = target
    return answers


def _check_targets(nodes: Mapping[str, Node | None], found: Findings) -> None:
    for node_id, node in nodes.items():
        for label, target in node.answers.items() if node else ():
            if target is not None and target not in nodes:
                found.add(
                    place_of(f"{place_of('nodes', node_id)}.answers", label), _points_nowhere(target, nodes, found)
                )


def _points_nowhere(target: str, nodes: Mapping[str, Node | None], found: Findings) -> str:
    known = [node_id for node_id in nodes if len(node_id) <= limits.NODE_ID]
    hint = did_you_mean(target, known) if found.may_suggest() else ""
    listed = ", ".join(known[:8]) + (", …" if len(known) > 8 else "")  # noqa: PLR2004 - what a line can hold
    return f"points to {shown(target)}, which is not a node{hint or f'; nodes are {listed}'}"


def _check_start(start: str, nodes: Mapping[str, Node | None], found: Findings) -> None:
    """Check that the start is a node, and that every node can be reached from it."""
    if start not in nodes:
        found.add("start", _points_nowhere(start, nodes, found))
        return
    if None in nodes.values():
        return  # the unreadable node may lead to those that nothing else leads to
    reached = {start}
    ahead = [start]
    while ahead:
        node = nodes[ahead.pop()]
        new = {target for target in node.answers.values() if target and target in nodes} - reached if node else set()
        reached |= new
        ahead.extend(new)
    for node_id in nodes:
        if node_id not in reached:
            found.add(
                place_of("nodes", node_id), f"is never reached from {shown(start)}; lead an answer to it or remove it"
            )


def _check_ends(nodes: Mapping[str, Node | None], found: Findings) -> None:
    """From every node some answers lead to an end. Going round in circles is fine as long as there is a way out.

    An open branch is an end, as what is built there comes to one. A node whose way on has a fault already counts as an
    end, so that one fault is not told at every node before it.
    """
    before: dict[str, list[str]] = {node_id: [] for node_id in nodes}
    can_end: list[str] = []
    for node_id, node in nodes.items():
        targets = list(node.answers.values()) if node else []
        if node is None or node.kind.is_terminal or not targets or any(target not in nodes for target in targets):
            can_end.append(node_id)
        for target in targets:
            if target in before:
                before[target].append(node_id)
    known = set(can_end)
    while can_end:
        new = set(before[can_end.pop()]) - known
        known |= new
        can_end.extend(new)
    for node_id in nodes:
        if node_id not in known:
            found.add(
                place_of("nodes", node_id),
                "can't end: no answer leads, however far, to a resolution or an escalation; give it a way out",
            )
