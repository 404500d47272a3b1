"""The flow file: a flow as a plain object, as YAML and JSON carry it.

Checking names every fault at once, each with its place, because an author who repairs one fault per try gives up.
Places are paths of keys, such as `nodes.n1.answers.Yes`; the whole file is `flow`.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from l1.domain import limits
from l1.domain.tree import Flow, Node, NodeKind, Tree

MAX_NODES = 1000  # Zingtree's documented maximum for one tree
MAX_ANSWERS = 20
MAX_KEYWORDS = 50
MAX_SLUG = 80
MAX_TITLE = 200
MAX_CATEGORY = 64
MAX_DESCRIPTION = 2_000
MAX_KEYWORD = 80
NEEDS_ENGINEER = "needs_engineer"
"""The reason category of an escalation whose author names none."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CATEGORY = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
_REASON_CATEGORY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_NODE_ID = re.compile(r"[A-Za-z0-9_.-]+")
# PostgreSQL stores no NUL, UTF-8 no lone surrogate, YAML reads the other line ends as spaces, and a screen shows none.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LONG_NUMBER = 10**15
# Close names are searched for only this often in one file: the search costs time in proportion to the nodes.
_MAX_SUGGESTIONS = 50


@dataclass(frozen=True)
class Fault:
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class FlowInvalid(Exception):
    """The flow file has faults; `faults` holds all of them, never none."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "; ".join(map(str, self.faults))


def check_flow(raw: object) -> list[Fault]:
    """Name every fault: of the parts in reading order, then of the ways between nodes. Never raises."""
    return _read(raw)[1]


def parse_flow(raw: object) -> Flow:
    """Read a flow, its texts without surrounding space. Raises `FlowInvalid`."""
    flow, faults = _read(raw)
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


def shown(value: object) -> str:
    """Describe a value as a fault names it: in one short printable line, whatever was sent."""
    match value:
        case bool():
            return f"the boolean {str(value).lower()}"
        case str():
            return repr(value if len(value) <= MAX_KEYWORD else value[:MAX_KEYWORD] + "…")
        case int() | float():
            return f"the number {value}" if _is_short(value) else "a long number"
        case Mapping():
            return "an object"
        case list() | tuple():
            return "a list"
        case _:
            return "empty" if value is None else f"a {type(value).__name__}"


def place_of(parent: str, key: object) -> str:
    """Name the place of `key` in `parent`, printable whatever the key is."""
    name = canonical(key)
    part = name if name.isprintable() and 0 < len(name) <= limits.ANSWER else shown(key)
    return f"{parent}.{part}" if parent else part


def did_you_mean(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name[: limits.ANSWER], list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


@dataclass
class Findings:
    """Reads the parts of a raw object and keeps a fault for each part that does not fit.

    A part that does not fit reads as empty, so that reading goes on; the result counts only when there are no faults.
    A key that is absent reads as empty without a fault: `fields` has already named the missing ones.
    """

    faults: list[Fault] = field(default_factory=list[Fault])

    def add(self, place: str, message: str) -> None:
        self.faults.append(Fault(place, message))

    def fields(self, raw: object, place: str, required: Sequence[str], optional: Sequence[str]) -> dict[str, object]:
        """Keep the known fields of an object; missing and unknown ones are faults."""
        where = place or "flow"
        if not isinstance(raw, Mapping):
            self.add(where, f"must be an object with {', '.join(required)}, but is {shown(raw)}")
            return {}
        known = (*required, *optional)
        for key in raw:
            if not isinstance(key, str) or key not in known:
                hint = did_you_mean(key, known) if isinstance(key, str) and self.may_suggest() else ""
                self.add(place_of(place, key), f"is not a field here{hint or '; fields are ' + ', '.join(known)}")
        for key in required:
            if key not in raw:
                self.add(place_of(place, key), "is missing; add it")
        return {key: raw[key] for key in known if key in raw}

    def text(self, fields: Mapping[str, object], key: str, place: str, limit: int) -> str:
        return self.text_at(fields[key], place_of(place, key), limit) if key in fields else ""

    def text_at(self, raw: object, place: str, limit: int) -> str:
        """Text without surrounding space, from 1 to `limit` characters."""
        if not isinstance(raw, str):
            # YAML reads bare Yes, 12 and 2026-01-01 as something else than text.
            is_scalar = raw is not None and not isinstance(raw, (Mapping, list, tuple))
            hint = (
                "; quote it" + (', as in "Yes"' if isinstance(raw, bool) else "") if is_scalar else "; write some text"
            )
            self.add(place, f"must be text, but is {shown(raw)}{hint}")
            return ""
        text = raw.strip()
        if not text:
            self.add(place, "is empty; write some text")
        elif len(text) > limit:
            self.add(place, f"has {len(text)} characters; shorten it to at most {limit}")
        if found := _UNPRINTABLE.search(text):
            self.add(place, f"has the unprintable character {found[0]!r}; remove it")
        return text

    def slug(self, fields: Mapping[str, object], key: str, place: str, rule: "Slug") -> str:
        return self.slug_at(fields[key], place_of(place, key), rule) if key in fields else ""

    def slug_at(self, raw: object, place: str, rule: "Slug") -> str:
        if not isinstance(raw, str):
            self.text_at(raw, place, rule.limit)
        elif not rule.pattern.fullmatch(raw) or len(raw) > rule.limit:
            self.add(place, f"is {shown(raw)}; use {rule.said}, at most {rule.limit}")
        return canonical(raw)

    def texts(self, fields: Mapping[str, object], key: str, place: str, most: tuple[int, int]) -> tuple[str, ...]:
        """Read a list of texts; `most` is how many, and how many characters each."""
        raw = fields.get(key, [])
        at = place_of(place, key)
        if not isinstance(raw, (list, tuple)):
            self.add(at, f"must be a list of texts, but is {shown(raw)}")
            return ()
        count, limit = most
        if len(raw) > count:
            self.add(at, f"has {len(raw)} entries; keep at most {count}")
        return tuple(self.text_at(entry, f"{at}.{index}", limit) for index, entry in enumerate(raw))

    def may_suggest(self) -> bool:
        return len(self.faults) < _MAX_SUGGESTIONS


@dataclass(frozen=True)
class Slug:
    """What a name may look like, and how a fault says it."""

    pattern: re.Pattern[str]
    limit: int
    said: str


SLUG = Slug(_SLUG, MAX_SLUG, "lower-case letters and digits, words joined by '-'")
CATEGORY = Slug(_CATEGORY, MAX_CATEGORY, "lower-case letters and digits, words joined by '_' or '-'")
REASON_CATEGORY = Slug(_REASON_CATEGORY, limits.REASON_CATEGORY, "lower-case letters and digits, words joined by '_'")
NODE_ID = Slug(_NODE_ID, limits.NODE_ID, "letters, digits, '_', '.' and '-'")


def canonical(raw: object) -> str:
    """Read a name as text, empty for what can't be one.

    An id that someone forgot to quote is still the id that they mean elsewhere in the file.
    """
    match raw:
        case str():
            return raw
        case bool():
            return str(raw).lower()
        case int() | float() if _is_short(raw):
            return str(raw)
        case _:
            return ""


def _is_short(number: int | float) -> bool:
    # Python refuses to print integers of more than 4,300 digits.
    return abs(number) < _LONG_NUMBER


def _read(raw: object) -> tuple[Flow | None, list[Fault]]:
    found = Findings()
    fields = found.fields(raw, "", ("id", "title", "category", "start", "nodes"), ("description", "keywords"))
    if not fields:
        return None, found.faults
    slug = found.slug(fields, "id", "", SLUG)
    title = found.text(fields, "title", "", MAX_TITLE)
    category = found.slug(fields, "category", "", CATEGORY)
    description = found.text(fields, "description", "", MAX_DESCRIPTION) if fields.get("description") != "" else ""
    keywords = found.texts(fields, "keywords", "", (MAX_KEYWORDS, MAX_KEYWORD))
    start = found.slug(fields, "start", "", NODE_ID)
    nodes = _read_nodes(fields["nodes"], found) if "nodes" in fields else {}
    size = sum(len(node.text) + sum(map(len, node.answers)) for node in nodes.values() if node is not None)
    if size > limits.FLOW_TEXT:
        found.add("nodes", f"have {size} characters; split the flow, at most {limits.FLOW_TEXT} are allowed")
    _check_targets(nodes, found)
    if nodes and start:
        _check_start(start, nodes, found)
    _check_ends(nodes, found)
    tree = Tree(start, {node_id: node for node_id, node in nodes.items() if node is not None})
    return Flow(slug, title, category, description, keywords, tree), found.faults


def _read_nodes(raw: object, found: Findings) -> dict[str, Node | None]:
    """Nodes by id. One that can't be read is None: it exists, but nothing is known of where it leads."""
    if not isinstance(raw, Mapping):
        found.add("nodes", f"must be an object of nodes by their ids, but is {shown(raw)}")
        return {}
    if not raw:
        found.add("nodes", "is empty; a flow needs at least one node")
    if len(raw) > MAX_NODES:
        found.add("nodes", f"has {len(raw)} nodes; split the flow, at most {MAX_NODES} are allowed")
    nodes: dict[str, Node | None] = {}
    for key, value in raw.items():
        place = place_of("nodes", key)
        node_id = found.slug_at(key, place, NODE_ID)
        if node_id in nodes:
            found.add(place, "is there twice; give each node its own id")
        nodes[node_id] = _read_node(node_id, value, place, found)
    return nodes


def _read_node(node_id: str, raw: object, place: str, found: Findings) -> Node | None:
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
        label: _read_target(target, place_of(f"{place}.answers", label), found) for label, target in answers.items()
    }
    return Node(node_id, kind, text, targets, reason)


def _read_target(raw: object, place: str, found: Findings) -> str | None:
    target = canonical(raw)
    if not isinstance(raw, str) or not target:  # it leads nowhere, which only a proposal's answer may
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
    if len(raw) > MAX_ANSWERS:
        found.add(place, f"has {len(raw)} answers; keep at most {MAX_ANSWERS}")
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

    A node whose way on has a fault already counts as an end, so that one fault is not told at every node before it.
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
