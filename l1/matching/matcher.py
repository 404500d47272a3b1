"""The matcher that the worker's activities use."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from l1.domain.categories import UNKNOWN
from l1.domain.intake import Band, NearMiss
from l1.matching.catalogue import Catalogue
from l1.matching.category import CategoryModel
from l1.matching.embedder import Embedder, EmbedderUnavailableError
from l1.matching.judge import Gates, judge
from l1.matching.signals import Query, overlap, read_query

_log = structlog.stdlib.get_logger(__name__)


_SIMILAR_BY_MEANING = 0.5
_SIMILAR_BY_WORDS = 0.25
"""Set low: what is named needlessly costs a glance, and the tickets are the same caller's already."""

_COMPARING_SECONDS = 1.0
"""Together with the time in which an embedder must answer, less than an attempt at the intake has: a slow one would
fail every attempt, and the call would wait for ever."""


@dataclass(frozen=True)
class Found:
    """How sure matching is, the flows it thinks of, best first, and the category."""

    band: Band
    near_misses: Sequence[NearMiss]
    category: str


@dataclass(frozen=True)
class FlowMatcher:
    """Judges by meaning and words; by words alone without an embedder, or while it does not answer."""

    catalogue: Catalogue
    embedder: Embedder | None
    gates: Gates
    categories: CategoryModel

    async def match(self, account_id: UUID, problem_statement: str) -> Found:
        """Judge a problem among the account's own and the shared flows. Raises Unavailable."""
        own = await self.catalogue.stock(account_id)
        shared = await self.catalogue.stock(None)
        try:
            query = await read_query(problem_statement, self.embedder)
        except EmbedderUnavailableError as error:
            _log.warning("matching this call by words only", cause=str(error))
            query = await read_query(problem_statement, None)
        exemplars = list(own.exemplars.values())
        band, likely = judge(query, own.shelf, shared.shelf, exemplars, self.gates)
        near = [NearMiss(each.entry.flow_id, each.entry.text.title, round(each.probability, 3)) for each in likely]
        return Found(band, near, self._category(problem_statement, query))

    async def similar(self, problem_statement: str, others: Sequence[str]) -> list[tuple[int, float]]:
        """Return which of the others speak of a similar problem, the most similar first, and how similar, 0 to 1."""
        try:
            async with asyncio.timeout(_COMPARING_SECONDS):
                query = await read_query(problem_statement, self.embedder)
                rest = [await read_query(other, self.embedder) for other in others]
        except (EmbedderUnavailableError, TimeoutError) as error:
            _log.warning("comparing calls by words only", cause=str(error) or type(error).__name__)
            query = await read_query(problem_statement, None)
            rest = [await read_query(other, None) for other in others]
        found = [
            (row, overlap(query.words, other.words), _SIMILAR_BY_WORDS)
            if query.vectors is None or other.vectors is None
            else (row, float((query.vectors @ other.vectors.T).max()), _SIMILAR_BY_MEANING)
            for row, other in enumerate(rest)
        ]
        near = [(row, min(value, 1.0)) for row, value, least in found if value >= least]
        return sorted(near, key=lambda each: -each[1])

    def _category(self, problem_statement: str, query: Query) -> str:
        if not query.telling:  # marks, emoji, "a": what is made of no words resembles anything
            return UNKNOWN
        is_its_embedder = self.embedder is not None and self.embedder.name == self.categories.embedder
        vector = query.vectors[0] if query.vectors is not None and is_its_embedder else None
        return self.categories.recognise(problem_statement, vector)
