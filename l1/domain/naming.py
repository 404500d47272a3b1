"""Names that the API, the workflows and the worker must agree on; clients and engineers see them in Temporal."""

from typing import Final
from uuid import UUID

TASK_QUEUE: Final = "l1-walks"
WALK_WORKFLOW: Final = "L1Walk"
RECONCILE_WORKFLOW: Final = "L1Reconcile"
RECONCILE_SCHEDULE: Final = "l1-reconcile"


def walk_workflow_id(session_id: UUID) -> str:
    return f"l1-walk-{session_id}"
