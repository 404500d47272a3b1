"""What calls of a language model take, and the proposals that built walks grow into."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, false, func, text
from sqlalchemy.orm import Mapped, mapped_column

from l1.database.models.base import Base, one_of
from l1.domain.building import FellBack, Judged
from l1.domain.proposal import ProposalStatus


class ModelCallRow(Base):
    """One call of a language model. The figures and `outcome` are null until it is settled.

    `outcome` is an `l1.domain.building.CallOutcome`. `shown`: the node that was
    built so came to be asked; `discarded`: it was built ahead, and the walk went another way.
    """

    __tablename__ = "model_calls"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    build_id: Mapped[UUID]
    account_id: Mapped[UUID]
    # Refers to no walk: a first node may be built before its walk is written down.
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

    __table_args__ = (
        # A call that reserves nothing would slip past every budget, however many run at once.
        CheckConstraint("reserved_tokens > 0", "reserves_something"),
        # Negative figures would give a budget back what was spent.
        CheckConstraint("input_tokens >= 0 AND output_tokens >= 0 AND cost_usd >= 0", "takes_nothing_back"),
        # A call that is settled in part would count neither with its reservation nor with what it took.
        CheckConstraint(
            "(settled_at IS NULL) = (outcome IS NULL)"
            " AND (input_tokens IS NULL) = (output_tokens IS NULL)"
            " AND (settled_at IS NOT NULL OR input_tokens IS NULL)"
            " AND (settled_at IS NOT NULL OR cost_usd IS NULL)",
            "settled_as_a_whole",
        ),
        # An outcome that nobody knows would be missing from every account of why nodes were not built.
        CheckConstraint(one_of("outcome", (*Judged, *FellBack)), "outcome"),
        # Only what nobody had asked for is left over, and never what was shown.
        CheckConstraint("NOT discarded OR (ahead AND NOT shown)", "discarded_was_ahead"),
        # The two sums that are taken before every call: of the account's day, and of the walk.
        Index(None, "account_id", "called_at"),
        Index(None, "session_id"),
    )


class ProposalRow(Base):
    """A tree that walks have grown, until an engineer decides. `tree` is `l1.domain.tree.Tree` as JSON.

    What was decided on never changes (a trigger sees to it).
    """

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

    __table_args__ = (
        # A proposal of another status would be in no engineer's list.
        CheckConstraint(one_of("status", ProposalStatus), "status"),
        # An edit that nobody stands for could not be asked about, nor could a decision.
        CheckConstraint("(edited_at IS NULL) = (edited_by IS NULL)", "edited_by_somebody"),
        CheckConstraint(
            "(status = 'open') = (decided_at IS NULL) AND (status = 'open') = (decided_by IS NULL)",
            "decided_by_somebody",
        ),
        # The technicians whose calls it came from are owed a reason.
        CheckConstraint("(status = 'rejected') = (reject_reason IS NOT NULL)", "rejected_for_a_reason"),
        # Published as what? Without the version, nobody could tell what callers are walked through.
        CheckConstraint(
            "(status = 'published') = (flow_id IS NOT NULL) AND (status = 'published') = (flow_version IS NOT NULL)",
            "published_as_a_version",
        ),
        # As what it was published must outlive it.
        ForeignKeyConstraint(["flow_id", "flow_version"], ["flow_versions.flow_id", "flow_versions.version"]),
        # An account's proposals of a status, latest first.
        Index("ix_flow_proposals_account_id_status_created_at", "account_id", "status", text("created_at DESC")),
    )


class ProposalCallRow(Base):
    """What a call went through, as ids of the proposal's nodes. `joined`: its path became part of the tree."""

    __tablename__ = "proposal_calls"

    # The primary key: a call that is learned twice would count twice, or have grown two proposals.
    session_id: Mapped[UUID] = mapped_column(ForeignKey("walks.session_id"), primary_key=True)
    # A path is made of the nodes of its proposal.
    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("flow_proposals.id"))
    account_id: Mapped[UUID]
    helped: Mapped[bool]
    path: Mapped[list[str]]
    joined: Mapped[bool]
    merged_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        # A call that did not help counts; what it went through is no part of a flow to publish.
        CheckConstraint("helped OR NOT joined", "joined_has_helped"),
        # A proposal's calls, latest first.
        Index("ix_proposal_calls_proposal_id_merged_at", "proposal_id", text("merged_at DESC")),
    )
