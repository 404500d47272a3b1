"""Figures for engineers, over the calls that began in a time."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic.json_schema import SkipJsonSchema

from api.auth import Engineer
from api.dependencies import Parts, parts_of
from api.problems import responses
from api.times import IsoTime
from l1.database.reports import Reports
from l1.domain.errors import InvalidPeriod
from l1.domain.reports import MOST_RANGE, USUAL_RANGE, FlowReport, Period

router = APIRouter(prefix="/reports", tags=["reports"])

Since = Annotated[
    IsoTime | SkipJsonSchema[None],
    Query(description=f"Calls that began then or later. Unset: {USUAL_RANGE.days} days before `until`."),
]
Until = Annotated[
    IsoTime | SkipJsonSchema[None],
    Query(description=f"Calls that began earlier, at most {MOST_RANGE.days} days after `since`. Unset: now."),
]
FlowFilter = Annotated[UUID | SkipJsonSchema[None], Query(description="Unset: all flows.")]


async def _period(since: Since = None, until: Until = None) -> Period:
    """Raises InvalidPeriod for a time that ends before it begins, or is too long."""
    until = until or datetime.now(UTC)
    try:
        since = since or until - USUAL_RANGE
    except OverflowError as error:
        raise InvalidPeriod("There are no calls that old. Choose a later time.", field="until") from error
    if not since < until <= _end_of(since):
        raise InvalidPeriod(f"'since' must be before 'until', by at most {MOST_RANGE.days} days.", field="since")
    return Period(since, until)


async def _reports(parts: Annotated[Parts, Depends(parts_of)]) -> Reports:
    return parts.reports


InPeriod = Annotated[Period, Depends(_period)]
AllReports = Annotated[Reports, Depends(_reports)]


@router.get("/flows", responses=responses())
async def flows(principal: Engineer, reports: AllReports, period: InPeriod, flow_id: FlowFilter = None) -> FlowReport:
    """How often each flow and each of its nodes was walked, left there and helped, and what was answered."""
    return await reports.flows(principal.account_id, period, flow_id)


def _end_of(since: datetime) -> datetime:
    """The latest end of a time that begins then; there is no year 10,000."""
    return since + min(MOST_RANGE, datetime.max.replace(tzinfo=UTC) - since)
