"""Flows, and what matching keeps of them and of what callers said."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from l1.database.models.base import Base


class FlowRow(Base):
    """A flow of an account; of all accounts where `account_id` is null. `live_version` is null while unpublished."""

    __tablename__ = "flows"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID | None]
    slug: Mapped[str]
    live_version: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        # Two flows of one slug would make a second POST of a file a coin toss instead of a new draft.
        UniqueConstraint("account_id", "slug", postgresql_nulls_not_distinct=True),
        # A live version that does not exist would start walks on nothing. The two tables refer to each other, so this
        # key is added when both are there.
        ForeignKeyConstraint(
            ["id", "live_version"], ["flow_versions.flow_id", "flow_versions.version"], use_alter=True
        ),
    )


class FlowVersionRow(Base):
    """A draft (`published_at` is null) or a published version, which never changes (a trigger sees to it)."""

    __tablename__ = "flow_versions"

    # A version of no flow could never be published, nor be found to be deleted.
    flow_id: Mapped[UUID] = mapped_column(ForeignKey("flows.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[UUID | None]
    title: Mapped[str]
    category: Mapped[str]
    content: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None]

    __table_args__ = (
        # Zero is what a client takes for "no version yet".
        CheckConstraint("version >= 1", "version_counts_from_one"),
        # A second draft would leave it open which of the two the next publish freezes.
        Index("ix_flow_versions_one_draft", "flow_id", unique=True, postgresql_where=text("published_at IS NULL")),
    )


class FlowVectorsRow(Base):
    """What an embedder made of a version. `vectors` is as matching packs them; nothing here looks inside."""

    __tablename__ = "flow_vectors"

    flow_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    # Part of the key: while a new release is rolled out, workers with two embedders run beside each other.
    embedder: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[UUID | None]
    vectors: Mapped[bytes]

    __table_args__ = (
        # Vectors of a draft that is replaced would pass for those of the text that takes its number.
        ForeignKeyConstraint(
            ["flow_id", "version"], ["flow_versions.flow_id", "flow_versions.version"], ondelete="CASCADE"
        ),
    )


class ExemplarRow(Base):
    """A caller's words for which a flow was right (`confirms`) or wrong. `vector` is null until a worker made it."""

    __tablename__ = "exemplars"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    # Words learned for a flow that is not there would be matched to nothing.
    flow_id: Mapped[UUID] = mapped_column(ForeignKey("flows.id"))
    session_id: Mapped[UUID]
    statement: Mapped[str]
    confirms: Mapped[bool]
    learned_at: Mapped[datetime] = mapped_column(server_default=func.now())
    embedder: Mapped[str | None]
    vector: Mapped[bytes | None]
    # A statement has up to 8,000 characters, more than a row of an index takes.
    statement_key: Mapped[str] = mapped_column(
        Computed(r"md5(lower(btrim(regexp_replace(statement, '\s+', ' ', 'g'))))", persisted=True)
    )

    __table_args__ = (
        # A call that is recorded twice would count twice.
        UniqueConstraint("session_id"),
        # One ticket template, sent a hundred times, would push everything else that was learned over the limit.
        UniqueConstraint("account_id", "flow_id", "confirms", "statement_key"),
        # A vector compared with those of another embedder says nothing, and says it with a number.
        CheckConstraint("(embedder IS NULL) = (vector IS NULL)", "vector_names_its_embedder"),
    )


class MatchingWorkerRow(Base):
    """What a worker matches with; no account's. `pending`: how many of its `flows` wait for their vectors."""

    __tablename__ = "matching_workers"

    worker: Mapped[str] = mapped_column(primary_key=True)
    embedder: Mapped[str | None]
    flows: Mapped[int]
    pending: Mapped[int]
    seen_at: Mapped[datetime]
