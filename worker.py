"""The worker: builds the real parts behind the activities and runs them with the workflows."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import Worker, WorkerDeploymentConfig

from activities.building import BuildingActivities, Limits
from activities.delivering import DeliverActivities
from activities.ground import Ground
from activities.growing import GrowingActivities
from activities.intake import IntakeActivities
from activities.messages import FindLostCalls, FindStuckWalks, Reconcile
from activities.reconciling import ReconcileActivities
from activities.recording import RecordActivities
from l1.building.breaker import CircuitBreaker, GuardedModel
from l1.database.customers import Customers
from l1.database.deliveries import Deliveries
from l1.database.engine import Database, connect
from l1.database.flows import Flows
from l1.database.ledger import Ledger
from l1.database.notifications import Listener
from l1.database.policies import Policies
from l1.database.proposals import Proposals
from l1.database.records import Records
from l1.database.shelves import LIBRARY_CHANNEL, Shelves
from l1.domain.building import Budget, LanguageModel
from l1.domain.naming import DELIVERY_QUEUE, RECONCILE_SCHEDULE, TASK_QUEUE
from l1.library import matching_parameters, playbooks
from l1.matching.catalogue import Catalogue
from l1.matching.embedder import Embedder, EmbedderMissingError, InOneThread
from l1.matching.likeness import Likeness
from l1.matching.matcher import FlowMatcher
from l1.matching.parameters import ParametersInvalidError, read_parameters
from l1.matching.ready_made import read_ready_made
from l1.notify.mail import Mailer, read_smtp_url
from l1.notify.notifier import Notifier
from l1.notify.posting import Poster
from l1.sealing import KeyRing
from l1.settings import Settings, SettingsError
from l1.temporal.connection import connect as connect_temporal
from l1.temporal.task_time import TimedTasks
from workflows.deliver import L1Deliver
from workflows.reconcile import L1Reconcile
from workflows.walk import L1Walk

_log = structlog.stdlib.get_logger(__name__)

_RECONCILE_EVERY = timedelta(seconds=60)
_RECONCILE = Reconcile(
    lost=FindLostCalls(quiet_for=30),  # longer than any command takes to be recorded while the database is there
    stuck=FindStuckWalks(overdue_for=60, waiting_for=600),
    second_look_after=20,
)

_WARM_UP_SECONDS = 8.0
"""Most that a worker waits for the vectors of the shared flows: a first start makes them, any other finds them."""

_BEATS_SENT_EVERY = timedelta(seconds=1)
"""How often an activity's heartbeats go out at the most, and so how soon a build that nobody needs any more is stopped.
The SDK would keep them back for four of the five seconds after which the workflow takes the worker for dead."""

_ACTIVITIES_AT_ONCE = 40
"""Twice as many as the pool has connections to the database: some wait for a model or the embedder. What is beyond them
waits in Temporal, where no attempt's time runs, and where accounts are served in turn."""

_WORKFLOW_TASKS_AT_ONCE = 4
"""They share one interpreter: more at once make each slower, and wait here, where no account takes turns."""

_DELIVERIES_AT_ONCE = 20
"""Most of them wait for somebody else's server, up to ten seconds each."""

_STICKY = timedelta(seconds=2)
"""How long a task waits for the worker that knows its walk. A killed worker holds each of its calls up for this long
once; the SDK's 10 seconds are too many for somebody with a caller on the phone."""


async def run_worker(settings: Settings) -> None:
    """Run until cancelled; a command that is being recorded is recorded first."""
    model = build_model(settings)
    notifier = build_notifier(settings)
    database = Database(connect(settings.require_database_url()))
    try:
        client = await connect_temporal(settings.keys(), settings.temporal_port)
        await ensure_reconciler(client)
        matcher = build_matcher(database, settings)
        async with following(matcher.catalogue, settings):
            await matcher.catalogue.warm_up(_WARM_UP_SECONDS)
            async with asyncio.TaskGroup() as running:
                running.create_task(build_worker(client, database, matcher, settings, model).run())
                running.create_task(build_delivery_worker(client, database, notifier, settings).run())
    finally:
        await notifier.close()
        await database.close()
        if model is not None:
            await model.close()


def build_model(settings: Settings) -> LanguageModel | None:
    """Set up the language model; None where playbooks build. It is not asked for anything yet."""
    if settings.llm_model is None:
        return None
    from l1.building.model import ModelMissingError, RemoteModel  # noqa: PLC0415 - seconds and 100 MB for many providers

    key = settings.llm_api_key
    try:
        model = RemoteModel(settings.llm_model, settings.llm_base_url, key.get_secret_value() if key else None)
    except ModelMissingError as error:
        raise SettingsError(str(error)) from error
    return GuardedModel(model, CircuitBreaker(settings.llm_pause))


def build_notifier(settings: Settings) -> Notifier:
    """Set up the ways to targets; without a mail server, mail is no way. Raises SettingsError."""
    mailer = None
    if settings.smtp_url is not None:
        if settings.smtp_from is None:
            raise SettingsError(
                "L1_SMTP_URL is set and L1_SMTP_FROM is not: set it to the address that mails come from"
            )
        try:
            mailer = Mailer(read_smtp_url(settings.smtp_url.get_secret_value()), settings.smtp_from)
        except ValueError as error:
            raise SettingsError(f"L1_SMTP_URL: {error}") from None
    return Notifier(Poster(allow_private=settings.notify_private_addresses), mailer)


def build_matcher(database: Database, settings: Settings) -> FlowMatcher:
    """Load embedder and parameters; without the embedder, problems are matched by words, and it is said aloud."""
    try:
        parameters = read_parameters(settings.match_parameters or matching_parameters())
    except ParametersInvalidError as error:
        raise SettingsError(str(error)) from error
    embedder = _load_embedder(settings)
    name = embedder.name if embedder else None
    if not parameters.is_fitted_for(name):
        _log.warning("no gate was fitted for this embedder: no flow starts by itself", embedder=name)
    ready_made = read_ready_made(matching_parameters(), name)
    catalogue = Catalogue(Shelves(database), embedder, f"{socket.gethostname()}:{os.getpid()}", ready_made)
    return FlowMatcher(catalogue, embedder, parameters.gates_for(name), parameters.categories)


def _load_embedder(settings: Settings) -> Embedder | None:
    try:
        match settings.embedder:
            case "none":
                _log.warning("matching by words only: L1_EMBEDDER is none")
                return None
            case "minilm":
                from l1.matching.minilm import MiniLM  # noqa: PLC0415 - not needed, and perhaps not there, with another one

                return InOneThread(MiniLM())
            case model:
                from l1.matching.remote import RemoteEmbedder  # noqa: PLC0415 - 50 MB that few workers need

                key = settings.embedder_api_key
                return RemoteEmbedder(model, settings.embedder_base_url, key.get_secret_value() if key else None)
    except (EmbedderMissingError, ImportError) as error:
        _log.warning("matching by words only: the embedder cannot be loaded", cause=str(error))
        return None


@asynccontextmanager
async def following(catalogue: Catalogue, settings: Settings) -> AsyncIterator[None]:
    """Keep the catalogue as the database is: a publish reaches this worker as soon as it is committed."""
    listener = Listener(settings.require_database_url(), LIBRARY_CHANNEL, catalogue.on_notification)
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(listener.run()), tasks.create_task(catalogue.run())]
        try:
            yield
        finally:
            for task in running:
                task.cancel()


def build_worker(
    client: Client, database: Database, matcher: FlowMatcher, settings: Settings, model: LanguageModel | None = None
) -> Worker:
    records = Records(database)
    flows = Flows(database)
    proposals = Proposals(database)
    likeness = Likeness(matcher.embedder)
    intake = IntakeActivities(
        matcher=matcher,
        customers=Customers(database),
        flows=flows,
        policies=Policies(database),
        proposals=proposals,
        likeness=likeness,
        tickets=records,
        stall_after=settings.stall_after,
    )
    building = BuildingActivities(
        playbooks={playbook.category: playbook for playbook in playbooks()},
        model=model,
        policies=Policies(database),
        ledger=Ledger(database),
        ground=Ground(matcher, flows),
        likeness=likeness,
        limits=_build_limits(settings),
    )
    growing = GrowingActivities(records, proposals, likeness)
    recording = RecordActivities(records, client)
    reconciling = ReconcileActivities(records, client)
    return Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[L1Walk, L1Reconcile],
        activities=[
            intake.match,
            intake.open_ticket,
            building.build_node,
            building.propose_node,
            growing.grow_proposal,
            recording.record,
            reconciling.find_lost_calls,
            reconciling.close_lost_call,
            reconciling.find_stuck_walks,
            reconciling.escalate_stuck_walk,
            reconciling.start_overdue_deliveries,
        ],
        workflow_task_executor=TimedTasks(),
        max_concurrent_activities=_ACTIVITIES_AT_ONCE,
        max_concurrent_workflow_tasks=_WORKFLOW_TASKS_AT_ONCE,
        graceful_shutdown_timeout=timedelta(seconds=3),
        sticky_queue_schedule_to_start_timeout=_STICKY,
        max_heartbeat_throttle_interval=_BEATS_SENT_EVERY,
        **_deployment(settings.build_id),
    )


def build_delivery_worker(client: Client, database: Database, notifier: Notifier, settings: Settings) -> Worker:
    """Build the worker of the queue of deliveries, apart from that of the walks: it never keeps one of them waiting."""
    deliveries = Deliveries(database, KeyRing(settings.keys()))
    delivering = DeliverActivities(deliveries, notifier, settings.notify_for, settings.public_url)
    return Worker(
        client,
        task_queue=DELIVERY_QUEUE,
        workflows=[L1Deliver],
        activities=[delivering.find_deliveries, delivering.deliver],
        max_concurrent_activities=_DELIVERIES_AT_ONCE,
        max_concurrent_workflow_tasks=_WORKFLOW_TASKS_AT_ONCE,
        graceful_shutdown_timeout=timedelta(seconds=3),
        sticky_queue_schedule_to_start_timeout=_STICKY,
        max_heartbeat_throttle_interval=_BEATS_SENT_EVERY,
        **_deployment(settings.build_id),
    )


def _build_limits(settings: Settings) -> Limits:
    return Limits(
        attempt=settings.llm_attempt_limit,
        node=settings.llm_limit,
        ahead=settings.build_ahead,
        budget=Budget(settings.llm_walk_tokens, settings.llm_day_tokens, settings.llm_walk_usd, settings.llm_day_usd),
    )


def _deployment(build_id: str | None) -> dict[str, Any]:
    """With a build id, a walk stays on the version of the code that it began on (docs/production.md)."""
    if build_id is None:
        return {}
    return {
        "deployment_config": WorkerDeploymentConfig(
            version=WorkerDeploymentVersion("l1", build_id),
            use_worker_versioning=True,
            default_versioning_behavior=VersioningBehavior.PINNED,
        )
    }


async def ensure_reconciler(client: Client) -> None:
    """Create the Schedule that looks for lost calls and stuck walks, or bring the one that is there up to date."""
    action = ScheduleActionStartWorkflow(L1Reconcile.run, _RECONCILE, id=RECONCILE_SCHEDULE, task_queue=TASK_QUEUE)
    schedule = Schedule(
        action=action,
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=_RECONCILE_EVERY)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=_RECONCILE_EVERY),
    )
    try:
        await client.create_schedule(RECONCILE_SCHEDULE, schedule)
    except ScheduleAlreadyRunningError:
        # Its arguments, perhaps of an earlier version, are kept by the server; whether it is paused is left alone.
        await client.get_schedule_handle(RECONCILE_SCHEDULE).update(lambda there: _renewed(there, schedule))


def _renewed(there: ScheduleUpdateInput, schedule: Schedule) -> ScheduleUpdate:
    return ScheduleUpdate(replace(schedule, state=there.description.schedule.state))
