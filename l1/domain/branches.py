"""Open branches: answers after which a tree has no next node yet.

A walk that takes one goes on being built from there, also in a published flow that was a proposal. An answer that says
that the problem is solved needs no building: it leads to a resolution.
"""

import re
import textwrap
from collections.abc import Iterator
from typing import Final

from l1.domain import limits
from l1.domain.findings import Fault, place_of
from l1.domain.merging import label_of, lead, new_ids
from l1.domain.reasons import NEEDS_ENGINEER
from l1.domain.tree import Node, NodeKind, Tree

NOT_BUILT: Final = (
    "No call has taken this branch yet, and no tree is built for this kind of problem. Hand the call to an engineer "
    "with what is known."
)
SOLVED: Final = "The caller says that this has solved it. Note what it was, and close the call."
"""What a resolution says until an engineer or the notes of a call have better words."""
_MOST_OF_A_SOLUTION: Final = 500
"""Characters of a call's notes that become a resolution: what can be read at a glance."""

_BEFORE = r"(?:(?:yes|ok|okay|done|good|great|now|so|then|and)\b[\s,.!-]*)*"
_AFTER = r"(?:[\s,.!-]*\b(?:again|fine|well|properly|normally|as it should|as before|thanks|thank you))*[\s.!]*"
_WORKS = (
    r"(?:(?:it|that|this|all|everything|all of it) works?|works|it is working|all good|everything is (?:fine|good|ok))"
)
_IS_SOLVED = re.compile(
    rf"{_BEFORE}(?:"
    r"that (?:was|is) it|(?:it|that|this|everything) (?:is|was) (?:fixed|solved|resolved)|fixed|solved|resolved|"
    r"(?:the )?(?:problem|issue|error|fault)(?: is| was| has been)? (?:solved|fixed|resolved|gone)|"
    r"(?:that|this) worked|(?:that|this|it) (?:has )?(?:solved|fixed|resolved|helped)(?: it| the problem| the issue)?|"
    r"(?:that|this|it) did (?:it|the trick)|it does now|(?:it is )?back to normal|"
    rf"(?:no,? )?(?:now {_WORKS}|{_WORKS} now)"
    rf"){_AFTER}",
    re.IGNORECASE,
)
"""The whole of an answer. Of 1,215 different answers of the starter library, these and the next find 8 of those that
lead to a resolution, which stand in 65 of 355 places, and none of the others. What they miss stays open, and is built.
"""
_SHORT_IS = re.compile(r"(?<=\w)['\u2019]s\b")
_WORKS_AFTER_DOING = re.compile(rf"{_BEFORE}{_WORKS}{_AFTER}", re.IGNORECASE)
"""Solved where something was done; to a question it may be one more symptom ("Does it work on another computer?")."""


def open_branches(tree: Tree) -> tuple[tuple[str, str], ...]:
    """Return node and answer of each open branch that can be reached, depth first in the order of the answers."""
    return tuple(
        (node_id, label)
        for node_id in reachable(tree)
        for label, target in tree.nodes[node_id].answers.items()
        if target is None
    )


def reachable(tree: Tree) -> Iterator[str]:
    """The nodes that can be reached from the start, depth first in the order of the answers."""
    seen: set[str] = set()
    ahead = [tree.start] if tree.nodes else []
    while ahead:
        node_id = ahead.pop()
        if node_id not in seen:
            seen.add(node_id)
            yield node_id
            ahead.extend(target for target in reversed([*tree.nodes[node_id].answers.values()]) if target is not None)


def says_solved(node: Node, answer: str) -> bool:
    """Tell whether who answers the node so says that the problem is solved."""
    said = _SHORT_IS.sub(" is", answer.strip())
    if _IS_SOLVED.fullmatch(said):
        return True
    return node.kind is NodeKind.INSTRUCTION and _WORKS_AFTER_DOING.fullmatch(said) is not None


def with_solution(tree: Tree, node_id: str, answer: str | None, text: str) -> Tree:
    """Lead an answer that says that the problem is solved to a resolution of this text, if its branch is open.

    `answer` is the one that was given last at the node where a call was solved; None: the call was closed at the node,
    and it is the node's only such answer.
    """
    node = tree.nodes[node_id]
    labels = [*node.answers] if answer is None else [label_of(node, answer)]
    solved = [label for label in labels if label and node.answers[label] is None and says_solved(node, label)]
    if len(solved) != 1 or len(tree.nodes) >= limits.NODES:
        return tree
    return _led(tree, ((node_id, solved[0]),), NodeKind.RESOLUTION, shortened(text))


def shortened(text: str) -> str:
    """Cut a call's notes to what a resolution may say."""
    return textwrap.shorten(text, _MOST_OF_A_SOLUTION, placeholder=" …")


def publishable(tree: Tree) -> Tree:
    """Make the tree that a proposal's is published as.

    Answers that say that the problem is solved lead to a resolution, other open branches stay open, and what cannot be
    reached is dropped.
    """
    reached = set(reachable(tree))
    kept = Tree(tree.start, {node_id: node for node_id, node in tree.nodes.items() if node_id in reached})
    solved = tuple(branch for branch in open_branches(kept) if says_solved(kept.nodes[branch[0]], branch[1]))
    return _led(kept, solved, NodeKind.RESOLUTION, SOLVED)


def never_solves(tree: Tree) -> Fault | None:
    """Return the fault of a tree in which no answer leads to a resolution; its place is the node that it starts at."""
    if any(tree.nodes[node_id].kind is NodeKind.RESOLUTION for node_id in reachable(tree)):
        return None
    return Fault(
        place_of("nodes", tree.start),
        "no answer leads, however far, to a resolution; lead one to a node of kind resolution that says what solved it",
    )


def without_open_branches(tree: Tree) -> Tree:
    """Make the tree for a walk in which nothing may be built: open branches lead to an engineer, and say why."""
    return _led(tree, open_branches(tree), NodeKind.ESCALATION, NOT_BUILT)


def _led(tree: Tree, branches: tuple[tuple[str, str], ...], kind: NodeKind, text: str) -> Tree:
    """Lead the branches to one new node at the end."""
    if not branches:
        return tree
    nodes = dict(tree.nodes)
    end = next(new_ids(nodes))
    for branch in branches:
        lead(nodes, branch, end)
    nodes[end] = Node(end, kind, text, reason_category=NEEDS_ENGINEER if kind is NodeKind.ESCALATION else None)
    return Tree(tree.start, nodes)
