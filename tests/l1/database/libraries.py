"""Flows and walks for tests of what matching reads and learns."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from l1.database.engine import Database
from l1.database.flows import Flows
from l1.database.records import Records
from l1.domain.commands import Body
from l1.domain.flow_file import parse_flow
from l1.domain.intake import NewTicket
from l1.domain.record import Record
from l1.domain.session import Walk
from l1.domain.walk import apply, opened
from tests.accounts import KEYBOARD
from tests.l1.domain.walks import command, flow_walk


async def publish(database: Database, account_id: UUID, **changes: Any) -> UUID:
    """Publish the keyboard's flow for an account; `changes` to its file."""
    flows = Flows(database)
    saved = await flows.save_draft(account_id, parse_flow(KEYBOARD | changes), "test", uuid4())
    await flows.publish(account_id, saved.id, "test")
    return saved.id


async def walked(database: Database, account_id: UUID, flow_id: UUID, body: Body, statement: str = "Odd keys") -> Walk:
    """Record a walk on the flow that ends with the command, and return it as it ended."""
    records = Records(database)
    begun = replace(flow_walk(), account_id=account_id, flow_id=flow_id, problem_statement=statement)
    ticket = await records.open_ticket(NewTicket(account_id, begun.ticket.id, statement))
    begun = replace(begun, ticket=ticket)
    closing = command(body)
    ended, event = apply(begun, closing)
    await records.record(
        Record(account_id, begun.session_id, 1, (opened(begun, command(body).sender), event), (), ended)
    )
    return ended


async def backdate(database: Database, account_id: UUID, table: str, column: str, interval: str) -> None:
    """Let what an account has be older than it is."""
    async with database.account(account_id) as connection:
        await connection.execute(text(f"UPDATE {table} SET {column} = {column} - interval '{interval}'"))  # noqa: S608 - the tests' own
