"""The lists of calls, and a ticket by itself."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic.json_schema import SkipJsonSchema

from api.auth import L1, Engineer
from api.dependencies import lists_of
from api.paging import PAGED, Cursor, Limit, by_time, show
from api.problems import responses
from api.schemas import EscalationItem, PersonResponse, QueueItem, ReasonResponse, Searched, TicketResponse
from l1.database.lists import CallLists, QueueRow, Search
from l1.domain.naming import ticket_number
from l1.domain.reasons import REASONS
from l1.domain.session import Actor, Session, Status

router = APIRouter(tags=["calls"])

Lists = Annotated[CallLists, Depends(lists_of)]
StatusFilter = Annotated[
    Status | Literal[""] | SkipJsonSchema[None], Query(description="Unset or empty: tickets of every status.")
]
Words = Annotated[
    Searched | SkipJsonSchema[None],
    Query(
        description="Beginnings of words that all stand in the call: in its number, the caller's name and contact, the "
        "problem or the notes. Case and accents do not count."
    ),
]
Customer = Annotated[
    Searched | SkipJsonSchema[None],
    Query(description="A caller's whole name, address or number, in any spelling: the calls of that caller."),
]


@router.get("/queue", responses=PAGED | responses())
async def queue(
    request: Request,
    response: Response,
    principal: L1,
    lists: Lists,
    status_filter: StatusFilter = None,
    q: Words = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> list[QueueItem]:
    """The account's tickets, latest first, with the owner of each."""
    page = await lists.queue(principal.account_id, status_filter or None, q, by_time(cursor, limit))
    show(page, request, response)
    return [_queue_item(row) for row in page.rows]


@router.get("/escalations", responses=PAGED | responses())
async def escalations(
    request: Request,
    response: Response,
    principal: Engineer,
    lists: Lists,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> list[EscalationItem]:
    """The hand-off queue, oldest first."""
    page = await lists.escalations(principal.account_id, by_time(cursor, limit))
    show(page, request, response)
    now = datetime.now(UTC)
    return [
        EscalationItem(
            session=session,
            customer_contact=session.customer_contact,
            owner=_person(session.owner),
            waiting_seconds=max(0.0, (now - session.escalation.at).total_seconds()),
        )
        for session in page.rows
        if session.escalation is not None
    ]


@router.get("/sessions", responses=PAGED | responses())
async def search_sessions(
    request: Request,
    response: Response,
    principal: L1,
    lists: Lists,
    q: Words = None,
    customer: Customer = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> list[Session]:
    """The account's sessions, open and closed, latest first."""
    page = await lists.sessions(principal.account_id, Search(q, customer), by_time(cursor, limit))
    show(page, request, response)
    return list(page.rows)


@router.get("/tickets/{ticket_id}", responses=responses(404))
async def ticket(ticket_id: UUID, principal: L1, lists: Lists) -> TicketResponse:
    """A ticket with its sessions, oldest first."""
    found, sessions = await lists.ticket(principal.account_id, ticket_id)
    return TicketResponse(
        ticket_id=found.id,
        ticket_number=ticket_number(found.number),
        ticket_kind=found.kind,
        problem_statement=found.problem_statement,
        customer_name=found.customer_name,
        customer_contact=found.customer_contact,
        status=found.status,
        created_at=found.created_at,
        sessions=sessions,
    )


@router.get("/reasons", responses=responses())
async def reasons(_principal: L1) -> list[ReasonResponse]:
    """The reason categories of escalations. An account may use others beside these."""
    return [ReasonResponse(slug=slug, title=title) for slug, title in REASONS.items()]


def _queue_item(row: QueueRow) -> QueueItem:
    return QueueItem(
        ticket_id=row.ticket.id,
        ticket_number=ticket_number(row.ticket.number),
        ticket_kind=row.ticket.kind,
        problem_statement=row.ticket.problem_statement,
        customer_name=row.ticket.customer_name,
        status=row.ticket.status,
        category=row.category,
        created_at=row.ticket.created_at,
        stall_deadline=row.stall_deadline,
        escalation=row.escalation,
        session_id=row.session_id,
        owner=None if row.owner is None else _person(row.owner),
        presence=[_person(actor) for actor in row.presence],
    )


def _person(actor: Actor) -> PersonResponse:
    return PersonResponse(id=actor.id, name=actor.name)
