"""Where an account's notifications go, and the outbox from which they are delivered."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from l1.database.models.base import Base, one_of
from l1.domain.delivery import DeliveryStatus, TargetKind


class TargetRow(Base):
    """A target. `address` and the secrets are sealed (l1.sealing) with the row's id.

    `events`, `tiers`, `roles` are its wishes (l1.domain.delivery.Wishes). After a rotation, by the command
    `rotated_by`, both secrets sign until `previous_until`.
    """

    __tablename__ = "targets"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    kind: Mapped[str]
    name: Mapped[str]
    events: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    tiers: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    roles: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    include_details: Mapped[bool]
    address: Mapped[str]
    secret: Mapped[str | None]
    previous_secret: Mapped[str | None]
    previous_until: Mapped[datetime | None]
    rotated_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]
    disabled_at: Mapped[datetime | None]
    disabled_because: Mapped[str | None]

    __table_args__ = (
        # To a target of another kind nobody would know how to deliver.
        CheckConstraint(one_of("kind", TargetKind), "kind"),
        # A webhook that is not signed could come from anybody.
        CheckConstraint("(kind = 'webhook') = (secret IS NOT NULL)", "webhook_is_signed"),
        # A secret that was replaced must not sign for ever.
        CheckConstraint("(previous_secret IS NULL) = (previous_until IS NULL)", "previous_secret_has_an_end"),
        # Who finds that nothing arrives any more is owed a reason.
        CheckConstraint("(disabled_at IS NULL) = (disabled_because IS NULL)", "disabled_for_a_reason"),
        # An account's targets, oldest first; and at every event that notifies, those that are not disabled.
        Index(None, "account_id", "created_at", "id"),
    )


class DeliveryRow(Base):
    """One event that one target is told of. `position` is the event's in its walk: deliveries go out in that order.

    `queued_at`: since when it is tried; `fault`: why the latest attempt failed, without address or secret.
    """

    __tablename__ = "deliveries"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    account_id: Mapped[UUID]
    # Deliveries to a target that is gone could never arrive.
    target_id: Mapped[UUID] = mapped_column(ForeignKey("targets.id", ondelete="CASCADE"))
    session_id: Mapped[UUID]
    command_id: Mapped[UUID]
    position: Mapped[int]
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=DeliveryStatus.PENDING.value)
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    fault: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    queued_at: Mapped[datetime] = mapped_column(server_default=func.now())
    tried_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        # An event that is recorded again would be told of twice.
        UniqueConstraint("target_id", "session_id", "command_id"),
        # What is told is made from the event.
        ForeignKeyConstraint(["session_id", "command_id"], ["walk_events.session_id", "walk_events.command_id"]),
        # A delivery of another status would be neither tried nor listed.
        CheckConstraint(one_of("status", DeliveryStatus), "status"),
        # Settled at no time, a delivery could not be told from one that is still tried.
        CheckConstraint("(status = 'pending') = (settled_at IS NULL)", "settled_has_a_time"),
        # An account's deliveries, all or of one status, latest first: read backwards.
        Index(None, "account_id", "created_at", "id"),
        Index(None, "account_id", "status", "created_at", "id"),
        # What is still to be delivered of a walk, in order; and what the reconciler looks through.
        Index("ix_deliveries_pending", "session_id", "position", postgresql_where=text("status = 'pending'")),
    )
