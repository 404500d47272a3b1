"""How near a flow comes to a problem, against figures that were reckoned by hand."""

import numpy as np
import pytest

from l1.domain.words import words
from l1.matching.embedder import Vectors
from l1.matching.shelf import Entry, Exemplar, FlowText, Shelf
from l1.matching.signals import Query, evidence, overlap, read_query, signals
from tests.l1.matching.examples import STRAIGHT, TEXTS, Embeds, at, embedded, entry, exemplar

PRINTER = entry("printer", text=FlowText("Printer jam"))
MAIL = entry("mail", text=FlowText("Mail, printer, mail"))
TINY = Shelf([PRINTER, MAIL])
"""Two flows of 2 and 3 words: `printer` stands in both (weight ln 1.2), `mail` and `jam` in one (weight ln 2)."""


def by_words(text: str) -> Query:
    return Query(words(text), None)


def test_bm25_is_what_it_is_by_hand() -> None:
    # k1 = 1.2, b = .75, mean length 2.5: saturations 1.2 * (.25 + .75 * 2 / 2.5) = 1.02 and 1.2 * (.25 + .9) = 1.38.
    # Printer jam: ln 1.2 * 2.2 / 2.02. Mail: ln 1.2 * 2.2 / 2.38 + ln 2 * 2 * 2.2 / 3.38.
    found = signals(by_words("printer mail"), [TINY])
    assert found.bm25.tolist() == pytest.approx([0.198568, 1.070854], abs=1e-5)
    assert found.scaled_bm25.tolist() == pytest.approx([0.185430, 1.0], abs=1e-5)


def test_coverage_is_the_share_of_the_problem_that_a_flow_speaks_of() -> None:
    # ln 1.2 / (ln 1.2 + ln 2) for the first; the second has both words.
    assert signals(by_words("printer mail"), [TINY]).coverage.tolist() == pytest.approx([0.208256, 1.0], abs=1e-5)


def test_a_word_that_no_flow_knows_lowers_coverage() -> None:
    # It weighs ln(1 + 2.5 / .5) = ln 6, beside ln 2 for `jam`.
    assert signals(by_words("jam zebra"), [TINY]).coverage[0] == pytest.approx(0.278943, abs=1e-5)


def test_title_coverage_is_the_share_of_the_title_that_the_problem_speaks_of() -> None:
    assert signals(by_words("printer"), [TINY]).title_coverage.tolist() == pytest.approx([0.208256, 0.208256], abs=1e-5)
    assert signals(by_words("printer mail"), [TINY]).title_coverage[1] == pytest.approx(1.0)


def test_words_that_say_nothing_do_not_count_for_a_title() -> None:
    shelf = Shelf([entry("up", text=FlowText("It will not turn up")), PRINTER])
    assert signals(by_words("it will not turn the page"), [shelf]).title_coverage.tolist() == [1.0, 0.0]
    assert signals(by_words("will it not"), [shelf]).title_coverage[0] == 0.0


def test_a_problem_without_a_known_word_is_near_to_nothing() -> None:
    for text in ("zebra", "", "?!"):
        found = signals(by_words(text), [TINY])
        assert not found.bm25.any()
        assert not found.coverage.any()
        assert not found.score.any()


async def test_two_shelves_are_judged_as_one() -> None:
    entries = [embedded(entry(slug)) for slug in TEXTS]
    for text in ("the vpn from home has no tunnel", "tray", "disk is full of sound. the headset is stuck in it"):
        query = await read_query(text, Embeds())
        one, two = signals(query, [Shelf(entries)]), signals(query, [Shelf(entries[:1]), Shelf(entries[1:])])
        assert one.entries == two.entries
        for name in ("bm25", "coverage", "title_coverage", "nearness", "best_name", "score"):
            assert np.allclose(getattr(one, name), getattr(two, name), atol=1e-6), name


def test_an_empty_shelf_beside_another_changes_nothing() -> None:
    flow = at(0.6)
    for shelves in ([Shelf(), Shelf([flow])], [Shelf([flow]), Shelf()]):
        found = signals(STRAIGHT, shelves)
        assert found.nearness is not None
        assert found.nearness.tolist() == pytest.approx([0.6], abs=1e-6)


def test_no_flow_at_all_gives_no_signals() -> None:
    assert signals(STRAIGHT, [Shelf(), Shelf()]).entries == []
    assert signals(by_words("printer"), []).bm25.tolist() == []


def nearness(query: Query, flow: Entry, *exemplars: Exemplar) -> float:
    found = signals(query, [Shelf([flow])], exemplars)
    assert found.nearness is not None
    return float(found.nearness[0])


def test_an_exemplar_pulls_its_flow_half_the_way() -> None:
    flow = at(0.2)
    assert nearness(STRAIGHT, flow, exemplar(flow, [1, 0])) == pytest.approx(0.6, abs=1e-6)
    assert nearness(STRAIGHT, flow, exemplar(flow, [0.6, 0.8]), exemplar(flow, [1, 0])) == pytest.approx(0.6, abs=1e-6)


def test_an_exemplar_that_is_far_away_pushes_nothing_off() -> None:
    flow = at(0.6)
    assert nearness(STRAIGHT, flow, exemplar(flow, [0, 1])) == pytest.approx(0.6, abs=1e-6)


def test_an_exemplar_pulls_neither_another_flow_nor_where_it_speaks_against_its_own() -> None:
    flow = at(0.2)
    against = exemplar(flow, [1, 0], confirms=False)
    others = exemplar(at(0.2), [1, 0])
    unmade = exemplar(flow, None, "some words")
    assert nearness(STRAIGHT, flow, against, others, unmade) == pytest.approx(0.2, abs=1e-6)


def test_a_sentence_that_is_near_counts_as_much_as_the_whole_text() -> None:
    whole_and_sentence = Query([], np.array([[0, 1], [1, 0]], np.float32))
    assert nearness(whole_and_sentence, at(1.0)) == pytest.approx(0.5, abs=1e-6)


def test_a_description_that_is_not_there_takes_nothing_away() -> None:
    flow = at(0.6)
    assert flow.vectors is not None
    vectors: Vectors = flow.vectors.copy()
    vectors[1] = 0
    assert nearness(STRAIGHT, Entry(flow.flow_id, 1, "x", FlowText("x"), vectors)) == pytest.approx(0.6, abs=1e-6)


def test_without_an_embedder_words_alone_rank() -> None:
    found = signals(by_words("printer mail"), [TINY])
    assert (found.nearness, found.best_name) == (None, None)
    assert found.score.tolist() == pytest.approx([0.185430 + 0.208256, 2.0], abs=1e-5)


def test_a_flow_whose_vectors_are_to_come_is_at_no_distance() -> None:
    found = signals(STRAIGHT, [Shelf([at(0.6), PRINTER])])
    assert found.nearness is not None
    assert found.nearness.tolist() == pytest.approx([0.6, 0.0], abs=1e-6)


def test_vectors_of_another_embedder_are_not_compared() -> None:
    assert nearness(STRAIGHT, embedded(entry("vpn"))) == 0.0


def test_overlap_is_the_share_of_telling_words_in_common() -> None:
    assert overlap(words("the printer is jammed"), words("my printer has jammed again")) == 1.0
    assert overlap(words("printer jammed"), words("printer offline")) == pytest.approx(1 / 3)
    assert overlap(words("the"), words("the")) == 0.0


def test_calls_that_were_near_are_counted_for_and_against() -> None:
    flow, other = at(0.5), at(0.5)
    learned = [
        exemplar(flow, [1, 0]),
        exemplar(flow, [1, 0], confirms=False),
        exemplar(flow, [0.9, 0.1], confirms=False),
        exemplar(flow, [0, 1], confirms=False),
        exemplar(other, [0, 1]),
    ]
    assert evidence(STRAIGHT, learned, near_by_meaning=0.8, near_by_words=0.6) == {flow.flow_id: (1, 2)}


def test_calls_are_compared_by_words_where_a_vector_is_missing() -> None:
    flow = at(0.5)
    learned = [
        exemplar(flow, None, "printer jammed"),
        exemplar(flow, None, "no network", confirms=False),
        exemplar(flow, [1, 0], "jammed printer"),
    ]
    found = evidence(by_words("the printer jammed"), learned, near_by_meaning=0.8, near_by_words=0.6)
    assert found == {flow.flow_id: (2, 0)}
