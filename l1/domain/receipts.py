"""The receipt of a command: what a sender may ask about it for ever after."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from l1.domain.errors import Problem
from l1.domain.intake import IntakeResult

INTAKE: Final = "intake"
"""The kind of command number one of every call."""


class ReceiptStatus(StrEnum):
    PENDING = "pending"
    APPLIED = "applied"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Receipt:
    """`revision` is the walk's when the command had its effect: the events up to it give the answer again.

    `problem` belongs to a rejected command, `intake` to the command that began a call.
    """

    command_id: UUID
    kind: str
    status: ReceiptStatus
    fingerprint: str | None = None
    revision: int | None = None
    problem: Problem | None = None
    intake: IntakeResult | None = None
