"""What becomes of a call that nobody has moved until its stall deadline."""

from l1.domain.commands import Escalate
from l1.domain.reasons import REASON_STALLED
from l1.domain.session import Walk


def when_stalled(walk: Walk, because: str = "") -> Escalate:
    """Return the command that ends the walk. `because` tells the engineer more than that nothing happened."""
    return Escalate(REASON_STALLED, f"Nothing happened for {walk.stall_after:.0f} seconds{because}.")
