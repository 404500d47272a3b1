"""Who has which session open at the moment."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, func
from sqlalchemy.orm import Mapped, mapped_column

from l1.database.models.base import Base


class PresenceRow(Base):
    """A stream of a session's events that somebody has open. Refreshed while it is; an old row counts for nothing.

    Not logged: after a crash of PostgreSQL the table is empty, and the next refresh fills it. No foreign key leads to
    the walk, whose row would be locked for each stream while steps are changing it.
    """

    __tablename__ = "presence"

    stream_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    session_id: Mapped[UUID]
    user_id: Mapped[str]
    user_name: Mapped[str | None]
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        # Of the sessions of a page, and what is old in an account.
        Index(None, "account_id", "session_id"),
        {"prefixes": ["UNLOGGED"]},
    )
