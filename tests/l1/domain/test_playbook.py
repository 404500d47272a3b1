from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l1.domain.categories import CATEGORIES, UNKNOWN, Builder
from l1.domain.playbook import (
    NO_PLAYBOOK,
    Asked,
    Check,
    Outcome,
    Playbook,
    PlaybookInvalid,
    Verdict,
    check_playbook,
    next_node,
    parse_playbook,
)
from l1.domain.tree import Node, NodeKind

RAW: dict[str, Any] = {
    "category": "printing",
    "title": "Printing",
    "keywords": ["printer", "paper jam", "toner"],
    "last_resort": {"escalate": "An engineer looks at the printer.", "reason_category": "hardware_fault"},
    "checks": [
        {
            "id": "power",
            "text": "Is the printer on?",
            "answers": {
                "Yes": "next",
                "Only a blank screen": {"rules_out": ["paper"]},
                "It smokes": {"escalate": "Unplug it.", "reason_category": "safety"},
            },
        },
        {
            "id": "restart",
            "kind": "instruction",
            "text": "Restart the printer.",
            "answers": {"It prints": {"solved": "The printer hung."}, "No change": "next"},
        },
        {
            "id": "paper",
            "text": "Is there paper in the tray?",
            "keywords": ["paper jam", "papier"],
            "answers": {"Yes": "next", "No": {"solved": "It was out of paper."}},
        },
    ],
}
PRINTING = parse_playbook(RAW)


def changed(**changes: object) -> dict[str, Any]:
    return {**RAW, **changes}


def with_check(**changes: object) -> dict[str, Any]:
    return changed(checks=[{**RAW["checks"][0], **changes}, *RAW["checks"][1:]])


def walk(*answers: str, problem: str = "It does not print") -> list[Node]:
    """The nodes shown to a technician who gives these answers."""
    asked: list[Asked] = []
    nodes = [next_node(PRINTING, problem, asked, "n0")]
    for number, answer in enumerate(answers, 1):
        asked.append(Asked(nodes[-1].id, nodes[-1].text, answer))
        nodes.append(next_node(PRINTING, problem, asked, f"n{number}"))
    return nodes


def test_checks_are_asked_by_rank_with_their_answers_still_to_be_built() -> None:
    [first] = walk()
    assert first == Node(
        "n0",
        NodeKind.QUESTION,
        "Is the printer on?",
        {"Yes": None, "Only a blank screen": None, "It smokes": None},
    )


def test_a_check_that_the_problem_speaks_of_comes_first() -> None:
    assert walk(problem="There's a PAPER-JAM again")[0].text == "Is there paper in the tray?"
    assert walk(problem="kein Pápier mehr")[0].text == "Is there paper in the tray?"


def test_an_answer_that_solves_it_ends_in_a_resolution() -> None:
    assert walk("Yes", "It prints")[-1] == Node("n2", NodeKind.RESOLUTION, "The printer hung.")


def test_an_answer_that_escalates_says_why() -> None:
    assert walk("It smokes")[-1] == Node("n1", NodeKind.ESCALATION, "Unplug it.", reason_category="safety")


def test_an_answer_may_rule_out_other_checks() -> None:
    texts = [node.text for node in walk("Only a blank screen", "No change")]
    assert texts == ["Is the printer on?", "Restart the printer.", "An engineer looks at the printer."]


def test_when_no_check_is_left_the_last_resort_escalates() -> None:
    last = walk("Yes", "No change", "Yes")[-1]
    assert (last.kind, last.reason_category) == (NodeKind.ESCALATION, "hardware_fault")


def test_without_a_playbook_the_call_goes_to_an_engineer() -> None:
    node = next_node(None, "It hums", [], "n7")
    assert node == Node("n7", NodeKind.ESCALATION, NO_PLAYBOOK, reason_category="needs_engineer")


def test_a_path_is_recognised_whatever_case_and_space_the_client_sent_back() -> None:
    node = next_node(PRINTING, "", [Asked("n0", " is the  printer ON?", "it smokes ")], "n1")
    assert node.text == "Unplug it."


def test_nodes_and_answers_that_are_not_of_the_playbook_are_passed_over() -> None:
    asked = [Asked("n0", "Is it raining?", "It smokes"), Asked("n1", "Is the printer on?", "Perhaps")]
    assert next_node(PRINTING, "", asked, "n2").text == "Restart the printer."


words = st.sampled_from(["printer", "paper", "jam", "toner", "slow", "wi-fi", "Tür", "\u2019s"])
problems = st.lists(words, max_size=6).map(" ".join) | st.text(max_size=40)


@st.composite
def playbooks(draw: st.DrawFn) -> Playbook:
    ids = [f"c{number}" for number in range(draw(st.integers(1, 8)))]
    verdicts = st.one_of(
        st.just(Verdict(Outcome.NEXT)),
        st.lists(st.sampled_from(ids), max_size=3).map(lambda out: Verdict(Outcome.NEXT, rules_out=tuple(out))),
        st.just(Verdict(Outcome.SOLVED, "Solved.")),
        st.just(Verdict(Outcome.ESCALATE, "Escalated.", "safety")),
    )
    answers = st.dictionaries(st.sampled_from(["Yes", "No", "Done", "?"]), verdicts, min_size=1)
    checks = tuple(
        Check(
            check_id, NodeKind.QUESTION, f"Text of {check_id}", draw(answers), tuple(draw(st.lists(words, max_size=2)))
        )
        for check_id in ids
    )
    return Playbook("printing", "Printing", ("printer",), checks, Verdict(Outcome.ESCALATE, "The end.", "x"))


@given(playbooks(), problems, st.data())
def test_every_walk_ends_and_never_asks_a_check_twice(playbook: Playbook, problem: str, data: st.DataObject) -> None:
    asked: list[Asked] = []
    while True:
        node = next_node(playbook, problem, asked, f"n{len(asked)}")
        assert node == next_node(playbook, problem, list(asked), node.id), "the same path gave another node"
        if node.kind.is_terminal:
            break
        assert node.text not in [step.text for step in asked]
        assert set(node.answers.values()) == {None}
        asked.append(Asked(node.id, node.text, data.draw(st.sampled_from(list(node.answers)))))
        assert len(asked) <= len(playbook.checks)


def test_security_is_decided_by_a_person_and_comes_first() -> None:
    assert [category.slug for category in CATEGORIES if category.builder is not Builder.MODEL] == ["security"]
    assert CATEGORIES[0].slug == "security"
    assert UNKNOWN not in {category.slug for category in CATEGORIES}


FAULTS: list[tuple[object, str, str]] = [
    (None, "flow", "must be an object with category"),
    (changed(category="unknown"), "category", "nothing is ever built"),
    (changed(checks=[]), "checks", "must be a list of checks, but is empty"),
    (changed(checks=[7]), "checks.0", "must be an object with id"),
    (changed(last_resort="x"), "last_resort", "must be an object with escalate"),
    (changed(last_resort={"escalate": " "}), "last_resort.escalate", "is empty"),
    (with_check(kind="resolution"), "checks.power.kind", "question and instruction"),
    (with_check(answers={}), "checks.power.answers", "at least one answer"),
    (with_check(answers={True: "next"}), "checks.power.answers.true", "quote it"),
    (with_check(answers={"Yes": "nxt"}), "checks.power.answers.Yes", "is 'nxt'; write next, {solved: text}"),
    (with_check(answers={"Yes": {"solved": "a", "escalate": "b"}}), "checks.power.answers.Yes", "exactly one thing"),
    (with_check(answers={"Yes": {"solved": 1}}), "checks.power.answers.Yes.solved", "quote it"),
    (with_check(answers={"Yes": {"rules_out": ["papr"]}}), "checks.power.answers.Yes.rules_out", "'paper'?"),
    (with_check(text="restart the  printer."), "checks.restart.text", "is the text of 'power' too"),
    (with_check(id="paper"), "checks.paper", "is there twice"),
]


@pytest.mark.parametrize(("raw", "place", "message"), FAULTS, ids=[case[1] for case in FAULTS])
def test_a_fault_of_a_playbook_is_named_with_its_place(raw: object, place: str, message: str) -> None:
    faults = check_playbook(raw)
    assert any(fault.place == place and message in fault.message for fault in faults), faults
    with pytest.raises(PlaybookInvalid):
        parse_playbook(raw)
