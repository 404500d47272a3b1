"""Queueing deliveries: done in the transaction that records the events, so that none is recorded and told to nobody."""

from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from l1.database.models import DeliveryRow, TargetRow
from l1.domain.delivery import DeliveryStatus, Notifying, Wishes, is_wanted, notifying
from l1.domain.record import Record
from l1.domain.roles import Role

# Recorded again, an event is delivered no second time.
_QUEUE = insert(DeliveryRow).on_conflict_do_nothing(
    index_elements=[DeliveryRow.target_id, DeliveryRow.session_id, DeliveryRow.command_id]
)


async def queue_deliveries(connection: AsyncConnection, record: Record) -> bool:
    """Queue a delivery for each event and each target that wants it. Return whether any of the record's is pending.

    A record that notifies nobody costs no query.
    """
    events = [
        (place, event, kind)
        for place, event in enumerate(record.events, record.first_position)
        if (kind := notifying(event)) is not None
    ]
    if not events:
        return False
    columns = (TargetRow.id, TargetRow.events, TargetRow.tiers, TargetRow.roles)
    active = select(*columns).where(TargetRow.account_id == record.account_id, TargetRow.disabled_at.is_(None))
    rows: list[dict[str, Any]] = [
        {
            "account_id": record.account_id,
            "target_id": target.id,
            "session_id": record.session_id,
            "command_id": event.command_id,
            "position": place,
            "kind": kind,
        }
        for target in await connection.execute(active)
        for place, event, kind in events
        if is_wanted(wishes_of(target), event)
    ]
    if not rows:
        return False
    await connection.execute(_QUEUE, rows)
    pending = exists().where(
        DeliveryRow.account_id == record.account_id,
        DeliveryRow.session_id == record.session_id,
        DeliveryRow.status == DeliveryStatus.PENDING,
    )
    return bool(await connection.scalar(select(pending)))


def wishes_of(row: Any) -> Wishes:
    """Read the columns of a target that say what it wants."""
    events = None if row.events is None else [Notifying(kind) for kind in row.events]
    return Wishes(events, row.tiers, None if row.roles is None else [Role(role) for role in row.roles])
