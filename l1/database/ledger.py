"""What calls of language models take, and the budgets that they must stay in."""

from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Double, Integer, Text, Uuid, bindparam, text, update
from sqlalchemy.dialects.postgresql import insert

from l1.database.engine import Database, hold
from l1.database.models import ModelCallRow
from l1.domain.building import Budget, CallOutcome, FellBack, ModelCall, Usage

# What the walk and the account's day (UTC) have taken with this call. One of which nobody knows what it took may have
# been paid all the same, so it counts with what it reserved: in dollars at the dearest rate that its model has had
# here, and with nothing as long as no call has told a price.
_SUMS = (
    text(
        """
    WITH calls AS (
        SELECT session_id = :session AS of_walk,
               called_at >= date_trunc('day', now(), 'UTC') AS of_day,
               model,
               input_tokens IS NOT NULL AS settled,
               coalesce(input_tokens + output_tokens, reserved_tokens) AS tokens,
               cost_usd
        FROM model_calls
        WHERE account_id = :account AND (session_id = :session OR called_at >= date_trunc('day', now(), 'UTC'))
        UNION ALL
        SELECT true, true, :model, false, :reserved, NULL
    ), rates AS (
        SELECT model, max(cost_usd / nullif(tokens, 0)) AS rate FROM calls GROUP BY model
    ), priced AS (
        SELECT calls.*, CASE WHEN settled THEN cost_usd ELSE tokens * rate END AS usd
        FROM calls JOIN rates USING (model)
    )
    SELECT coalesce(sum(tokens) FILTER (WHERE of_walk), 0)::double precision AS walk_tokens,
           coalesce(sum(tokens) FILTER (WHERE of_day), 0)::double precision AS day_tokens,
           coalesce(sum(usd) FILTER (WHERE of_walk), 0)::double precision AS walk_usd,
           coalesce(sum(usd) FILTER (WHERE of_day), 0)::double precision AS day_usd,
           EXISTS (SELECT FROM model_calls WHERE id = :call AND account_id = :account) AS is_there
    FROM priced
    """
    )
    .bindparams(
        bindparam("account", type_=Uuid),
        bindparam("session", type_=Uuid),
        bindparam("call", type_=Uuid),
        bindparam("model", type_=Text),
        bindparam("reserved", type_=Integer),
    )
    .columns(walk_tokens=Double, day_tokens=Double, walk_usd=Double, day_usd=Double, is_there=Boolean)
)


class Ledger:
    """Every call of a model is reserved before it is made, and settled when it is known what it took."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(self, call: ModelCall, budget: Budget) -> FellBack | None:
        """Write down that the call is about to be made, or tell which budget has no room for it.

        A call ahead of the caller fits only while all calls together, with it, take half of a budget at most: the other
        half is kept for nodes that somebody waits for. The same call again is one call.
        """
        which = {
            "account": call.account_id,
            "session": call.session_id,
            "call": call.id,
            "model": call.model,
            "reserved": call.reserved_tokens,
        }
        async with self._database.account(call.account_id) as connection:
            # Of two calls that look at the sums in the same moment, each would fit without the other.
            await hold(connection, f"budget/{call.account_id}")
            sums = (await connection.execute(_SUMS, which)).one()
            if sums.is_there:
                return None
            share = 0.5 if call.ahead else 1.0
            if _exceeds(sums.walk_tokens, budget.walk_tokens, share) or _exceeds(sums.walk_usd, budget.walk_usd, share):
                return FellBack.WALK_BUDGET
            if _exceeds(sums.day_tokens, budget.day_tokens, share) or _exceeds(sums.day_usd, budget.day_usd, share):
                return FellBack.DAY_BUDGET
            await connection.execute(insert(ModelCallRow).values(_row(call)))
        return None

    async def settle(self, account_id: UUID, call_id: UUID, usage: Usage | None, outcome: CallOutcome) -> None:
        """Write down what the call took, None where nobody knows, and how it ended; the first time counts."""
        settlement = (
            update(ModelCallRow)
            .where(ModelCallRow.account_id == account_id, ModelCallRow.id == call_id, ModelCallRow.settled_at.is_(None))
            .values(
                input_tokens=usage.input_tokens if usage else None,
                output_tokens=usage.output_tokens if usage else None,
                cost_usd=usage.cost_usd if usage else None,
                outcome=outcome,
                settled_at=text("clock_timestamp()"),
            )
        )
        async with self._database.account(account_id) as connection:
            await connection.execute(settlement)


def _exceeds(taken: float, bound: float | None, share: float) -> bool:
    return bound is not None and taken > bound * share


def _row(call: ModelCall) -> dict[str, Any]:
    return {
        "id": call.id,
        "build_id": call.build_id,
        "account_id": call.account_id,
        "session_id": call.session_id,
        "parent_node_id": call.parent_node_id,
        "ahead": call.ahead,
        "model": call.model,
        "reserved_tokens": call.reserved_tokens,
    }
