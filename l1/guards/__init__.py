"""The guards: what a model proposes is shown only when none of them finds a fault. Pure code, no model, no network."""

from l1.guards.fault import Fault, FaultCode
from l1.guards.review import node_of, review, unsafe_content

__all__ = [
    "Fault",
    "FaultCode",
    "node_of",
    "review",
    "unsafe_content",
]
