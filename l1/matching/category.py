"""Which problem category a caller's words belong to, if any.

Two multinomial logistic regressions, one over TF-IDF of words and letter groups, one over the embedding, whose
probabilities are averaged. A third one says from that, and from how near the most similar statements of the training
set are, whether the problem belongs to any category at all: a text that is like nothing seen before is `unknown`,
however sure the first two are.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from l1.domain.categories import UNKNOWN
from l1.domain.words import words
from l1.matching.embedder import Vectors
from l1.matching.signals import Floats

MEANING = 0.65
"""Weight of the embedding's regression beside that of the words. On CLINC150's validation part .6 to .75 were alike."""

NEAREST = 5
"""Similar statements whose mean cosine is taken."""

_LETTERS = range(2, 6)


def grams(text: str) -> Iterator[str]:
    """Words, pairs of neighbouring words, and groups of 2 to 5 letters within a word."""
    found = words(text)
    yield from found
    yield from (f"{one} {other}" for one, other in pairwise(found))
    for word in found:
        padded = f"_{word}_"
        for size in _LETTERS:
            yield from (f"#{padded[start : start + size]}" for start in range(len(padded) - size + 1))


@dataclass(frozen=True)
class WordModel:
    """`weights`: terms x labels, already times each term's inverse document frequency `idf`'s."""

    terms: Mapping[str, int]
    idf: Floats
    weights: Floats
    bias: Floats

    def probabilities(self, text: str) -> NDArray[np.float64]:
        counts = Counter(row for gram in grams(text) if (row := self.terms.get(gram)) is not None)
        rows = np.fromiter(counts, np.int64, len(counts))
        values = (1 + np.log(np.fromiter(counts.values(), np.float64, len(counts)))) * self.idf[rows]
        values /= max(float(np.linalg.norm(values)), 1e-12)
        return _softmax(values @ self.weights[rows] + self.bias)


@dataclass(frozen=True)
class MeaningModel:
    """`references`: the vectors of the training statements that are in scope."""

    weights: Floats
    bias: Floats
    references: Vectors

    def probabilities(self, vector: Vectors) -> NDArray[np.float64]:
        return _softmax(vector @ self.weights + self.bias)

    def familiarity(self, vector: Vectors) -> float:
        """Mean cosine of the most similar statements."""
        cosines = self.references @ vector
        return float(np.sort(cosines)[-NEAREST:].mean())


@dataclass(frozen=True)
class ScopeGate:
    """Turns how sure and how familiar a text is into the probability that its category is right.

    `weights` are for log probability, lead over the second category and, with an embedder, familiarity. `least`: the
    probability below which a problem is out of scope.
    """

    weights: tuple[float, ...]
    intercept: float
    least: float

    def probability(self, features: Sequence[float]) -> float:
        logit = self.intercept + sum(w * f for w, f in zip(self.weights, features, strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


@dataclass(frozen=True)
class CategoryModel:
    """`embedder` names whose vectors it was fitted on: those of another one say nothing to it.

    `unknown` may be among the labels, where there were statements of it to learn from. It is never the answer by
    itself: it takes from the lead of the others.
    """

    embedder: str | None
    labels: tuple[str, ...]
    by_words: WordModel
    by_meaning: MeaningModel | None
    gate_by_words: ScopeGate
    gate_by_meaning: ScopeGate | None

    def recognise(self, text: str, vector: Vectors | None) -> str:
        """Return the category, or `unknown`; a text without a word is never anything else."""
        if not words(text):
            return UNKNOWN
        label, probability, least = self.judge(text, vector)
        return label if probability >= least else UNKNOWN

    def judge(self, text: str, vector: Vectors | None) -> tuple[str, float, float]:
        """Return the likeliest label, the probability that it is right, and the least one that counts."""
        features, best = self.features(text, vector)
        gate = self.gate_by_words if len(features) == len(self.gate_by_words.weights) else self.gate_by_meaning
        if gate is None:
            raise ValueError("this model was fitted without an embedder")
        return self.labels[best], gate.probability(features), gate.least

    def features(self, text: str, vector: Vectors | None) -> tuple[tuple[float, ...], int]:
        """Return what the gate looks at, and the row of the likeliest label."""
        probabilities = self.by_words.probabilities(text)
        extra: tuple[float, ...] = ()
        if vector is not None and self.by_meaning is not None:
            probabilities = MEANING * self.by_meaning.probabilities(vector) + (1 - MEANING) * probabilities
            extra = (self.by_meaning.familiarity(vector),)
        inside = np.array([label != UNKNOWN for label in self.labels])
        best = int(np.where(inside, probabilities, -1.0).argmax())
        lead = probabilities[best] - np.delete(probabilities, best).max()
        return (math.log(max(probabilities[best], 1e-12)), float(lead), *extra), best


def _softmax(logits: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    powers = np.exp(logits.astype(np.float64) - logits.max())
    return np.asarray(powers / powers.sum())
