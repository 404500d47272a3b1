"""The starter flows and playbooks, as data, and the reader of files like them."""

from library.reader import ReadResult, playbooks, read_flows, starter_flows
from library.writer import write_flow

__all__ = ["ReadResult", "playbooks", "read_flows", "starter_flows", "write_flow"]
