"""Small trees by hand for each rule, and walks at random for what holds of all of them."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l1.domain import limits
from l1.domain.branches import open_branches, publishable, reachable
from l1.domain.commands import Resolve, Step
from l1.domain.flow_file import flow_to_raw, parse_flow
from l1.domain.merging import Merged, Same, WalkedNode, begin, follow, merge, path_of
from l1.domain.tree import Flow, Node, NodeKind, Tree
from l1.domain.walk import apply
from tests.l1.domain.walks import built_walk, command, placing

Path = tuple[WalkedNode, ...]
YES_NO = ("Yes", "No")


def asked(text: str, answer: str | None, answers: Sequence[str] = YES_NO) -> WalkedNode:
    return WalkedNode(Node("x", NodeKind.QUESTION, text, dict.fromkeys(answers)), answer)


def done(text: str) -> WalkedNode:
    return WalkedNode(Node("y", NodeKind.RESOLUTION, text), None)


def same_first_word(one: str, other: str) -> bool:
    return one.partition(" ")[0] == other.partition(" ")[0]


def never(_one: str, _other: str) -> bool:
    return False


def texts(tree: Tree, path: Sequence[str]) -> list[str]:
    return [tree.nodes[node_id].text for node_id in path]


def target(tree: Tree, node_id: str, answer: str) -> str | None:
    return tree.nodes[node_id].answers[answer]


def all_of(*paths: Path) -> Merged:
    merged = begin(paths[0])
    for path in paths[1:]:
        merged = merge(merged.tree, path, same_first_word)
    return merged


def published(tree: Tree) -> Flow:
    flow = Flow("made-of-walks", "Made of walks", "printing", "", (), publishable(tree))
    return parse_flow(flow_to_raw(flow), may_be_open=True)


POWER = (asked("Power on?", "Yes"), asked("Paper in?", "No"), done("It had no paper."))


def test_a_first_walk_is_a_chain_whose_other_answers_are_open() -> None:
    merged = begin(POWER)
    assert merged.joined
    assert merged.path == ("n1", "n2", "n3")
    assert merged.tree.start == "n1"
    assert target(merged.tree, "n1", "Yes") == "n2"
    assert target(merged.tree, "n2", "No") == "n3"
    assert open_branches(merged.tree) == (("n1", "No"), ("n2", "Yes"))


def test_a_walk_without_a_node_begins_nothing() -> None:
    assert begin(()) == Merged(Tree("", {}), (), joined=False)
    assert merge(begin(POWER).tree, (), never) == Merged(begin(POWER).tree, (), joined=False)


def test_a_walk_goes_on_where_an_earlier_one_left_a_branch_open() -> None:
    merged = all_of(POWER, (asked("Power on?", "No"), done("It was off.")))
    assert merged.path == ("n1", "n4")
    assert target(merged.tree, "n1", "No") == "n4"
    assert target(merged.tree, "n1", "Yes") == "n2"


def test_texts_are_compared_without_case_and_space_and_in_other_words_by_likeness() -> None:
    assert follow(begin(POWER).tree, (asked(" power  ON? ", "Yes"), asked("Paper there?", None)), same_first_word) == (
        "n1",
        "n2",
    )
    assert follow(begin(POWER).tree, (asked("power on?", "Yes"), asked("Paper there?", None)), never) == ("n1",)


def test_a_question_and_an_instruction_of_the_same_words_are_two_nodes() -> None:
    instruction = WalkedNode(Node("x", NodeKind.INSTRUCTION, "Power on?", dict.fromkeys(YES_NO)), "Yes")
    assert follow(begin(POWER).tree, (instruction,), same_first_word) == ()


def test_answers_are_united_without_regard_to_case_in_their_order() -> None:
    merged = all_of(POWER, (asked("Power on?", "no", ("no", "YES", "Not sure")), done("It was off.")))
    assert list(merged.tree.nodes["n1"].answers) == ["Yes", "No", "Not sure"]
    assert target(merged.tree, "n1", "No") == "n4"


def test_the_answer_given_finds_room_before_the_others() -> None:
    many = tuple(f"Light {number}" for number in range(limits.ANSWERS_PER_NODE - 1))
    tree = begin((asked("Colour?", many[0], many),)).tree
    merged = merge(tree, (asked("Colour?", "Pink", ("Blue", "Pink")), done("It was pink.")), never)
    assert list(merged.tree.nodes["n1"].answers) == [*many, "Pink"]
    full = merge(merged.tree, (asked("Colour?", "Blue", ("Blue",)), done("It was blue.")), never)
    assert full == Merged(merged.tree, ("n1",), joined=False)


@pytest.mark.parametrize(
    ("other", "agreed"),
    [
        ((asked("Power on?", "Yes"), asked("Cable in?", "No"), done("It was unplugged.")), ("n1",)),
        ((asked("Power on?", "Yes"), done("It had no paper.")), ("n1",)),
        ((asked("Paper in?", "Yes"), done("It was jammed.")), ()),
        ((asked("Cable in?", "No"), done("It was unplugged.")), ()),
    ],
    ids=["another question", "solved before", "begun further down", "another beginning"],
)
def test_a_walk_that_was_asked_something_else_is_not_joined(other: Path, agreed: tuple[str, ...]) -> None:
    tree = begin(POWER).tree
    assert merge(tree, other, same_first_word) == Merged(tree, agreed, joined=False)


def test_a_walk_for_which_no_branch_is_open_counts_only_where_it_agreed() -> None:
    tree = begin((asked("Power on?", "Yes"), done("It was off."))).tree
    merged = merge(tree, (asked("Power on?", "Yes"), asked("Cable in?", "No"), done("It was unplugged.")), never)
    assert merged == Merged(tree, ("n1",), joined=False)


def test_of_two_resolutions_under_one_answer_the_earlier_stays() -> None:
    merged = all_of(POWER, (*POWER[:2], done("Somebody had taken the paper.")))
    assert merged == begin(POWER)


def test_a_walk_resolved_at_a_question_leaves_its_answers_open() -> None:
    merged = begin((asked("Power on?", "No"), asked("Cable in?", None)))
    assert open_branches(merged.tree) == (("n1", "Yes"), ("n2", "Yes"), ("n2", "No"))


def test_a_walk_resolved_while_its_next_node_was_built_leaves_that_branch_open() -> None:
    merged = begin((asked("Power on?", "No"),))
    assert merged.path == ("n1",)
    assert merge(merged.tree, (asked("Power on?", "No"),), never) == merged


def test_the_ids_of_removed_nodes_are_not_given_again() -> None:
    tree = begin((asked("Power on?", "No"),)).tree
    merged = merge(tree, (asked("Power on?", "Yes"), done("It was on.")), never, taken=["n7", "by-hand"])
    assert merged.path == ("n1", "n8")


def test_a_tree_with_an_engineers_ids_goes_on_from_its_highest_number() -> None:
    edited = Tree("first", {"first": Node("first", NodeKind.QUESTION, "Power on?", {"Yes": None, "No": None})})
    assert merge(edited, POWER, never).path == ("first", "n1", "n2")


def test_a_tree_that_an_engineer_led_in_circles_can_be_walked_and_merged_into() -> None:
    circle = Tree(
        "a",
        {
            "a": Node("a", NodeKind.QUESTION, "Power on?", {"Yes": "b", "No": None}),
            "b": Node("b", NodeKind.QUESTION, "Paper in?", {"Again": "a", "No": None}),
        },
    )
    round_twice = (asked("Power on?", "Yes"), asked("Paper in?", "Again")) * 2
    merged = merge(circle, (*round_twice, asked("Power on?", "No"), done("It was off.")), never)
    assert merged.path == ("a", "b", "a", "b", "a", "n1")
    assert follow(circle, (asked("Cable in?", "Yes"),), never) == ()


def test_a_tree_never_grows_past_what_a_flow_holds() -> None:
    long_walk = tuple(asked(f"Step {number}?", "Yes") for number in range(limits.NODES - 1))
    tree = begin(long_walk).tree
    assert len(tree.nodes) == limits.NODES - 1
    more = (asked("Step 0?", "No"), done("It was off."))
    assert merge(tree, more, never) == Merged(tree, ("n1",), joined=False)
    assert len(published(tree).tree.nodes) == limits.NODES - 1
    assert not begin((*long_walk, done("It was off."))).joined


def test_a_tree_never_holds_more_text_than_a_flow() -> None:
    size = limits.NODE_TEXT
    path = tuple(asked(f"{number:03}".ljust(size, "x"), "Yes") for number in range(limits.FLOW_TEXT // size - 2))
    tree = begin(path).tree
    merged = merge(tree, (*path[:-1], asked("y".ljust(size, "y"), "Yes")), never)
    assert (merged.joined, merged.tree) == (False, tree)
    published(tree)


def test_the_path_of_a_walk_has_its_answered_nodes_and_the_one_where_it_ended() -> None:
    walk = built_walk()
    question = Node("n1", NodeKind.QUESTION, "Power on?", {"Yes": None, "No": None})
    walk, _ = apply(walk, command(placing(question)))
    walk, _ = apply(walk, command(Step("n1", "No"), after=2))
    walk, _ = apply(walk, command(placing(Node("n2", NodeKind.RESOLUTION, "It was off.")), after=3))
    walk, _ = apply(walk, command(Resolve(helpful=True), after=4))
    path = path_of(walk)
    assert [(walked.node.text, walked.answer) for walked in path] == [("Power on?", "No"), ("It was off.", None)]
    assert target(begin(path).tree, "n1", "No") == "n2"


def test_the_path_of_a_walk_that_ended_between_two_nodes_has_the_answered_ones() -> None:
    walk, _ = apply(built_walk(), command(placing(asked("Power on?", None).node)))
    walk, _ = apply(walk, command(Step("x", "No"), after=2))
    walk, _ = apply(walk, command(Resolve(helpful=True), after=3))
    assert [(walked.node.text, walked.answer) for walked in path_of(walk)] == [("Power on?", "No")]
    assert path_of(replace(built_walk(), session_id=uuid4())) == ()


# --- walks at random ---------------------------------------------------------------------------------------------


@st.composite
def paths(draw: st.DrawFn) -> Path:
    """Walks over few questions, so that they meet; a word more makes a text that only likeness takes for the same."""
    texts = st.builds("{} {}".format, st.sampled_from("abcdefg"), st.sampled_from(["", "?", "now"]))
    labels = st.lists(st.sampled_from(["Yes", "yes ", "No", "Maybe", "Later"]), min_size=1, max_size=4, unique=True)
    kinds = st.sampled_from([NodeKind.QUESTION, NodeKind.QUESTION, NodeKind.INSTRUCTION])
    path: list[WalkedNode] = []
    for text in draw(st.lists(texts, max_size=6)):
        answers = draw(labels)
        node = Node("x", draw(kinds), text, dict.fromkeys(answers))
        path.append(WalkedNode(node, draw(st.sampled_from(answers))))
    ending = draw(st.sampled_from(["resolution", "escalation", "question", "between"]))
    if ending == "question":
        path.append(asked(draw(texts), None))
    elif ending != "between":
        path.append(WalkedNode(Node("y", NodeKind(ending), draw(texts)), None))
    return tuple(path)


SAMES = st.sampled_from([never, same_first_word])


def merged_in_turn(walks: Sequence[Path], same: Same) -> list[Merged]:
    merges: list[Merged] = []
    for path in walks:
        merges.append(merge(merges[-1].tree if merges else Tree("", {}), path, same))
    return merges


@pytest.mark.parametrize("same", [never, same_first_word])
@given(walks=st.lists(paths(), min_size=1, max_size=6))
def test_merging_a_walk_again_changes_nothing_even_when_others_were_merged_since(same: Same, walks: list[Path]) -> None:
    merges = merged_in_turn(walks, same)
    tree = merges[-1].tree
    assert merge(tree, walks[-1], same) == merges[-1]
    for path, then in zip(walks, merges, strict=True):
        if then.joined:
            again = merge(tree, path, same)
            assert (again.tree, again.joined, len(again.path)) == (tree, True, len(path))


@given(walks=st.lists(paths(), min_size=1, max_size=6), same=SAMES)
def test_every_node_that_a_walk_brings_stands_under_the_answers_that_were_given_in_it(
    walks: list[Path], same: Same
) -> None:
    known: set[str] = set()
    for path, merged in zip(walks, merged_in_turn(walks, same), strict=True):
        assert not merged.joined or len(merged.path) == len(path)
        assert merged.path[:1] in ((), (merged.tree.start,))
        ways = [
            (node_id, label.strip().casefold(), target)
            for node_id, node in merged.tree.nodes.items()
            for label, target in node.answers.items()
        ]
        for (before, walked), node_id in zip(zip(merged.path, path, strict=False), merged.path[1:], strict=False):
            assert (before, (walked.answer or "").strip().casefold(), node_id) in ways
        for new in merged.tree.nodes.keys() - known:
            assert new in merged.path
            leading = {(before, answer) for before, answer, target in ways if target == new}
            step = merged.path.index(new)
            given_before = {(merged.path[step - 1], (path[step - 1].answer or "").strip().casefold())}
            assert leading == (given_before if step else set())
        known = set(merged.tree.nodes)


@given(walks=st.lists(paths(), min_size=1, max_size=6), same=SAMES)
def test_a_merged_tree_has_no_circle_and_reaches_all_its_nodes(walks: list[Path], same: Same) -> None:
    tree = merged_in_turn(walks, same)[-1].tree
    if tree.nodes:
        led_to = [other for node in tree.nodes.values() for other in node.answers.values() if other is not None]
        assert sorted([tree.start, *led_to]) == sorted(tree.nodes)
        assert set(reachable(tree)) == set(tree.nodes)


@given(data=st.data(), walks=st.lists(paths(), min_size=1, max_size=5), same=SAMES)
def test_whatever_the_order_no_node_that_was_joined_is_lost_or_becomes_another(
    data: st.DataObject, walks: list[Path], same: Same
) -> None:
    merges = merged_in_turn(data.draw(st.permutations(walks)), same)
    for before, after in pairwise(merges):
        for node_id, node in before.tree.nodes.items():
            kept = after.tree.nodes[node_id]
            assert (kept.kind, kept.text) == (node.kind, node.text)
            assert {label: other for label, other in node.answers.items() if other}.items() <= kept.answers.items()


@given(walks=st.lists(paths(), min_size=1, max_size=6), same=SAMES)
def test_a_merged_tree_can_always_be_published(walks: list[Path], same: Same) -> None:
    tree = merged_in_turn(walks, same)[-1].tree
    if tree.nodes:
        assert set(published(tree).tree.nodes) >= set(tree.nodes)


@given(walks=st.lists(paths(), min_size=2, max_size=5), same=SAMES)
def test_following_agrees_with_merging_and_adds_nothing(walks: list[Path], same: Same) -> None:
    merges = merged_in_turn(walks, same)
    for (before, path), merged in zip(zip(merges, walks[1:], strict=False), merges[1:], strict=True):
        followed = follow(before.tree, path, same)
        assert followed == merged.path[: len(followed)]
        assert merged.joined or followed == merged.path
