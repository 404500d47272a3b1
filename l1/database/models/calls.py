"""Tickets, walks with their events, and the receipts of commands."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from l1.database.models.base import Base, TransactionId, one_of
from l1.domain.receipts import ReceiptStatus
from l1.domain.session import SessionKind, Status


class TicketNumberRow(Base):
    """The last number that a ticket of the account got."""

    __tablename__ = "ticket_numbers"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    last: Mapped[int]


class TicketRow(Base):
    """A ticket. The two keys tell callers apart, whatever the spelling; null where there is too little to go by."""

    __tablename__ = "tickets"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    number: Mapped[int]
    kind: Mapped[str]
    problem_statement: Mapped[str]
    customer_name: Mapped[str | None]
    customer_contact: Mapped[str | None]
    status: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # The query for a caller's earlier tickets uses the same two functions.
    customer_name_key: Mapped[str | None] = mapped_column(Computed("name_key(customer_name)", persisted=True))
    customer_contact_key: Mapped[str | None] = mapped_column(Computed("contact_key(customer_contact)", persisted=True))
    search: Mapped[str | None] = mapped_column(
        TSVECTOR,
        Computed("ticket_words(number, problem_statement, customer_name, customer_contact)", persisted=True),
    )

    __table_args__ = (
        # A ticket of another status would be in no queue.
        CheckConstraint(one_of("status", Status), "status"),
        # Two tickets of one number could not be told apart on the telephone.
        UniqueConstraint("account_id", "number"),
        # The queue, latest first, page by page: read backwards.
        Index("ix_tickets_account_id_created_at_id", "account_id", "created_at", "id"),
        # A few words among all calls, as one types. Of all accounts: an index for each would be thousands.
        Index("ix_tickets_search", "search", postgresql_using="gin"),
        # A caller's tickets, by name and by contact: looked for at every intake, and for a customer's history.
        Index(None, "account_id", "customer_name_key"),
        Index(None, "account_id", "customer_contact_key"),
    )


class TicketVectorsRow(Base):
    """What an embedder made of a ticket's problem: `rows` vectors as matching packs them.

    A caller's open tickets are compared with each new problem of theirs; made anew each time, the vectors of twenty
    tickets took longer than a caller waits.
    """

    __tablename__ = "ticket_vectors"

    # Vectors of a ticket that is gone would only take room.
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[UUID]
    embedder: Mapped[str]
    rows: Mapped[int]
    packed: Mapped[bytes]


class WalkRow(Base):
    """A walk as it stands; `session` is `l1.domain.session.Session` as JSON."""

    __tablename__ = "walks"

    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    # A walk without its ticket would be in no queue.
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"))
    kind: Mapped[str]
    status: Mapped[str]
    category: Mapped[str]
    flow_id: Mapped[UUID | None]
    flow_version: Mapped[int | None]
    # The proposal that a walk is on must outlive it.
    flow_proposal_id: Mapped[UUID | None] = mapped_column(ForeignKey("flow_proposals.id"))
    revision: Mapped[int]
    started_at: Mapped[datetime]
    last_activity_at: Mapped[datetime]
    stall_deadline: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    owner_id: Mapped[str]
    owner_name: Mapped[str | None]
    session: Mapped[dict[str, Any]]
    search: Mapped[str | None] = mapped_column(TSVECTOR, Computed("session_words(session)", persisted=True))

    __table_args__ = (
        # A kind or a status that the code does not know could be read by nobody.
        CheckConstraint(one_of("kind", SessionKind), "kind"),
        CheckConstraint(one_of("status", Status), "status"),
        # An open call without a deadline is one that nobody will ever be told about.
        CheckConstraint("(status = 'active') = (stall_deadline IS NOT NULL)", "open_has_a_deadline"),
        # An escalation without a time could not be found in the hand-off queue, which is read oldest first.
        CheckConstraint("(status = 'escalated') = (escalated_at IS NOT NULL)", "escalated_has_a_time"),
        # What a walk on a proposal adds must come back to that proposal.
        CheckConstraint("kind <> 'proposal' OR flow_proposal_id IS NOT NULL", "proposal_is_named"),
        # The version that a walk is pinned to must outlive it.
        ForeignKeyConstraint(["flow_id", "flow_version"], ["flow_versions.flow_id", "flow_versions.version"]),
        # Two open walks of one ticket would close it twice, and tell two engineers two stories.
        Index("ix_walks_one_open_a_ticket", "ticket_id", unique=True, postgresql_where=text("status = 'active'")),
        # A ticket's walks.
        Index(None, "ticket_id"),
        # All sessions, latest first, page by page: read backwards.
        Index(None, "account_id", "started_at", "session_id"),
        # As for tickets.
        Index("ix_walks_search", "search", postgresql_using="gin"),
        # Somebody's open calls: few enough to be sorted. With the time of the last activity in an index, each step
        # would have to change it.
        Index("ix_walks_open", "account_id", "owner_id", postgresql_where=text("status = 'active'")),
        # The hand-off queue.
        Index(
            "ix_walks_escalated",
            "account_id",
            "escalated_at",
            "session_id",
            postgresql_where=text("status = 'escalated'"),
        ),
    )


class WalkEventRow(Base):
    """One event of a walk; `body` is `l1.domain.events.EventBody` as JSON. Rows are only ever added (by a trigger).

    `xid`, the transaction that wrote it, and `seq` give the order in which streams are sent the events of an account
    (`l1.database.feed`).
    """

    __tablename__ = "walk_events"

    # Events of no walk would be a history that nobody can ask for. Deferred: they are written before it.
    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("walks.session_id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    command_id: Mapped[UUID]
    revision: Mapped[int]
    kind: Mapped[str]
    at: Mapped[datetime]
    actor_id: Mapped[str]
    actor_name: Mapped[str | None]
    body: Mapped[dict[str, Any]]
    xid: Mapped[int] = mapped_column(TransactionId, server_default=func.pg_current_xact_id())
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))

    __table_args__ = (
        # The last line of "exactly once": a command that comes again, by whatever way, cannot have a second effect.
        UniqueConstraint("session_id", "command_id"),
        # Two changes with one revision would be two truths about one walk.
        Index(
            "ix_walk_events_one_change_a_revision",
            "session_id",
            "revision",
            unique=True,
            postgresql_where=text("kind <> 'rejected'"),
        ),
        # What streams read on from. A rejected command is nobody's business but the sender's.
        Index("ix_walk_events_feed", "account_id", "xid", "seq", postgresql_where=text("kind <> 'rejected'")),
    )


class ReceiptRow(Base):
    """The receipt of a command; `result` is its problem or the outcome of an intake, as JSON."""

    __tablename__ = "receipts"

    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    command_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    kind: Mapped[str]
    status: Mapped[str]
    fingerprint: Mapped[str | None]
    revision: Mapped[int | None]
    result: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        # A receipt of another status would keep whoever waits for it waiting.
        CheckConstraint(one_of("status", ReceiptStatus), "status"),
        # Settled at no time, a receipt could not be told from one that is still awaited.
        CheckConstraint("(status = 'pending') = (settled_at IS NULL)", "settled_has_a_time"),
        # What the reconciler looks through.
        Index("ix_receipts_pending", "created_at", postgresql_where=text("status = 'pending'")),
    )


class IdempotentResponseRow(Base):
    """The response to a request that changes no walk, under its idempotency key."""

    __tablename__ = "idempotent_responses"

    key_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    fingerprint: Mapped[str]
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
