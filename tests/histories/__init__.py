"""Recorded histories of walks, replayed by tests.workflows.test_replay against today's code.

`python -m tests.histories.record` (`make histories`) adds those of scenarios that have none yet. A history that is
there is never recorded again: it stands for the walks that are under way in production while a new version is rolled
out. When the workflow learns something, add a scenario; when a change breaks a history, patch the workflow.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
