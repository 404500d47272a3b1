"""Writing calls down: what the worker's activities do to tickets, walks, events and receipts."""

from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Boolean, Text, Uuid, any_, bindparam, not_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from l1.database.delivery_queue import queue_deliveries
from l1.database.engine import Database
from l1.database.exemplars import learn
from l1.database.models import (
    ModelCallRow,
    ReceiptRow,
    TicketNumberRow,
    TicketRow,
    TicketVectorsRow,
    WalkEventRow,
    WalkRow,
)
from l1.database.serial import dump, read
from l1.domain.errors import Problem
from l1.domain.events import Event, EventBody, NodePlaced
from l1.domain.intake import IntakeResult, NewTicket, ProblemVectors
from l1.domain.naming import FIRST_TICKET_NUMBER
from l1.domain.receipts import Receipt, ReceiptStatus
from l1.domain.record import Record
from l1.domain.session import Actor, Session, Status, TicketRef, Walk, session_of

RECEIPTS_CHANNEL = "l1_receipts"
"""Notifications carry the id of one command whose receipt has just been settled; a trigger of the table sends them."""


_BODY: TypeAdapter[EventBody] = TypeAdapter(EventBody)

# Whoever opens a ticket holds the account's row until it is there, so that no two get one number.
_FIRST_NUMBER = insert(TicketNumberRow)
_NEXT_NUMBER = _FIRST_NUMBER.on_conflict_do_update(
    index_elements=[TicketNumberRow.account_id], set_={"last": TicketNumberRow.last + 1}
).returning(TicketNumberRow.last)

# The statements of every step are built once: building and compiling them costs more than running them.
_NEW_WALK = insert(WalkRow)
_MOVE_WALK = _NEW_WALK.on_conflict_do_update(
    index_elements=[WalkRow.session_id],
    set_={
        column.name: _NEW_WALK.excluded[column.name]
        for column in WalkRow.__table__.columns
        if column.computed is None and column.name not in ("session_id", "account_id", "ticket_id", "started_at")
    },
    where=WalkRow.revision < _NEW_WALK.excluded.revision,
).returning(WalkRow.session_id)
_OPEN_TICKET = insert(TicketRow).on_conflict_do_nothing(index_elements=[TicketRow.id]).returning(TicketRow.number)
_KEEP_TICKET_VECTORS = insert(TicketVectorsRow).on_conflict_do_nothing(index_elements=[TicketVectorsRow.ticket_id])
_CLOSE_TICKET = (
    update(TicketRow)
    .where(TicketRow.account_id == bindparam("of_account"), TicketRow.id == bindparam("of_ticket"))
    .values(status=bindparam("new_status"))
)
# Only the same command again is passed over: another one in its place is a fault, and is raised.
_ADD_EVENTS = insert(WalkEventRow).on_conflict_do_nothing(
    index_elements=[WalkEventRow.session_id, WalkEventRow.command_id]
)
# Shown is what the walk has placed. Of what was built ahead, the rest is of no use once its parent's answer has led
# to a node, or the walk is over; what is still being built for the last answer may yet be shown.
_PLACED = ModelCallRow.build_id == any_(bindparam("placed", type_=ARRAY(Uuid)))
_LEFT_BEHIND = ModelCallRow.ahead & (
    bindparam("over", type_=Boolean)
    | (ModelCallRow.parent_node_id == any_(bindparam("passed", type_=ARRAY(Text)))).is_(True)
)
_SORT_CALLS = (
    update(ModelCallRow)
    .where(
        ModelCallRow.account_id == bindparam("of_account"),
        ModelCallRow.session_id == bindparam("of_session"),
        ModelCallRow.shown.is_(False),
        _PLACED | (_LEFT_BEHIND & ModelCallRow.discarded.is_(False)),
    )
    .values(shown=_PLACED, discarded=not_(_PLACED))
)
_NEW_RECEIPT = insert(ReceiptRow)
_SETTLE = _NEW_RECEIPT.on_conflict_do_update(
    index_elements=[ReceiptRow.session_id, ReceiptRow.command_id],
    set_={name: _NEW_RECEIPT.excluded[name] for name in ("status", "fingerprint", "revision", "result", "settled_at")},
    where=ReceiptRow.status == ReceiptStatus.PENDING,
)


@dataclass(frozen=True)
class OpenCall:
    """A call that should have a running workflow: an open walk, or a receipt that somebody waits for."""

    account_id: UUID
    session_id: UUID


@dataclass(frozen=True)
class OverdueCall(OpenCall):
    """An open walk past its stall deadline."""

    stall_deadline: datetime


class Records:
    """The repository that the worker writes to. Every method can be repeated without a second effect."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_ticket(self, ticket: NewTicket) -> TicketRef:
        """Open the ticket, or find it if an earlier attempt has opened it; then the number taken here stays unused."""
        opened = {
            "id": ticket.id,
            "account_id": ticket.account_id,
            "kind": "internal",
            "problem_statement": ticket.problem_statement,
            "customer_name": ticket.customer_name,
            "customer_contact": ticket.customer_contact,
            "status": Status.ACTIVE,
        }
        first = {"account_id": ticket.account_id, "last": FIRST_TICKET_NUMBER}
        async with self._database.account(ticket.account_id) as connection:
            opened["number"] = await connection.scalar(_NEXT_NUMBER, first)
            number = await connection.scalar(_OPEN_TICKET, opened)
            if number is None:
                own = (TicketRow.account_id == ticket.account_id, TicketRow.id == ticket.id)
                number = (await connection.scalars(select(TicketRow.number).where(*own))).one()
            if ticket.vectors is not None:
                await connection.execute(_KEEP_TICKET_VECTORS, _vectors_row(ticket, ticket.vectors))
        return TicketRef(ticket.id, "internal", number)

    async def record(self, record: Record) -> bool:
        """Make what has happened durable, in one transaction, and wake who waits for it.

        Return whether somebody is to be notified of it. Recording the same again changes nothing, and an older record
        never moves a walk back.
        """
        async with self._database.account(record.account_id) as connection:
            if record.walk is not None:
                moved = await connection.scalar(_MOVE_WALK, _walk_row(record.walk))
                if moved is not None and _sorts_calls(record, record.walk):
                    await connection.execute(_SORT_CALLS, _sorted_calls(record.walk))
                if record.walk.is_closed:
                    await connection.execute(_CLOSE_TICKET, _closed_ticket(record.walk))
                    if moved is not None:  # recorded again, it would bring back what somebody has removed meanwhile
                        await learn(connection, record.walk)
            if record.events:
                await connection.execute(_ADD_EVENTS, _event_rows(record))
            notifies = await queue_deliveries(connection, record)
            if record.receipts:
                await connection.execute(_SETTLE, _receipt_rows(record))
        return notifies

    async def events(self, account_id: UUID, session_id: UUID) -> list[Event]:
        """Return the events of a walk in order."""
        async with self._database.account(account_id) as connection:
            return await events_of(connection, account_id, session_id)

    async def pending_receipts(self, account_id: UUID, session_id: UUID) -> list[Receipt]:
        query = select(ReceiptRow).where(
            ReceiptRow.account_id == account_id,
            ReceiptRow.session_id == session_id,
            ReceiptRow.status == ReceiptStatus.PENDING,
        )
        async with self._database.account(account_id) as connection:
            rows = (await connection.execute(query)).all()
        return [Receipt(row.command_id, row.kind, ReceiptStatus.PENDING, row.fingerprint) for row in rows]

    async def quiet_calls(self, quiet_for: float) -> list[OpenCall]:
        """Return the calls of all accounts for which nothing was recorded in the last `quiet_for` seconds."""
        async with self._database.no_account() as connection:
            rows = await connection.execute(
                text("SELECT account_id, session_id FROM quiet_calls(:quiet_for)"), {"quiet_for": quiet_for}
            )
            return [OpenCall(row.account_id, row.session_id) for row in rows]

    async def overdue_calls(self, overdue_for: float) -> list[OverdueCall]:
        """Return the open walks of all accounts whose stall deadline was more than `overdue_for` seconds ago."""
        async with self._database.no_account() as connection:
            rows = await connection.execute(
                text("SELECT account_id, session_id, stall_deadline FROM overdue_calls(:overdue_for)"),
                {"overdue_for": overdue_for},
            )
            return [OverdueCall(row.account_id, row.session_id, row.stall_deadline) for row in rows]

    async def overdue_deliveries(self, untried_for: float, retried_for: float) -> list[OpenCall]:
        """Return the calls of all accounts of which somebody is to be notified, and nobody tries it.

        That is when a delivery has waited for `untried_for` seconds for its first attempt, or for `retried_for` seconds
        for another.
        """
        async with self._database.no_account() as connection:
            rows = await connection.execute(
                text("SELECT account_id, session_id FROM overdue_deliveries(:untried_for, :retried_for)"),
                {"untried_for": untried_for, "retried_for": retried_for},
            )
            return [OpenCall(row.account_id, row.session_id) for row in rows]


async def events_of(
    connection: AsyncConnection, account_id: UUID, session_id: UUID, *, up_to: int | None = None
) -> list[Event]:
    """Return the events of a walk in order, those after the revision `up_to` left out."""
    query = select(WalkEventRow).where(WalkEventRow.account_id == account_id, WalkEventRow.session_id == session_id)
    if up_to is not None:
        query = query.where(WalkEventRow.revision <= up_to)
    rows = (await connection.execute(query.order_by(WalkEventRow.position))).all()
    return [
        Event(row.command_id, row.revision, row.at, Actor(row.actor_id, row.actor_name), read(_BODY, row.body))
        for row in rows
    ]


def _vectors_row(ticket: NewTicket, vectors: ProblemVectors) -> dict[str, Any]:
    return {
        "ticket_id": ticket.id,
        "account_id": ticket.account_id,
        "embedder": vectors.embedder,
        "rows": vectors.rows,
        "packed": b64decode(vectors.packed),
    }


def _walk_row(walk: Walk) -> dict[str, Any]:
    return {
        "session_id": walk.session_id,
        "account_id": walk.account_id,
        "ticket_id": walk.ticket.id,
        "kind": walk.session_kind,
        "status": walk.status,
        "category": walk.category,
        "flow_id": walk.flow_id,
        "flow_version": walk.flow_version,
        "flow_proposal_id": walk.flow_proposal_id,
        "revision": walk.revision,
        "started_at": walk.started_at,
        "last_activity_at": walk.last_activity_at,
        "stall_deadline": walk.stall_deadline,
        "escalated_at": walk.escalation.at if walk.escalation else None,
        "owner_id": walk.owner.id,
        "owner_name": walk.owner.name,
        "session": dump(Session, session_of(walk)),
    }


def _closed_ticket(walk: Walk) -> dict[str, Any]:
    return {"of_account": walk.account_id, "of_ticket": walk.ticket.id, "new_status": walk.status}


def _sorts_calls(record: Record, walk: Walk) -> bool:
    """Tell whether nodes that were built have come to use, or have become useless, with what is recorded."""
    places = any(isinstance(event.body, NodePlaced) for event in record.events)
    return walk.was_built and (walk.is_closed or places)


def _sorted_calls(walk: Walk) -> dict[str, Any]:
    awaited = walk.building.after_node_id if walk.building else None
    return {
        "of_account": walk.account_id,
        "of_session": walk.session_id,
        "placed": [build.build_id for build in walk.built_nodes],
        "passed": [entry.node_id for entry in walk.walked_path if entry.node_id != awaited],
        "over": walk.is_closed,
    }


def _event_rows(record: Record) -> list[dict[str, Any]]:
    return [
        {
            "session_id": record.session_id,
            "position": position,
            "account_id": record.account_id,
            "command_id": event.command_id,
            "revision": event.revision,
            "kind": event.body.kind,
            "at": event.at,
            "actor_id": event.actor.id,
            "actor_name": event.actor.name,
            "body": _BODY.dump_python(event.body, mode="json"),
        }
        for position, event in enumerate(record.events, record.first_position)
    ]


def _receipt_rows(record: Record) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    return [
        {
            "session_id": record.session_id,
            "command_id": receipt.command_id,
            "account_id": record.account_id,
            "kind": receipt.kind,
            "status": receipt.status,
            "fingerprint": receipt.fingerprint,
            "revision": receipt.revision,
            "result": _result(receipt),
            "settled_at": now,
        }
        for receipt in record.receipts
    ]


def _result(receipt: Receipt) -> Any:
    if receipt.problem is not None:
        return dump(Problem, receipt.problem)
    return None if receipt.intake is None else dump(IntakeResult, receipt.intake)
