"""Responses kept under an idempotency key, for requests that change no walk: a walk's commands have receipts."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from l1.database.engine import Database
from l1.database.models import IdempotentResponseRow


@dataclass(frozen=True)
class KeptResponse:
    fingerprint: str
    body: dict[str, Any]


class IdempotentResponses:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, account_id: UUID, key_id: UUID) -> KeptResponse | None:
        query = select(IdempotentResponseRow).where(
            IdempotentResponseRow.account_id == account_id, IdempotentResponseRow.key_id == key_id
        )
        async with self._database.account(account_id) as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else KeptResponse(row.fingerprint, row.body)

    async def keep(self, account_id: UUID, key_id: UUID, response: KeptResponse) -> None:
        """Keep the first response; a second one under the same key is dropped."""
        async with self._database.account(account_id) as connection:
            await connection.execute(
                insert(IdempotentResponseRow)
                .values(key_id=key_id, account_id=account_id, fingerprint=response.fingerprint, body=response.body)
                .on_conflict_do_nothing()
            )
