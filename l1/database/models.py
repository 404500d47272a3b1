"""The tables, as queries see them. The migrations make them, with their constraints' reasons beside them."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, DateTime, Double, MetaData, Numeric, Text, false, func
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own way to say it
        datetime: DateTime(timezone=True),
        str: Text,
        float: Double,
        dict[str, Any]: JSON,
        list[str]: JSON,
        Decimal: Numeric(12, 6),
    }


class FlowRow(Base):
    """A flow of an account; of all accounts where `account_id` is null. `live_version` is null while unpublished."""

    __tablename__ = "flows"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID | None]
    slug: Mapped[str]
    live_version: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class FlowVersionRow(Base):
    """A draft (`published_at` is null, at most one a flow) or a published version, which never changes."""

    __tablename__ = "flow_versions"

    flow_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[UUID | None]
    title: Mapped[str]
    category: Mapped[str]
    content: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None]


class FlowVectorsRow(Base):
    """What an embedder made of a version. `vectors` is as matching packs them; nothing here looks inside."""

    __tablename__ = "flow_vectors"

    flow_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    embedder: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[UUID | None]
    vectors: Mapped[bytes]


class ExemplarRow(Base):
    """A caller's words for which a flow was right (`confirms`) or wrong. `vector` is null until a worker made it."""

    __tablename__ = "exemplars"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    flow_id: Mapped[UUID]
    session_id: Mapped[UUID]
    statement: Mapped[str]
    confirms: Mapped[bool]
    learned_at: Mapped[datetime] = mapped_column(server_default=func.now())
    embedder: Mapped[str | None]
    vector: Mapped[bytes | None]
    statement_key: Mapped[str] = mapped_column(
        Computed(r"md5(lower(btrim(regexp_replace(statement, '\s+', ' ', 'g'))))", persisted=True)
    )


class MatchingWorkerRow(Base):
    """What a worker matches with; no account's. `pending`: how many of its `flows` wait for their vectors."""

    __tablename__ = "matching_workers"

    worker: Mapped[str] = mapped_column(primary_key=True)
    embedder: Mapped[str | None]
    flows: Mapped[int]
    pending: Mapped[int]
    seen_at: Mapped[datetime]


class CategoryRow(Base):
    """What an account has decided for a category, where it differs from the default."""

    __tablename__ = "categories"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    may_build: Mapped[bool]
    stall_after: Mapped[float | None]


class AccountRow(Base):
    """An account's own settings. `stall_after` is in seconds."""

    __tablename__ = "account_settings"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    stall_after: Mapped[float | None]
    walk_proposals: Mapped[bool] = mapped_column(server_default=false())


class TicketRow(Base):
    """A ticket. The two keys tell callers apart, whatever the spelling; null where there is too little to go by."""

    __tablename__ = "tickets"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    kind: Mapped[str]
    problem_statement: Mapped[str]
    customer_name: Mapped[str | None]
    customer_contact: Mapped[str | None]
    status: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    customer_name_key: Mapped[str | None] = mapped_column(Computed("name_key(customer_name)", persisted=True))
    customer_contact_key: Mapped[str | None] = mapped_column(Computed("contact_key(customer_contact)", persisted=True))


class WalkRow(Base):
    """A walk as it stands; `session` is `l1.domain.session.Session` as JSON."""

    __tablename__ = "walks"

    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    ticket_id: Mapped[UUID]
    kind: Mapped[str]
    status: Mapped[str]
    category: Mapped[str]
    flow_id: Mapped[UUID | None]
    flow_version: Mapped[int | None]
    flow_proposal_id: Mapped[UUID | None]
    revision: Mapped[int]
    started_at: Mapped[datetime]
    last_activity_at: Mapped[datetime]
    stall_deadline: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    technician_id: Mapped[str]
    technician_name: Mapped[str | None]
    session: Mapped[dict[str, Any]]


class WalkEventRow(Base):
    """One event of a walk; `body` is `l1.domain.events.EventBody` as JSON. Rows are only ever added."""

    __tablename__ = "walk_events"

    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    command_id: Mapped[UUID]
    revision: Mapped[int]
    kind: Mapped[str]
    at: Mapped[datetime]
    actor_id: Mapped[str]
    actor_name: Mapped[str | None]
    body: Mapped[dict[str, Any]]


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


class AnswerRow(Base):
    """What a request that changes no walk was answered under its idempotency key."""

    __tablename__ = "idempotent_answers"

    key_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    fingerprint: Mapped[str]
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ModelCallRow(Base):
    """One call of a language model. The figures and `outcome` are null until it is settled.

    `outcome` is `proposed`, `refused` (by the guards) or an `l1.domain.building.FellBack`. `shown`: the node that was
    built so came to be asked; `discarded`: it was built ahead, and the walk went another way.
    """

    __tablename__ = "model_calls"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    build_id: Mapped[UUID]
    account_id: Mapped[UUID]
    session_id: Mapped[UUID]
    parent_node_id: Mapped[str | None]
    ahead: Mapped[bool]
    model: Mapped[str]
    reserved_tokens: Mapped[int]
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    cost_usd: Mapped[Decimal | None]
    outcome: Mapped[str | None]
    called_at: Mapped[datetime] = mapped_column(server_default=func.now())
    settled_at: Mapped[datetime | None]
    shown: Mapped[bool] = mapped_column(server_default=false())
    discarded: Mapped[bool] = mapped_column(server_default=false())


class ProposalRow(Base):
    """A tree that walks have grown, until an engineer decides. `tree` is `l1.domain.tree.Tree` as JSON."""

    __tablename__ = "flow_proposals"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(server_default="open")
    category: Mapped[str]
    slug: Mapped[str]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    keywords: Mapped[list[str]] = mapped_column(server_default="[]")
    tree: Mapped[dict[str, Any]]
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    edited_at: Mapped[datetime | None]
    edited_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    reject_reason: Mapped[str | None]
    flow_id: Mapped[UUID | None]
    flow_version: Mapped[int | None]


class ProposalCallRow(Base):
    """What a call went through, as ids of the proposal's nodes. `joined`: its path became part of the tree."""

    __tablename__ = "proposal_calls"

    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    proposal_id: Mapped[UUID]
    account_id: Mapped[UUID]
    helped: Mapped[bool]
    path: Mapped[list[str]]
    joined: Mapped[bool]
    merged_at: Mapped[datetime] = mapped_column(server_default=func.now())
