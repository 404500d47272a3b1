"""What building with a language model took, as those who pay for it read it."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from l1.database.ledger import Ledger
from l1.domain.building import Budget, CallOutcome, FellBack, Judged, ModelCall, Usage
from l1.domain.roles import Role
from tests.accounts import Account
from tests.api.proposals import ended

NO_USAGE = Usage()


async def call_model(
    account: Account, outcome: CallOutcome | None, *, ahead: bool = False, usage: Usage = NO_USAGE
) -> None:
    """Have a model called once for one node; None: the call has not ended."""
    ledger = Ledger(account.stack.database)
    call = ModelCall(uuid4(), uuid4(), account.id, uuid4(), "n1", ahead, "test:model", reserved_tokens=1)
    assert await ledger.reserve(call, Budget()) is None
    if outcome is not None:
        await ledger.settle(account.id, call.id, usage, outcome)


async def test_what_models_took_is_told_by_day_to_those_who_pay(account: Account, other_account: Account) -> None:
    await call_model(account, Judged.PROPOSED, ahead=True, usage=Usage(300, 40, 0.002))
    await call_model(account, FellBack.TIME_LIMIT, usage=Usage(200, 0, 0.001))
    await call_model(account, FellBack.TIME_LIMIT)
    await call_model(account, None)
    await call_model(other_account, Judged.PROPOSED)
    [day] = await account.get("/usage?days=2", role=Role.OWNER)
    assert abs(date.fromisoformat(day.pop("day")) - datetime.now(UTC).date()) <= timedelta(days=1)
    assert day == {
        "calls": 4,
        "unsettled": 1,
        "input_tokens": 500,
        "output_tokens": 40,
        "cost_usd": pytest.approx(0.003),
        "nodes_shown": 0,
        "built_ahead": 1,
        "ahead_used": 0,
        "ahead_discarded": 0,
        "fell_back": {FellBack.TIME_LIMIT: 2},
    }


async def test_an_account_whose_trees_no_model_builds_has_used_nothing(account: Account) -> None:
    await ended(account)
    for query in ("", "?days=1", "?days=366"):
        assert await account.get(f"/usage{query}", role=Role.OWNER) == []
