"""The gate takes whatever words and flows there are and answers with a probability."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from l1.matching.gate import BY_MEANING, BY_WORDS, SUGGESTIONS, Gate, candidates, expand
from l1.matching.parameters import Parameters
from l1.matching.shelf import FlowText, Shelf
from l1.matching.signals import read_query, signals
from tests.l1.matching.examples import STRAIGHT, TEXTS, Embeds, at, embedded, entry, gate

ODD_TEXTS = [
    FlowText(""),
    FlowText("?!"),
    FlowText("the", "the", ("the",), ("the",)),
    FlowText("\U0001f5a8"),
    FlowText("word " * 500),
    *TEXTS.values(),
]


@given(
    texts=st.lists(st.tuples(st.sampled_from(ODD_TEXTS), st.booleans()), max_size=6),
    problem=st.one_of(st.text(max_size=60), st.sampled_from([text.everything for text in TEXTS.values()])),
    embedder=st.sampled_from([None, Embeds()]),
)
async def test_features_are_finite_for_any_flows_and_any_text(
    texts: list[tuple[FlowText, bool]], problem: str, embedder: Embeds | None
) -> None:
    entries = [entry("x", text=text) for text, _ in texts]
    shelf = Shelf(embedded(one) if has_vectors else one for one, (_, has_vectors) in zip(entries, texts, strict=True))
    query = await read_query(problem, embedder)
    found = candidates(signals(query, [shelf]), len(query.words))
    assert len(found) == min(len(texts), SUGGESTIONS)
    for each in found:
        expected = BY_WORDS if embedder is None else BY_MEANING
        assert each.features.shape == (len(expected),)
        assert np.isfinite(each.features).all()


def test_the_best_three_come_in_their_order() -> None:
    shelf = Shelf([at(0.1), at(0.7), at(0.3), at(0.5), at(0.2)])
    assert [each.row for each in candidates(signals(STRAIGHT, [shelf]), 5)] == [1, 3, 2]


def test_a_lead_is_counted_over_the_best_other_flow() -> None:
    shelf = Shelf([at(0.7), at(0.5)])
    leads = [each.features[BY_MEANING.index("lead")] for each in candidates(signals(STRAIGHT, [shelf]), 5)]
    assert leads == pytest.approx([0.2, -0.2], abs=1e-6)


def test_expanding_adds_every_product_of_two() -> None:
    assert expand(np.array([2.0, -1.0])).tolist() == [2.0, -1.0, 4.0, -2.0, 1.0]


def test_what_is_stranger_than_anything_seen_is_taken_as_just_as_strange() -> None:
    assert expand(np.array([[100.0], [-100.0], [3.0]])).tolist() == [[3.0, 9.0], [-3.0, 9.0], [3.0, 9.0]]


@pytest.mark.parametrize("value", [-1e9, -1.0, 0.0, 0.5, 1.0, 1e9])
def test_a_probability_lies_between_0_and_1(value: float) -> None:
    (chance,) = gate(BY_WORDS, "coverage", middle=0.5, scale=0.001).probability(np.full((1, len(BY_WORDS)), value))
    assert 0 <= chance <= 1


def test_even_chances_are_at_the_middle() -> None:
    one = gate(("a", "b"), "b", middle=0.5, scale=0.1)
    assert one.probability(np.array([[9.0, 0.5], [9.0, 0.6]])).tolist() == pytest.approx([0.5, 0.880797], abs=1e-6)


def test_the_shipped_gates_give_probabilities_for_whatever_they_are_shown(shipped: Parameters) -> None:
    chance = np.random.default_rng(3)
    for one in shipped.gates.values():
        shown = one.mean + one.scale * chance.normal(scale=4, size=(200, len(one.features)))
        assert is_probability(one, shown)
        assert is_probability(one, np.zeros((1, len(one.features))))
        assert is_probability(one, np.full((1, len(one.features)), 1e6))


def is_probability(one: Gate, shown: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> bool:
    given_back = one.probability(shown)
    return bool(np.isfinite(given_back).all() and (given_back >= 0).all() and (given_back <= 1).all())
