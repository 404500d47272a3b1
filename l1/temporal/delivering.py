"""Setting deliveries going: the workflow that delivers what is pending of one walk."""

import asyncio
from uuid import UUID

import structlog
from temporalio.client import Client
from temporalio.common import Priority
from temporalio.service import RPCError

from l1.domain.delivery import DeliveriesOf
from l1.domain.naming import DELIVER_WORKFLOW, DELIVERIES_ADDED, DELIVERY_QUEUE, deliver_workflow_id
from l1.temporal import search_attributes

_log = structlog.stdlib.get_logger(__name__)

_WITHIN = 1.0
"""Seconds. Whoever has recorded something goes on after that: the reconciler finds what lies undelivered."""


async def start_delivering(client: Client, account_id: UUID, session_id: UUID) -> bool:
    """Start the walk's L1Deliver, or tell the one that runs. Return whether Temporal has taken it; never raises."""
    try:
        async with asyncio.timeout(_WITHIN):
            await client.start_workflow(
                DELIVER_WORKFLOW,
                DeliveriesOf(account_id, session_id),
                id=deliver_workflow_id(session_id),
                task_queue=DELIVERY_QUEUE,
                start_signal=DELIVERIES_ADDED,
                search_attributes=search_attributes.on_start(account_id),
                static_summary="Notifications of an L1 call",
                priority=Priority(fairness_key=str(account_id)),
            )
    except (TimeoutError, RPCError, RuntimeError) as error:  # RuntimeError: a client that cannot connect
        _log.warning("deliveries wait for the reconciler", session_id=str(session_id), cause=type(error).__name__)
        return False
    return True
