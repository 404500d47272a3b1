from dataclasses import dataclass
from enum import StrEnum


class FaultCode(StrEnum):
    """What a guard holds against a node. Stable: faults are counted by code."""

    SHAPE = "shape"
    ANSWERS = "answers"
    TOO_LONG = "too_long"
    MUST_END = "must_end"
    REPEATED = "repeated"
    LANGUAGE = "language"
    """Not in English, or in letters that only look Latin: the other guards could not read it."""
    CREDENTIALS = "credentials"
    COMMAND = "command"
    CONTACT = "contact"
    OFF_TASK = "off_task"
    DISRUPTIVE = "disruptive"
    PROTECTION = "protection"
    """It lowers a protection, installs from anywhere, or lets somebody in."""
    PRIVACY = "privacy"


@dataclass(frozen=True)
class Fault:
    """`detail` goes to the model with its next attempt, so it never holds words of the text that was refused."""

    code: FaultCode
    detail: str
