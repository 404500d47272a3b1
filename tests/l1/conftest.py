import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from l1.settings import Settings


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No L1_ variable of the caller's shell, and a data directory of the test's own."""
    for field in Settings.model_fields:
        monkeypatch.delenv(f"L1_{field.upper()}", raising=False)
    monkeypatch.setenv("L1_DATA_DIR", str(tmp_path))


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    """Takes back what a command did to the logging of the process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
