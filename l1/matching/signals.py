"""How near each flow comes to a problem, by meaning and by words."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from l1.domain.words import sentences, words
from l1.matching.embedder import Embedder, Vectors, readable
from l1.matching.shelf import PASSAGES, Entry, Exemplar, Postings, Shelf
from l1.matching.stopwords import STOPWORDS

Floats = NDArray[np.float32]

MOST_SENTENCES = 8
"""Embedded beside the whole text; callers come to the point within the first few."""

_K1, _B = 1.2, 0.75
"""BM25's usual constants (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009, section 3.4)."""

_WORDS_IN_RANK = 0.05
"""Weight of BM25, scaled to its best flow, beside the cosine: found on StackFAQ, where .02 to .1 were alike."""


_EXEMPLAR = 0.5
"""How far a nearer exemplar pulls a flow. With four exemplars a flow, StackFAQ's hit@1 rose from .965 to .982. Pulled
all the way, statements that share little but their flow did harm (starter library: .748 to .645)."""


@dataclass(frozen=True)
class Query:
    """A problem, ready to be compared. `vectors`: the whole text, then its sentences; None without an embedder."""

    words: Sequence[str]
    vectors: Vectors | None

    @property
    def telling(self) -> frozenset[str]:
        return frozenset(self.words) - STOPWORDS


async def read_query(text: str, embedder: Embedder | None) -> Query:
    """Read a problem, as much of it as is read of any text. Raises EmbedderUnavailableError."""
    vectors = None if embedder is None else await embedder.embed(passages(text))
    return Query(words(readable(text)), vectors)


def passages(text: str) -> list[str]:
    """The texts to embed of a problem: the whole, then its sentences."""
    read = readable(text)
    return [read, *sentences(read, MOST_SENTENCES)]


@dataclass(frozen=True)
class Signals:
    """One number a flow, in the order of `entries`. `nearness` and `best_name` are None where words alone decide.

    `bm25`: unscaled. `coverage`: how much of the problem, by weight of its words, the flow speaks of. `title_coverage`:
    how much of the flow's title the problem speaks of. Both are 0 to 1.
    """

    entries: Sequence[Entry]
    bm25: Floats
    coverage: Floats
    title_coverage: Floats
    nearness: Floats | None
    best_name: Floats | None

    def of(self, rows: NDArray[np.int64]) -> "Signals":
        """The signals of some of the flows, as if there were no others."""
        return Signals(
            [self.entries[row] for row in rows],
            self.bm25[rows],
            self.coverage[rows],
            self.title_coverage[rows],
            None if self.nearness is None else self.nearness[rows],
            None if self.best_name is None else self.best_name[rows],
        )

    @property
    def scaled_bm25(self) -> Floats:
        best = float(self.bm25.max(initial=0.0))
        return np.asarray(self.bm25 / best if best > 0 else self.bm25, np.float32)

    @property
    def score(self) -> Floats:
        """What flows are ranked by."""
        if self.nearness is None:
            return np.asarray(self.scaled_bm25 + self.title_coverage, np.float32)
        return np.asarray(self.nearness + _WORDS_IN_RANK * self.scaled_bm25, np.float32)


def signals(query: Query, shelves: Sequence[Shelf], exemplars: Collection[Exemplar] = ()) -> Signals:
    """Compare a problem with every flow of the shelves, as if they were one."""
    entries = list(chain.from_iterable(shelf.entries for shelf in shelves))
    lexical = _compare_words(query, shelves)
    if query.vectors is None or not entries:
        return Signals(entries, *lexical, None, None)
    cosines = np.concatenate([_cosines(query.vectors, shelf) for shelf in shelves], axis=-1)
    whole, best = cosines[:, 0, :], cosines.max(axis=1)
    name, description, steps = (whole + best) / 2
    has_description = description != 0.0
    nearness = (name + 0.5 * description + 0.5 * steps) / (1.5 + 0.5 * has_description)
    known = _nearest_exemplars(query.vectors[0], entries, exemplars)
    nearness += _EXEMPLAR * np.maximum(known - nearness, 0)
    return Signals(
        entries, *lexical, np.asarray(nearness, np.float32), np.asarray(np.maximum(best[0], known), np.float32)
    )


def _cosines(query: Vectors, shelf: Shelf) -> Floats:
    """Passages x sentences x flows. Flows without vectors come out as 0."""
    if not len(shelf) or shelf.vectors.shape[-1] != query.shape[-1]:
        return np.zeros((PASSAGES, len(query), len(shelf)), np.float32)
    return np.stack([query @ passage.T for passage in shelf.vectors])


def _nearest_exemplars(query: Vectors, entries: Sequence[Entry], exemplars: Collection[Exemplar]) -> Floats:
    """The cosine of each flow's nearest confirmed exemplar; -1 where there is none."""
    by_flow: dict[UUID, float] = {}
    for exemplar in exemplars:
        if exemplar.confirms and exemplar.vector is not None:
            cosine = float(query @ exemplar.vector)
            by_flow[exemplar.flow_id] = max(cosine, by_flow.get(exemplar.flow_id, -1.0))
    if not by_flow:
        return np.full(len(entries), -1.0, np.float32)
    return np.array([by_flow.get(entry.flow_id, -1.0) for entry in entries], np.float32)


def _compare_words(query: Query, shelves: Sequence[Shelf]) -> tuple[Floats, Floats, Floats]:
    """BM25, coverage and title coverage of every flow. A word's weight is taken over all the shelves."""
    sizes = [len(shelf) for shelf in shelves]
    total = sum(sizes)
    bm25, coverage = np.zeros(total, np.float32), np.zeros(total, np.float32)
    in_title = np.zeros(total, np.float32)
    if not total:
        return bm25, coverage, in_title
    lengths = np.concatenate([shelf.words.lengths for shelf in shelves])
    saturation = _K1 * (1 - _B + _B * lengths / max(float(lengths.mean()), 1.0))
    weights: dict[str, float] = {}
    asked = frozenset(query.words)
    telling = query.telling or asked
    for word in asked:
        postings = _shifted([shelf.words.postings(word) for shelf in shelves], sizes)
        weight = weights[word] = _idf(len(postings.rows), total)
        bm25[postings.rows] += weight * postings.counts * (_K1 + 1) / (postings.counts + saturation[postings.rows])
        coverage[postings.rows] += weight
        if word in telling:
            in_title[postings.title_rows] += weight
    coverage /= max(sum(weights.values()), 1e-9)
    return bm25, coverage, _share_of_title(in_title, shelves, total)


def _share_of_title(in_title: Floats, shelves: Sequence[Shelf], total: int) -> Floats:
    titles = [title for shelf in shelves for title in shelf.words.title_words]
    weights: dict[str, float] = {}  # the same few hundred words come up in thousands of titles
    share = np.zeros(total, np.float32)
    for row in np.flatnonzero(in_title):
        whole = 0.0
        for word in titles[row]:
            weight = weights.get(word)
            if weight is None:
                weight = weights[word] = _idf(sum(len(shelf.words.postings(word).rows) for shelf in shelves), total)
            whole += weight
        share[row] = min(1.0, in_title[row] / max(whole, 1e-9))
    return share


def _idf(documents: int, total: int) -> float:
    """Weigh a word by its rarity, never below 0 (the form of Lucene's BM25Similarity)."""
    return math.log(1 + (total - documents + 0.5) / (documents + 0.5))


def _shifted(postings: Sequence[Postings], sizes: Sequence[int]) -> Postings:
    """Make the rows of several shelves the rows of one."""
    if len(postings) == 1:
        return postings[0]
    starts = np.cumsum([0, *sizes[:-1]])
    return Postings(
        np.concatenate([found.rows + start for found, start in zip(postings, starts, strict=True)]),
        np.concatenate([found.counts for found in postings]),
        np.concatenate([found.title_rows + start for found, start in zip(postings, starts, strict=True)]),
    )


def overlap(one: Collection[str], other: Collection[str]) -> float:
    """Share of telling words that two texts have in common, 0 to 1 (Jaccard)."""
    first, second = frozenset(one) - STOPWORDS, frozenset(other) - STOPWORDS
    return len(first & second) / len(first | second) if first and second else 0.0


def evidence(
    query: Query, exemplars: Collection[Exemplar], *, near_by_meaning: float, near_by_words: float
) -> Mapping[UUID, tuple[int, int]]:
    """Count, per flow, the near exemplars that confirm it and those that speak against it."""
    found: dict[UUID, tuple[int, int]] = {}
    for exemplar in exemplars:
        if query.vectors is not None and exemplar.vector is not None:
            near = float(query.vectors[0] @ exemplar.vector) >= near_by_meaning
        else:
            near = overlap(query.words, exemplar.words) >= near_by_words
        if near:
            confirms, refutes = found.get(exemplar.flow_id, (0, 0))
            found[exemplar.flow_id] = (confirms + exemplar.confirms, refutes + (not exemplar.confirms))
    return found
