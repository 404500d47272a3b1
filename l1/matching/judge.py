"""From signals to a band: what to walk, what to suggest, or nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from l1.domain.intake import Band
from l1.matching.gate import SUGGESTIONS, Gate, candidates
from l1.matching.shelf import Entry, Exemplar, Shelf
from l1.matching.signals import Query, Signals, evidence, signals

NEAR_BY_MEANING = 0.8
"""Cosine from which an exemplar tells of the same problem: in StackFAQ two rephrasings of one question mostly lie
above, of two questions below."""
NEAR_BY_WORDS = 0.6
"""The same as a share of common words, where there is no embedder."""

SUGGEST = 1 / 6
"""Least probability, that one of the suggestions is right, at which they are shown, whichever gate it comes from.

A list without the right flow costs a glance; a right flow not shown costs a call about five times as much."""

_PRIOR = 2.0
"""The gate's probability counts as much as this many calls against what calls have shown since."""

_WORTH_SHOWING = 0.02
"""Least probability of a single suggestion, once the band is decided."""


@dataclass(frozen=True)
class Likely:
    """A flow, the probability that it is the right one, and whether that is enough to start it."""

    entry: Entry
    probability: float
    is_sure: bool


@dataclass(frozen=True)
class Gates:
    """One for flows whose vectors are known, one for words alone."""

    by_words: Gate
    by_meaning: Gate


def judge(
    query: Query, own: Shelf, shared: Shelf, exemplars: Collection[Exemplar], gates: Gates
) -> tuple[Band, list[Likely]]:
    """Return the band, and the likeliest flows that are worth showing: best first, own before shared on a tie."""
    return band_of(rank(query, own, shared, exemplars, gates))


def rank(query: Query, own: Shelf, shared: Shelf, exemplars: Collection[Exemplar], gates: Gates) -> list[Likely]:
    """Return the likeliest flows, three at most, however unlikely they are."""
    found = _without_twins(signals(query, [own, shared], exemplars), own)
    near = evidence(query, exemplars, near_by_meaning=NEAR_BY_MEANING, near_by_words=NEAR_BY_WORDS)
    likely: list[Likely] = []
    for part, gate in _parts(found, gates):
        ranked = candidates(part, len(query.words))
        if not ranked:
            continue
        chances = gate.probability(np.stack([candidate.features for candidate in ranked]))
        for candidate, chance in zip(ranked, chances, strict=True):
            entry = part.entries[candidate.row]
            weighed = _weigh(float(chance), *near.get(entry.flow_id, (0, 0)))
            likely.append(Likely(entry, weighed, is_sure=weighed >= gate.automatic))
    likely.sort(key=lambda each: (-round(each.probability, 3), each.entry.flow_id not in own))
    return likely[:SUGGESTIONS]


def _parts(found: Signals, gates: Gates) -> list[tuple[Signals, Gate]]:
    """Flows that have vectors are judged by meaning; those that still wait for theirs, by words."""
    if found.nearness is None:
        return [(found, gates.by_words)]
    embedded = np.array([entry.vectors is not None for entry in found.entries], bool)
    if embedded.all():
        return [(found, gates.by_meaning)]
    by_meaning = found.of(np.flatnonzero(embedded))
    by_words = replace(found.of(np.flatnonzero(~embedded)), nearness=None, best_name=None)
    return [(by_meaning, gates.by_meaning), (by_words, gates.by_words)]


def _without_twins(found: Signals, own: Shelf) -> Signals:
    """Leave out the shared flows that the account has its own version of: its own entries come first.

    Else the two would hold each other back: neither stands out, and the technician is asked to choose between equals.
    """
    twins = [row for row, entry in enumerate(found.entries[len(own) :], len(own)) if own.has_twin(entry)]
    return found.of(np.delete(np.arange(len(found.entries)), twins)) if twins else found


def _weigh(chance: float, confirms: int, refutes: int) -> float:
    """Weigh the gate's probability with the near calls that speak against the flow: the mean of a beta distribution.

    A call that the flow has helped makes up for one that it was wrong for. Beyond that, confirmations change nothing
    here: they have brought the flow nearer already.
    """
    against = max(0, refutes - confirms)
    return _PRIOR * chance / (_PRIOR + against)


def band_of(likely: Sequence[Likely]) -> tuple[Band, list[Likely]]:
    """Return the band, and what to show in it."""
    if not likely:
        return Band.NONE, []
    if likely[0].is_sure:
        return Band.MATCHED, list(likely)
    any_right = 1.0 - float(np.prod([1.0 - each.probability for each in likely]))
    if any_right < SUGGEST:
        return Band.NONE, []
    return Band.SUGGEST, [each for each in likely if each.probability >= _WORTH_SHOWING] or [likely[0]]
