"""What calls come to when many of them are counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

MOST_RANGE = timedelta(days=400)
"""A year can be held against the month that it began with."""
USUAL_RANGE = timedelta(days=30)


@dataclass(frozen=True)
class Period:
    """Calls that began in it: `since` belongs to it, `until` does not."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class NodeFigures:
    """How a node of one version of a flow went.

    `walked` counts the calls that have answered it or were left at it: that ended or were escalated there. Of these,
    the walk has helped `helped`. `median_seconds` is how long an answer took. `answers` counts each answer.
    """

    node_id: str
    text: str | None
    walked: int
    left: int
    helped: int
    median_seconds: float | None
    answers: Mapping[str, int]


@dataclass(frozen=True)
class FlowFigures:
    """How one version of a flow went: most walked nodes first. `walked`, `left` and `helped` are as for a node."""

    flow_id: UUID
    flow_version: int
    title: str
    walked: int
    left: int
    helped: int
    nodes: Sequence[NodeFigures]


@dataclass(frozen=True)
class FlowReport:
    """Flows that were walked in the period, most walked first."""

    since: datetime
    until: datetime
    flows: Sequence[FlowFigures]
