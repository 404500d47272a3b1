"""Measures matching: what a technician would have been shown for each labelled text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from l1.domain.intake import Band
from l1.matching.category import CategoryModel
from l1.matching.embedder import Vectors
from l1.matching.judge import Gates, band_of, rank
from l1.matching.shelf import Shelf
from l1.matching.signals import Query, signals
from l1.matching.study.observe import Advance, Prepared
from l1.matching.study.sets import OUT_OF_SCOPE, Labelled


@dataclass(frozen=True)
class BandShare:
    """Share of the texts that came into a band, and in what share of these the right flow was started or shown."""

    share: float
    right: float


@dataclass(frozen=True)
class MatchResult:
    """`false_automatic`: share of texts that started a wrong flow when the right one was not there.

    `auroc`: how well the first flow's probability tells right from wrong, both ways of asking taken together.
    `probability` and `is_right` are of each first flow, for the reliability plot.
    """

    texts: int
    hit_at_1: float
    hit_at_3: float
    mrr: float
    bands: dict[Band, BandShare]
    false_automatic: float
    false_suggestion: float
    auroc: float
    probability: NDArray[np.float64]
    is_right: NDArray[np.bool_]


@dataclass(frozen=True)
class CategoryResult:
    """`in_scope_accuracy`: share of in-scope texts that got their own label, refusals counted as wrong."""

    texts: int
    in_scope_accuracy: float
    out_of_scope_recall: float
    auroc: float
    probability: NDArray[np.float64]
    is_right: NDArray[np.bool_]


@dataclass(frozen=True)
class _Judged:
    band: Band
    place: int
    is_shown: bool
    probability: float
    is_right: bool


_NO_SHELF = Shelf()


def measure_matching(
    prepared: Prepared, measured: Sequence[int], gates_of: Callable[[int], Gates], advance: Advance
) -> MatchResult:
    """Judge the cases whose flow is in `measured`, with the right flow there and without it.

    `gates_of` a flow: gates that were not fitted on its texts.
    """
    wanted = set(measured)
    there: list[_Judged] = []
    absent: list[_Judged] = []
    whole = prepared.shelf()
    without = {flow: prepared.shelf(flow) for flow in wanted}
    for case, query in zip(prepared.source.cases, prepared.queries, strict=True):
        if case.flow in wanted and case.flow is not None:
            gates = gates_of(case.flow)
            there.append(_judge(prepared, query, whole, case.flow, gates))
            absent.append(_judge(prepared, query, without[case.flow], None, gates))
        advance(1)
    both = [*there, *absent]
    probability = np.array([each.probability for each in both])
    is_right = np.array([each.is_right for each in both], bool)
    ranks = np.array([each.place for each in there])
    return MatchResult(
        texts=len(there),
        hit_at_1=float((ranks == 1).mean()),
        hit_at_3=float((ranks <= 3).mean()),  # noqa: PLR2004 - as its name says
        mrr=float((1 / ranks).mean()),
        bands={band: _share(there, band) for band in Band},
        false_automatic=_share(absent, Band.MATCHED).share,
        false_suggestion=_share(absent, Band.SUGGEST).share,
        auroc=float(roc_auc_score(is_right, probability)) if 0 < is_right.sum() < len(is_right) else float("nan"),
        probability=probability,
        is_right=is_right,
    )


def _judge(prepared: Prepared, query: Query, shelf: Shelf, right: int | None, gates: Gates) -> _Judged:
    likely = rank(query, shelf, _NO_SHELF, (), gates)
    band, shown = band_of(likely)
    first = [each.entry.flow_id for each in likely]
    found = signals(query, [shelf])
    rest = [found.entries[row].flow_id for row in np.argsort(-found.score, kind="stable")]
    order = [*first, *(flow_id for flow_id in rest if flow_id not in first)]
    wanted = None if right is None else prepared.entries[right].flow_id
    place = order.index(wanted) + 1 if wanted is not None else len(order) + 1
    chance = likely[0].probability if likely else 0.0
    is_shown = wanted in [each.entry.flow_id for each in shown]
    return _Judged(band, place, is_shown, chance, bool(first) and first[0] == wanted)


def _share(judged: Sequence[_Judged], band: Band) -> BandShare:
    inside = [each for each in judged if each.band is band]
    right = [each.is_right if band is Band.MATCHED else each.is_shown for each in inside]
    return BandShare(len(inside) / max(len(judged), 1), float(np.mean(right)) if right else float("nan"))


def measure_categories(
    model: CategoryModel, statements: Sequence[Labelled], vectors: Vectors, advance: Advance
) -> CategoryResult:
    probability, is_right, accepted = [], [], []
    for statement, vector in zip(statements, vectors, strict=True):
        label, chance, least = model.judge(statement.text, vector)
        probability.append(chance)
        is_right.append(label == statement.label)
        accepted.append(chance >= least)
        advance(1)
    right, taken = np.array(is_right, bool), np.array(accepted, bool)
    outside = np.array([statement.label == OUT_OF_SCOPE for statement in statements], bool)
    chances = np.array(probability)
    return CategoryResult(
        texts=len(statements),
        in_scope_accuracy=float((right & taken)[~outside].mean()),
        out_of_scope_recall=float((~taken[outside]).mean()),
        auroc=float(roc_auc_score(~outside, chances)),
        probability=chances,
        is_right=right,
    )
