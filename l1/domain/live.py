"""Who is shown which event of a call while it happens."""

from l1.domain.session import Status

_OF_ENGINEERS = frozenset(
    {
        "escalated",
        "reminded",
        "tier_reached",
        "unanswered",
        "claimed",
        "released",
        "handed_back",
        "taken_over",
        "reopened",
        "resolved",
    }
)
"""Kinds of events that bring a call into the hand-off, move it there, or take it out."""
_IN_HAND_OFF = frozenset({"escalated", "claimed"})


def concerns_engineers(kind: str, status: Status, *, was_escalated: bool) -> bool:
    """Tell whether an event is shown to an engineer who takes no calls: whatever happens in or to the hand-off.

    `was_escalated`: at any time, as a call that was never escalated is none of theirs, however it ends.
    """
    return was_escalated and (kind in _OF_ENGINEERS or status in _IN_HAND_OFF)
