"""Writing down what has happened to a call."""

from dataclasses import dataclass

from temporalio import activity

from activities.messages import RECORD
from activities.ports import Records
from l1.domain.record import Record


@dataclass(frozen=True)
class RecordActivities:
    records: Records

    @activity.defn(name=RECORD)
    async def record(self, record: Record) -> None:
        await self.records.record(record)
