"""Walking: read a session, and the commands that move it."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from api.auth import L1, Principal
from api.calls import Accepted, CallService, Result
from api.dependencies import call_service_of, calls_of
from api.idempotency import IdempotencyKey, IfMatch, expected_revision, request_key
from api.problems import responses
from api.responses import ACCEPTED, accepted, receipt_response, session_in, session_response, with_etag
from api.schemas import (
    CommandRequest,
    EscalateRequest,
    NextNodeRequest,
    NextNodeResponse,
    NotesRequest,
    ReceiptResponse,
    ResolveRequest,
    StepRequest,
)
from l1.database.calls import Calls
from l1.domain.errors import NotFound, WrongSessionKind
from l1.domain.session import Session

router = APIRouter(prefix="/sessions", tags=["sessions"])

_MOST_ACTIVE = 20

Service = Annotated[CallService, Depends(call_service_of)]
Reads = Annotated[Calls, Depends(calls_of)]


@dataclass(frozen=True)
class CommandContext:
    """What every command takes from the request beside its body."""

    request: Request
    session_id: UUID
    principal: Principal
    call_service: CallService
    key: str | None
    if_match: str | None

    async def send(self, body: CommandRequest, *, only_built: bool = False) -> Result:
        return await self.call_service.command(
            self.principal,
            request_key(self.request, self.principal, self.key, body.model_dump(mode="json")),
            self.session_id,
            body=body.command(),
            expected_revision=expected_revision(self.if_match),
            check=_must_be_built if only_built else _any,
        )


async def _command_context(
    request: Request,
    session_id: UUID,
    principal: L1,
    call_service: Service,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> CommandContext:
    return CommandContext(request, session_id, principal, call_service, idempotency_key, if_match)


Command = Annotated[CommandContext, Depends(_command_context)]


@router.get("/active", responses=responses())
async def active_sessions(principal: L1, calls: Reads) -> list[Session]:
    """The open sessions that the caller owns, last activity first, at most 20."""
    return await calls.active_sessions(principal.account_id, str(principal.user_id), _MOST_ACTIVE)


@router.get("/{session_id}", response_model=Session, responses=responses(404) | ACCEPTED)
async def read_session(session_id: UUID, principal: L1, calls: Reads, response: Response) -> Session | JSONResponse:
    """The session; 202 with the receipt to ask for while its intake is still pending."""
    session = await calls.session(principal.account_id, session_id)
    if session is not None:
        return with_etag(session, response)
    command_id = await calls.pending_intake(principal.account_id, session_id)
    if command_id is None:
        raise NotFound("There is no such session.")
    return accepted(Accepted(session_id, command_id))


@router.post("/{session_id}/step", response_model=Session, responses=responses(404, 409, 412) | ACCEPTED)
async def step(command: Command, body: StepRequest, response: Response) -> Session | JSONResponse:
    """Answer the current node and go to the next. In a walk that is built, this waits for the next node too."""
    return session_response(await command.send(body), response)


@router.post("/{session_id}/next-node", response_model=NextNodeResponse, responses=responses(404, 409, 412) | ACCEPTED)
async def next_node(command: Command, body: NextNodeRequest, response: Response) -> NextNodeResponse | JSONResponse:
    """Answer the current node of a walk that is built as it goes, and get the node that follows."""
    result = await command.send(body, only_built=True)
    if isinstance(result, Accepted):
        return accepted(result)
    session = with_etag(session_in(result), response)
    return NextNodeResponse(node=session.current_node, session=session)


@router.post("/{session_id}/notes", response_model=Session, responses=responses(404, 409, 412) | ACCEPTED)
async def take_notes(command: Command, body: NotesRequest, response: Response) -> Session | JSONResponse:
    return session_response(await command.send(body), response)


@router.post("/{session_id}/resolve", response_model=Session, responses=responses(404, 409, 412) | ACCEPTED)
async def resolve(command: Command, body: ResolveRequest, response: Response) -> Session | JSONResponse:
    """Close the call: the caller's problem is solved."""
    return session_response(await command.send(body), response)


@router.post("/{session_id}/escalate", response_model=Session, responses=responses(404, 409, 412) | ACCEPTED)
async def escalate(command: Command, body: EscalateRequest, response: Response) -> Session | JSONResponse:
    """Close the walk and hand the call to an engineer."""
    return session_response(await command.send(body), response)


@router.get("/{session_id}/commands/{command_id}", responses=responses(404))
async def read_receipt(session_id: UUID, command_id: UUID, principal: L1, calls: Reads) -> ReceiptResponse:
    """How a command went: `pending`, `applied`, or `rejected` with the problem."""
    look = await calls.look(principal.account_id, session_id, command_id)
    if look.receipt is None:
        raise NotFound("There is no such command.")
    return receipt_response(session_id, look.receipt, look.session)


def _any(_session: Session) -> None:
    """Every kind of session takes the command."""


def _must_be_built(session: Session) -> None:
    if not session.is_built:
        raise WrongSessionKind("This walk follows a published flow. Answer its nodes with /step.")
