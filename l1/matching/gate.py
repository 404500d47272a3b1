"""The calibrated gate: how likely a ranked flow is the right one.

A logistic regression with products of its features, fitted by `l1 match fit` on texts whose right flow is known and on
texts for which it was taken away. Its numbers are in library/matching/gate.json.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from l1.matching.signals import Floats, Signals

SUGGESTIONS = 3

BY_WORDS: Final = ("bm25", "bm25_lead", "coverage", "title_coverage", "stands_out", "length")
BY_MEANING: Final = (
    "best_name",
    "nearness",
    "lead",
    "bm25",
    "bm25_lead",
    "coverage",
    "title_coverage",
    "first_by_words",
    "stands_out",
    "usual",
    "length",
)
"""`lead`: by how much a flow is ahead of the best other one. `stands_out`: in standard deviations over all flows."""

_WITHIN = 3.0
"""Standard deviations from the mean of the texts fitted on. Products of features say nothing beyond: the gate treats
what is stranger than anything it has seen as just as strange."""


@dataclass(frozen=True)
class Candidate:
    """A ranked flow by its row in the signals, with its features and, once judged, its probability."""

    row: int
    features: NDArray[np.float64]


@dataclass(frozen=True)
class Gate:
    """`weights`: of each feature, then of each product of two (upper triangle, row by row)."""

    features: tuple[str, ...]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    intercept: float
    weights: NDArray[np.float64]
    automatic: float
    """Least probability that starts a walk."""

    def probability(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return one probability a row of features."""
        logit = expand((features - self.mean) / self.scale) @ self.weights + self.intercept
        return np.asarray(1 / (1 + np.exp(-np.clip(logit, -30, 30))))


def expand(standardised: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add the products of all pairs to rows of standardised features, kept within what has been seen."""
    clipped = np.clip(standardised, -_WITHIN, _WITHIN)
    one, other = np.triu_indices(clipped.shape[-1])
    return np.concatenate([clipped, clipped[..., one] * clipped[..., other]], axis=-1)


def candidates(found: Signals, words: int) -> list[Candidate]:
    """Return the best flows in order of score, with their features; `words` is how long the problem is."""
    order = np.argsort(-found.score, kind="stable")[:SUGGESTIONS]
    describe = _by_words if found.nearness is None else _by_meaning
    return [Candidate(int(row), np.array(describe(found, int(row), words), np.float64)) for row in order]


def _by_words(found: Signals, row: int, words: int) -> Sequence[float]:
    return (
        float(np.log1p(found.bm25[row])),
        _lead(found.scaled_bm25, row),
        float(found.coverage[row]),
        float(found.title_coverage[row]),
        _stands_out(found.score, row),
        float(np.log(max(words, 1))),
    )


def _by_meaning(found: Signals, row: int, words: int) -> Sequence[float]:
    if found.nearness is None or found.best_name is None:
        raise ValueError("these signals are by words only")
    scaled = found.scaled_bm25
    return (
        float(found.best_name[row]),
        float(found.nearness[row]),
        _lead(found.nearness, row),
        float(np.log1p(found.bm25[row])),
        _lead(scaled, row),
        float(found.coverage[row]),
        float(found.title_coverage[row]),
        float(scaled[row] == 1.0),
        _stands_out(found.nearness, row),
        float(found.nearness.mean()),
        float(np.log(max(words, 1))),
    )


def _lead(values: Floats, row: int) -> float:
    others = np.delete(values, row)
    return float(values[row] - others.max()) if len(others) else float(values[row])


def _stands_out(values: Floats, row: int) -> float:
    deviation = float(values.std())
    return float((values[row] - values.mean()) / deviation) if deviation > 0 else 0.0
