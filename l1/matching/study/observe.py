"""What the gate gets to see of labelled texts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from l1.domain.words import words
from l1.matching.embedder import Embedder
from l1.matching.gate import candidates
from l1.matching.shelf import Entry, Exemplar, Shelf
from l1.matching.signals import Query, read_query, signals
from l1.matching.study.sets import MatchSet

Advance = Callable[[int], None]
"""Told how many texts are done."""

EXEMPLARS = 4
"""Confirmed statements a flow in the second pass over the starter library: as if it had been in use."""


@dataclass(frozen=True)
class Prepared:
    """A set with everything embedded, so that it can be judged again and again."""

    source: MatchSet
    entries: Sequence[Entry]
    queries: Sequence[Query]

    def shelf(self, without: int | None = None) -> Shelf:
        return Shelf(entry for row, entry in enumerate(self.entries) if row != without)

    def work(self) -> int:
        return len(self.queries)


@dataclass(frozen=True)
class Observation:
    """A ranked flow of one problem: its features, whether it is right, and the flow that the problem belongs to."""

    group: str
    features: NDArray[np.float64]
    is_right: bool
    rank: int
    right_is_there: bool


async def prepare(source: MatchSet, embedder: Embedder | None, advance: Advance) -> Prepared:
    """Embed flows and problems."""
    entries = []
    for row, flow in enumerate(source.flows):
        vectors = None if embedder is None else flow.pool(await embedder.embed(flow.passages))
        entries.append(Entry(UUID(int=row), 1, f"flow-{row}", flow, vectors))
        advance(1)
    queries = []
    for case in source.cases:
        queries.append(await read_query(case.text, embedder))
        advance(1)
    return Prepared(source, entries, queries)


def by_words(prepared: Prepared) -> Prepared:
    """The same, as a worker without an embedder sees it."""
    queries = [Query(query.words, None) for query in prepared.queries]
    return Prepared(prepared.source, prepared.entries, queries)


def observe(prepared: Prepared, *, with_exemplars: bool = False) -> Iterator[Observation]:
    """Rank each problem's flows twice: among all of them, and with the right one taken away."""
    whole = prepared.shelf()
    missing = {row: prepared.shelf(row) for row in range(len(prepared.entries))}
    exemplars = _exemplars(prepared) if with_exemplars else {}
    flat = [exemplar for row in exemplars.values() for exemplar in row.values()]
    for number, (case, query) in enumerate(zip(prepared.source.cases, prepared.queries, strict=True)):
        if case.flow is None:
            yield from _ranked(prepared, query, whole, flat, None, f"none-{number}")
        elif number not in exemplars.get(case.flow, {}):
            group = prepared.source.digest(case.flow)
            yield from _ranked(prepared, query, whole, flat, case.flow, group)
            yield from _ranked(prepared, query, missing[case.flow], flat, None, group)


def _ranked(  # noqa: PLR0913, PLR0917 - one problem among some flows, and what is known of it
    prepared: Prepared, query: Query, shelf: Shelf, exemplars: Sequence[Exemplar], right: int | None, group: str
) -> Iterator[Observation]:
    found = signals(query, [shelf], exemplars)
    wanted = None if right is None else prepared.entries[right].flow_id
    for rank, candidate in enumerate(candidates(found, len(query.words))):
        is_right = found.entries[candidate.row].flow_id == wanted
        yield Observation(group, candidate.features, is_right, rank, right is not None)


def _exemplars(prepared: Prepared) -> dict[int, dict[int, Exemplar]]:
    """The first few statements of each flow, by flow and by number of the case."""
    chosen: dict[int, dict[int, Exemplar]] = {}
    for number, (case, query) in enumerate(zip(prepared.source.cases, prepared.queries, strict=True)):
        of_flow = chosen.setdefault(case.flow, {}) if case.flow is not None else None
        if of_flow is None or case.flow is None or len(of_flow) >= EXEMPLARS:
            continue
        vector = None if query.vectors is None else query.vectors[0]
        flow_id = prepared.entries[case.flow].flow_id
        of_flow[number] = Exemplar(UUID(int=number), flow_id, frozenset(words(case.text)), confirms=True, vector=vector)
    return chosen
