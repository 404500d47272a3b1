"""A Temporal server without a worker, so that a test decides when one runs; the database is the stack's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from activities import messages
from l1.database.calls import Calls
from l1.database.deliveries import Deliveries, Delivery
from l1.database.engine import Database, connect
from l1.database.paging import Cut
from l1.database.policies import Policies
from l1.database.records import Records
from l1.database.targets import NewTarget, Targets
from l1.domain.commands import Sender
from l1.domain.delivery import DeliveryStatus, TargetKind, Wishes
from l1.domain.events import Event
from l1.domain.intake import Intake
from l1.domain.naming import TASK_QUEUE, walk_workflow_id
from l1.domain.session import Actor, Session
from l1.matching.matcher import FlowMatcher
from l1.notify.mail import Mailer, read_smtp_url
from l1.notify.notifier import Notifier
from l1.notify.posting import Poster
from l1.sealing import KeyRing
from l1.settings import Settings
from tests.waiting import eventually
from worker import build_delivery_worker, build_matcher, build_model, build_worker, following
from workflows.call import Call
from workflows.walk import L1Walk

KIM = Actor("11111111-1111-4111-8111-111111111111", "Kim")


@dataclass
class LabCall:
    lab: "Lab"
    session_id: UUID
    account_id: UUID
    handle: WorkflowHandle[L1Walk, str]

    async def session(self) -> Session | None:
        return await self.lab.calls.session(self.account_id, self.session_id)

    async def opened(self) -> Session:
        found = await eventually(self._ready)
        assert found is not None
        return found

    async def _ready(self) -> Session | None:
        session = await self.session()
        return None if session is None or (session.status == "active" and session.current_node is None) else session

    async def at_revision(self, revision: int) -> Session:
        async def reached() -> Session | None:
            session = await self.session()
            return session if session is not None and session.revision >= revision else None

        found = await eventually(reached)
        assert found is not None
        return found

    async def step(self, session: Session, answer: str | None = None, **fields: Any) -> Session:
        """Answer the current node, with its first answer unless told otherwise, and wait until it is recorded."""
        assert session.current_node is not None
        body = {"node_id": session.current_node.id, "answer": answer or session.current_node.answers[0], **fields}
        await self.handle.signal("step", body)
        return await self.at_revision(session.revision + 1)

    async def step_on(self, session: Session, answer: str | None = None) -> Session:
        """Step, and wait for the node that is built for it."""
        await self.step(session, answer)
        return await self.at_revision(session.revision + 2)

    async def children_are_ready(self, wanted: int) -> None:
        """Wait until the workflow has what was built ahead, as its history tells."""

        async def there() -> bool:
            history = await self.handle.fetch_history()
            ids = [
                event.event_id
                for event in history.events
                if event.activity_task_scheduled_event_attributes.activity_type.name == messages.PROPOSE_NODE
                and event.activity_task_scheduled_event_attributes.priority.priority_key
            ]
            done = [
                event
                for event in history.events
                if event.activity_task_completed_event_attributes.scheduled_event_id in ids
            ]
            return len(done) == wanted

        await eventually(there)

    async def events(self) -> list[Event]:
        return await Records(self.lab.database).events(self.account_id, self.session_id)


@dataclass
class Lab:
    client: Client
    database: Database
    settings: Settings
    matcher: FlowMatcher
    account_id: UUID = field(default_factory=uuid4)

    @property
    def calls(self) -> Calls:
        return Calls(self.database)

    def build_worker(self, model_at: str | None = None) -> Worker:
        """Build a worker; with the address of a provider, one whose trees a model builds."""
        update = {"llm_model": "openai:scripted", "llm_base_url": model_at} if model_at else {}
        settings = self.settings.model_copy(update=update)
        return build_worker(self.client, self.database, self.matcher, settings, build_model(settings))

    def build_delivery_worker(
        self, *, mail_at: int | None = None, limit: float = 1, give_up_after: float = 60
    ) -> Worker:
        """Build the worker that delivers, with `limit` seconds for a receiver; mail goes to a port of this machine."""
        server = None if mail_at is None else read_smtp_url(f"smtp://127.0.0.1:{mail_at}")
        mailer = None if server is None else Mailer(server, "l1@example.com", limit=limit)
        notifier = Notifier(Poster(allow_private=True, limit=limit), mailer)
        settings = self.settings.model_copy(update={"notify_for": give_up_after})
        return build_delivery_worker(self.client, self.database, notifier, settings)

    @property
    def deliveries(self) -> Deliveries:
        return Deliveries(self.database, KeyRing(self.settings.keys()))

    async def add_target(self, kind: TargetKind, *addresses: str, wishes: Wishes | None = None) -> None:
        targets = Targets(self.database, KeyRing(self.settings.keys()))
        new = NewTarget(
            uuid4(), kind, kind, wishes or Wishes(), include_details=False, addresses=addresses, created_by=KIM.id
        )
        await targets.add(self.account_id, new)

    async def delivered(self, *, status: DeliveryStatus = DeliveryStatus.DELIVERED, number: int = 1) -> list[Delivery]:
        """Wait for so many deliveries of a status and return them, oldest first."""

        async def there() -> list[Delivery]:
            found = (await self.deliveries.page(self.account_id, status, Cut(100))).rows
            return list(reversed(found)) if len(found) >= number else []

        return await eventually(there)

    async def stall_after(self, seconds: float) -> None:
        await Policies(self.database).change(self.account_id, {"stall_after": seconds})

    async def take_call(self, problem: str = "Outlook keeps asking for a password", **fields: Any) -> LabCall:
        session_id = uuid4()
        sender = Sender(uuid4(), datetime.now(UTC), KIM)
        handle = await self.client.start_workflow(
            L1Walk.run,
            Call(session_id, self.account_id, Intake(problem, **fields), sender),
            id=walk_workflow_id(session_id),
            task_queue=TASK_QUEUE,
        )
        return LabCall(self, session_id, self.account_id, handle)


@asynccontextmanager
async def lab_on(client: Client, settings: Settings) -> AsyncIterator[Lab]:
    assert settings.database_url is not None
    database = Database(connect(settings.database_url))
    try:
        matcher = build_matcher(database, settings)
        async with following(matcher.catalogue, settings):
            await matcher.catalogue.warm_up(30)
            yield Lab(client, database, settings, matcher)
    finally:
        await database.close()


async def count_events(handle: WorkflowHandle[Any, Any], kind: str | None = None) -> int:
    """Count the events of the latest run, or those of one kind, such as TIMER_STARTED."""
    wanted = None if kind is None else EventType.Value(f"EVENT_TYPE_{kind}")
    history = await handle.fetch_history()
    return sum(wanted is None or event.event_type == wanted for event in history.events)


async def count_rows(database: Database, account_id: UUID, table: str) -> int:
    async with database.account(account_id) as connection:
        return int(await connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608 - the test's own
