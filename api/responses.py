"""From a result to its HTTP response."""

from typing import Any, Protocol, TypeVar
from uuid import UUID

from fastapi import Response
from fastapi.responses import JSONResponse

from api.calls import Accepted, Result, Settled
from api.schemas import AcceptedResponse, IntakeResponse, NearMissResponse, PossibleDuplicateResponse, ReceiptResponse
from l1.domain.intake import IntakeResult, Outcome
from l1.domain.receipts import Receipt, ReceiptStatus
from l1.domain.session import Session, Status

ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"model": AcceptedResponse, "description": "Stored; no worker has applied it yet. Ask for its receipt."}
}


def accepted(result: Accepted) -> JSONResponse:
    address = receipt_address(result.session_id, result.command_id)
    body = AcceptedResponse(command_id=result.command_id, session_id=result.session_id, receipt=address)
    return JSONResponse(body.model_dump(mode="json"), 202, headers={"Retry-After": "1", "Location": address})


def session_response(result: Result, response: Response) -> Session | JSONResponse:
    if isinstance(result, Accepted):
        return accepted(result)
    return with_etag(session_in(result), response)


def session_in(settled: Settled) -> Session:
    if settled.session is None:
        raise RuntimeError(f"the receipt of {settled.receipt.command_id} has no session")
    return settled.session


class _Revised(Protocol):
    @property
    def revision(self) -> int: ...


_Body = TypeVar("_Body", bound=_Revised)


def with_etag(body: _Body, response: Response) -> _Body:
    response.headers["ETag"] = f'"{body.revision}"'
    return body


def intake_response(result: IntakeResult, session: Session | None) -> IntakeResponse:
    return IntakeResponse(
        outcome=result.outcome,
        because=result.because,
        category=result.category,
        near_miss=[NearMissResponse(flow_id=n.flow_id, title=n.title, score=n.score) for n in result.near_miss],
        session_id=result.session_id,
        session_kind=result.session_kind,
        ticket_id=result.ticket_id,
        ticket_kind=result.ticket_kind,
        flow_id=result.flow_id,
        possible_duplicates=[
            PossibleDuplicateResponse(
                ticket_id=ticket.ticket_id,
                session_id=ticket.session_id,
                status=Status(ticket.status),
                opened_at=ticket.opened_at,
                similarity=ticket.similarity,
            )
            for ticket in result.possible_duplicates
        ],
        customer_calls=result.customer_calls,
        session=session if result.outcome in _WITH_SESSION else None,
    )


def receipt_response(session_id: UUID, receipt: Receipt, session: Session | None) -> ReceiptResponse:
    problem = receipt.problem
    return ReceiptResponse(
        command_id=receipt.command_id,
        session_id=session_id,
        kind=receipt.kind,
        status=receipt.status,
        problem=None if problem is None else {"code": problem.code, "detail": problem.detail, **problem.extra},
        intake=None if receipt.intake is None else intake_response(receipt.intake, session),
        session=session if receipt.status is ReceiptStatus.APPLIED else None,
    )


def receipt_address(session_id: UUID, command_id: UUID) -> str:
    return f"/l1/sessions/{session_id}/commands/{command_id}"


_WITH_SESSION = (Outcome.MATCHED, Outcome.BUILD, Outcome.ESCALATED)
