"""No budget is exceeded, whoever calls at once, and nothing that may have been paid is forgotten."""

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from l1.database.ledger import Ledger
from l1.domain.building import Budget, CallOutcome, FellBack, Judged, Usage
from tests.l1.database.building import model_call, spent
from tests.l1.database.conftest import Quiet
from tests.l1.database.libraries import backdate


@pytest.fixture
def ledger(quiet: Quiet) -> Ledger:
    return Ledger(quiet.database)


@pytest.fixture
def account_id() -> UUID:
    return uuid4()


async def test_of_twenty_calls_at_once_only_those_are_made_that_the_budget_allows(
    ledger: Ledger, account_id: UUID
) -> None:
    budget = Budget(day_tokens=500)
    answers = await asyncio.gather(*(ledger.reserve(model_call(account_id), budget) for _ in range(20)))
    assert answers.count(None) == 5
    assert answers.count(FellBack.DAY_BUDGET) == 15


async def test_a_walk_has_a_budget_of_its_own(ledger: Ledger, account_id: UUID) -> None:
    budget = Budget(walk_tokens=200, day_tokens=10_000)
    first = model_call(account_id)
    for expected in (None, None, FellBack.WALK_BUDGET):
        assert await ledger.reserve(model_call(account_id, session_id=first.session_id), budget) is expected
    assert await ledger.reserve(first, Budget(walk_tokens=300)) is None
    assert await ledger.reserve(model_call(account_id), budget) is None


async def test_without_a_bound_every_call_is_made(ledger: Ledger, account_id: UUID) -> None:
    assert await ledger.reserve(model_call(account_id, reserved_tokens=10**9), Budget()) is None


async def test_a_settled_call_counts_with_what_it_took(ledger: Ledger, account_id: UUID) -> None:
    budget = Budget(day_tokens=150)
    call = model_call(account_id)
    assert await ledger.reserve(call, budget) is None
    assert await ledger.reserve(model_call(account_id), budget) is FellBack.DAY_BUDGET
    await ledger.settle(account_id, call.id, Usage(30, 20), Judged.PROPOSED)
    assert await ledger.reserve(model_call(account_id), budget) is None


async def test_the_same_call_again_is_one_call(ledger: Ledger, account_id: UUID) -> None:
    budget = Budget(day_tokens=100)
    call = model_call(account_id)
    assert await asyncio.gather(*(ledger.reserve(call, budget) for _ in range(3))) == [None, None, None]
    assert await ledger.reserve(model_call(account_id), budget) is FellBack.DAY_BUDGET


async def test_what_is_settled_stays_settled(quiet: Quiet, ledger: Ledger, account_id: UUID) -> None:
    call = model_call(account_id)
    await ledger.reserve(call, Budget())
    for usage in (Usage(30, 20, 0.25), Usage(1, 1, 1.0)):
        await ledger.settle(account_id, call.id, usage, Judged.REFUSED)
    assert await spent(quiet.database, account_id, call.session_id) == Usage(30, 20, 0.25)
    assert await spent(quiet.database, account_id, uuid4()) == Usage()


async def test_a_call_that_was_never_settled_keeps_its_reservation(
    quiet: Quiet, ledger: Ledger, account_id: UUID
) -> None:
    lost = model_call(account_id, reserved_tokens=80)
    await ledger.reserve(lost, Budget())
    assert await spent(quiet.database, account_id, lost.session_id) == Usage()
    assert (
        await ledger.reserve(model_call(account_id, reserved_tokens=30), Budget(day_tokens=100)) is FellBack.DAY_BUDGET
    )


async def test_a_new_day_has_a_new_budget_and_a_walk_keeps_its_own(
    quiet: Quiet, ledger: Ledger, account_id: UUID
) -> None:
    call = model_call(account_id)
    await ledger.reserve(call, Budget())
    await backdate(quiet.database, account_id, "model_calls", "called_at", "24 hours")
    assert await ledger.reserve(model_call(account_id), Budget(day_tokens=100)) is None
    same_walk = model_call(account_id, session_id=call.session_id)
    assert await ledger.reserve(same_walk, Budget(walk_tokens=100)) is FellBack.WALK_BUDGET


async def test_what_is_built_ahead_leaves_half_of_each_budget_to_those_who_wait(
    ledger: Ledger,
) -> None:
    for budget, because in (
        (Budget(walk_tokens=400), FellBack.WALK_BUDGET),
        (Budget(day_tokens=400), FellBack.DAY_BUDGET),
    ):
        owner, session_id = uuid4(), uuid4()
        for ahead, expected in ((True, None), (False, None), (True, because), (False, None), (False, None)):
            call = model_call(owner, session_id=session_id, ahead=ahead)
            assert await ledger.reserve(call, budget) is expected
        assert await ledger.reserve(model_call(owner, session_id=session_id), budget) is because


async def test_a_running_call_is_taken_to_cost_what_its_model_has_cost_at_the_most(
    ledger: Ledger, account_id: UUID
) -> None:
    budget = Budget(day_usd=1.0)
    for cost, tokens in ((0.1, 100), (0.2, 100)):
        call = model_call(account_id)
        assert await ledger.reserve(call, budget) is None
        await ledger.settle(account_id, call.id, Usage(tokens, 0, cost), Judged.PROPOSED)
    assert await ledger.reserve(model_call(account_id, reserved_tokens=100), budget) is None
    assert await ledger.reserve(model_call(account_id, reserved_tokens=300), budget) is FellBack.DAY_BUDGET
    assert await ledger.reserve(model_call(account_id, reserved_tokens=200), budget) is None
    another = replace(model_call(account_id), model="test:free")
    assert await ledger.reserve(another, budget) is None


async def test_a_walk_s_budget_in_dollars_is_kept_as_well(ledger: Ledger, account_id: UUID) -> None:
    call = model_call(account_id)
    await ledger.reserve(call, Budget())
    await ledger.settle(account_id, call.id, Usage(100, 0, 0.5), Judged.PROPOSED)
    budget = Budget(walk_usd=0.9)
    assert await ledger.reserve(model_call(account_id, session_id=call.session_id), budget) is FellBack.WALK_BUDGET
    assert await ledger.reserve(model_call(account_id), budget) is None


async def test_one_account_neither_uses_nor_settles_the_budget_of_another(ledger: Ledger, account_id: UUID) -> None:
    call = model_call(account_id)
    budget = Budget(day_tokens=100, walk_tokens=100)
    assert await ledger.reserve(call, budget) is None
    stranger = model_call(uuid4(), session_id=call.session_id)
    assert await ledger.reserve(stranger, budget) is None
    await ledger.settle(stranger.account_id, call.id, Usage(1, 1), Judged.PROPOSED)
    assert await ledger.reserve(model_call(account_id), budget) is FellBack.DAY_BUDGET


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("reserved_tokens = 0", "reserves_something"),
        ("outcome = 'unheard of', settled_at = now(), input_tokens = 1, output_tokens = 1", "outcome"),
        ("outcome = 'proposed', settled_at = now(), input_tokens = -1, output_tokens = 1", "takes_nothing_back"),
        ("outcome = 'proposed', settled_at = now(), input_tokens = 1", "settled_as_a_whole"),
        ("settled_at = now()", "settled_as_a_whole"),
        ("input_tokens = 1, output_tokens = 1", "settled_as_a_whole"),
        ("cost_usd = 1", "settled_as_a_whole"),
        ("discarded = true", "discarded_was_ahead"),
        ("ahead = true, discarded = true, shown = true", "discarded_was_ahead"),
    ],
)
async def test_a_row_that_would_falsify_the_sums_is_refused(
    quiet: Quiet, ledger: Ledger, account_id: UUID, change: str, constraint: str
) -> None:
    await ledger.reserve(model_call(account_id), Budget())
    with pytest.raises(DBAPIError, match=f"ck_model_calls_{constraint}"):
        async with quiet.database.account(account_id) as connection:
            await connection.execute(text(f"UPDATE model_calls SET {change}"))  # noqa: S608 - from the list above


@pytest.mark.parametrize("outcome", [*Judged, *FellBack])
async def test_every_way_in_which_a_call_may_end_can_be_written_down(
    quiet: Quiet, ledger: Ledger, account_id: UUID, outcome: CallOutcome
) -> None:
    call = model_call(account_id)
    await ledger.reserve(call, Budget())
    await ledger.settle(account_id, call.id, Usage(1, 2), outcome)
    assert await spent(quiet.database, account_id, call.session_id) == Usage(1, 2)
