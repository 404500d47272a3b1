"""Walks of one problem, merged into one tree: what engineers read as a flow proposal.

A walk is laid along the tree from its start. Where it meets its own question again it goes on from there; where it was
asked something that the tree does not ask there, its rest is attached to an open branch. Nodes and ways are only ever
added, each new node under one open branch, so that merging makes no circle and loses nothing that was there.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import count, islice

from l1.domain import limits
from l1.domain.reasons import NEEDS_ENGINEER
from l1.domain.session import Walk
from l1.domain.tree import Node, NodeKind, Tree

NOT_WALKED = "This branch has not been walked yet. Hand the call to an engineer with what is known."

Same = Callable[[str, str], bool]
"""Whether two texts of nodes say the same; asked only about texts that differ in more than case and space."""

_NUMBERED = re.compile(r"n([0-9]{1,9})")


@dataclass(frozen=True)
class WalkedNode:
    """A node as the walk's own tree has it, and what was answered there: None where the walk ended."""

    node: Node
    answer: str | None


@dataclass(frozen=True)
class Merged:
    """`path` are the nodes of `tree` that the walk went through, in order.

    A walk that is not `joined` found no place, or no room: the tree is as it was, and the path as far as they agree.
    """

    tree: Tree
    path: tuple[str, ...]
    joined: bool


@dataclass(frozen=True)
class _Way:
    """How far a walk can be laid along a tree, and the open branch where its rest would go."""

    path: tuple[str, ...]
    rest_at: tuple[str, str] | None = None
    is_whole: bool = False
    """There is no rest."""
    new_answers: int = 0
    """How many the nodes on the way would get."""

    @property
    def can_join(self) -> bool:
        return self.is_whole or self.rest_at is not None

    @property
    def rank(self) -> tuple[bool, int, int]:
        """The better, the higher."""
        return self.can_join, len(self.path), -self.new_answers


def path_of(walk: Walk) -> tuple[WalkedNode, ...]:
    """Return the nodes that were answered and the one at which the walk ended, if it did not end between two."""
    answered = tuple(WalkedNode(walk.tree.nodes[entry.node_id], entry.answer) for entry in walk.walked_path)
    last = walk.current_node
    return answered if last is None else (*answered, WalkedNode(last, None))


def begin(path: Sequence[WalkedNode]) -> Merged:
    """Make the tree of a first walk. One without any node, or too large for a flow, is not joined to the empty tree."""
    nodes = _chain(path, _new_ids(()))
    if not path or not _fits(nodes):
        return Merged(Tree("", {}), (), joined=False)
    return Merged(Tree(next(iter(nodes)), nodes), tuple(nodes), joined=True)


def merge(tree: Tree, path: Sequence[WalkedNode], same: Same, taken: Collection[str] = ()) -> Merged:
    """Merge a walk into the tree. `taken` are ids of nodes that an engineer has removed: they are not given again."""
    if not tree.nodes:
        return begin(path)
    way = _lay(tree, path, same)
    if not way.can_join:
        return Merged(tree, way.path, joined=False)
    nodes = dict(tree.nodes)
    # From the end: the last node may need room for the answer under which the rest goes.
    for node_id, walked in reversed([*zip(way.path, path, strict=False)]):
        nodes[node_id] = _united(nodes[node_id], walked)
    added = _chain(path[len(way.path) :], _new_ids({*tree.nodes, *taken}))
    if way.rest_at is not None:
        _lead(nodes, way.rest_at, next(iter(added)))
    nodes |= added
    if nodes != tree.nodes and not _fits(nodes):
        return Merged(tree, way.path, joined=False)
    return Merged(Tree(tree.start, nodes), (*way.path, *added), joined=True)


def follow(tree: Tree, path: Sequence[WalkedNode], same: Same) -> tuple[str, ...]:
    """Return the nodes of the tree that a walk went through, as far as they agree: for one that adds nothing."""
    return _lay(tree, path, same).path if tree.nodes else ()


def open_branches(tree: Tree) -> tuple[tuple[str, str], ...]:
    """Return node and answer of each branch that no call has gone on with, in the order in which rests are attached."""
    return tuple(_open_from(tree, tree.start)) if tree.nodes else ()


def closed(tree: Tree, text: str = NOT_WALKED) -> Tree:
    """Complete a tree for publishing: open branches lead to one escalation, and what cannot be reached is dropped.

    A tree of merged walks always makes a valid flow; one that was edited into a circle without a way out does not.
    """
    reached = set(_below(tree, tree.start))
    nodes = {node_id: node for node_id, node in tree.nodes.items() if node_id in reached}
    if branches := open_branches(tree):
        end = next(_new_ids(tree.nodes))
        for branch in branches:
            _lead(nodes, branch, end)
        nodes[end] = Node(end, NodeKind.ESCALATION, text, reason_category=NEEDS_ENGINEER)
    return Tree(tree.start, nodes)


def _lay(tree: Tree, path: Sequence[WalkedNode], same: Same) -> _Way:
    """Lay the walk along the tree as far as it goes.

    A node of the walk is the one that its branch leads to, or else one further down: those between were not asked in
    this call. Of several further down, the one counts from which the rest of the walk can be joined, and with which
    most of it is there already, answers included; the lowest of equals, as what the walk adds below is below those
    above as well. So a walk that was merged finds all of itself again, whatever was merged since.
    """
    places = _places(tree, path, same)
    ways: dict[str, _Way] = {}  # of what comes after the step, by the node to which the answer leads
    for step in reversed(range(len(places))):
        ways = {
            start: max(
                (_way_through(tree.nodes[place], path[step:], ways) for place in reversed(found)),
                key=lambda way: way.rank,
            )
            if found
            else _Way((), next(_open_from(tree, start), None))
            for start, found in places[step].items()
        }
    return ways.get(tree.start, _Way(()))


def _way_through(node: Node, path: Sequence[WalkedNode], later: Mapping[str, _Way]) -> _Way:
    """Go through the node, which stands for the first of `path`, and on by the ways of what comes `later`."""
    answer = path[0].answer
    new_answers = len(_united(node, path[0]).answers) - len(node.answers)
    if answer is None or len(path) == 1:
        return _Way((node.id,), is_whole=True, new_answers=new_answers)
    label = _label(node, answer)
    target = None if label is None else node.answers[label]
    if target is not None:
        way = later[target]
        return replace(way, path=(node.id, *way.path), new_answers=way.new_answers + new_answers)
    has_room = label is not None or len(node.answers) < limits.ANSWERS_PER_NODE
    return _Way((node.id,), (node.id, label or answer) if has_room else None, new_answers=new_answers)


def _places(tree: Tree, path: Sequence[WalkedNode], same: Same) -> list[dict[str, tuple[str, ...]]]:
    """For each step, by the node to which the branch leads, the nodes that the step may be; ends where none is left."""

    @cache
    def agree(node_id: str, step: int) -> bool:
        node, walked = tree.nodes[node_id], path[step].node
        if node.kind is not walked.kind:
            return False
        return _folded(node.text) == _folded(walked.text) or same(node.text, walked.text)

    def found(start: str, step: int) -> tuple[str, ...]:
        kinds = {tree.nodes[start].kind, path[step].node.kind}
        # The same answers have solved it: two ways of saying so are one resolution.
        if kinds == {NodeKind.RESOLUTION} or agree(start, step):
            return (start,)
        return tuple(node_id for node_id in _below(tree, start) if agree(node_id, step))

    places: list[dict[str, tuple[str, ...]]] = []
    starts = {tree.start: None}
    for step, walked in enumerate(path):
        places.append({start: found(start, step) for start in starts})
        through = {node_id: None for nodes in places[-1].values() for node_id in nodes}
        starts = {target: None for node_id in through if (target := _target(tree.nodes[node_id], walked.answer))}
        if not starts:
            break
    return places


def _below(tree: Tree, start: str) -> Iterator[str]:
    """The node and all that can be reached from it, depth first in the order of the answers."""
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        node_id = ahead.pop()
        if node_id not in seen:
            seen.add(node_id)
            yield node_id
            ahead.extend(target for _answer, target in _edges(tree, node_id) if target is not None)


def _open_from(tree: Tree, start: str) -> Iterator[tuple[str, str]]:
    """The open branches at or below a node, depth first in the order of the answers."""
    seen = {start}
    ahead = [(start, *edge) for edge in _edges(tree, start)]
    while ahead:
        node_id, label, target = ahead.pop()
        if target is None:
            yield node_id, label
        elif target not in seen:
            seen.add(target)
            ahead.extend((target, *edge) for edge in _edges(tree, target))


def _edges(tree: Tree, node_id: str) -> list[tuple[str, str | None]]:
    """The answers of a node and where they lead, the last first: to be put on a stack."""
    return [*tree.nodes[node_id].answers.items()][::-1]


def _chain(path: Sequence[WalkedNode], new_ids: Iterator[str]) -> dict[str, Node]:
    """Make nodes of a walk's rest, one after the other, all other answers open."""
    ids = list(islice(new_ids, len(path)))
    nodes: dict[str, Node] = {}
    for node_id, after, walked in zip(ids, (*ids[1:], None), path, strict=False):
        nodes[node_id] = _united(replace(walked.node, id=node_id, answers={}), walked)
        if after is not None and walked.answer is not None:
            _lead(nodes, (node_id, walked.answer), after)
    return nodes


def _united(node: Node, walked: WalkedNode) -> Node:
    """Add the walked node's answers, as open branches, as far as there is room: above all for the one given."""
    known = {_folded(label) for label in node.answers}
    given = walked.answer and _folded(walked.answer)
    new: dict[str, str] = {}
    for label in (*walked.node.answers, *([walked.answer] if walked.answer else [])):
        if _folded(label) not in known:
            new.setdefault(_folded(label), label)
    surplus = len(node.answers) + len(new) - limits.ANSWERS_PER_NODE
    for folded in [other for other in reversed(new) if other != given][: max(surplus, 0)]:
        del new[folded]
    room = limits.ANSWERS_PER_NODE - len(node.answers)
    return replace(node, answers={**node.answers, **dict.fromkeys([*new.values()][:room])})


def _lead(nodes: dict[str, Node], branch: tuple[str, str], target: str) -> None:
    node = nodes[branch[0]]
    label = _label(node, branch[1]) or branch[1]
    nodes[node.id] = replace(node, answers={**node.answers, label: target})


def _label(node: Node, answer: str) -> str | None:
    """The node's own label for an answer."""
    return next((label for label in node.answers if _folded(label) == _folded(answer)), None)


def _target(node: Node, answer: str | None) -> str | None:
    label = None if answer is None else _label(node, answer)
    return None if label is None else node.answers[label]


def _new_ids(taken: Iterable[str]) -> Iterator[str]:
    """The ids n1, n2, … after the highest that is taken: a lower one may have been another node's."""
    numbers = [int(match[1]) for node_id in taken if (match := _NUMBERED.fullmatch(node_id))]
    return (f"n{number}" for number in count(max(numbers, default=0) + 1))


def _fits(nodes: Mapping[str, Node]) -> bool:
    """Whether a flow can hold them, and the one that closes open branches."""
    size = sum(len(node.text) + sum(map(len, node.answers)) for node in nodes.values())
    return len(nodes) < limits.NODES and size <= limits.FLOW_TEXT - limits.NODE_TEXT


def _folded(text: str) -> str:
    """Fold what makes no difference to a reader: case and space."""
    return " ".join(text.casefold().split())
