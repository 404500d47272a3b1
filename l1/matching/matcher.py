"""The matcher that the worker's activities use."""

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from l1.domain.categories import SECURITY, UNKNOWN
from l1.domain.deadlines import INTAKE
from l1.domain.greetings import without_greeting
from l1.domain.intake import Band, NearMiss, ProblemVectors
from l1.domain.words import words
from l1.matching.catalogue import Catalogue
from l1.matching.category import CategoryModel
from l1.matching.embedder import Embedder, EmbedderUnavailableError, Vectors, from_bytes, readable, to_bytes
from l1.matching.incidents import speaks_of_incident
from l1.matching.judge import Gates, judge
from l1.matching.remembering import Remembering
from l1.matching.signals import Query, overlap, passages, read_query
from l1.matching.turns import Turns

_log = structlog.stdlib.get_logger(__name__)

_AT_ONCE = 2
"""Problems that are embedded at a time: one in the embedder's thread, and one more so that it has never to wait."""

_SIMILAR_BY_MEANING = 0.5
_SIMILAR_BY_WORDS = 0.25
"""Set low: what is named needlessly costs a glance, and the tickets are the same caller's already."""


class EarlierProblem(Protocol):
    @property
    def problem_statement(self) -> str: ...
    @property
    def vectors(self) -> ProblemVectors | None: ...


@dataclass(frozen=True)
class Found:
    """How sure matching is, the flows it thinks of, best first, and the category.

    `vectors` are the problem's, None where words alone decided.
    """

    band: Band
    near_misses: Sequence[NearMiss]
    category: str
    vectors: ProblemVectors | None = None


class FlowMatcher:
    """Judges by meaning and words; by words alone without an embedder, or while it does not answer or is too busy.

    Problems that come all at once wait for their turn, for a second at most: half an answer in time is worth more to
    somebody with a caller on the phone than a whole one too late.
    """

    def __init__(
        self, catalogue: Catalogue, embedder: Embedder | None, gates: Gates, categories: CategoryModel
    ) -> None:
        self.catalogue = catalogue
        self.embedder = None if embedder is None else Remembering(embedder)
        self._gates = gates
        self._categories = categories
        self._turns = Turns(_AT_ONCE)

    async def match(self, account_id: UUID, problem_statement: str) -> Found:
        """Judge a problem among the account's own and the shared flows. Raises Unavailable."""
        problem = without_greeting(problem_statement)
        if not problem:  # a greeting is no problem, and resembles Windows Hello
            return Found(Band.NONE, (), UNKNOWN)
        own = await self.catalogue.stock(account_id)
        shared = await self.catalogue.stock(None)
        query = await self._read(account_id, problem)
        exemplars = list(own.exemplars.values())
        band, likely = judge(query, own.shelf, shared.shelf, exemplars, self._gates)
        near = [NearMiss(each.entry.flow_id, each.entry.text.title, round(each.probability, 3)) for each in likely]
        return Found(band, near, self._category(problem, query), self._packed(query.vectors))

    def similar(
        self, problem_statement: str, vectors: ProblemVectors | None, others: Sequence[EarlierProblem]
    ) -> list[tuple[int, float]]:
        """Return which of the others speak of a similar problem, the most similar first, and how similar, 0 to 1.

        By meaning where the same embedder made the vectors of both, else by words: nothing is embedded here.
        """
        said = words(readable(problem_statement))
        found: list[tuple[int, float]] = []
        for row, other in enumerate(others):
            if vectors is None or other.vectors is None or vectors.embedder != other.vectors.embedder:
                value, least = overlap(said, words(readable(other.problem_statement))), _SIMILAR_BY_WORDS
            else:
                value, least = float((_unpack(vectors) @ _unpack(other.vectors).T).max()), _SIMILAR_BY_MEANING
            if value >= least:
                found.append((row, min(value, 1.0)))
        return sorted(found, key=lambda each: -each[1])

    async def _read(self, account_id: UUID, text: str) -> Query:
        if self.embedder is not None:
            try:
                return await self._read_by_meaning(account_id, text, self.embedder)
            except (EmbedderUnavailableError, TimeoutError) as error:
                _log.warning("matching this call by words only", cause=str(error) or "the embedder is busy")
        return await read_query(text, None)

    async def _read_by_meaning(self, account_id: UUID, text: str, embedder: Remembering) -> Query:
        """Embed a problem in its turn. What was begun is finished, and its turn held until then, whoever gives up."""
        if embedder.knows(passages(text)):
            return await read_query(text, embedder)
        await self._turns.take(account_id, INTAKE.turn)
        reading = asyncio.create_task(read_query(text, embedder))
        reading.add_done_callback(lambda _done: self._turns.give_back())
        async with asyncio.timeout(INTAKE.embedding):
            return await asyncio.shield(reading)

    def _packed(self, vectors: Vectors | None) -> ProblemVectors | None:
        if vectors is None or self.embedder is None:
            return None
        return ProblemVectors(self.embedder.name, len(vectors), b64encode(to_bytes(vectors)).decode())

    def _category(self, problem_statement: str, query: Query) -> str:
        if not query.telling:  # marks, emoji, "a": what is made of no words resembles anything
            return UNKNOWN
        is_its_embedder = self.embedder is not None and self.embedder.name == self._categories.embedder
        vector = query.vectors[0] if query.vectors is not None and is_its_embedder else None
        said = readable(problem_statement)
        return SECURITY if speaks_of_incident(said) else self._categories.recognise(said, vector)


def _unpack(vectors: ProblemVectors) -> Vectors:
    return from_bytes(b64decode(vectors.packed), vectors.rows)
