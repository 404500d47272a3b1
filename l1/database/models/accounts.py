"""What an account has decided."""

from uuid import UUID

from sqlalchemy import CheckConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from l1.database.models.base import Base, one_of
from l1.domain.categories import Builder


class CategoryRow(Base):
    """What an account has decided for a category, where it differs from the default. `stall_after` is in seconds."""

    __tablename__ = "categories"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    builder: Mapped[str]
    stall_after: Mapped[float | None]

    __table_args__ = (
        # A builder that the code does not know would build nothing, and nobody would know why.
        CheckConstraint(one_of("builder", Builder), "builder"),
        # A limit of nothing would escalate every call before the technician can read the first question.
        CheckConstraint("stall_after > 0", "stall_after_is_time"),
    )


class AccountRow(Base):
    """An account's own settings. `stall_after` is in seconds."""

    __tablename__ = "account_settings"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    stall_after: Mapped[float | None]
    walk_proposals: Mapped[bool] = mapped_column(server_default=false())
    escalate_unconfirmed: Mapped[bool] = mapped_column(server_default=false())

    __table_args__ = (
        # As for a category.
        CheckConstraint("stall_after > 0", "stall_after_is_time"),
    )
