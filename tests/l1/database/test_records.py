"""Recording is done once, whatever is repeated, and in order, whatever comes late."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy.exc import IntegrityError

from l1.database.calls import Calls
from l1.database.lists import CallLists
from l1.database.paging import Cut
from l1.database.records import Records
from l1.database.serial import dump
from l1.domain.commands import Command, Escalate, NoteText, Resolve, Step, TakeNotes
from l1.domain.events import Event
from l1.domain.intake import CustomerCall, CustomerCalls, IntakeResult, NearMiss, NewTicket, Outcome, PossibleDuplicate
from l1.domain.receipts import Receipt, ReceiptStatus
from l1.domain.record import Record
from l1.domain.session import Status, Walk, session_of
from l1.domain.walk import apply, opened
from tests.l1.domain.walks import T0, command, flow_walk
from tests.stack import Stack


@pytest.fixture
def records(stack: Stack) -> Records:
    return Records(stack.database)


@pytest.fixture
def calls(stack: Stack) -> Calls:
    return Calls(stack.database)


@pytest.fixture
def lists(stack: Stack) -> CallLists:
    return CallLists(stack.database)


@pytest_asyncio.fixture
async def walk(records: Records) -> Walk:
    """A walk that has been opened and recorded. It is on no published flow, which the database would check."""
    begun = replace(flow_walk(), flow_id=None, flow_version=None)
    ticket = await records.open_ticket(NewTicket(begun.account_id, begun.ticket.id, "It is dark"))
    begun = replace(begun, ticket=ticket)
    await records.record(record_of(begun, 1, opened(begun, command(Resolve(helpful=True)).sender)))
    return begun


def record_of(walk: Walk, position: int, *events: Event, **fields: Any) -> Record:
    receipts = tuple(
        Receipt(event.command_id, event.body.kind, ReceiptStatus.APPLIED, revision=event.revision) for event in events
    )
    return Record(walk.account_id, walk.session_id, position, events, fields.get("receipts", receipts), walk)


def moved(walk: Walk, *commands: Command) -> tuple[Walk, list[Event]]:
    events = []
    for one in commands:
        walk, event = apply(walk, one)
        events.append(event)
    return walk, events


async def test_recording_the_same_again_changes_nothing(records: Records, calls: Calls, walk: Walk) -> None:
    after, events = moved(walk, command(Step("n1", "Yes")), command(TakeNotes((NoteText("a"),)), after=2))
    for _ in range(3):
        await records.record(record_of(after, 2, *events))
    assert await calls.session(walk.account_id, walk.session_id) == session_of(after)
    assert len(await records.events(walk.account_id, walk.session_id)) == 3


async def test_an_older_record_never_moves_a_walk_back(records: Records, calls: Calls, walk: Walk) -> None:
    first, [one] = moved(walk, command(Step("n1", "Yes")))
    second, [two] = moved(first, command(Step("n2", "No change"), after=2))
    await records.record(record_of(first, 2, one))
    await records.record(record_of(second, 3, two))
    await records.record(record_of(first, 2, one))
    assert await calls.session(walk.account_id, walk.session_id) == session_of(second)


async def test_another_event_in_the_place_of_one_is_a_fault(records: Records, calls: Calls, walk: Walk) -> None:
    first, [one] = moved(walk, command(Step("n1", "Yes")))
    other, [two] = moved(walk, command(Step("n1", "No")))
    await records.record(record_of(first, 2, one))
    with pytest.raises(IntegrityError):
        await records.record(record_of(other, 2, two))
    assert await calls.session(walk.account_id, walk.session_id) == session_of(first)


async def test_a_receipt_tells_the_session_as_its_command_left_it(records: Records, calls: Calls, walk: Walk) -> None:
    first, [one] = moved(walk, command(Step("n1", "Yes")))
    second, [two] = moved(first, command(Resolve(helpful=True), after=2))
    await records.record(record_of(second, 2, one, two))
    look = await calls.look(walk.account_id, walk.session_id, one.command_id)
    assert look.session == session_of(first)
    look = await calls.look(walk.account_id, walk.session_id, two.command_id)
    assert look.session == session_of(second)


async def test_a_settled_receipt_stays_as_it_was_settled(records: Records, calls: Calls, walk: Walk) -> None:
    after, [event] = moved(walk, command(Step("n1", "Yes")))
    await calls.await_receipt(walk.account_id, walk.session_id, event.command_id, "step", "f")
    [pending] = await records.pending_receipts(walk.account_id, walk.session_id)
    assert pending.fingerprint == "f"
    await records.record(record_of(after, 2, event))
    await calls.await_receipt(walk.account_id, walk.session_id, event.command_id, "step", "g")
    late = Receipt(event.command_id, "step", ReceiptStatus.REJECTED)
    await records.record(record_of(after, 3, receipts=(late,)))
    look = await calls.look(walk.account_id, walk.session_id, event.command_id)
    assert look.receipt is not None
    assert look.receipt.status is ReceiptStatus.APPLIED


async def test_the_outcome_of_an_intake_is_read_as_it_was_settled(records: Records, calls: Calls) -> None:
    account_id, session_id, command_id = uuid4(), uuid4(), uuid4()
    outcome = IntakeResult(
        Outcome.SUGGEST,
        "email",
        near_miss=(NearMiss(uuid4(), "A flow", 0.4),),
        possible_duplicates=(PossibleDuplicate(uuid4(), None, "active", T0, 0.9),),
        customer_calls=CustomerCalls(
            7, (CustomerCall(None, uuid4(), "T-1042", Status.ESCALATED, None, T0, "No sound"),)
        ),
    )
    receipt = Receipt(command_id, "intake", ReceiptStatus.APPLIED, intake=outcome)
    await records.record(Record(account_id, session_id, 1, (), (receipt,), None))
    look = await calls.look(account_id, session_id, command_id)
    assert look.receipt is not None
    assert look.receipt.intake is not None
    assert dump(IntakeResult, look.receipt.intake) == dump(IntakeResult, outcome)


async def test_the_ticket_follows_its_walk(records: Records, lists: CallLists, walk: Walk) -> None:
    after, [event] = moved(walk, command(Escalate("needs_engineer")))
    await records.record(record_of(after, 2, event))
    [row] = (await lists.queue(walk.account_id, Status.ESCALATED, None, Cut(10))).rows
    assert row.ticket.id == walk.ticket.id
    assert row.session_id == walk.session_id


async def test_a_ticket_has_at_most_one_open_walk(records: Records, walk: Walk) -> None:
    twin = replace(walk, session_id=uuid4())
    with pytest.raises(IntegrityError, match="one_open_a_ticket"):
        await records.record(record_of(twin, 1, opened(twin, command(Resolve(helpful=True)).sender)))


async def test_opening_a_ticket_again_finds_it(records: Records, lists: CallLists) -> None:
    account_id, ticket_id = uuid4(), UUID(int=uuid4().int)
    ticket = NewTicket(account_id, ticket_id, "It is dark", "Ada", None)
    first, again = [await records.open_ticket(ticket) for _ in range(2)]
    assert first == again
    assert (await lists.queue(account_id, None, None, Cut(10))).total == 1


async def test_tickets_that_are_opened_at_once_get_numbers_of_their_own_in_each_account(records: Records) -> None:
    accounts = [uuid4(), uuid4()]

    async def opened_in(account_id: UUID) -> int:
        return (await records.open_ticket(NewTicket(account_id, uuid4(), "It is dark", None, None))).number

    numbers = await asyncio.gather(*(opened_in(account_id) for _ in range(15) for account_id in accounts))
    assert sorted(numbers[::2]) == sorted(numbers[1::2]) == list(range(1001, 1016))


async def test_quiet_calls_are_those_that_somebody_should_look_after(records: Records, walk: Walk) -> None:
    found = [(call.account_id, call.session_id) for call in await records.quiet_calls(0)]
    assert (walk.account_id, walk.session_id) in found
    assert (walk.account_id, walk.session_id) not in [
        (call.account_id, call.session_id) for call in await records.quiet_calls(10**9)
    ]
    after, [event] = moved(walk, command(Resolve(helpful=True)))
    await records.record(record_of(after, 2, event))
    assert walk.session_id not in [call.session_id for call in await records.quiet_calls(0)]


async def test_overdue_calls_are_open_past_their_stall_deadline(records: Records, walk: Walk) -> None:
    assert walk.stall_deadline is not None
    past = (datetime.now(UTC) - walk.stall_deadline).total_seconds()
    mine = [call for call in await records.overdue_calls(past - 60) if call.session_id == walk.session_id]
    assert [(call.account_id, call.stall_deadline) for call in mine] == [(walk.account_id, walk.stall_deadline)]
    assert walk.session_id not in [call.session_id for call in await records.overdue_calls(past + 60)]
    after, [event] = moved(walk, command(Resolve(helpful=True)))
    await records.record(record_of(after, 2, event))
    assert walk.session_id not in [call.session_id for call in await records.overdue_calls(past - 60)]
