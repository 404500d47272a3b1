"""Answers kept under an idempotency key, for requests that change no walk: a walk's commands have receipts."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from l1.database.engine import Database
from l1.database.models import AnswerRow


@dataclass(frozen=True)
class KeptAnswer:
    fingerprint: str
    body: dict[str, Any]


class Answers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, account_id: UUID, key_id: UUID) -> KeptAnswer | None:
        query = select(AnswerRow).where(AnswerRow.account_id == account_id, AnswerRow.key_id == key_id)
        async with self._database.account(account_id) as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else KeptAnswer(row.fingerprint, row.body)

    async def keep(self, account_id: UUID, key_id: UUID, answer: KeptAnswer) -> None:
        """Keep the first answer; a second one under the same key is dropped."""
        async with self._database.account(account_id) as connection:
            await connection.execute(
                insert(AnswerRow)
                .values(key_id=key_id, account_id=account_id, fingerprint=answer.fingerprint, body=answer.body)
                .on_conflict_do_nothing()
            )
