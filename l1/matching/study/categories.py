"""Fits the category model."""

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression

from l1.matching.category import CategoryModel, MeaningModel, ScopeGate, WordModel, grams
from l1.matching.embedder import Vectors, unit
from l1.matching.study.sets import OUT_OF_SCOPE, CategorySet, Labelled

_WORDS_PENALTY = 30.0
_MEANING_PENALTY = 10.0
"""Inverse strengths of the L2 penalties."""
_MOST_TERMS = 60_000
_TUNE_SHARE = 10
"""One in-scope statement in so many is kept for tuning the gate, where the set has no part for that."""


@dataclass(frozen=True)
class Embedded:
    """Statements with their vectors, row by row."""

    statements: Sequence[Labelled]
    vectors: Vectors

    @property
    def labels(self) -> list[str]:
        return [statement.label for statement in self.statements]

    def only(self, keep: Sequence[bool]) -> "Embedded":
        rows = np.flatnonzero(np.array(keep, bool))
        return Embedded([self.statements[int(row)] for row in rows], self.vectors[rows])

    def with_more(self, other: "Embedded") -> "Embedded":
        return Embedded([*self.statements, *other.statements], np.concatenate([self.vectors, other.vectors]))


def split(source: CategorySet) -> tuple[list[Labelled], list[Labelled]]:
    """Return what to fit the regressions on, and what to tune the gate on: never the same statements.

    What is measured on is in neither.
    """
    if any(statement.label != OUT_OF_SCOPE for statement in source.tune):
        return list(source.train), list(source.tune)
    for_tuning = [_is_for_tuning(statement) for statement in source.train]
    fit = [statement for statement, tunes in zip(source.train, for_tuning, strict=True) if not tunes]
    tune = [statement for statement, tunes in zip(source.train, for_tuning, strict=True) if tunes]
    return fit, [*tune, *source.tune]


def _is_for_tuning(statement: Labelled) -> bool:
    return hashlib.blake2b(statement.text.encode(), digest_size=4).digest()[0] % _TUNE_SHARE == 0


def fit_categories(embedder: str, fit: Embedded, tune: Embedded, *, keep: float) -> CategoryModel:
    """Fit the regressions, tune the gate on other statements, then fit the regressions on all of them.

    Where nothing out of scope was fitted on, nothing of it is added: a label needs more than a tuning part has.
    `keep`: share of the rightly recognised statements that the gate lets through. The more, the fewer problems out of
    scope it recognises.
    """
    model = _regressions(embedder, fit)
    gates = [_scope_gate(model, tune, keep=keep, by_meaning=by_meaning) for by_meaning in (False, True)]
    known = set(fit.labels)
    everything = fit.with_more(tune.only([label in known for label in tune.labels]))
    final = _regressions(embedder, everything)
    return CategoryModel(embedder, final.labels, final.by_words, final.by_meaning, *gates)


_UNTUNED = ScopeGate((1.0, 0.0), 0.0, 0.0)


def _regressions(embedder: str, fit: Embedded) -> CategoryModel:
    by_words, labels = _word_model(fit)
    meaning = LogisticRegression(C=_MEANING_PENALTY, max_iter=1000).fit(fit.vectors, fit.labels)
    by_meaning = MeaningModel(
        np.asarray(meaning.coef_.T, np.float32),
        np.asarray(meaning.intercept_, np.float32),
        unit(fit.only([label != OUT_OF_SCOPE for label in fit.labels]).vectors),
    )
    return CategoryModel(embedder, labels, by_words, by_meaning, _UNTUNED, None)


def _word_model(fit: Embedded) -> tuple[WordModel, tuple[str, ...]]:
    counts = [Counter(grams(statement.text)) for statement in fit.statements]
    documents = Counter(term for count in counts for term in count)
    kept = sorted(term for term, number in documents.most_common(_MOST_TERMS) if number > 1)
    terms = {term: row for row, term in enumerate(kept)}
    idf = np.array([math.log((1 + len(counts)) / (1 + documents[term])) + 1 for term in kept], np.float32)
    starts, columns, values = [0], list[int](), list[float]()
    for count in counts:
        here = {terms[term]: (1 + math.log(number)) for term, number in count.items() if term in terms}
        weighed = {column: value * float(idf[column]) for column, value in here.items()}
        length = math.sqrt(sum(value * value for value in weighed.values())) or 1.0
        columns.extend(weighed)
        values.extend(value / length for value in weighed.values())
        starts.append(len(columns))
    matrix = csr_array((np.array(values), np.array(columns), np.array(starts)), shape=(len(counts), len(kept)))
    model = LogisticRegression(C=_WORDS_PENALTY, max_iter=1000).fit(matrix, fit.labels)
    weights = np.asarray(model.coef_.T, np.float32)
    labels = tuple(str(label) for label in model.classes_)
    return WordModel(terms, idf, weights, np.asarray(model.intercept_, np.float32)), labels


def _scope_gate(model: CategoryModel, tune: Embedded, *, keep: float, by_meaning: bool) -> ScopeGate:
    rows, right = [], []
    for statement, vector in zip(tune.statements, tune.vectors, strict=True):
        features, best = model.features(statement.text, vector if by_meaning else None)
        rows.append(features)
        right.append(model.labels[best] == statement.label)
    is_right = np.array(right, bool)
    gate = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000).fit(np.array(rows), is_right)
    weights = tuple(float(weight) for weight in gate.coef_[0])
    untuned = ScopeGate(weights, float(gate.intercept_[0]), 0.0)
    chances = np.array([untuned.probability(row) for row in rows])
    least = float(np.quantile(chances[is_right], 1 - keep))
    return ScopeGate(weights, untuned.intercept, round(least, 4))
