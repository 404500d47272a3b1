"""What building took, day by day, for those who pay for it."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import Integer, Uuid, bindparam, text

from l1.database.engine import Database
from l1.domain.building import FellBack, Judged

# A build belongs to the day of its first call. Why the model did not build a node is told by its last one; a proposal
# that the guards did not let pass is to the caller what domain.building.FellBack calls unsafe.
_DAYS = text(
    """
    WITH calls AS (
        SELECT * FROM model_calls
        WHERE account_id = :account
            AND called_at >= date_trunc('day', now(), 'UTC') - make_interval(days => :days - 1)
    ), builds AS (
        SELECT min(called_at) AS begun_at,
               bool_or(ahead) AS ahead,
               bool_or(shown) AS shown,
               bool_or(discarded) AND NOT bool_or(shown) AS discarded,
               bool_or(outcome = :proposed) AS proposed,
               (array_agg(CASE outcome WHEN :refused THEN :unsafe ELSE outcome END
                   ORDER BY called_at DESC))[1] AS ended
        FROM calls GROUP BY build_id
    ), of_calls AS (
        SELECT (called_at AT TIME ZONE 'UTC')::date AS day,
               count(*) AS calls,
               count(*) FILTER (WHERE input_tokens IS NULL) AS unsettled,
               coalesce(sum(input_tokens), 0) AS input_tokens,
               coalesce(sum(output_tokens), 0) AS output_tokens,
               sum(cost_usd)::double precision AS cost_usd
        FROM calls GROUP BY day
    ), of_builds AS (
        SELECT (begun_at AT TIME ZONE 'UTC')::date AS day,
               count(*) FILTER (WHERE shown AND proposed) AS nodes_shown,
               count(*) FILTER (WHERE ahead) AS built_ahead,
               count(*) FILTER (WHERE ahead AND shown) AS ahead_used,
               count(*) FILTER (WHERE discarded) AS ahead_discarded
        FROM builds GROUP BY day
    ), of_failures AS (
        SELECT day, json_object_agg(ended, builds ORDER BY ended) AS fell_back FROM (
            SELECT (begun_at AT TIME ZONE 'UTC')::date AS day, ended, count(*) AS builds
            FROM builds WHERE ended IS NOT NULL AND NOT coalesce(proposed, false) GROUP BY day, ended
        ) AS failures GROUP BY day
    )
    SELECT day, calls, unsettled, input_tokens, output_tokens, cost_usd,
           coalesce(nodes_shown, 0) AS nodes_shown,
           coalesce(built_ahead, 0) AS built_ahead,
           coalesce(ahead_used, 0) AS ahead_used,
           coalesce(ahead_discarded, 0) AS ahead_discarded,
           coalesce(fell_back, '{}') AS fell_back
    FROM of_calls LEFT JOIN of_builds USING (day) LEFT JOIN of_failures USING (day)
    ORDER BY day DESC
    """
).bindparams(bindparam("account", type_=Uuid), bindparam("days", type_=Integer))

_OUTCOMES = {"proposed": Judged.PROPOSED, "refused": Judged.REFUSED, "unsafe": FellBack.UNSAFE}


@dataclass(frozen=True)
class UsageOfDay:
    """A day (UTC) on which a model was called.

    `unsettled`: calls that have not told what they took, so that tokens and cost are without them. `cost_usd` is None
    where no price is known. `nodes_shown`: nodes that a model built and that were asked. Of the nodes built ahead, some
    may still be used; the others were used or discarded. `fell_back`: builds without a node of the model's, by reason.
    """

    day: date
    calls: int
    unsettled: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    nodes_shown: int
    built_ahead: int
    ahead_used: int
    ahead_discarded: int
    fell_back: dict[str, int] = field(default_factory=dict[str, int])


class UsageByDay:
    """The repository for those who watch what building costs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def last(self, account_id: UUID, days: int) -> list[UsageOfDay]:
        """Return the last `days` days (UTC), today the first of them; days without a call are left out."""
        async with self._database.account(account_id) as connection:
            rows = await connection.execute(_DAYS, {"account": account_id, "days": days} | _OUTCOMES)
            return [UsageOfDay(**row) for row in rows.mappings()]
