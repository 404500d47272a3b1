"""Growing proposals from walks that were built: what helped becomes a tree for the engineers to review."""

from collections.abc import Callable
from dataclasses import dataclass

from temporalio import activity

from activities.messages import GROW_PROPOSAL, GrowProposal
from activities.nearest import nearest
from activities.ports import Likeness, Proposals, Records
from l1.building.redaction import redacted
from l1.domain.branches import shortened
from l1.domain.proposal import Growth, asks_the_same
from l1.domain.session import Walk
from l1.domain.tree import Tree
from l1.domain.walk import replay
from l1.guards import unsafe_content


@dataclass(frozen=True)
class GrowingActivities:
    records: Records
    proposals: Proposals
    likeness: Likeness

    @activity.defn(name=GROW_PROPOSAL)
    async def grow_proposal(self, request: GrowProposal) -> None:
        """Make a proposal of a walk that helped, or merge it into the one of the same problem.

        Growing from the same walk again changes nothing. Fails when a proposal has just been made that may be about the
        same problem: at the next attempt it is seen.
        """
        walk = replay(await self.records.events(request.account_id, request.session_id))
        candidates = await self.proposals.candidates(walk.account_id, walk.category)
        if walk.flow_id is not None:
            following = await self.proposals.next_version(walk.account_id, walk.flow_id)
            into, same = following.proposal_id, await self._same(walk, following.flow.tree)
        else:
            into = walk.flow_proposal_id or await nearest(walk.problem_statement, candidates, self.likeness)
            tree = None if into is None else await self.proposals.walkable(walk.account_id, into)
            same = await self._same(walk, tree)
        growth = Growth(into, [each.proposal_id for each in candidates], same, _solution_of(walk))
        await self.proposals.grow(walk, growth)

    async def _same(self, walk: Walk, tree: Tree | None) -> Callable[[str, str], bool]:
        """Compare the texts of the walk with those of the tree that it may be merged into."""
        theirs = [] if tree is None else [node.text for node in tree.nodes.values()]
        same: set[tuple[str, str]] = set()
        for node in walk.tree.nodes.values():
            alike = await self.likeness.between(node.text, theirs)
            pairs = zip(theirs, alike, strict=False)  # without an embedder, only the same words ask the same
            same |= {(node.text, text) for text, likeness in pairs if asks_the_same(node.text, text, likeness)}
        return lambda one, other: (one, other) in same or (other, one) in same


def _solution_of(walk: Walk) -> str | None:
    """The technician's words for what solved it, if they can be shown before an engineer has read them.

    They name nobody, as far as that has a form, and pass the guards as a model's words do. Others stay with the call,
    where the engineer finds them.
    """
    if walk.resolution is None or not walk.resolution.helpful or not walk.resolution.notes:
        return None
    said = shortened(redacted(walk.resolution.notes, walk.customer_name, walk.customer_contact))
    return None if unsafe_content(said) else said
