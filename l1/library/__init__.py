"""The starter flows and playbooks, as data, and the reader of files like them."""

from l1.library.reader import ReadResult, matching_parameters, playbooks, read_flows, starter_flows, statements
from l1.library.writer import write_flow

__all__ = [
    "ReadResult",
    "matching_parameters",
    "playbooks",
    "read_flows",
    "starter_flows",
    "statements",
    "write_flow",
]
