"""One tree of everything that can be wrong with a request, each with a code that clients may rely on.

The code is part of the contract and never changes. `detail` is for a person and says what to do; `extra` holds what a
client needs to go on, as JSON values. The tree knows nothing of HTTP: a table in `api` gives each class its status.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


class L1Error(Exception):
    """The request cannot be carried out; nothing has been changed by it."""

    code: ClassVar[str] = "error"

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra: dict[str, Any] = extra

    @property
    def problem(self) -> "Problem":
        return Problem(code=self.code, detail=self.detail, extra=self.extra)


@dataclass(frozen=True)
class Problem:
    """An error as data: what an event, a receipt and an answer carry."""

    code: str
    detail: str
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def as_error(self) -> L1Error:
        """Rebuild the error, so that one table decides the status whichever way the problem came."""
        return ERRORS.get(self.code, L1Error)(self.detail, **self.extra)


class Unauthenticated(L1Error):
    code = "unauthenticated"


class Forbidden(L1Error):
    code = "forbidden"


class NotFound(L1Error):
    """Also the answer for what belongs to another account: its existence is nobody else's business."""

    code = "not_found"


class Conflict(L1Error):
    code = "conflict"


class StaleStep(Conflict):
    """The answer belongs to a node that is not, or no longer, the current one."""

    code = "stale_step"


class SessionClosed(Conflict):
    code = "session_closed"


class WrongSessionKind(Conflict):
    code = "wrong_session_kind"


class WalkFull(Conflict):
    """The walk has reached a bound that keeps it readable and inside Temporal's payload limit."""

    code = "walk_full"


class CallLost(Conflict):
    """The workflow of the call ended before it could answer; the call was handed to an engineer if it was open."""

    code = "call_lost"


class ProposalDecided(Conflict):
    """An engineer has already decided on the proposal, and otherwise."""

    code = "proposal_decided"


class TooManyTargets(Conflict):
    """Each target costs every call of the account something."""

    code = "too_many_targets"


class NotToBeRetried(Conflict):
    """The delivery has arrived, or its target takes no more."""

    code = "not_to_be_retried"


class RevisionMismatch(L1Error):
    code = "revision_mismatch"


class PayloadTooLarge(L1Error):
    code = "payload_too_large"


class BodyTooSlow(L1Error):
    """The body of a request did not arrive in time."""

    code = "body_too_slow"


class Invalid(L1Error):
    code = "invalid_request"


class UnknownAnswer(Invalid):
    code = "unknown_answer"


class UnknownNode(Invalid):
    code = "unknown_node"


class ReasonMissing(Invalid):
    """A call is escalated at a node that has no reason of its own."""

    code = "reason_missing"


class UnknownCategory(Invalid):
    code = "unknown_category"


class InvalidCursor(Invalid):
    """What was sent is no place in this list."""

    code = "invalid_cursor"


class InvalidFlow(Invalid):
    code = "invalid_flow"


class InvalidTarget(Invalid):
    """Nothing can be delivered to what was named."""

    code = "invalid_target"


class InvalidPeriod(Invalid):
    """Its two ends, each of which may be right, do not fit."""

    code = "invalid_period"


class IdempotencyKeyReused(Invalid):
    code = "idempotency_key_reused"


class TooManyRequests(L1Error):
    code = "too_many_requests"


class Unavailable(L1Error):
    """A part the request needs is away. Trying again later is safe."""

    code = "unavailable"


class DiskFull(Unavailable):
    """What was asked for cannot be stored until somebody makes room."""

    code = "disk_full"


def _family(root: type[L1Error]) -> dict[str, type[L1Error]]:
    found = {root.code: root}
    for child in root.__subclasses__():
        found |= _family(child)
    return found


ERRORS: Mapping[str, type[L1Error]] = _family(L1Error)
"""Every error by its code."""
