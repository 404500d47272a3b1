"""Walks of one problem, merged into one tree: what engineers read as a flow proposal.

A walk is laid along the tree from its start, by the answers that were given in it, as far as it was asked what the tree
asks there. Its rest goes under the answer after which the tree has no next node yet. So every node stands below the
answers that were given in its call, and below no others; a walk that was asked something else than the tree asks is not
joined. Nodes and ways are only ever added, so that merging makes no circle and loses nothing that was there.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice

from l1.domain import limits
from l1.domain.session import Walk
from l1.domain.tree import Node, NodeKind, Tree

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
    """How far a walk can be laid along a tree, and the open branch, node and answer, where its rest goes."""

    path: tuple[str, ...]
    rest_at: tuple[str, str] | None = None
    is_whole: bool = False
    """There is no rest."""


def path_of(walk: Walk) -> tuple[WalkedNode, ...]:
    """Return the nodes that were answered and the one at which the walk ended, if it did not end between two."""
    answered = tuple(WalkedNode(walk.tree.nodes[entry.node_id], entry.answer) for entry in walk.walked_path)
    last = walk.current_node
    return answered if last is None else (*answered, WalkedNode(last, None))


def begin(path: Sequence[WalkedNode]) -> Merged:
    """Make the tree of a first walk. One without any node, or too large for a flow, is not joined to the empty tree."""
    nodes = _chain(path, new_ids(()))
    if not path or not _fits(nodes):
        return Merged(Tree("", {}), (), joined=False)
    return Merged(Tree(next(iter(nodes)), nodes), tuple(nodes), joined=True)


def merge(tree: Tree, path: Sequence[WalkedNode], same: Same, taken: Collection[str] = ()) -> Merged:
    """Merge a walk into the tree. `taken` are ids of nodes that an engineer has removed: they are not given again."""
    if not tree.nodes:
        return begin(path)
    way = _lay(tree, path, same)
    if not way.is_whole and way.rest_at is None:
        return Merged(tree, way.path, joined=False)
    nodes = dict(tree.nodes)
    # From the end: the last node may need room for the answer under which the rest goes.
    for node_id, walked in reversed([*zip(way.path, path, strict=False)]):
        nodes[node_id] = _united(nodes[node_id], walked)
    added = _chain(path[len(way.path) :], new_ids({*tree.nodes, *taken}))
    if way.rest_at is not None:
        lead(nodes, way.rest_at, next(iter(added)))
    nodes |= added
    if nodes != tree.nodes and not _fits(nodes):
        return Merged(tree, way.path, joined=False)
    return Merged(Tree(tree.start, nodes), (*way.path, *added), joined=True)


def follow(tree: Tree, path: Sequence[WalkedNode], same: Same) -> tuple[str, ...]:
    """Return the nodes of the tree that a walk went through, as far as they agree: for one that adds nothing."""
    return _lay(tree, path, same).path if tree.nodes else ()


def _lay(tree: Tree, path: Sequence[WalkedNode], same: Same) -> _Way:
    """Lay the walk along the tree from its start, by its own answers, as far as both ask the same."""
    found: list[str] = []
    at: str | None = tree.start
    for walked in path:
        if at is None:
            return _Way(tuple(found), rest_at=_rest_at(tree.nodes[found[-1]], path[len(found) - 1].answer))
        if not _agree(tree.nodes[at], walked.node, same):
            return _Way(tuple(found))
        found.append(at)
        at = _target(tree.nodes[at], walked.answer)
    return _Way(tuple(found), is_whole=bool(found))


def _rest_at(node: Node, answer: str | None) -> tuple[str, str] | None:
    """The branch of the answer, if the node has it or has room for it."""
    if answer is None:
        return None
    label = label_of(node, answer)
    return (node.id, label or answer) if label or len(node.answers) < limits.ANSWERS_PER_NODE else None


def _agree(node: Node, walked: Node, same: Same) -> bool:
    if node.kind is not walked.kind:
        return False
    # The same answers have solved it: two ways of saying so are one resolution.
    if node.kind is NodeKind.RESOLUTION or _folded(node.text) == _folded(walked.text):
        return True
    return same(node.text, walked.text)


def _chain(path: Sequence[WalkedNode], names: Iterator[str]) -> dict[str, Node]:
    """Make nodes of a walk's rest, one after the other, all other answers open."""
    ids = list(islice(names, len(path)))
    nodes: dict[str, Node] = {}
    for node_id, after, walked in zip(ids, (*ids[1:], None), path, strict=False):
        nodes[node_id] = _united(replace(walked.node, id=node_id, answers={}), walked)
        if after is not None and walked.answer is not None:
            lead(nodes, (node_id, walked.answer), after)
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


def lead(nodes: dict[str, Node], branch: tuple[str, str], target: str) -> None:
    """Let the branch, a node and its answer, lead to the target."""
    node = nodes[branch[0]]
    label = label_of(node, branch[1]) or branch[1]
    nodes[node.id] = replace(node, answers={**node.answers, label: target})


def label_of(node: Node, answer: str) -> str | None:
    """The node's own label for an answer."""
    return next((label for label in node.answers if _folded(label) == _folded(answer)), None)


def _target(node: Node, answer: str | None) -> str | None:
    label = None if answer is None else label_of(node, answer)
    return None if label is None else node.answers[label]


def new_ids(taken: Iterable[str]) -> Iterator[str]:
    """The ids n1, n2, … after the highest that is taken: a lower one may have been another node's."""
    numbers = [int(match[1]) for node_id in taken if (match := _NUMBERED.fullmatch(node_id))]
    return (f"n{number}" for number in count(max(numbers, default=0) + 1))


def _fits(nodes: Mapping[str, Node]) -> bool:
    """Whether a flow can hold them, and the resolution of answers that say that the problem is solved."""
    size = sum(len(node.text) + sum(map(len, node.answers)) for node in nodes.values())
    return len(nodes) < limits.NODES and size <= limits.FLOW_TEXT - limits.NODE_TEXT


def _folded(text: str) -> str:
    """Fold what makes no difference to a reader: case and space."""
    return " ".join(text.casefold().split())
