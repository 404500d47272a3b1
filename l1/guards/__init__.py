"""The guards: what a model proposes is shown only when none of them finds a fault. Pure code, no model, no network."""

from l1.guards.fault import Fault, FaultCode
from l1.guards.review import node_of, review, unsafe_content
from l1.guards.shape import MAX_ANSWER, MAX_DEPTH, MAX_QUESTION, MAX_TERMINAL

__all__ = [
    "MAX_ANSWER",
    "MAX_DEPTH",
    "MAX_QUESTION",
    "MAX_TERMINAL",
    "Fault",
    "FaultCode",
    "node_of",
    "review",
    "unsafe_content",
]
