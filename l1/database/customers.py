"""Callers who have called before."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, text

from l1.database.engine import Database
from l1.domain.intake import ProblemVectors

# The keys are made by the functions that make the columns. What a new call may repeat is among the first rows, as what
# is open comes first.
_TICKETS = text(
    """
    WITH known AS (
        SELECT id, number, problem_statement, status, created_at, count(*) OVER () AS total,
               CASE status WHEN 'on_hold' THEN 1 WHEN 'resolved' THEN 3 ELSE 2 END AS rank,
               status <> 'resolved' AND created_at > now() - interval '30 days' AS may_be_repeated
        FROM tickets
        WHERE account_id = :account
          AND (customer_name_key = name_key(:name) OR customer_contact_key = contact_key(:contact))
        ORDER BY rank, created_at DESC, id
        LIMIT 20
    )
    SELECT known.id AS ticket_id, known.number, known.problem_statement, known.status, known.total,
           known.created_at AS opened_at, known.may_be_repeated, latest.session_id, latest.category,
           vectors.embedder, vectors.rows, vectors.packed
    FROM known
    LEFT JOIN ticket_vectors AS vectors
        ON vectors.ticket_id = known.id AND vectors.account_id = :account AND known.may_be_repeated
    LEFT JOIN LATERAL (
        SELECT walks.session_id, walks.category FROM walks
        WHERE walks.ticket_id = known.id AND walks.account_id = :account
        ORDER BY walks.started_at DESC, walks.session_id
        LIMIT 1
    ) AS latest ON true
    ORDER BY known.rank, known.created_at DESC, known.id
    """
).bindparams(bindparam("account", type_=Uuid), bindparam("name", type_=Text), bindparam("contact", type_=Text))


@dataclass(frozen=True)
class CustomerTicket:
    """A ticket of a caller. `session_id` and `category` are its latest walk's, None while it has none.

    `may_be_repeated`: it is open, and of the last 30 days; only such a one has its vectors.
    """

    ticket_id: UUID
    session_id: UUID | None
    number: int
    problem_statement: str
    status: str
    category: str | None
    opened_at: datetime
    may_be_repeated: bool
    vectors: ProblemVectors | None


@dataclass(frozen=True)
class CustomerTickets:
    """How many tickets a caller has, and the first of them."""

    total: int
    first: Sequence[CustomerTicket]


class Customers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def tickets_of(
        self, account_id: UUID, customer_name: str | None, customer_contact: str | None
    ) -> CustomerTickets:
        """Return the caller's tickets, at most 20: those on hold, the others that are open, and what is resolved.

        Each of the three latest first. A caller is known by name or by contact, whatever the spelling; one who gave
        neither has none.
        """
        if not (customer_name or customer_contact):
            return CustomerTickets(0, [])
        caller = {"account": account_id, "name": customer_name, "contact": customer_contact}
        async with self._database.account(account_id) as connection:
            rows = (await connection.execute(_TICKETS, caller)).all()
        return CustomerTickets(rows[0].total if rows else 0, [_ticket(row) for row in rows])


def _ticket(row: Any) -> CustomerTicket:
    vectors = None if row.packed is None else ProblemVectors(row.embedder, row.rows, b64encode(row.packed).decode())
    return CustomerTicket(
        ticket_id=row.ticket_id,
        session_id=row.session_id,
        number=row.number,
        problem_statement=row.problem_statement,
        status=row.status,
        category=row.category,
        opened_at=row.opened_at,
        may_be_repeated=row.may_be_repeated,
        vectors=vectors,
    )
