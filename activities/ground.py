"""What people have found worth asking about a problem: the published flows that come nearest."""

from collections import OrderedDict
from collections.abc import Sequence
from uuid import UUID

from activities.ports import FlowLibrary, Matcher
from l1.domain.building import GroundFlow

_FLOWS = 2
_REMEMBERED = 500


class Ground:
    """Remembers what it found: a walk asks for the same at each of its nodes, and need not hear of a flow meanwhile."""

    def __init__(self, matcher: Matcher, flows: FlowLibrary) -> None:
        self._matcher = matcher
        self._flows = flows
        self._known: OrderedDict[tuple[UUID, str], Sequence[GroundFlow]] = OrderedDict()

    async def near(self, account_id: UUID, problem_statement: str) -> Sequence[GroundFlow]:
        key = (account_id, problem_statement)
        if key not in self._known:
            self._known[key] = await self._look(account_id, problem_statement)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return self._known[key]

    async def _look(self, account_id: UUID, problem_statement: str) -> Sequence[GroundFlow]:
        found = await self._matcher.match(account_id, problem_statement)
        ground = []
        for near in found.near_misses[:_FLOWS]:
            flow = await self._flows.live(account_id, near.flow_id)
            if flow is not None:
                texts = [node.text for node in flow.tree.nodes.values() if not node.kind.is_terminal]
                ground.append(GroundFlow(near.title, tuple(texts)))
        return ground
