"""What a call teaches about its flow, once, and only if it teaches something."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from l1.database.exemplars import MOST_OF_A_KIND, Exemplars
from l1.database.records import Records
from l1.domain.commands import Body, Escalate, Resolve
from l1.domain.errors import NotFound
from l1.domain.intake import NewTicket
from l1.domain.reasons import REASON_WRONG_FLOW
from l1.domain.record import Record
from l1.domain.session import SessionKind
from tests.l1.database.conftest import Quiet
from tests.l1.database.libraries import backdate, publish, walked
from tests.l1.domain.walks import flow_walk

HELPED = Resolve(helpful=True)
WRONG = Escalate(REASON_WRONG_FLOW)


@pytest.fixture
def exemplars(quiet: Quiet) -> Exemplars:
    return Exemplars(quiet.database)


@pytest.fixture
def account_id() -> UUID:
    return uuid4()


@pytest_asyncio.fixture
async def flow_id(quiet: Quiet, account_id: UUID) -> UUID:
    return await publish(quiet.database, account_id)


@pytest.mark.parametrize(("ending", "confirms"), [(HELPED, True), (WRONG, False)])
async def test_a_call_teaches_whether_its_flow_was_right_or_wrong(
    quiet: Quiet, exemplars: Exemplars, account_id: UUID, ending: Body, *, confirms: bool
) -> None:
    flow_id = await publish(quiet.database, account_id)
    walk = await walked(quiet.database, account_id, flow_id, ending, "Seven\tis  an ampersand")
    [learned] = await exemplars.of(account_id, flow_id)
    assert (learned.session_id, learned.statement) == (walk.session_id, "Seven\tis  an ampersand")
    assert learned.confirms is confirms


@pytest.mark.parametrize("ending", [Resolve(helpful=False), Escalate("needs_engineer"), Escalate("stalled")])
async def test_an_end_that_tells_nothing_of_the_flow_teaches_nothing(
    quiet: Quiet, exemplars: Exemplars, account_id: UUID, flow_id: UUID, ending: Body
) -> None:
    await walked(quiet.database, account_id, flow_id, ending)
    assert await exemplars.of(account_id, flow_id) == []


@pytest.mark.parametrize("kind", [SessionKind.AI_BUILD, SessionKind.NO_WALK])
async def test_a_call_without_a_flow_teaches_nothing(
    quiet: Quiet, exemplars: Exemplars, account_id: UUID, flow_id: UUID, kind: SessionKind
) -> None:
    walk = await walked(quiet.database, account_id, flow_id, Escalate("other"))
    ended = replace(walk, session_id=uuid4(), session_kind=kind, flow_id=None, flow_version=None, revision=9)
    await Records(quiet.database).record(Record(account_id, ended.session_id, 1, (), (), ended))
    assert await exemplars.of(account_id, flow_id) == []


async def test_an_open_walk_teaches_nothing(
    quiet: Quiet, exemplars: Exemplars, account_id: UUID, flow_id: UUID
) -> None:
    begun = replace(flow_walk(), account_id=account_id, flow_id=flow_id)
    records = Records(quiet.database)
    await records.open_ticket(NewTicket(account_id, begun.ticket.id, "Odd keys"))
    await records.record(Record(account_id, begun.session_id, 1, (), (), begun))
    assert await exemplars.of(account_id, flow_id) == []


async def test_a_call_that_is_recorded_again_is_learned_once_and_stays_unlearned(
    quiet: Quiet, exemplars: Exemplars, account_id: UUID, flow_id: UUID
) -> None:
    walk = await walked(quiet.database, account_id, flow_id, HELPED)
    again = Record(account_id, walk.session_id, 3, (), (), walk)
    await Records(quiet.database).record(again)
    [learned] = await exemplars.of(account_id, flow_id)
    await exemplars.remove(account_id, flow_id, learned.id)
    await Records(quiet.database).record(again)
    assert await exemplars.of(account_id, flow_id) == []


async def test_the_same_words_are_learned_once_for_and_once_against_a_flow(
    quiet: Quiet, exemplars: Exemplars, account_id: UUID, flow_id: UUID
) -> None:
    for statement in ("Odd keys", "odd  KEYS", " Odd\nkeys "):
        for ending in (HELPED, WRONG):
            await walked(quiet.database, account_id, flow_id, ending, statement)
    learned = await exemplars.of(account_id, flow_id)
    assert {(one.statement, one.confirms) for one in learned} == {("Odd keys", True), ("Odd keys", False)}
    other = await publish(quiet.database, account_id, id="other")
    await walked(quiet.database, account_id, other, HELPED, "Odd keys")
    assert len(await exemplars.of(account_id, other)) == 1


async def test_the_oldest_go_when_there_are_enough_of_a_kind(
    quiet: Quiet, exemplars: Exemplars, account_id: UUID, flow_id: UUID
) -> None:
    await walked(quiet.database, account_id, flow_id, WRONG, "The oldest, against")
    said = [f"Odd key number {number}" for number in range(MOST_OF_A_KIND + 2)]
    for statement in said:
        await walked(quiet.database, account_id, flow_id, HELPED, statement)
    learned = await exemplars.of(account_id, flow_id)
    assert [one.statement for one in learned if one.confirms] == said[:1:-1]
    assert [one.statement for one in learned if not one.confirms] == ["The oldest, against"]


async def test_the_latest_come_first(quiet: Quiet, exemplars: Exemplars, account_id: UUID, flow_id: UUID) -> None:
    await walked(quiet.database, account_id, flow_id, HELPED, "First")
    await backdate(quiet.database, account_id, "exemplars", "learned_at", "1 day")
    await walked(quiet.database, account_id, flow_id, HELPED, "Second")
    assert [one.statement for one in await exemplars.of(account_id, flow_id)] == ["Second", "First"]


async def test_what_another_account_has_learned_is_not_found(
    quiet: Quiet, exemplars: Exemplars, account_id: UUID, flow_id: UUID
) -> None:
    await walked(quiet.database, account_id, flow_id, HELPED)
    [learned] = await exemplars.of(account_id, flow_id)
    for stranger, flow, exemplar in (
        (uuid4(), flow_id, learned.id),
        (account_id, uuid4(), learned.id),
        (account_id, flow_id, uuid4()),
    ):
        with pytest.raises(NotFound):
            await exemplars.remove(stranger, flow, exemplar)
    with pytest.raises(NotFound):
        await exemplars.of(uuid4(), flow_id)
    assert await exemplars.of(account_id, flow_id) == [learned]


async def test_a_shared_flow_is_learned_about_by_each_account_for_itself(quiet: Quiet, exemplars: Exemplars) -> None:
    shared = await shared_flow(quiet)
    one, other = uuid4(), uuid4()
    await walked(quiet.database, one, shared, HELPED)
    assert len(await exemplars.of(one, shared)) == 1
    assert await exemplars.of(other, shared) == []


async def shared_flow(quiet: Quiet) -> UUID:
    async with quiet.database.no_account() as connection:
        found = await connection.exec_driver_sql("SELECT id FROM flows LIMIT 1")
        return UUID(str(found.scalar_one()))
