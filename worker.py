"""The worker: builds the real parts behind the activities and runs them with the workflows."""

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
)
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import Worker, WorkerDeploymentConfig

from activities.building import BuildingActivities, PlaybookBuilder
from activities.intake import IntakeActivities
from activities.lexical import LexicalMatcher
from activities.messages import FindLostCalls
from activities.recording import ReconcileActivities, RecordActivities
from database.engine import Database, connect
from database.flows import Flows
from database.policies import Policies
from database.records import Records
from domain.naming import RECONCILE_SCHEDULE, TASK_QUEUE
from library import playbooks
from runtime.settings import Settings
from runtime.temporal import connect as connect_temporal
from workflows.reconcile import L1Reconcile
from workflows.walk import L1Walk

_log = structlog.stdlib.get_logger(__name__)

_RECONCILE_EVERY = timedelta(seconds=60)
_QUIET_FOR_SECONDS = 30.0
"""Longer than any command takes to be recorded while the database is there."""


_STICKY = timedelta(seconds=2)
"""How long a task waits for the worker that knows its walk. A killed worker holds each of its calls up for this long
once; the SDK's 10 seconds are too many for somebody with a caller on the phone."""


async def run_worker(settings: Settings) -> None:
    """Run until cancelled; a command that is being recorded is recorded first."""
    if settings.llm_model is not None:
        _log.warning("L1_LLM_MODEL has no effect: this version builds trees from playbooks")
    database = Database(connect(settings.require_database_url()))
    try:
        client = await connect_temporal(settings)
        await ensure_reconciler(client)
        await build_worker(client, database, settings).run()
    finally:
        await database.close()


def build_worker(client: Client, database: Database, settings: Settings) -> Worker:
    known = playbooks()
    records = Records(database)
    flows = Flows(database)
    intake = IntakeActivities(
        matcher=LexicalMatcher(flows, known),
        flows=flows,
        policies=Policies(database),
        tickets=records,
        stall_after=settings.stall_after,
    )
    building = BuildingActivities(PlaybookBuilder({playbook.category: playbook for playbook in known}))
    recording = RecordActivities(records)
    reconciling = ReconcileActivities(records, client)
    return Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[L1Walk, L1Reconcile],
        activities=[
            intake.match,
            intake.open_ticket,
            building.build_node,
            recording.record,
            reconciling.find_lost_calls,
            reconciling.close_lost_call,
        ],
        graceful_shutdown_timeout=timedelta(seconds=3),
        sticky_queue_schedule_to_start_timeout=_STICKY,
        **_deployment(settings.build_id),
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
    """Create the Schedule that looks for lost calls; every worker tries, the first succeeds."""
    action = ScheduleActionStartWorkflow(
        L1Reconcile.run, FindLostCalls(_QUIET_FOR_SECONDS), id=RECONCILE_SCHEDULE, task_queue=TASK_QUEUE
    )
    schedule = Schedule(
        action=action,
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=_RECONCILE_EVERY)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=_RECONCILE_EVERY),
    )
    try:
        await client.create_schedule(RECONCILE_SCHEDULE, schedule)
    except ScheduleAlreadyRunningError:
        return
