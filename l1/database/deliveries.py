"""Deliveries: what targets are still to be told, what was tried, and how it went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from l1.database.engine import Database
from l1.database.models import DeliveryRow, TargetRow, TicketRow, WalkEventRow, WalkRow
from l1.database.paging import Cut, Order, Page, read_page
from l1.database.records import events_of
from l1.database.targets import Recipient, recipient_of
from l1.domain.delivery import DeliveryStatus, Notifying, PendingDelivery, TargetKind
from l1.domain.errors import NotFound, NotToBeRetried
from l1.domain.events import Event
from l1.domain.session import Walk
from l1.domain.walk import replay
from l1.sealing import KeyRing


@dataclass(frozen=True)
class Due:
    """An attempt that begins. `walk` is as the event left it, so that each attempt says the same."""

    queued_at: datetime
    attempt: int
    event: Event
    walk: Walk
    recipient: Recipient


@dataclass(frozen=True)
class Delivery:
    """What is shown of a delivery. `fault`: why the latest attempt failed."""

    id: UUID
    target_id: UUID
    target_kind: TargetKind
    target_name: str
    session_id: UUID
    ticket_number: int
    kind: Notifying
    status: DeliveryStatus
    attempts: int
    fault: str | None
    created_at: datetime
    tried_at: datetime | None
    settled_at: datetime | None


_COLUMNS: Sequence[Any] = (
    DeliveryRow.id,
    DeliveryRow.target_id,
    TargetRow.kind.label("target_kind"),
    TargetRow.name.label("target_name"),
    DeliveryRow.session_id,
    TicketRow.number.label("ticket_number"),
    DeliveryRow.kind,
    DeliveryRow.status,
    DeliveryRow.attempts,
    DeliveryRow.fault,
    DeliveryRow.created_at,
    DeliveryRow.tried_at,
    DeliveryRow.settled_at,
)
_SHOWN = (
    select(*_COLUMNS)
    .select_from(DeliveryRow)
    .join(TargetRow, TargetRow.id == DeliveryRow.target_id)
    .join(WalkRow, WalkRow.session_id == DeliveryRow.session_id)
    .join(TicketRow, TicketRow.id == WalkRow.ticket_id)
)
_LATEST_FIRST = Order(DeliveryRow.created_at, DeliveryRow.id, latest_first=True)
_PENDING = DeliveryRow.status == DeliveryStatus.PENDING


class Deliveries:
    """The repository of the activities that deliver, and of who looks after them. It works inside one account."""

    def __init__(self, database: Database, keys: KeyRing) -> None:
        self._database = database
        self._keys = keys

    async def pending(self, account_id: UUID, session_id: UUID) -> list[PendingDelivery]:
        """Return what is still to be delivered of a walk, in the order of its events."""
        query = (
            select(DeliveryRow.id, DeliveryRow.target_id, DeliveryRow.kind)
            .where(DeliveryRow.account_id == account_id, DeliveryRow.session_id == session_id, _PENDING)
            .order_by(DeliveryRow.position, DeliveryRow.target_id)
        )
        async with self._database.account(account_id) as connection:
            rows = await connection.execute(query)
            return [PendingDelivery(row.id, row.target_id, Notifying(row.kind)) for row in rows]

    async def begin(self, account_id: UUID, delivery_id: UUID) -> Due | None:
        """Count an attempt and return what it is to tell; None where nothing is to be delivered any more.

        Raises l1.sealing.KeyMissingError and DamagedError; the attempt counts.
        """
        counted = (
            update(DeliveryRow)
            .where(*_own(account_id, delivery_id), _PENDING)
            .values(attempts=DeliveryRow.attempts + 1, tried_at=func.now())
            .returning(DeliveryRow.target_id, DeliveryRow.session_id, DeliveryRow.command_id)
            .returning(DeliveryRow.attempts, DeliveryRow.queued_at)
        )
        async with self._database.account(account_id) as connection:
            row = (await connection.execute(counted)).one_or_none()
            if row is None:
                return None
            event, walk = await _at(connection, account_id, row.session_id, row.command_id)
            found = select(TargetRow).where(TargetRow.account_id == account_id, TargetRow.id == row.target_id)
            target = (await connection.execute(found)).one()
        return Due(row.queued_at, row.attempts, event, walk, recipient_of(target, self._keys, datetime.now(UTC)))

    async def note_fault(self, account_id: UUID, delivery_id: UUID, fault: str) -> None:
        """Keep why an attempt failed; there will be another."""
        await self._change(account_id, delivery_id, fault=fault)

    async def settle(
        self, account_id: UUID, delivery_id: UUID, status: DeliveryStatus, fault: str | None = None
    ) -> None:
        """Write down how a delivery ended, unless it has ended already. What arrived only in part has a fault, too."""
        await self._change(account_id, delivery_id, status=status, fault=fault, settled_at=func.now())

    async def disable_target_of(self, account_id: UUID, delivery_id: UUID, because: str) -> None:
        """Deliver nothing more to a target: what is pending for it has failed."""
        target_id = select(DeliveryRow.target_id).where(*_own(account_id, delivery_id)).scalar_subquery()
        async with self._database.account(account_id) as connection:
            await connection.execute(
                update(TargetRow)
                .where(TargetRow.account_id == account_id, TargetRow.id == target_id, TargetRow.disabled_at.is_(None))
                .values(disabled_at=func.now(), disabled_because=because)
            )
            await connection.execute(
                update(DeliveryRow)
                .where(DeliveryRow.account_id == account_id, DeliveryRow.target_id == target_id, _PENDING)
                .values(status=DeliveryStatus.FAILED, fault=because, settled_at=func.now())
            )

    async def page(
        self, account_id: UUID, status: DeliveryStatus | None, cut: Cut[datetime]
    ) -> Page[Delivery, datetime]:
        """Return deliveries, latest first."""
        which = [DeliveryRow.account_id == account_id]
        if status is not None:
            which.append(DeliveryRow.status == status)
        async with self._database.account(account_id) as connection:
            return await read_page(connection, _SHOWN, which, order=_LATEST_FIRST, cut=cut, row_of=_delivery)

    async def retry(self, account_id: UUID, delivery_id: UUID) -> Delivery:
        """Let a delivery that failed be tried as if it were new; one that is pending stays so.

        Raises NotFound, and NotToBeRetried where it has arrived, or its target is disabled.
        """
        async with self._database.account(account_id) as connection:
            found = await _read(connection, account_id, delivery_id)
            if found.status is DeliveryStatus.DELIVERED:
                raise NotToBeRetried("This delivery has arrived.")
            disabled = select(TargetRow.disabled_because).where(
                TargetRow.account_id == account_id, TargetRow.id == found.target_id
            )
            if because := await connection.scalar(disabled):
                raise NotToBeRetried(f"The target takes no more deliveries: {because}. Create it anew.")
            await connection.execute(
                update(DeliveryRow)
                .where(*_own(account_id, delivery_id), DeliveryRow.status == DeliveryStatus.FAILED)
                .values(status=DeliveryStatus.PENDING, queued_at=func.now(), settled_at=None)
            )
            return await _read(connection, account_id, delivery_id)

    async def _change(self, account_id: UUID, delivery_id: UUID, **values: Any) -> None:
        change = update(DeliveryRow).where(*_own(account_id, delivery_id), _PENDING).values(**values)
        async with self._database.account(account_id) as connection:
            await connection.execute(change)


def _own(account_id: UUID, delivery_id: UUID) -> Sequence[Any]:
    return DeliveryRow.account_id == account_id, DeliveryRow.id == delivery_id


async def _at(connection: AsyncConnection, account_id: UUID, session_id: UUID, command_id: UUID) -> tuple[Event, Walk]:
    """Return an event, and the walk as it left it."""
    revision = await connection.scalar(
        select(WalkEventRow.revision).where(
            WalkEventRow.account_id == account_id,
            WalkEventRow.session_id == session_id,
            WalkEventRow.command_id == command_id,
        )
    )
    events = await events_of(connection, account_id, session_id, up_to=revision)
    [event] = [event for event in events if event.command_id == command_id]
    return event, replay(events)


async def _read(connection: AsyncConnection, account_id: UUID, delivery_id: UUID) -> Delivery:
    row = (await connection.execute(_SHOWN.where(*_own(account_id, delivery_id)))).one_or_none()
    if row is None:
        raise NotFound("There is no such delivery.")
    return _delivery(row)


def _delivery(row: Any) -> Delivery:
    return Delivery(
        row.id,
        row.target_id,
        TargetKind(row.target_kind),
        row.target_name,
        row.session_id,
        row.ticket_number,
        Notifying(row.kind),
        DeliveryStatus(row.status),
        row.attempts,
        row.fault,
        row.created_at,
        row.tried_at,
        row.settled_at,
    )
