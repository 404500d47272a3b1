"""Targets: where an account's notifications go. Addresses and secrets are sealed, and read for deliveries alone."""

import base64
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from l1.database.delivery_queue import wishes_of
from l1.database.engine import Database, hold
from l1.database.models import TargetRow
from l1.database.paging import Cut, Order, Page, read_page
from l1.domain import limits
from l1.domain.delivery import TargetKind, Wishes
from l1.domain.errors import InvalidTarget, NotFound, TooManyTargets
from l1.sealing import KeyRing

_SECRET_BYTES = 24
"""Standard Webhooks asks for 24 to 64."""

BOTH_SECRETS_FOR = timedelta(hours=24)
"""How long the secret that was replaced signs beside the new one."""


@dataclass(frozen=True)
class NewTarget:
    """`addresses`: mail addresses, or one URL. `created_by` is a user's id."""

    id: UUID
    kind: TargetKind
    name: str
    wishes: Wishes
    include_details: bool
    addresses: Sequence[str]
    created_by: str


@dataclass(frozen=True)
class Target:
    """What may be shown of a target. `previous_until`: until then the secret before the latest rotation signs, too."""

    id: UUID
    kind: TargetKind
    name: str
    wishes: Wishes
    include_details: bool
    created_at: datetime
    created_by: str
    previous_until: datetime | None
    disabled_at: datetime | None
    disabled_because: str | None


@dataclass(frozen=True)
class Recipient:
    """Where a delivery goes. `secrets`: each of them signs; none for what is no webhook."""

    kind: TargetKind
    addresses: Sequence[str]
    secrets: Sequence[str]
    include_details: bool
    is_disabled: bool


_SHOWN: Sequence[Any] = (
    TargetRow.id,
    TargetRow.kind,
    TargetRow.name,
    TargetRow.events,
    TargetRow.tiers,
    TargetRow.roles,
    TargetRow.include_details,
    TargetRow.created_at,
    TargetRow.created_by,
    TargetRow.previous_until,
    TargetRow.disabled_at,
    TargetRow.disabled_because,
)
_BY_AGE = Order(TargetRow.created_at, TargetRow.id)


class Targets:
    """The repository of owners and admins. Every method works inside one account."""

    def __init__(self, database: Database, keys: KeyRing) -> None:
        self._database = database
        self._keys = keys

    async def add(self, account_id: UUID, new: NewTarget) -> Target:
        """Store a target, a webhook with a secret of its own; what is there under the id already stays.

        Raises TooManyTargets.
        """
        secret = new_secret() if new.kind is TargetKind.WEBHOOK else None
        row = {
            "id": new.id,
            "account_id": account_id,
            "kind": new.kind,
            "name": new.name,
            "events": _listed(new.wishes.events),
            "tiers": _listed(new.wishes.tiers),
            "roles": _listed(new.wishes.roles),
            "include_details": new.include_details,
            "address": self._keys.seal("\n".join(new.addresses), _about(new.id, "address")),
            "secret": None if secret is None else self._keys.seal(secret, _about(new.id, "secret")),
            "created_by": new.created_by,
        }
        async with self._database.account(account_id) as connection:
            await hold(connection, f"targets of {account_id}")
            others = (TargetRow.account_id == account_id, TargetRow.id != new.id)
            if (await connection.scalar(select(func.count()).where(*others)) or 0) >= limits.TARGETS:
                raise TooManyTargets(f"The account has {limits.TARGETS} targets. Delete one first.")
            await connection.execute(insert(TargetRow).values(row).on_conflict_do_nothing())
            return await _shown(connection, account_id, new.id)

    async def page(self, account_id: UUID, cut: Cut[datetime]) -> Page[Target, datetime]:
        """Return targets, oldest first."""
        query = select(*_SHOWN)
        which = [TargetRow.account_id == account_id]
        async with self._database.account(account_id) as connection:
            return await read_page(connection, query, which, order=_BY_AGE, cut=cut, row_of=_target)

    async def secret(self, account_id: UUID, target_id: UUID) -> str | None:
        """Return the current secret of a webhook, for who has just made it. Raises NotFound."""
        query = select(TargetRow.secret).where(TargetRow.account_id == account_id, TargetRow.id == target_id)
        async with self._database.account(account_id) as connection:
            found = (await connection.execute(query)).one_or_none()
        if found is None:
            raise _not_found()
        return None if found.secret is None else self._keys.open(found.secret, _about(target_id, "secret"))

    async def rotate(self, account_id: UUID, target_id: UUID, command_id: UUID) -> Target:
        """Give a webhook a new secret, once under each `command_id`. The old one signs on for BOTH_SECRETS_FOR.

        Raises NotFound, and InvalidTarget for what has no secret of ours.
        """
        own = (TargetRow.account_id == account_id, TargetRow.id == target_id)
        async with self._database.account(account_id) as connection:
            target = await _shown(connection, account_id, target_id)
            if target.kind is not TargetKind.WEBHOOK:
                raise InvalidTarget(
                    "Only a webhook has a secret to rotate. Create the target anew with its new address."
                )
            await connection.execute(
                update(TargetRow)
                .where(*own, TargetRow.rotated_by.is_distinct_from(command_id))
                .values(
                    secret=self._keys.seal(new_secret(), _about(target_id, "secret")),
                    previous_secret=TargetRow.secret,
                    previous_until=datetime.now(UTC) + BOTH_SECRETS_FOR,
                    rotated_by=command_id,
                )
            )
            return await _shown(connection, account_id, target_id)

    async def remove(self, account_id: UUID, target_id: UUID) -> None:
        """Remove a target with its deliveries; raises NotFound."""
        removal = delete(TargetRow).where(TargetRow.account_id == account_id, TargetRow.id == target_id)
        async with self._database.account(account_id) as connection:
            if await connection.scalar(removal.returning(TargetRow.id)) is None:
                raise _not_found()


def new_secret() -> str:
    """Make a secret in the form of the Standard Webhooks specification."""
    return f"whsec_{base64.b64encode(os.urandom(_SECRET_BYTES)).decode()}"


def recipient_of(row: Any, keys: KeyRing, now: datetime) -> Recipient:
    """Read a row of targets. Raises l1.sealing.KeyMissingError and DamagedError."""
    secrets = [row.secret]
    if row.previous_until is not None and row.previous_until > now:
        secrets.append(row.previous_secret)
    return Recipient(
        TargetKind(row.kind),
        keys.open(row.address, _about(row.id, "address")).split("\n"),
        [keys.open(secret, _about(row.id, "secret")) for secret in secrets if secret is not None],
        row.include_details,
        row.disabled_at is not None,
    )


def _about(target_id: UUID, column: str) -> str:
    """What a sealed value is bound to: put into another row, or another column, it can't be read."""
    return f"targets/{target_id}/{column}"


async def _shown(connection: AsyncConnection, account_id: UUID, target_id: UUID) -> Target:
    query = select(*_SHOWN).where(TargetRow.account_id == account_id, TargetRow.id == target_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise _not_found()
    return _target(row)


def _target(row: Any) -> Target:
    return Target(
        row.id,
        TargetKind(row.kind),
        row.name,
        wishes_of(row),
        row.include_details,
        row.created_at,
        row.created_by,
        row.previous_until,
        row.disabled_at,
        row.disabled_because,
    )


def _listed(chosen: Any) -> list[Any] | None:
    return None if chosen is None else list(chosen)


def _not_found() -> NotFound:
    return NotFound("There is no such target.")
