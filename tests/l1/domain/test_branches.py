"""Answers that lead nowhere yet, and what becomes of them when a tree is published or walked."""

import pytest

from l1.domain.branches import (
    NOT_BUILT,
    SOLVED,
    never_solves,
    open_branches,
    publishable,
    says_solved,
    with_solution,
    without_open_branches,
)
from l1.domain.tree import Node, NodeKind, Tree

QUESTION = Node("q", NodeKind.QUESTION, "Is the fuse in?", {"Yes": "d", "No": None})
DOING = Node("d", NodeKind.INSTRUCTION, "Restart the spooler.", {"It works": None, "No change": None})
TREE = Tree("q", {"q": QUESTION, "d": DOING})


@pytest.mark.parametrize(
    "answer",
    [
        "That was it",
        "It works now",
        "Yes, it works now",
        "Fixed",
        "The problem is gone",
        "That helped, thanks",
        "It's fixed",
    ],
)
@pytest.mark.parametrize("node", [QUESTION, DOING])
def test_an_answer_says_that_the_problem_is_solved(node: Node, answer: str) -> None:
    assert says_solved(node, answer)


@pytest.mark.parametrize("answer", ["It works", "Done, it works", "All good", "Works again"])
def test_that_it_works_says_so_where_something_was_done_and_may_be_a_symptom_where_something_was_asked(
    answer: str,
) -> None:
    assert says_solved(DOING, answer)
    assert not says_solved(QUESTION, answer)


@pytest.mark.parametrize(
    "answer",
    [
        "Yes", "No", "No change", "It does not work", "It works on another computer", "Nothing works", "It did",
        "It worked until now", "It did not help", "It was not fixed", "Only by cable it works", "Fixed line",
        "It is not back",
    ],
)  # fmt: skip
def test_an_answer_that_says_less_is_not_taken_for_a_solution(answer: str) -> None:
    assert not says_solved(DOING, answer)


def test_published_answers_that_say_so_lead_to_a_resolution_and_others_stay_open() -> None:
    published = publishable(TREE)
    assert published.nodes["d"].answers == {"It works": "n1", "No change": None}
    assert published.nodes["n1"] == Node("n1", NodeKind.RESOLUTION, SOLVED)
    assert open_branches(published) == (("q", "No"), ("d", "No change"))
    assert publishable(published) == published


def test_what_cannot_be_reached_is_not_published() -> None:
    lost = Node("lost", NodeKind.RESOLUTION, "Nobody comes here.")
    assert publishable(Tree("q", {**TREE.nodes, "lost": lost})) == publishable(TREE)


def test_the_words_of_a_call_are_what_the_resolution_says_and_the_first_stay() -> None:
    told = with_solution(TREE, "d", None, "The spooler\nhung.")
    assert publishable(told).nodes["n1"] == Node("n1", NodeKind.RESOLUTION, "The spooler hung.")
    assert with_solution(told, "d", "It works", "Another") == told
    assert len(with_solution(TREE, "d", "it  works", "word " * 800).nodes["n1"].text) <= 500


@pytest.mark.parametrize(("node_id", "answer"), [("q", None), ("q", "No"), ("d", "No change")])
def test_a_call_that_was_solved_without_saying_so_gives_no_resolution(node_id: str, answer: str | None) -> None:
    assert with_solution(TREE, node_id, answer, "The spooler hung.") == TREE


def test_of_two_answers_that_say_so_neither_is_guessed() -> None:
    twice = Node("d", NodeKind.INSTRUCTION, "Restart it.", {"It works": None, "Fixed": None})
    tree = Tree("d", {"d": twice})
    assert with_solution(tree, "d", None, "It hung.") == tree
    assert with_solution(tree, "d", "Fixed", "It hung.").nodes["d"].answers == {"It works": None, "Fixed": "n1"}


def test_a_tree_in_which_no_answer_leads_to_a_resolution_is_found_at_its_start() -> None:
    fault = never_solves(TREE)
    assert fault is not None
    assert fault.place == "nodes.q"
    assert never_solves(publishable(TREE)) is None
    unreached = Node("lost", NodeKind.RESOLUTION, "Nobody comes here.")
    assert never_solves(Tree("q", {**TREE.nodes, "lost": unreached})) is not None


def test_where_nothing_may_be_built_open_branches_lead_to_an_engineer_and_say_why() -> None:
    whole = without_open_branches(TREE)
    assert whole.nodes["q"].answers == {"Yes": "d", "No": "n1"}
    assert whole.nodes["n1"] == Node("n1", NodeKind.ESCALATION, NOT_BUILT, reason_category="needs_engineer")
    assert not whole.is_open
    assert without_open_branches(whole) == whole
