"""What an account has decided: which categories may be built by AI, and how long a call may be quiet."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from l1.database.engine import Database
from l1.database.flows import visible
from l1.database.models import AccountRow, CategoryRow, FlowVersionRow
from l1.domain.categories import CATEGORIES, Builder, default_builder
from l1.domain.errors import UnknownCategory


@dataclass(frozen=True)
class CategoryPolicy:
    """`stall_after` in seconds; None where the account's limit holds."""

    category: str
    builder: Builder
    stall_after: float | None


@dataclass(frozen=True)
class AccountPolicy:
    """`stall_after` in seconds; None where the installation's limit holds.

    `walk_proposals`: calls may be led through trees that no engineer has reviewed. `escalate_unconfirmed`: a call
    that is forgotten at a node that solves the problem is escalated, and not resolved.
    """

    stall_after: float | None
    categories: Sequence[CategoryPolicy]
    walk_proposals: bool = False
    escalate_unconfirmed: bool = False

    def of(self, category: str) -> CategoryPolicy:
        """Return the policy of a category; one that nobody knows may not be built."""
        found = (policy for policy in self.categories if policy.category == category)
        return next(found, CategoryPolicy(category, Builder.OFF, stall_after=None))


class CategoryChange(TypedDict, total=False):
    """What is to be decided anew for a category; what is not there stays."""

    builder: Builder
    stall_after: float | None


class AccountChange(TypedDict, total=False):
    """The same for the account."""

    stall_after: float | None
    walk_proposals: bool
    escalate_unconfirmed: bool


class Policies:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, account_id: UUID) -> AccountPolicy:
        """Return every category with what holds for it, defaults included."""
        async with self._database.account(account_id) as connection:
            rows = (await connection.execute(select(CategoryRow).where(CategoryRow.account_id == account_id))).all()
            account = (
                await connection.execute(select(AccountRow).where(AccountRow.account_id == account_id))
            ).one_or_none()
        decided = {row.category: CategoryPolicy(row.category, Builder(row.builder), row.stall_after) for row in rows}
        defaults = {category.slug: CategoryPolicy(category.slug, category.builder, None) for category in CATEGORIES}
        categories = list((defaults | decided).values())
        if account is None:
            return AccountPolicy(None, categories, walk_proposals=False, escalate_unconfirmed=False)
        return AccountPolicy(account.stall_after, categories, account.walk_proposals, account.escalate_unconfirmed)

    async def change(
        self, account_id: UUID, account: AccountChange, categories: Mapping[str, CategoryChange] | None = None
    ) -> None:
        """Store what is named, and nothing else.

        Raises UnknownCategory for one that is neither the product's nor of a flow which the account has.
        """
        async with self._database.account(account_id) as connection:
            if categories:
                await _must_exist(connection, account_id, categories)
            if account:
                row = insert(AccountRow).values(account_id=account_id, **account)
                await connection.execute(
                    row.on_conflict_do_update(index_elements=[AccountRow.account_id], set_=dict(account))
                )
            for slug, change in (categories or {}).items():
                first = {"builder": default_builder(slug), **change}
                category = insert(CategoryRow).values(account_id=account_id, category=slug, **first)
                key = [CategoryRow.account_id, CategoryRow.category]
                await connection.execute(
                    category.on_conflict_do_update(index_elements=key, set_=dict(change))
                    if change
                    else category.on_conflict_do_nothing(index_elements=key)
                )


async def _must_exist(connection: AsyncConnection, account_id: UUID, slugs: Collection[str]) -> None:
    others = set(slugs) - {category.slug for category in CATEGORIES}
    if not others:
        return
    own = await connection.scalars(
        select(FlowVersionRow.category).distinct().where(visible(account_id, FlowVersionRow.account_id))
    )
    if unknown := sorted(others - set(own)):
        known = ", ".join(category.slug for category in CATEGORIES)
        raise UnknownCategory(
            f"There is no such category. There are {known}, and those of your own flows.", unknown_categories=unknown
        )
