"""What becomes of a call that nobody has moved until its stall deadline."""

from l1.domain.commands import Escalate, Resolve
from l1.domain.reasons import REASON_STALLED
from l1.domain.session import Walk
from l1.domain.tree import NodeKind


def when_stalled(walk: Walk) -> Escalate | Resolve:
    """Return the command that ends the walk.

    At a node that solves the problem the technician has most likely hung up without saying so: the call counts as
    resolved, unconfirmed, unless its account wants an engineer to ask.
    """
    node = walk.current_node
    if node is not None and node.kind is NodeKind.RESOLUTION and not walk.escalates_unconfirmed:
        return Resolve(helpful=None)
    return escalate_stalled(walk)


def escalate_stalled(walk: Walk, because: str = "") -> Escalate:
    """Hand the call over, with the node's reason where the walk has come to one that does the same.

    `because` tells the engineer more than that nothing happened.
    """
    own = None if walk.current_node is None else walk.current_node.own_reason
    return Escalate(own or REASON_STALLED, f"Nothing happened for {walk.stall_after:.0f} seconds{because}.")
