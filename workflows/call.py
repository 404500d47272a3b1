"""The one state of an L1Walk: the argument of `run` and of continue-as-new."""

from dataclasses import dataclass
from uuid import UUID

from domain.commands import Sender
from domain.intake import Intake
from domain.session import Walk


@dataclass(frozen=True)
class Call:
    """A call from its intake on. `sender` is who took it, under command number one.

    The rest is filled when a long walk continues as new: the walk, the number of events recorded so far, and the ids of
    the latest commands, so that one that is sent again is known.
    """

    session_id: UUID
    account_id: UUID
    intake: Intake
    sender: Sender
    walk: Walk | None = None
    position: int = 0
    seen: tuple[UUID, ...] = ()
