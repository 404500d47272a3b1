"""Taking a call."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from api.auth import L1
from api.calls import Accepted, CallService
from api.dependencies import call_service_of
from api.idempotency import IdempotencyKey, request_key
from api.problems import responses
from api.responses import ACCEPTED, accepted, intake_response, session_response, with_etag
from api.schemas import (
    EscalateWithoutWalkRequest,
    IntakeRequest,
    IntakeResponse,
)
from l1.domain.commands import Escalate
from l1.domain.intake import Intake
from l1.domain.session import Session

router = APIRouter(tags=["calls"])

Service = Annotated[CallService, Depends(call_service_of)]


@router.post("/intake", response_model=IntakeResponse, responses=responses(404, 409) | ACCEPTED)
async def take_call(
    request: Request,
    response: Response,
    principal: L1,
    call_service: Service,
    body: IntakeRequest,
    idempotency_key: IdempotencyKey = None,
) -> IntakeResponse | JSONResponse:
    """Take a call: start its flow, suggest flows that come near, begin to build a tree, or say it is out of scope."""
    key = request_key(request, principal, idempotency_key, body.model_dump(mode="json"))
    intake = Intake(
        problem_statement=body.problem_statement,
        customer_name=body.customer_name or None,
        customer_contact=body.customer_contact or None,
        force_build=body.force_build,
        flow_id=body.flow_id,
    )
    result = await call_service.take(principal, key, intake)
    if isinstance(result, Accepted):
        return accepted(result)
    if result.session is not None:
        with_etag(result.session, response)
    if result.receipt.intake is None:
        raise RuntimeError(f"the receipt of {result.receipt.command_id} has no outcome")
    return intake_response(result.receipt.intake, result.session)


@router.post("/escalate-without-walk", response_model=Session, responses=responses(409) | ACCEPTED)
async def escalate_without_walk(
    request: Request,
    response: Response,
    principal: L1,
    call_service: Service,
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
    return session_response(await call_service.take(principal, key, intake), response)
