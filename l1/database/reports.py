"""Counting calls for engineers."""

from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Uuid, bindparam, text

from l1.database.engine import Database
from l1.domain.reports import FlowFigures, FlowReport, NodeFigures, Period

_PERIOD = (
    bindparam("account", type_=Uuid),
    bindparam("since", type_=DateTime(timezone=True)),
    bindparam("until", type_=DateTime(timezone=True)),
)

_FLOWS = text(
    """
    WITH calls AS MATERIALIZED (
        SELECT session_id, flow_id, flow_version, session ->> 'current_node_id' AS node_id,
               coalesce((session -> 'resolution' ->> 'helpful')::boolean, false) AS helped
        FROM walks WHERE account_id = :account AND started_at >= :since AND started_at < :until
            AND flow_id IS NOT NULL AND (CAST(:flow AS uuid) IS NULL OR flow_id = :flow)
    ), walked AS MATERIALIZED (
        SELECT calls.session_id, calls.flow_id, calls.flow_version, calls.helped, events.kind,
               CASE events.kind WHEN 'stepped' THEN entry.node_id ELSE calls.node_id END AS node_id,
               entry.question, entry.answer, entry.seconds
        FROM calls
        JOIN walk_events AS events USING (session_id)
        LEFT JOIN json_to_record(events.body -> 'entry')
            AS entry (node_id text, question text, answer text, seconds double precision) ON true
        WHERE events.kind IN ('stepped', 'resolved', 'escalated')
    ), answers AS (
        SELECT flow_id, flow_version, node_id, json_object_agg(answer, given ORDER BY given DESC, answer) AS answers
        FROM (
            SELECT flow_id, flow_version, node_id, answer, count(*) AS given
            FROM walked WHERE answer IS NOT NULL GROUP BY flow_id, flow_version, node_id, answer
        ) AS each GROUP BY flow_id, flow_version, node_id
    ), figures AS (
        SELECT flow_id, flow_version, node_id, min(question) AS question,
               count(DISTINCT session_id) AS walked,
               count(DISTINCT session_id) FILTER (WHERE kind <> 'stepped') AS left,
               count(DISTINCT session_id) FILTER (WHERE helped) AS helped,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median_seconds
        FROM walked
        WHERE node_id IS NOT NULL
        GROUP BY GROUPING SETS ((flow_id, flow_version), (flow_id, flow_version, node_id))
    )
    SELECT figures.flow_id, figures.flow_version, figures.node_id, versions.title,
           coalesce(versions.content -> 'nodes' -> figures.node_id ->> 'text', figures.question) AS text,
           figures.walked, figures.left, figures.helped, figures.median_seconds,
           coalesce(answers.answers, '{}') AS answers
    FROM figures
    JOIN flow_versions AS versions ON versions.flow_id = figures.flow_id AND versions.version = figures.flow_version
    LEFT JOIN answers ON answers.flow_id = figures.flow_id AND answers.flow_version = figures.flow_version
        AND answers.node_id = figures.node_id
    ORDER BY max(figures.walked) OVER (PARTITION BY figures.flow_id, figures.flow_version) DESC, figures.flow_id,
             figures.flow_version DESC, figures.node_id IS NOT NULL, figures.walked DESC, figures.node_id
    """
).bindparams(*_PERIOD, bindparam("flow", type_=Uuid))


class Reports:
    """The repository of figures. Every method works inside one account."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def flows(self, account_id: UUID, period: Period, flow_id: UUID | None) -> FlowReport:
        """Count what became of calls on flows, or on one of them, version by version and node by node."""
        which = {**_which(account_id, period), "flow": flow_id}
        async with self._database.account(account_id) as connection:
            rows = (await connection.execute(_FLOWS, which)).all()
        flows = [_flow(list(rows)) for _, rows in groupby(rows, lambda row: (row.flow_id, row.flow_version))]
        return FlowReport(period.since, period.until, flows)


def _which(account_id: UUID, period: Period) -> dict[str, UUID | datetime | None]:
    return {"account": account_id, "since": period.since, "until": period.until}


def _flow(rows: list[Any]) -> FlowFigures:
    """The first row has the figures of the flow; the others, those of its nodes."""
    whole, *nodes = rows
    return FlowFigures(
        flow_id=whole.flow_id,
        flow_version=whole.flow_version,
        title=whole.title,
        walked=whole.walked,
        left=whole.left,
        helped=whole.helped,
        nodes=[
            NodeFigures(
                node_id=node.node_id,
                text=node.text,
                walked=node.walked,
                left=node.left,
                helped=node.helped,
                median_seconds=node.median_seconds,
                answers=node.answers,
            )
            for node in nodes
        ],
    )
