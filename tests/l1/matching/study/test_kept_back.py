"""Nothing is fitted or tuned on the texts that it is measured on."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from l1.library import playbooks, starter_flows, statements
from l1.matching.category import CategoryModel
from l1.matching.gate import BY_MEANING, BY_WORDS, Gate
from l1.matching.judge import SUGGEST, Gates
from l1.matching.parameters import Parameters, Source
from l1.matching.study import fitting, starter
from l1.matching.study.categories import Embedded, fit_categories, split
from l1.matching.study.evaluate import (
    evaluate_as_shipped,
    evaluate_categories,
    evaluate_cross_fitted,
    observe_all,
    prepare_set,
    seen_flows,
    sources_of,
)
from l1.matching.study.fitting import FOLDS, Observations, cross_fitted, fit_gate, folds
from l1.matching.study.measure import MatchResult
from l1.matching.study.observe import Advance, Prepared
from l1.matching.study.sets import OUT_OF_SCOPE, CategorySet, Labelled, read_clinc150
from tests.l1.matching.examples import Embeds, WordSums
from tests.l1.matching.study import data

pytestmark = pytest.mark.usefixtures("slow")

STATEMENTS = statements()


def silently(_done: int) -> None:
    """Nobody watches the progress."""


async def prepared(name: str) -> Prepared:
    return await prepare_set(data.match_set(name), Embeds(), silently)


def texts(labelled: Sequence[Labelled]) -> set[str]:
    return {each.text.casefold() for each in labelled}


# --- the gate ---------------------------------------------------------------------------------------------------------


async def test_all_texts_of_a_flow_are_in_one_fold_and_folds_are_alike() -> None:
    source = await prepared("one")
    observations = observe_all([source])["one"]
    fold_of = folds(observations)
    assert {each.group for each in observations} == set(fold_of)
    assert {source.source.digest(row) for row in range(len(source.source.flows))} <= set(fold_of)
    sizes = Counter(fold_of.values())
    assert set(sizes) == set(range(FOLDS))
    assert max(sizes.values()) - min(sizes.values()) <= 1
    assert folds(list(reversed(observations))) == fold_of


class Spy:
    """Notes which groups each gate was fitted on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fitted_on: list[dict[str, set[str]]] = []
        fit: Callable[[Observations], Gate] = fitting._fit  # noqa: SLF001 - every fit goes through it

        def watched(observations: Observations) -> Gate:
            self.fitted_on.append({name: {each.group for each in part} for name, part in observations.items()})
            return fit(observations)

        monkeypatch.setattr(fitting, "_fit", watched)


async def test_cross_fitting_never_sees_the_flow_that_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(monkeypatch)
    one, other = await prepared("one"), await prepared("other")
    seen_for: dict[int, set[str]] = {}

    def measured(
        source: Prepared, flows: Sequence[int], gates_of: Callable[[int], Gates], _advance: Advance
    ) -> MatchResult | None:
        by_gates: dict[int, set[str]] = {}
        for flow in flows:
            spy.fitted_on.clear()
            gates = gates_of(flow)
            if spy.fitted_on:  # flows of one fold share their gates
                by_gates[id(gates)] = {group for fit in spy.fitted_on for group in fit[source.source.name]}
                assert all(fit["other"] for fit in spy.fitted_on)
            seen_for[flow] = by_gates[id(gates)]
        return None

    monkeypatch.setattr("l1.matching.study.evaluate.measure_matching", measured)
    how = evaluate_cross_fitted(one, [other], silently).how
    digests = [one.source.digest(flow) for flow in range(len(one.source.flows))]
    fold_of = folds(observe_all([one])["one"])
    assert sorted(seen_for) == list(range(len(digests)))
    for flow, seen in seen_for.items():
        rest = {digest for digest in digests if fold_of[digest] != fold_of[digests[flow]]}
        assert digests[flow] not in seen
        assert rest <= seen
    assert "without each flow's texts" in how


async def test_the_threshold_comes_from_gates_that_have_not_seen_the_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(monkeypatch)
    observations = observe_all([await prepared("one"), await prepared("other")])
    judged = cross_fitted(observations, "one")
    fold_of = folds(observations["one"])
    everybody = {each.group for each in observations["one"]}
    left_out = [everybody - fit["one"] for fit in spy.fitted_on]
    assert sorted(map(sorted, left_out)) == sorted(
        sorted(group for group in everybody if fold_of[group] == fold) for fold in range(FOLDS)
    )
    assert len(judged.probability) == sum(each.rank == 0 for each in observations["one"])


async def test_a_gate_is_fitted_for_the_signals_that_it_was_shown() -> None:
    for embedder, features in ((Embeds(), BY_MEANING), (None, BY_WORDS)):
        gate = fit_gate(observe_all([await prepare_set(data.match_set(), embedder, silently)]))
        assert gate.features == features
        assert np.isfinite(gate.weights).all()
        assert SUGGEST < gate.automatic < 1


async def test_data_that_were_fitted_on_are_known_again(shipped: Parameters) -> None:
    one = data.match_set("one")
    (source,) = sources_of([one])
    assert (source.name, source.licence, source.flows, source.texts) == ("one", "CC0", len(one.flows), len(one.cases))
    parameters = Parameters([source], shipped.gates, shipped.categories)
    assert seen_flows(parameters, one) == len(one.flows)
    assert seen_flows(parameters, data.match_set("other")) == 0
    elsewhere = Parameters([Source("other", "CC0", 1, 1, source.digests)], shipped.gates, shipped.categories)
    assert seen_flows(elsewhere, one) == 0
    assert seen_flows(shipped, starter.match_set(starter_flows(), STATEMENTS)) == len(starter_flows())


async def test_data_that_are_new_are_judged_as_shipped(shipped: Parameters, monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(monkeypatch)
    one = await prepared("one")
    done: list[int] = []
    measured = evaluate_as_shipped(one, shipped.gates_for("word-sums"), done.append)
    assert spy.fitted_on == []
    assert sum(done) == len(one.source.cases)
    assert measured.result.texts == 6 * len(data.TOPICS)
    assert 0.5 < measured.result.hit_at_1 <= measured.result.hit_at_3 <= 1
    assert measured.result.hit_at_1 <= measured.result.mrr <= measured.result.hit_at_3 + 0.25
    assert sum(band.share for band in measured.result.bands.values()) == pytest.approx(1)
    assert measured.result.false_automatic == 0  # of an embedder that nothing was fitted for


# --- categories -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fold", [None, *range(starter.FOLDS)])
def test_the_starter_s_texts_are_fitted_on_or_tuned_on_or_measured_on(fold: int | None) -> None:
    source = starter.category_set(starter_flows(), playbooks(), STATEMENTS, fold)
    parts = [texts(part) for part in (*split(source), source.test)]
    assert len(set.union(*parts)) == sum(map(len, parts))
    assert bool(source.test) is (fold is not None)


def test_every_statement_is_measured_on_in_one_fold() -> None:
    measured = [starter.category_set([], [], STATEMENTS, fold).test for fold in range(starter.FOLDS)]
    said = [text for group in STATEMENTS for some in group.by_flow.values() for text in some]
    assert sorted(each.text for part in measured for each in part) == sorted(said)


@pytest.mark.parametrize("has_test", [True, False])
def test_clinc150_s_texts_are_fitted_on_or_tuned_on_or_measured_on(tmp_path: Path, *, has_test: bool) -> None:
    data.write(tmp_path / "clinc150" / "all.json", data.clinc150(has_test=has_test))
    source = read_clinc150(tmp_path)
    fit, tune = split(source)
    parts = [texts(part) for part in (fit, tune, source.test)]
    assert all(parts)
    assert len(set.union(*parts)) == sum(map(len, parts))
    assert any(each.label != OUT_OF_SCOPE for each in tune)


def category_set() -> CategorySet:
    return starter.category_set(data.flows(), data.playbooks(), data.statements(), 0)


def test_categories_are_measured_on_what_they_were_not_fitted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    source = category_set()
    everything = [*source.train, *source.tune, *source.test]
    vectors = dict(
        zip((each.text for each in everything), WordSums().embed([each.text for each in everything]), strict=True)
    )
    given: list[Embedded] = []

    def watched(embedder: str, fit: Embedded, tune: Embedded, *, keep: float) -> CategoryModel:
        given.extend((fit, tune))
        return fit_categories(embedder, fit, tune, keep=keep)

    monkeypatch.setattr("l1.matching.study.evaluate.fit_categories", watched)
    done: list[int] = []
    result = evaluate_categories(source, vectors, "word-sums", keep=0.95, advance=done.append)
    fit, tune = (texts(each.statements) for each in given)
    assert not fit & tune
    assert not (fit | tune) & texts(source.test)
    assert sum(done) == result.texts == len(source.test)
    assert result.in_scope_accuracy > 0.7


def test_the_more_the_gate_of_categories_keeps_the_less_it_asks_for() -> None:
    source = category_set()
    fit, tune = (Embedded(part, WordSums().embed([each.text for each in part])) for part in split(source))
    strict, lenient = (fit_categories("word-sums", fit, tune, keep=keep) for keep in (0.5, 1.0))
    for model in (strict, lenient):
        assert model.embedder == "word-sums"
        assert set(model.labels) - {OUT_OF_SCOPE} == set(data.CATEGORY_OF.values())
    assert lenient.gate_by_words.least < strict.gate_by_words.least
    assert lenient.gate_by_meaning is not None
    assert strict.gate_by_meaning is not None
    assert lenient.gate_by_meaning.least < strict.gate_by_meaning.least
