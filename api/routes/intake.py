"""Taking a call, and the lists of calls."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic.json_schema import SkipJsonSchema

from api.answers import ACCEPTED, accepted, intake_answer, session_answer, with_etag
from api.auth import L1, Engineer
from api.calls import Accepted, CallDesk
from api.dependencies import calls_of, desk_of
from api.idempotency import IdempotencyKey, request_key
from api.problems import responses
from api.schemas import (
    EscalateWithoutWalkRequest,
    EscalationItem,
    IntakeAnswer,
    IntakeRequest,
    PersonAnswer,
    QueueItem,
)
from l1.database.calls import Calls
from l1.domain.commands import Escalate
from l1.domain.intake import Intake
from l1.domain.session import Session, Status

router = APIRouter(tags=["calls"])

Desk = Annotated[CallDesk, Depends(desk_of)]
Reads = Annotated[Calls, Depends(calls_of)]
Limit = Annotated[int, Query(ge=1, le=200)]
StatusFilter = Annotated[
    Status | Literal[""] | SkipJsonSchema[None], Query(description="Unset or empty: tickets of every status.")
]
After = Annotated[UUID | SkipJsonSchema[None], Query(description="The last session of the page before.")]


@router.post("/intake", response_model=IntakeAnswer, responses=responses(404, 409) | ACCEPTED)
async def take_call(
    request: Request,
    response: Response,
    principal: L1,
    desk: Desk,
    body: IntakeRequest,
    idempotency_key: IdempotencyKey = None,
) -> IntakeAnswer | JSONResponse:
    """Take a call: start its flow, suggest flows that come near, begin to build a tree, or say it is out of scope."""
    key = request_key(request, principal, idempotency_key, body.model_dump(mode="json"))
    intake = Intake(
        problem_statement=body.problem_statement,
        customer_name=body.customer_name or None,
        customer_contact=body.customer_contact or None,
        force_build=body.force_build,
        flow_id=body.flow_id,
    )
    result = await desk.take(principal, key, intake)
    if isinstance(result, Accepted):
        return accepted(result)
    if result.session is not None:
        with_etag(result.session, response)
    if result.receipt.intake is None:
        raise RuntimeError(f"the receipt of {result.receipt.command_id} has no outcome")
    return intake_answer(result.receipt.intake, result.session)


@router.post("/escalate-without-walk", response_model=Session, responses=responses(409) | ACCEPTED)
async def escalate_without_walk(
    request: Request,
    response: Response,
    principal: L1,
    desk: Desk,
    body: EscalateWithoutWalkRequest,
    idempotency_key: IdempotencyKey = None,
) -> Session | JSONResponse:
    """Hand a call to an engineer at once, with its ticket."""
    key = request_key(request, principal, idempotency_key, body.model_dump(mode="json"))
    intake = Intake(
        problem_statement=body.problem_statement,
        customer_name=body.customer_name or None,
        customer_contact=body.customer_contact or None,
        escalate=Escalate(body.reason_category, body.reason or None),
    )
    return session_answer(await desk.take(principal, key, intake), response)


@router.get("/queue", responses=responses())
async def queue(principal: L1, calls: Reads, status_filter: StatusFilter = None, limit: Limit = 50) -> list[QueueItem]:
    """The account's tickets, latest first, with the owner of each."""
    return [
        QueueItem(
            ticket_id=row.ticket.id,
            ticket_kind=row.ticket.kind,
            problem_statement=row.ticket.problem_statement,
            customer_name=row.ticket.customer_name,
            status=Status(row.ticket.status),
            created_at=row.ticket.created_at,
            session_id=row.session_id,
            owner=None if row.owner is None else PersonAnswer(id=row.owner.id, name=row.owner.name),
        )
        for row in await calls.queue(principal.account_id, status_filter or None, limit)
    ]


@router.get("/escalations", responses=responses())
async def escalations(
    principal: Engineer,
    calls: Reads,
    limit: Limit = 50,
    after: After = None,
) -> list[EscalationItem]:
    """The hand-off queue, oldest first."""
    now = datetime.now(UTC)
    return [
        EscalationItem(
            session=row.session,
            customer_contact=row.customer_contact,
            owner=PersonAnswer(id=row.owner.id, name=row.owner.name),
            waiting_seconds=max(0.0, (now - row.session.escalation.at).total_seconds()),
        )
        for row in await calls.escalations(principal.account_id, limit, after)
        if row.session.escalation is not None
    ]
