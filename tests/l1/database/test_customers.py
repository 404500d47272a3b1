"""A caller is known again by name or contact, however they are written this time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from l1.database.customers import Customers, CustomerTicket
from l1.database.records import Records
from l1.domain.commands import Escalate, Resolve
from l1.domain.events import Event, Resolved
from l1.domain.intake import NewTicket
from l1.domain.record import Record
from l1.domain.session import Actor, Resolution
from tests.l1.database.libraries import backdate, publish, walked
from tests.l1.domain.walks import T0
from tests.stack import Stack


@pytest.fixture
def customers(stack: Stack) -> Customers:
    return Customers(stack.database)


async def first_of(
    customers: Customers, account_id: UUID, name: str | None, contact: str | None
) -> Sequence[CustomerTicket]:
    return (await customers.tickets_of(account_id, name, contact)).first


async def ticket(
    stack: Stack, account_id: UUID, name: str | None = None, contact: str | None = None, problem: str = "It is dark"
) -> UUID:
    return (await Records(stack.database).open_ticket(NewTicket(account_id, uuid4(), problem, name, contact))).id


@pytest.mark.parametrize(
    ("written", "said", "known"),
    [
        ("Ada Byron", "Ada Byron", True),
        ("Ada Byron", "  ADA\t byron\n", True),
        ("Ädä Byrön", "äDÄ bYRÖN", True),
        ("Ada Byron", "Ada Byro", False),
        ("Ada Byron", "Byron Ada", False),
        ("", "", False),
        (" ", "\t", False),
        (None, None, False),
    ],
)
async def test_a_name_is_the_same_whatever_its_case_and_spaces(
    stack: Stack, customers: Customers, written: str | None, said: str | None, *, known: bool
) -> None:
    account_id = uuid4()
    opened = await ticket(stack, account_id, written)
    found = await first_of(customers, account_id, said, None)
    assert [one.ticket_id for one in found] == ([opened] if known else [])


@pytest.mark.parametrize(
    ("written", "said", "known"),
    [
        ("ada@example.org", " ADA@Example.org\n", True),
        ("ada@example.org", "ada@example.com", False),
        ("ada1234567@example.org", "1234567", False),
        ("+49 (30) 1234-5678", "030 12345678", True),
        ("030 12345678", "0049/3012345678", True),
        ("030 12345678", "030 12345679", False),
        ("123456", "12 34 56", True),
        ("12345", "12345", False),  # an extension, which many callers share
        ("ext. 12", "ext. 12", False),
        ("at the front desk", "at the front desk", False),
        ("", "", False),
    ],
)
async def test_a_contact_is_a_mail_address_or_the_end_of_a_number(
    stack: Stack, customers: Customers, written: str, said: str, *, known: bool
) -> None:
    account_id = uuid4()
    opened = await ticket(stack, account_id, None, written)
    found = await first_of(customers, account_id, None, said)
    assert [one.ticket_id for one in found] == ([opened] if known else [])


async def test_either_the_name_or_the_contact_is_enough(stack: Stack, customers: Customers) -> None:
    account_id = uuid4()
    by_name = await ticket(stack, account_id, "Ada Byron", "a@example.org")
    by_contact = await ticket(stack, account_id, "Ada King", "ada@example.org")
    await ticket(stack, account_id, "Charles", "c@example.org")
    await ticket(stack, account_id)
    found = await first_of(customers, account_id, "ada byron", "Ada@example.org")
    assert [one.ticket_id for one in found] == [by_contact, by_name]
    assert (await customers.tickets_of(account_id, None, None)).first == []


async def test_a_ticket_is_told_with_its_latest_walk(stack: Stack, customers: Customers) -> None:
    account_id = uuid4()
    opened = await ticket(stack, account_id, "Ada")
    [found] = await first_of(customers, account_id, "Ada", None)
    assert (found.problem_statement, found.status, found.session_id) == ("It is dark", "active", None)
    flow_id = await publish(stack.database, account_id)
    elsewhere = await walked(stack.database, account_id, flow_id, Escalate("other"))
    early = replace(elsewhere, session_id=uuid4(), ticket=replace(elsewhere.ticket, id=opened))
    late = replace(early, session_id=uuid4(), started_at=early.started_at + timedelta(hours=1))
    for walk in (late, early):
        await Records(stack.database).record(Record(account_id, walk.session_id, 1, (), (), walk))
    [found] = await first_of(customers, account_id, "Ada", None)
    assert (found.ticket_id, found.session_id, found.status) == (opened, late.session_id, "escalated")


async def test_what_is_open_and_not_old_may_be_repeated(stack: Stack, customers: Customers) -> None:
    account_id = uuid4()
    flow_id = await publish(stack.database, account_id)
    old = await ticket(stack, account_id, "Ada")
    await backdate(stack.database, account_id, "tickets", "created_at", "31 days")
    resolved = await ticket(stack, account_id, "Ada")
    walk = await walked(stack.database, account_id, flow_id, Resolve(helpful=True))
    ended = replace(walk, session_id=uuid4(), ticket=replace(walk.ticket, id=resolved))
    resolution = Event(
        uuid4(),
        ended.revision,
        T0,
        Actor("x"),
        Resolved(Resolution(helpful=True, notes=None, at=T0, by="x", by_name=None)),
    )
    await Records(stack.database).record(Record(account_id, ended.session_id, 1, (resolution,), (), ended))
    new = await ticket(stack, account_id, "Ada")
    found = await customers.tickets_of(account_id, "Ada", None)
    assert found.total == 3
    assert [(one.ticket_id, one.may_be_repeated) for one in found.first] == [
        (new, True),
        (old, False),
        (resolved, False),
    ]
    assert (await customers.tickets_of(uuid4(), "Ada", None)).total == 0


async def test_of_many_tickets_the_twenty_latest_are_told_and_all_are_counted(
    stack: Stack, customers: Customers
) -> None:
    account_id = uuid4()
    opened = [await ticket(stack, account_id, "Ada", problem=f"Problem {number}") for number in range(22)]
    found = await customers.tickets_of(account_id, "Ada", None)
    assert found.total == 22
    assert [one.ticket_id for one in found.first] == opened[:1:-1]
