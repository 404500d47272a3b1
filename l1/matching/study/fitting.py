"""Fits the gate that decides about bands."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from l1.matching.gate import BY_MEANING, BY_WORDS, Gate, expand
from l1.matching.study.observe import Observation

FOLDS = 5

_PENALTY = 0.1
"""Inverse strength of the L2 penalty on standardised terms."""

_RIGHT_AT_LEAST = 0.985
_FALSE_AT_MOST = 0.035
"""Asked of every set, in cross-fitting, where the goals are 98 % and 4 %: measured again, results vary."""

_GRID = [round(0.5 + step / 200, 3) for step in range(98)]

Observations = Mapping[str, Sequence[Observation]]
"""By name of the set."""


@dataclass(frozen=True)
class Judged:
    """First-ranked flows only: their probability, whether they are right, and whether the right flow was there."""

    probability: NDArray[np.float64]
    is_right: NDArray[np.bool_]
    right_is_there: NDArray[np.bool_]

    def automatic_right(self, least: float) -> float:
        started = self.right_is_there & (self.probability >= least)
        return float(self.is_right[started].mean()) if started.any() else 1.0

    def false_automatic(self, least: float) -> float:
        absent = ~self.right_is_there
        return float((self.probability[absent] >= least).mean()) if absent.any() else 0.0


def fit_gate(observations: Observations) -> Gate:
    """Fit on everything; the threshold comes from probabilities that were cross-fitted by flow."""
    gate = _fit(observations)
    judged = {name: cross_fitted(observations, name) for name in observations}
    return replace(gate, automatic=_threshold(judged.values()))


def fit_without(observations: Observations, name: str, fold: int) -> Gate:
    """Fit on all sets but for the flows of one fold of one set, the threshold included."""
    fold_of = folds(observations[name])
    rest = [each for each in observations[name] if fold_of[each.group] != fold]
    return fit_gate({**observations, name: rest})


def cross_fitted(observations: Observations, name: str) -> Judged:
    """Judge the first-ranked flows of one set by gates that have not seen the flow they belong to."""
    parts = []
    fold_of = folds(observations[name])
    for fold in range(FOLDS):
        held_back = [each for each in observations[name] if fold_of[each.group] == fold and each.rank == 0]
        if held_back:
            rest = [each for each in observations[name] if fold_of[each.group] != fold]
            parts.append(judged_by(_fit({**observations, name: rest}), held_back))
    return Judged(*(np.concatenate([getattr(part, field) for part in parts]) for field in Judged.__annotations__))


def judged_by(gate: Gate, firsts: Sequence[Observation]) -> Judged:
    return Judged(
        gate.probability(np.stack([each.features for each in firsts])),
        np.array([each.is_right for each in firsts], bool),
        np.array([each.right_is_there for each in firsts], bool),
    )


def folds(observations: Sequence[Observation]) -> dict[str, int]:
    """Put all problems of one flow into one fold, as many flows into each, the same at every run."""
    groups = sorted({each.group for each in observations}, key=_digest)
    return {group: number % FOLDS for number, group in enumerate(groups)}


def _digest(group: str) -> bytes:
    return hashlib.blake2b(group.encode(), digest_size=8).digest()


def _fit(observations: Observations) -> Gate:
    """Fit on all sets with the same weight, however many texts they have."""
    everything = [each for part in observations.values() for each in part]
    features = np.stack([each.features for each in everything])
    is_right = np.array([each.is_right for each in everything], bool)
    weights = np.concatenate([np.full(len(part), 1 / len(part)) for part in observations.values() if part])
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale[scale == 0] = 1.0
    terms = expand((features - mean) / scale)
    spread = terms.std(axis=0)
    spread[spread == 0] = 1.0
    model = LogisticRegression(C=_PENALTY, max_iter=5000)
    model.fit(terms / spread, is_right, sample_weight=weights * len(weights) / weights.sum())
    return Gate(
        features=BY_MEANING if features.shape[1] == len(BY_MEANING) else BY_WORDS,
        mean=mean,
        scale=scale,
        intercept=float(model.intercept_[0]),
        weights=np.asarray(model.coef_[0] / spread, np.float64),
        automatic=_GRID[-1],
    )


def _threshold(judged: Collection[Judged]) -> float:
    """Return the least threshold at which every set keeps to both limits; the highest there is, if none does."""
    for least in _GRID:
        if all(
            each.automatic_right(least) >= _RIGHT_AT_LEAST and each.false_automatic(least) <= _FALSE_AT_MOST
            for each in judged
        ):
            return least
    return _GRID[-1]
