"""FloDial's charts and dialogs: a chart becomes a flow file, a dialog the path of nodes that it takes through it.

The shape is that of dair-iitd/FloDial: `flodial/charts/*.json` (nodes with an utterance, edges by label) and
`flodial/dialogs.json` (turns that name the node `chart-N` or the FAQ `faq-N` they stand on).
"""

import json
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from l1.domain import flow_file, limits
from l1.domain.tree import Flow, Tree

_CATEGORIES = {"laptops": "hardware"}
"""FloDial's categories that the product has under another name; any other is kept, as a slug."""
_CHART_NODE = re.compile(r"chart-(.+)")
_OPENING = "0"
"""`chart-0` is no node: the caller's first words stand on it."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


class DataInvalid(Exception):
    """The data are not of the expected shape; the message says where."""


class Unplayable(Exception):
    """A dialog that can't be walked; the message says why."""


@dataclass(frozen=True)
class Dialog:
    """`opening` is the caller's first utterance; `mentions` are the nodes that its turns stand on, with repeats."""

    id: str
    chart: str
    opening: str
    mentions: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """The nodes of one walk, and the answer that leads from each to the next: one fewer than nodes.

    `implied` counts the nodes that no turn names, because the caller had told their answer before they were asked.
    """

    nodes: tuple[str, ...]
    answers: tuple[str, ...]
    implied: int
    reaches_end: bool

    @property
    def taken(self) -> Iterator[tuple[str, str]]:
        """The answered nodes, each with its answer."""
        return zip(self.nodes, self.answers, strict=False)


@dataclass(frozen=True)
class DataSet:
    """`flows` by chart name; `broken` charts by name, with what is wrong with them."""

    flows: Mapping[str, dict[str, Any]]
    broken: Mapping[str, str]
    dialogs: Sequence[Dialog]


def read_data(folder: Path) -> DataSet:
    """Read `folder`/flodial, or `folder` itself if that is where the charts are. Raises DataInvalid."""
    root = next((place for place in (folder / "flodial", folder) if (place / "charts").is_dir()), None)
    if root is None:
        raise DataInvalid(f"There is no flodial/charts in {folder}. Give the folder that holds flodial/.")
    flows: dict[str, dict[str, Any]] = {}
    broken: dict[str, str] = {}
    for file in sorted((root / "charts").glob("*.json")):
        chart = _read_json(file)
        name = str(chart.get("name") or file.stem) if isinstance(chart, dict) else file.stem
        try:
            raw = chart_to_flow(name, chart)
        except DataInvalid as error:
            broken[name] = str(error)
            continue
        if faults := flow_file.check_flow(raw):
            broken[name] = "; ".join(map(str, faults[:3]))
        else:
            flows[name] = raw
    return DataSet(flows, broken, list(_dialogs(_read_json(root / "dialogs.json"))))


def chart_to_flow(name: str, chart: object) -> dict[str, Any]:
    """Turn a chart into a flow file: nodes with edges ask, nodes without end the walk as a resolution.

    Edges to nodes that do not exist and nodes that nothing leads to are left out. Raises DataInvalid.
    """
    if not isinstance(chart, dict) or not isinstance(chart.get("nodes"), dict) or not chart["nodes"]:
        raise DataInvalid(f"chart {name}: there are no nodes")
    raw_nodes: dict[str, Any] = {str(key): node for key, node in chart["nodes"].items()}
    edges = _edges(chart.get("edges"), raw_nodes)
    start = _start(raw_nodes, edges)
    nodes = {
        node_id: {"kind": "question", "text": _text_of(raw_nodes[node_id], node_id), "answers": edges[node_id]}
        if edges[node_id]
        else {"kind": "resolution", "text": _text_of(raw_nodes[node_id], node_id)}
        for node_id in reachable(start, edges)
    }
    spoken = _clean(name.replace("_", " ").replace("-", " "), limits.KEYWORD) or "flow"
    description = _clean(chart.get("problem_description"), limits.DESCRIPTION)
    return {
        "id": _slug(name, limits.SLUG),
        "title": _title(description) or spoken.capitalize(),
        "category": _category(chart.get("category")),
        "description": description,
        "keywords": [spoken],
        "start": start,
        "nodes": nodes,
    }


def route_of(dialog: Dialog, flow: Flow) -> Route:
    """Find the walk that a dialog takes through its flow. Raises Unplayable.

    A turn on the node where the walk stands, or on one that it has passed and that no answer leads to from here, is
    talk about that node (an FAQ, say). A turn on a node further on means that the caller had told the answers before:
    the walk takes the shortest way there, which in FloDial's charts, all trees, is the only one.
    """
    tree = flow.tree
    known = [node_id for node_id in dialog.mentions if node_id in tree.nodes]
    if not known:
        raise Unplayable("no turn names a node of the chart")
    nodes, answers = [tree.start], list[str]()
    for target in known:
        here = nodes[-1]
        if target == here or (target in nodes and target not in tree.nodes[here].answers.values()):
            continue
        way = _way(tree, here, target)
        if way is None:
            raise Unplayable(f"no answers lead from node {here} to node {target}")
        for answer, node_id in way:
            answers.append(answer)
            nodes.append(node_id)
    implied = len(set(nodes) - set(known))
    return Route(tuple(nodes), tuple(answers), implied, tree.nodes[nodes[-1]].kind.is_terminal)


def reachable(start: str, edges: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Nodes that answers lead to from `start`, nearest first."""
    seen = {start: None}
    ahead = deque([start])
    while ahead:
        for target in edges[ahead.popleft()].values():
            if target not in seen:
                seen[target] = None
                ahead.append(target)
    return list(seen)


def _way(tree: Tree, start: str, target: str) -> list[tuple[str, str]] | None:
    """Shortest way as answers and the nodes they lead to; None if there is none."""
    came_from: dict[str, tuple[str, str]] = {}
    ahead = deque([start])
    while ahead:
        here = ahead.popleft()
        for answer, node_id in tree.nodes[here].answers.items():
            if node_id is None or node_id in came_from or node_id == start:
                continue
            came_from[node_id] = (here, answer)
            ahead.append(node_id)
    if target not in came_from:
        return None
    way = []
    while target != start:
        here, answer = came_from[target]
        way.append((answer, target))
        target = here
    return way[::-1]


def _dialogs(raw: object) -> Iterator[Dialog]:
    if isinstance(raw, list):
        raw = {item.get("id", place) if isinstance(item, dict) else place: item for place, item in enumerate(raw)}
    if not isinstance(raw, dict):
        raise DataInvalid("dialogs.json must be an object of dialogs by their ids")
    for dialog_id, dialog in raw.items():
        if not isinstance(dialog, dict):
            raise DataInvalid(f"dialogs.json: dialog {dialog_id} is no object")
        listed = dialog.get("utterences") or dialog.get("utterances") or []
        turns = [turn for turn in listed if isinstance(turn, dict)]
        spoken = (turn.get("utterance") for turn in turns if turn.get("speaker") == "user")
        opening = next((text for text in map(_opening, spoken) if text), "")
        grounded = (_CHART_NODE.fullmatch(str(turn.get("grounded_doc_id") or "")) for turn in turns)
        mentions = tuple(match[1] for match in grounded if match and match[1] != _OPENING)
        yield Dialog(str(dialog_id), str(dialog.get("flowchart") or ""), opening, mentions)


def _opening(text: object) -> str:
    return _clean(text, limits.PROBLEM_STATEMENT)


def _edges(raw: object, nodes: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Edges by node, then by the label of the answer."""
    given = {str(key): value for key, value in raw.items()} if isinstance(raw, dict) else {}
    edges: dict[str, dict[str, str]] = {}
    for node_id in nodes:
        answers: dict[str, str] = {}
        listed = given.get(node_id)
        for label, target in listed.items() if isinstance(listed, dict) else ():
            if str(target) in nodes:
                answers[_distinct(_clean(label, limits.ANSWER) or "…", answers)] = str(target)
        edges[node_id] = answers
    return edges


def _distinct(label: str, taken: Mapping[str, str]) -> str:
    """Labels that differ only in case, or beyond what an answer may hold, are told apart by a number."""
    folded = {other.casefold() for other in taken}
    numbered = (label, *(f"{label[: limits.ANSWER - 5]} ({number})" for number in range(2, len(taken) + 3)))
    return next(name for name in numbered if name.casefold() not in folded)


def _start(nodes: Mapping[str, Any], edges: Mapping[str, Mapping[str, str]]) -> str:
    """Find the node that nothing leads to and that leads to the most others; in a chart without one, the first."""
    led_to = {target for answers in edges.values() for target in answers.values()}
    roots = [node_id for node_id in nodes if node_id not in led_to] or [next(iter(nodes))]
    return max(roots, key=lambda root: len(reachable(root, edges)))


def _text_of(node: object, node_id: str) -> str:
    fields = node if isinstance(node, dict) else {}
    texts = (_clean(fields.get(name), limits.NODE_TEXT) for name in ("utterance", "label"))
    return next((text for text in texts if text), f"Node {node_id}")


def _title(description: str) -> str:
    title = _clean(description, limits.TITLE).rstrip(".")
    return title[:1].upper() + title[1:]


def _category(raw: object) -> str:
    slug = _slug(str(raw or "laptops"), limits.CATEGORY)
    return _CATEGORIES.get(slug, slug)


def _slug(name: str, limit: int) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:limit].strip("-") or "flow"


def _clean(text: object, limit: int) -> str:
    """Return text that a flow file takes: printable, without surrounding space, not longer than the limit."""
    cleaned = _CONTROL.sub(" ", text).strip() if isinstance(text, str) else ""
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1].rstrip() + "…"


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataInvalid(f"There is no {file}.") from None
    except ValueError as error:
        raise DataInvalid(f"{file} is no JSON: {error}") from error
