"""From how near flows come to what the technician is shown."""

import numpy as np
import pytest

from l1.domain.intake import Band
from l1.domain.words import words
from l1.matching.judge import Likely, judge
from l1.matching.shelf import Entry, Exemplar, FlowText, Shelf
from l1.matching.signals import Query
from tests.l1.matching.examples import STRAIGHT, at, entry, exemplar, gates

NOTHING = Shelf()


def judged(own: list[Entry], shared: list[Entry], *exemplars: Exemplar) -> tuple[Band, list[Likely]]:
    return judge(STRAIGHT, Shelf(own), Shelf(shared), exemplars, gates())


def first(likely: list[Likely]) -> Entry:
    return likely[0].entry


def test_a_flow_that_is_surely_right_is_matched() -> None:
    sure = at(0.75)
    band, likely = judged([], [at(0.2), sure, at(0.1)])
    assert band is Band.MATCHED
    assert first(likely) == sure
    assert [each.is_sure for each in likely] == [True, False, False]


def test_flows_that_may_be_right_are_suggested_best_first() -> None:
    even, less = at(0.5), at(0.45)
    band, likely = judged([], [at(0.1), less, even, at(0.0)])
    assert band is Band.SUGGEST
    assert [each.entry for each in likely] == [even, less]
    assert likely[0].probability == pytest.approx(0.5, abs=1e-5)


def test_at_most_three_are_shown() -> None:
    band, likely = judged([at(0.5), at(0.5)], [at(0.5), at(0.5), at(0.5)])
    assert band is Band.SUGGEST
    assert len(likely) == 3


def test_several_that_are_each_improbable_are_worth_a_glance_together() -> None:
    assert judged([], [at(0.40)])[0] is Band.NONE
    assert judged([], [at(0.40), at(0.40)])[0] is Band.SUGGEST


def test_flows_that_are_surely_wrong_are_not_shown() -> None:
    assert judged([at(0.2)], [at(0.3)]) == (Band.NONE, [])


def test_an_empty_library_gives_nothing() -> None:
    assert judged([], []) == (Band.NONE, [])
    assert judge(Query(["printer"], None), NOTHING, NOTHING, (), gates()) == (Band.NONE, [])
    assert judged([], [], exemplar(at(1.0), [1, 0])) == (Band.NONE, [])


@pytest.mark.parametrize(
    ("own", "shared"),
    [
        pytest.param(("printer", "Our printers"), ("printer", "Printers"), id="slug"),
        pytest.param(("ours", "Printer OFFLINE"), ("theirs", "Printer offline"), id="title"),
    ],
)
def test_a_shared_flow_is_hidden_by_the_account_s_own_of_the_same(
    own: tuple[str, str], shared: tuple[str, str]
) -> None:
    mine, theirs, other = at(0.72, *own), at(0.75, *shared), at(0.1)
    band, likely = judged([mine], [theirs, other])
    assert band is Band.MATCHED
    assert [each.entry for each in likely] == [mine, other]


def test_two_own_flows_of_one_title_are_both_shown() -> None:
    band, likely = judged([at(0.5, "a", "Printer"), at(0.5, "b", "Printer")], [])
    assert band is Band.SUGGEST
    assert len(likely) == 2


def test_on_a_tie_the_account_s_own_flow_comes_first() -> None:
    mine, theirs = at(0.5), at(0.50001)
    assert first(judged([mine], [theirs])[1]) == mine


def test_a_shared_flow_that_is_clearly_nearer_comes_first() -> None:
    mine, theirs = at(0.5), at(0.55)
    assert first(judged([mine], [theirs])[1]) == theirs


def learned(flow: Entry, confirms: int, refutes: int) -> list[Exemplar]:
    said = [True] * confirms + [False] * refutes
    return [exemplar(flow, [1, 0], confirms=confirmed) for confirmed in said]


def test_a_flow_that_was_wrong_for_the_same_words_is_only_suggested() -> None:
    flow = at(0.75)
    band, likely = judged([], [flow], *learned(flow, 0, 1))
    assert band is Band.SUGGEST
    assert likely[0].probability == pytest.approx(2 / 3, abs=0.01)


def test_a_flow_that_was_wrong_again_and_again_is_not_shown() -> None:
    flow = at(0.75)
    assert judged([], [flow], *learned(flow, 0, 20)) == (Band.NONE, [])


def test_a_call_that_it_solved_makes_up_for_one_that_it_did_not() -> None:
    flow = at(0.75)
    assert judged([], [flow], *learned(flow, 1, 1))[0] is Band.MATCHED
    assert judged([], [flow], *learned(flow, 1, 2))[0] is Band.SUGGEST


def test_what_was_wrong_for_other_words_or_another_flow_does_not_count() -> None:
    flow = at(0.75)
    far = exemplar(flow, [0, 1], confirms=False)
    other = exemplar(at(0.75), [1, 0], confirms=False)
    assert judged([], [flow], far, other)[0] is Band.MATCHED


def test_a_call_that_a_flow_solved_makes_it_likelier_for_the_same_words() -> None:
    flow = at(0.45)
    assert judged([], [flow])[0] is Band.SUGGEST
    assert judged([], [flow], exemplar(flow, [1, 0]))[0] is Band.MATCHED


JAM = entry("jam", text=FlowText("Paper jam"))
ASKED = Query(words("a paper jam"), np.array([[1, 0]], np.float32))


def test_a_flow_whose_vectors_are_to_come_is_judged_by_its_words_beside_the_others() -> None:
    near = at(0.5)
    band, likely = judge(ASKED, NOTHING, Shelf([near, JAM, at(0.1)]), (), gates())
    assert band is Band.MATCHED
    assert [each.entry for each in likely[:2]] == [JAM, near]
    assert likely[1].probability == pytest.approx(0.5, abs=1e-5)


def test_a_flow_whose_vectors_are_to_come_holds_no_other_back() -> None:
    sure = at(0.75)
    other = entry("other", text=FlowText("Coffee is cold"))
    band, likely = judge(ASKED, NOTHING, Shelf([sure, other]), (), gates())
    assert (band, first(likely)) == (Band.MATCHED, sure)


def test_a_library_that_waits_for_all_its_vectors_is_judged_by_words() -> None:
    band, likely = judge(ASKED, Shelf([JAM]), NOTHING, (), gates())
    assert (band, first(likely)) == (Band.MATCHED, JAM)


def test_without_an_embedder_a_library_with_vectors_is_judged_by_words() -> None:
    asked = Query(ASKED.words, None)
    band, likely = judge(asked, NOTHING, Shelf([at(1.0), JAM]), (), gates())
    assert (band, first(likely)) == (Band.MATCHED, JAM)
