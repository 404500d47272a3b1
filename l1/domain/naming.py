"""Names that the API, the workflows and the worker must agree on; clients and engineers see them in Temporal."""

from typing import Final
from uuid import UUID

TASK_QUEUE: Final = "l1-walks"
WALK_WORKFLOW: Final = "L1Walk"
RECONCILE_WORKFLOW: Final = "L1Reconcile"
RECONCILE_SCHEDULE: Final = "l1-reconcile"
DELIVER_WORKFLOW: Final = "L1Deliver"
DELIVERY_QUEUE: Final = "l1-deliveries"
"""A queue apart from the walks', so that receivers that hang keep none of them waiting."""
DELIVERIES_ADDED: Final = "deliveries_added"
"""The signal that tells an L1Deliver to look for deliveries again."""


def walk_workflow_id(session_id: UUID) -> str:
    return f"l1-walk-{session_id}"


def deliver_workflow_id(session_id: UUID) -> str:
    return f"l1-deliver-{session_id}"


FIRST_TICKET_NUMBER: Final = 1001
"""That of an account's first ticket: all have four digits, until there are ten thousand."""


def ticket_number(number: int) -> str:
    """Name a ticket so that one can say it on the telephone."""
    return f"T-{number}"
