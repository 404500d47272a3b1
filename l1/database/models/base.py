"""What every table has in common: how its constraints are called, and which Python type is which column."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import DateTime, Double, MetaData, Numeric, Text
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import UserDefinedType


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
    # JSON is json, not jsonb, which sorts the keys of an object: answers are shown in their author's order.
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own way to say it
        datetime: DateTime(timezone=True),
        str: Text,
        float: Double,
        dict[str, Any]: JSON,
        list[str]: JSON,
        Decimal: Numeric(12, 6),
    }


class TransactionId(UserDefinedType[int]):
    """PostgreSQL's xid8: the number of a transaction, counted up for ever by one cluster."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        return "xid8"


def one_of(column: str, values: Iterable[str]) -> str:
    """Return the condition that a column holds one of these; they come from the code and have no quotes."""
    quoted = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({quoted})"
