"""A matcher on PostgreSQL's full text and trigram search."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from activities.ports import Found
from domain.intake import Band, NearMiss
from domain.playbook import Playbook, recognise_category

SUGGESTIONS = 3


class Hit(Protocol):
    @property
    def flow_id(self) -> UUID: ...

    @property
    def title(self) -> str: ...

    @property
    def rank(self) -> float: ...

    @property
    def similarity(self) -> float: ...


class FlowSearch(Protocol):
    async def search(self, account_id: UUID, problem: str, limit: int) -> Sequence[Hit]: ...


@dataclass(frozen=True)
class Bands:
    """Where the bands lie: set by eye on the starter library, until a calibrated gate takes their place.

    `sure`: the least score that starts a walk, if it leads the next flow by `lead` times. `near`: the least score that
    is worth showing.
    """

    sure: float = 0.45
    lead: float = 1.6
    near: float = 0.2


@dataclass(frozen=True)
class LexicalMatcher:
    search: FlowSearch
    playbooks: Sequence[Playbook]
    bands: Bands = Bands()

    async def match(self, account_id: UUID, problem_statement: str) -> Found:
        hits = await self.search.search(account_id, problem_statement, SUGGESTIONS * 4)
        ranked = sorted(((score(hit), hit) for hit in hits), key=lambda pair: -pair[0])
        near = [NearMiss(hit.flow_id, hit.title, round(value, 3)) for value, hit in ranked if value >= self.bands.near]
        return Found(self._band(near), near[:SUGGESTIONS], recognise_category(problem_statement, self.playbooks))

    def _band(self, near: Sequence[NearMiss]) -> Band:
        if not near:
            return Band.NONE
        best = near[0].score
        second = near[1].score if len(near) > 1 else 0.0
        return Band.MATCHED if best >= self.bands.sure and best >= second * self.bands.lead else Band.SUGGEST


def score(hit: Hit) -> float:
    """How well a flow fits, 0 to 1: half the words of the whole flow, half the likeness of the title.

    ts_rank has no upper bound of its own; x / (x + k) keeps its order and brings it below 1.
    """
    words = hit.rank / (hit.rank + 0.05)
    return 0.5 * words + 0.5 * hit.similarity
