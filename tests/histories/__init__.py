"""Recorded histories of walks, replayed by tests.workflows.test_replay against today's code.

`python -m tests.histories.record` (`make histories`) adds those of scenarios that have none yet. A history that is
there is never recorded again: it stands for the walks that are under way in production while a new version is rolled
out. When the workflow learns something, add a scenario; when a change breaks a history, patch the workflow.

They are encrypted as in production, under a key that everybody has, so that a replay reads them as a worker would.
"""

from pathlib import Path
from typing import Final

from l1.temporal.connection import data_converter

FOLDER: Final = Path(__file__).parent

CONVERTER: Final = data_converter({"histories": bytes(32)})
"""Production's converter and codec. The key is no secret: nothing but invented calls is under it."""
