"""What was built is told as used or discarded by where the walk went, and added up by day."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from l1.database.ledger import Ledger
from l1.database.usage import UsageByDay, UsageOfDay
from l1.domain.building import Budget, CallOutcome, FellBack, Judged, Usage
from l1.domain.commands import Escalate, Step
from l1.domain.session import Walk
from tests.l1.database.building import HELPED, Recorder, model_call, placing
from tests.l1.database.conftest import Quiet
from tests.l1.database.libraries import backdate

TOOK = Usage(10, 5)


@pytest.fixture
def account_id() -> UUID:
    return uuid4()


async def call(
    quiet: Quiet, account_id: UUID, outcome: CallOutcome | None = Judged.PROPOSED, usage: Usage = TOOK, **fields: Any
) -> UUID:
    """Make a call of a model, settled unless it has no outcome, and return its build."""
    ledger = Ledger(quiet.database)
    made = model_call(account_id, **fields)
    assert await ledger.reserve(made, Budget()) is None
    if outcome is not None:
        await ledger.settle(account_id, made.id, usage, outcome)
    return made.build_id


async def ahead(quiet: Quiet, walk: Walk, parent: str) -> UUID:
    """Build a node ahead of an answer to `parent`, and return the build."""
    return await call(quiet, walk.account_id, session_id=walk.session_id, parent_node_id=parent, ahead=True)


async def today(quiet: Quiet, account_id: UUID) -> UsageOfDay:
    [day] = await UsageByDay(quiet.database).last(account_id, 1)
    return day


def ahead_of(day: UsageOfDay) -> tuple[int, int, int]:
    return day.built_ahead, day.ahead_used, day.ahead_discarded


async def test_a_node_counts_as_shown_once_the_walk_has_placed_it(quiet: Quiet, account_id: UUID) -> None:
    recorder = await Recorder.begin(quiet.database, account_id)
    build_id = await call(quiet, account_id, session_id=recorder.walk.session_id)
    assert (await today(quiet, account_id)).nodes_shown == 0
    await recorder.do(placing("n1", build_id=build_id))
    assert (await today(quiet, account_id)).nodes_shown == 1


async def test_what_was_built_ahead_is_used_or_discarded_when_the_node_after_its_parent_is_there(
    quiet: Quiet, account_id: UUID
) -> None:
    recorder = await Recorder.begin(quiet.database, account_id)
    await recorder.do(placing("n1"))
    taken, _left = [await ahead(quiet, recorder.walk, "n1") for _answer in ("Yes", "No")]
    assert ahead_of(await today(quiet, account_id)) == (2, 0, 0)
    await recorder.do(Step("n1", "Yes"))
    assert ahead_of(await today(quiet, account_id)) == (2, 0, 0), "the one for the answer is still on its way"
    await recorder.do(placing("n2", "And now?", build_id=taken))
    assert ahead_of(await today(quiet, account_id)) == (2, 1, 1)


async def test_what_is_built_ahead_of_the_next_answer_outlives_a_record_of_several_steps(
    quiet: Quiet, account_id: UUID
) -> None:
    recorder = await Recorder.begin(quiet.database, account_id)
    await recorder.do(placing("n1"))
    await ahead(quiet, recorder.walk, "n1")
    awaited = await ahead(quiet, recorder.walk, "n2")
    await recorder.do(Step("n1", "Yes"), placing("n2", "And now?"), Step("n2", "No"))
    assert ahead_of(await today(quiet, account_id)) == (2, 0, 1)
    await recorder.do(placing("n3", "And then?", build_id=awaited))
    assert ahead_of(await today(quiet, account_id)) == (2, 1, 1)


@pytest.mark.parametrize("ending", [HELPED, Escalate("needs_engineer")])
async def test_what_is_left_when_the_call_is_over_is_discarded(
    quiet: Quiet, account_id: UUID, ending: Escalate
) -> None:
    recorder = await Recorder.begin(quiet.database, account_id)
    await recorder.do(placing("n1"))
    await ahead(quiet, recorder.walk, "n1")
    await call(quiet, account_id, session_id=recorder.walk.session_id)
    elsewhere = await Recorder.begin(quiet.database, account_id)
    await ahead(quiet, elsewhere.walk, "n1")
    await recorder.do(ending)
    assert ahead_of(await today(quiet, account_id)) == (2, 0, 1)


async def test_recording_again_or_late_changes_nothing_of_what_is_used(quiet: Quiet, account_id: UUID) -> None:
    recorder = await Recorder.begin(quiet.database, account_id)
    await recorder.do(placing("n1"))
    early = recorder.walk
    taken = await ahead(quiet, recorder.walk, "n1")
    await recorder.do(Step("n1", "Yes"), placing("n2", "And now?", build_id=taken))
    for walk in (early, recorder.walk):
        again = Recorder(quiet.database, walk, recorder.position)
        await again.record()
    assert ahead_of(await today(quiet, account_id)) == (1, 1, 0)


async def test_a_build_of_several_attempts_counts_once_and_all_its_tokens_count(quiet: Quiet, account_id: UUID) -> None:
    build_id = uuid4()
    for outcome, usage in (
        (Judged.REFUSED, Usage(10, 5, 0.25)),
        (FellBack.NONSENSE, Usage(20, 5)),
        (Judged.PROPOSED, Usage(30, 5, 0.5)),
    ):
        await call(quiet, account_id, outcome, usage, build_id=build_id)
    assert await today(quiet, account_id) == UsageOfDay(datetime.now(UTC).date(), 3, 0, 60, 15, 0.75, 0, 0, 0, 0, {})


async def test_the_last_attempt_tells_why_a_node_was_built_by_other_means(quiet: Quiet, account_id: UUID) -> None:
    build_id = uuid4()
    for outcome in (FellBack.NONSENSE, Judged.REFUSED):
        await call(quiet, account_id, outcome, build_id=build_id)
    for outcome in (FellBack.OUTAGE, FellBack.OUTAGE, FellBack.TIME_LIMIT, Judged.PROPOSED):
        await call(quiet, account_id, outcome)
    assert (await today(quiet, account_id)).fell_back == {"outage": 2, "time_limit": 1, "unsafe": 1}


async def test_a_call_that_has_told_nothing_yet_is_told_as_such(quiet: Quiet, account_id: UUID) -> None:
    await call(quiet, account_id, None)
    day = await today(quiet, account_id)
    assert (day.calls, day.unsettled, day.input_tokens, day.cost_usd, day.fell_back) == (1, 1, 0, None, {})


async def test_days_are_told_from_today_back_without_those_on_which_nothing_was_called(
    quiet: Quiet, account_id: UUID
) -> None:
    for interval in ("1 day", "2 days", "4 days"):
        await call(quiet, account_id)
        await backdate(quiet.database, account_id, "model_calls", "called_at", interval)
    now = datetime.now(UTC).date()
    usage = UsageByDay(quiet.database)

    def days(*ago: int) -> list[date]:
        return [now - timedelta(days=number) for number in ago]

    assert [day.day for day in await usage.last(account_id, 30)] == days(4, 6, 7)
    assert [day.day for day in await usage.last(account_id, 7)] == days(4, 6)
    assert await usage.last(account_id, 4) == []
    assert await usage.last(uuid4(), 30) == []
