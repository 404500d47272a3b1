import json
import logging
from uuid import UUID

import pytest
import structlog

from l1.cli.logs import REDACTED, configure_logging, redact

pytestmark = pytest.mark.usefixtures("logging_as_before")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_what_customers_say_is_redacted_at_any_depth() -> None:
    event = redact(
        None,
        "info",
        {
            "event": "step",
            "session_id": UUID(int=1),
            "note": "her password is on a yellow sticker",
            "command": {"answer": "Yes"},
            "rows": [{"problem_statement": "Outlook", "revision": 3}],
        },
    )
    assert event == {
        "event": "step",
        "session_id": UUID(int=1),
        "note": REDACTED,
        "command": REDACTED,
        "rows": [{"problem_statement": REDACTED, "revision": 3}],
    }


def test_an_object_is_logged_by_its_type_alone() -> None:
    class Walk:
        def __repr__(self) -> str:
            return "Walk(problem_statement='Outlook')"

    assert redact(None, "info", {"walk": Walk()}) == {"walk": "<Walk>"}


def test_json_lines_carry_level_logger_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    structlog.stdlib.get_logger("api").info("answered", status=200, text="said")
    [line] = lines(capsys)
    assert line.pop("timestamp")
    assert line == {"event": "answered", "level": "info", "logger": "api", "status": 200, "text": REDACTED}


def test_lines_of_other_libraries_take_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    logging.getLogger("temporalio.activity").warning(
        "retrying %s", "record", extra={"temporal_activity": {"attempt": 2, "input": ["said"]}}
    )
    [line] = lines(capsys)
    assert line["event"] == "retrying record"
    assert line["temporal_activity"] == {"attempt": 2, "input": REDACTED}


def test_a_traceback_shows_no_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "console")
    said = {"password": "yellow sticker"}
    try:
        said["user"]
    except KeyError:
        structlog.stdlib.get_logger("api").exception("failed")
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "yellow" not in shown


def test_lines_below_the_level_are_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("warning", "json")
    structlog.stdlib.get_logger("api").info("quiet")
    assert not lines(capsys)
