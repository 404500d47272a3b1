"""The guard against asking twice, with the embedder of the product and without any."""

import itertools

import pytest

from l1.domain.building import Brief, ProposedNode
from l1.domain.playbook import Asked
from l1.domain.tree import NodeKind
from l1.guards import FaultCode, review
from l1.guards.repeats import LIKENESS, is_repeated
from l1.library import playbooks, starter_flows
from l1.matching.minilm import MiniLM
from tests.l1.guards.paraphrases import DIFFERENT, PARAPHRASES


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM()


def likeness(model: MiniLM, one: str, other: str) -> float:
    vectors = model.embed([one, other])
    return float(vectors[0] @ vectors[1])


def before(text: str) -> list[Asked]:
    return [Asked("n1", text, "Yes")]


@pytest.mark.usefixtures("slow")
def test_most_questions_in_other_words_are_found_by_their_meaning(model: MiniLM) -> None:
    found = [is_repeated(new, before(old), [likeness(model, old, new)]) for old, new in PARAPHRASES]
    assert len(found) >= 40
    assert sum(found) >= 43


@pytest.mark.usefixtures("slow")
def test_few_questions_that_differ_in_one_thing_are_taken_for_repeats(model: MiniLM) -> None:
    found = [(old, new) for old, new in DIFFERENT if is_repeated(new, before(old), [likeness(model, old, new)])]
    assert len(found) <= 3


def test_without_an_embedder_words_decide() -> None:
    assert sum(is_repeated(new, before(old), []) for old, new in PARAPHRASES) >= 30
    assert sum(is_repeated(new, before(old), []) for old, new in DIFFERENT) <= 6


@pytest.mark.usefixtures("slow")
def test_no_check_of_a_playbook_is_taken_for_a_repeat_of_another(model: MiniLM) -> None:
    for playbook in playbooks()[::4]:
        texts = [check.text for check in playbook.checks]
        vectors = model.embed(texts)
        likenesses = vectors @ vectors.T
        for one, other in itertools.combinations(range(len(texts)), 2):
            assert not is_repeated(texts[one], before(texts[other]), [float(likenesses[one, other])])
            assert not is_repeated(texts[one], before(texts[other]), [])


@pytest.mark.usefixtures("slow")
def test_hardly_a_node_of_a_flow_is_taken_for_a_repeat_of_another(model: MiniLM) -> None:
    pairs = near = 0
    for flow in starter_flows()[::8]:
        vectors = model.embed([node.text for node in flow.tree.nodes.values() if not node.kind.is_terminal])
        likenesses = vectors @ vectors.T
        for one, other in itertools.combinations(range(len(vectors)), 2):
            pairs += 1
            near += bool(likenesses[one, other] >= LIKENESS)
    assert near <= pairs / 50


@pytest.mark.parametrize("text", ["is the PRINTER on", "Is the printers on?!", "Is the prïnter on?"])
@pytest.mark.parametrize("cosines", [[], [0.0]])
def test_the_same_words_are_a_repeat_whatever_the_embedder_says(text: str, cosines: list[float]) -> None:
    assert is_repeated(text, before("Is the printer on?"), cosines)


def test_an_end_may_say_what_was_asked() -> None:
    proposed = ProposedNode(NodeKind.RESOLUTION, "The printer was off.")
    assert review(proposed, Brief("printing", "It does not print.", before("Was the printer off?")), [1.0]) == []


def test_the_act_may_be_worded_like_the_question_for_leave_just_before_it() -> None:
    leave = before("May the computer be restarted now?")
    act = ProposedNode(NodeKind.INSTRUCTION, "Restart the computer now.", ("It works", "No change"))
    assert review(act, Brief("software", "It is slow.", leave), [0.95]) == []
    asked_again = ProposedNode(NodeKind.QUESTION, "May the computer now be restarted?", ("Yes", "No"))
    codes = {fault.code for fault in review(asked_again, Brief("software", "It is slow.", leave), [0.95])}
    assert codes == {FaultCode.REPEATED}
