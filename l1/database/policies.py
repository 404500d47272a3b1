"""What an account has decided: which categories may be built by AI, and how long a call may be quiet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from l1.database.engine import Database
from l1.database.models import AccountRow, CategoryRow
from l1.domain.categories import CATEGORIES


@dataclass(frozen=True)
class CategoryPolicy:
    """`stall_after` in seconds; None where the account's limit holds."""

    category: str
    may_build: bool
    stall_after: float | None


@dataclass(frozen=True)
class AccountPolicy:
    """`stall_after` in seconds; None where the installation's limit holds.

    `walk_proposals`: calls may be led through trees that no engineer has reviewed; None, when writing: stays as it is.
    """

    stall_after: float | None
    categories: Sequence[CategoryPolicy]
    walk_proposals: bool | None = None

    def of(self, category: str) -> CategoryPolicy:
        """Return the policy of a category; one that nobody knows may not be built."""
        found = (policy for policy in self.categories if policy.category == category)
        return next(found, CategoryPolicy(category, may_build=False, stall_after=None))


class Policies:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, account_id: UUID) -> AccountPolicy:
        """Return every category with what holds for it, defaults included."""
        async with self._database.account(account_id) as connection:
            rows = (await connection.execute(select(CategoryRow).where(CategoryRow.account_id == account_id))).all()
            account = (
                await connection.execute(
                    select(AccountRow.stall_after, AccountRow.walk_proposals).where(AccountRow.account_id == account_id)
                )
            ).one_or_none()
        decided = {row.category: CategoryPolicy(row.category, row.may_build, row.stall_after) for row in rows}
        defaults = {
            category.slug: CategoryPolicy(category.slug, category.built_by_default, None) for category in CATEGORIES
        }
        categories = list((defaults | decided).values())
        if account is None:
            return AccountPolicy(None, categories, walk_proposals=False)
        return AccountPolicy(account.stall_after, categories, account.walk_proposals)

    async def write(self, account_id: UUID, policy: AccountPolicy) -> None:
        """Store what the policy names; categories that it leaves out stay as they are."""
        async with self._database.account(account_id) as connection:
            decided: dict[str, Any] = {"stall_after": policy.stall_after}
            if policy.walk_proposals is not None:
                decided["walk_proposals"] = policy.walk_proposals
            account = insert(AccountRow).values(account_id=account_id, **decided)
            await connection.execute(
                account.on_conflict_do_update(index_elements=[AccountRow.account_id], set_=decided)
            )
            for category in policy.categories:
                row = insert(CategoryRow).values(
                    account_id=account_id,
                    category=category.category,
                    may_build=category.may_build,
                    stall_after=category.stall_after,
                )
                await connection.execute(
                    row.on_conflict_do_update(
                        index_elements=[CategoryRow.account_id, CategoryRow.category],
                        set_={"may_build": row.excluded.may_build, "stall_after": row.excluded.stall_after},
                    )
                )
