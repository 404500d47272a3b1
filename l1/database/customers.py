"""Callers who have called before."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, text

from l1.database.engine import Database
from l1.domain.intake import ProblemVectors

# The keys are made by the functions that make the columns.
_OPEN_TICKETS = text(
    """
    SELECT tickets.id AS ticket_id, latest.session_id, tickets.problem_statement, tickets.status,
           tickets.created_at AS opened_at, known.embedder, known.rows, known.packed
    FROM tickets
    LEFT JOIN ticket_vectors AS known ON known.ticket_id = tickets.id AND known.account_id = tickets.account_id
    LEFT JOIN LATERAL (
        SELECT walks.session_id FROM walks
        WHERE walks.ticket_id = tickets.id AND walks.account_id = tickets.account_id
        ORDER BY walks.started_at DESC, walks.session_id
        LIMIT 1
    ) AS latest ON true
    WHERE tickets.account_id = :account AND tickets.status <> 'resolved'
      AND (tickets.customer_name_key = name_key(:name) OR tickets.customer_contact_key = contact_key(:contact))
      AND tickets.created_at > now() - interval '30 days'
    ORDER BY tickets.created_at DESC, tickets.id
    LIMIT 20
    """
).bindparams(bindparam("account", type_=Uuid), bindparam("name", type_=Text), bindparam("contact", type_=Text))


@dataclass(frozen=True)
class CustomerTicket:
    """A ticket that is not resolved. `session_id` is its latest walk's, None while it has none."""

    ticket_id: UUID
    session_id: UUID | None
    problem_statement: str
    status: str
    opened_at: datetime
    vectors: ProblemVectors | None


class Customers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_tickets(
        self, account_id: UUID, customer_name: str | None, customer_contact: str | None
    ) -> list[CustomerTicket]:
        """Return the caller's tickets of the last 30 days that are not resolved, latest first, at most 20.

        A caller is known by name or by contact, whatever the spelling; one who gave neither has none.
        """
        if not (customer_name or customer_contact):
            return []
        caller = {"account": account_id, "name": customer_name, "contact": customer_contact}
        async with self._database.account(account_id) as connection:
            return [_ticket(row) for row in await connection.execute(_OPEN_TICKETS, caller)]


def _ticket(row: Any) -> CustomerTicket:
    vectors = None if row.packed is None else ProblemVectors(row.embedder, row.rows, b64encode(row.packed).decode())
    return CustomerTicket(row.ticket_id, row.session_id, row.problem_statement, row.status, row.opened_at, vectors)
