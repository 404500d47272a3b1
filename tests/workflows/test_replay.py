"""Walks that began under an earlier version of the code go on under this one."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from l1.temporal.task_time import TimedTasks
from tests.histories import CONVERTER, FOLDER
from tests.histories.scenarios import SCENARIOS
from workflows.deliver import L1Deliver
from workflows.reconcile import L1Reconcile
from workflows.walk import L1Walk

HISTORIES = sorted(FOLDER.glob("*.json"))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_recorded_history_replays(path: Path) -> None:
    replayer = Replayer(
        workflows=[L1Walk, L1Deliver, L1Reconcile],
        data_converter=CONVERTER,
        workflow_task_executor=TimedTasks(),
    )
    history = WorkflowHistory.from_json(f"l1-walk-{path.stem}", path.read_text())
    await replayer.replay_workflow(history)


def test_every_scenario_has_its_history() -> None:
    recorded = {path.name.split(".")[0] for path in HISTORIES}
    assert recorded >= set(SCENARIOS), "record the missing ones: make histories"
