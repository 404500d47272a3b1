"""Which proposal is about the same problem."""

from collections.abc import Sequence
from uuid import UUID

from activities.ports import Candidate, Likeness
from l1.domain.proposal import SAME_PROBLEM
from l1.domain.words import words


async def nearest(problem_statement: str, candidates: Sequence[Candidate], likeness: Likeness) -> UUID | None:
    """Return the proposal whose callers spoke of the same problem, the one that comes nearest; None if none does.

    While no embedder answers, only the same words are the same problem.
    """
    statements = [(each.proposal_id, statement) for each in candidates for statement in each.statements]
    alike = await likeness.between(problem_statement, [statement for _, statement in statements])
    if not alike:
        said = words(problem_statement)
        return next((proposal_id for proposal_id, statement in statements if words(statement) == said), None)
    best, (proposal_id, _) = max(zip(alike, statements, strict=True), key=lambda pair: pair[0])
    return proposal_id if best >= SAME_PROBLEM else None
