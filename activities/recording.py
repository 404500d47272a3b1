"""Writing down what has happened to a call."""

from dataclasses import dataclass

from temporalio import activity
from temporalio.client import Client

from activities.messages import RECORD
from activities.ports import Records
from l1.domain.record import Record
from l1.temporal.delivering import start_delivering


@dataclass(frozen=True)
class RecordActivities:
    records: Records
    client: Client

    @activity.defn(name=RECORD)
    async def record(self, record: Record) -> None:
        """Record, and set going what is to be delivered of it: here, since so it costs the walk no event at all."""
        if await self.records.record(record):
            await start_delivering(self.client, record.account_id, record.session_id)
