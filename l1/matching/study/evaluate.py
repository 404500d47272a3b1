"""Measures on texts that nothing was fitted on: as shipped where the data are new, else by cross-fitting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from l1.matching.embedder import Embedder, Vectors
from l1.matching.judge import Gates
from l1.matching.parameters import Parameters, Source
from l1.matching.study.categories import Embedded, fit_categories, split
from l1.matching.study.fitting import FOLDS, Observations, fit_without, folds
from l1.matching.study.measure import CategoryResult, MatchResult, measure_categories, measure_matching
from l1.matching.study.observe import Advance, Prepared, by_words, observe, prepare
from l1.matching.study.sets import CategorySet, Labelled, MatchSet

KEEP_CLINC150 = 0.998
"""The goal there is 96 % in scope first, then as many as possible out of scope; chosen on the validation part."""


@dataclass(frozen=True)
class Measured:
    """`how`: in what way the texts were kept back from what was fitted."""

    result: MatchResult
    how: str


def sources_of(sets: Sequence[MatchSet]) -> list[Source]:
    """Say what was fitted on, so that it can be told apart from other data later."""
    return [
        Source(
            each.name,
            each.licence,
            len(each.cases),
            len(each.flows),
            sorted(each.digest(row) for row in range(len(each.flows))),
        )
        for each in sets
    ]


def seen_flows(parameters: Parameters, source: MatchSet) -> int:
    known = {digest for each in parameters.sources if each.name == source.name for digest in each.digests}
    return sum(source.digest(row) in known for row in range(len(source.flows)))


def observe_all(prepared: Sequence[Prepared]) -> Observations:
    return {each.source.name: list(observe(each)) for each in prepared}


def evaluate_as_shipped(prepared: Prepared, gates: Gates, advance: Advance) -> Measured:
    every_flow = range(len(prepared.source.flows))
    how = "none of these texts was fitted on; parameters as shipped"
    return Measured(measure_matching(prepared, every_flow, lambda _flow: gates, advance), how)


def evaluate_cross_fitted(prepared: Prepared, others: Sequence[Prepared], advance: Advance) -> Measured:
    """Judge each flow's texts by a gate that was fitted without that flow's texts."""
    observations = observe_all([prepared, *others])
    fold_of = folds(observations[prepared.source.name])

    @cache
    def gates_of_fold(fold: int) -> Gates:
        gate = fit_without(observations, prepared.source.name, fold)
        return Gates(gate, gate)

    def gates_of(flow: int) -> Gates:
        return gates_of_fold(fold_of[prepared.source.digest(flow)])

    every_flow = range(len(prepared.source.flows))
    how = f"the shipped parameters have seen these flows; fitted anew without each flow's texts, in {FOLDS} folds"
    return Measured(measure_matching(prepared, every_flow, gates_of, advance), how)


async def prepare_set(source: MatchSet, embedder: Embedder | None, advance: Advance) -> Prepared:
    prepared = await prepare(source, embedder, advance)
    return prepared if embedder is not None else by_words(prepared)


async def embed_all(sets: Sequence[CategorySet], embedder: Embedder, advance: Advance) -> Mapping[str, Vectors]:
    """Embed every text of the sets once."""
    texts = {each.text for source in sets for each in (*source.train, *source.tune, *source.test)}
    vectors: dict[str, Vectors] = {}
    for text in sorted(texts):
        vectors[text] = (await embedder.embed([text]))[0]
        advance(1)
    return vectors


def evaluate_categories(
    source: CategorySet, vectors: Mapping[str, Vectors], embedder: str, *, keep: float, advance: Advance
) -> CategoryResult:
    """Fit on the training part, tune on another, measure on a third."""
    fit, tune = split(source)
    model = fit_categories(embedder, embedded(fit, vectors), embedded(tune, vectors), keep=keep)
    test = embedded(source.test, vectors)
    return measure_categories(model, test.statements, test.vectors, advance)


def embedded(statements: Sequence[Labelled], vectors: Mapping[str, Vectors]) -> Embedded:
    return Embedded(statements, np.stack([vectors[statement.text] for statement in statements]))


def together(results: Sequence[CategoryResult]) -> CategoryResult:
    """Take the results of several folds as one."""
    texts = np.array([result.texts for result in results])

    def mean(values: Sequence[float]) -> float:
        return float(np.average(values, weights=texts))

    return CategoryResult(
        texts=int(texts.sum()),
        in_scope_accuracy=mean([result.in_scope_accuracy for result in results]),
        out_of_scope_recall=mean([result.out_of_scope_recall for result in results]),
        auroc=mean([result.auroc for result in results]),
        probability=np.concatenate([result.probability for result in results]),
        is_right=np.concatenate([result.is_right for result in results]),
    )
