"""`l1 up` that is stopped or killed with calls open, and started again on the same data."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.technician import Technician
from tests.l1.local_stack.test_up import Up, stack_environment
from tests.l1.local_stack.waiting import wait_until

pytestmark = pytest.mark.usefixtures("servers")

SOON = timedelta(seconds=3)
"""Within which a call is escalated, after its limit or after the stack is there again."""


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("second_start")


@contextmanager
def started(data_dir: Path, env: dict[str, str]) -> Iterator[Up]:
    up = Up.start(data_dir, env)
    try:
        up.wait_until_announced()
        yield up
    finally:
        up.end()


def at(time_of: str) -> datetime:
    return datetime.fromisoformat(time_of)


def sleep_until(moment: datetime) -> None:
    time.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))


@pytest.mark.timeout(300)
def test_open_walks_and_their_timers_go_on_after_a_stop(data_dir: Path) -> None:
    env = stack_environment(data_dir)
    with ExitStack() as desks:
        with started(data_dir, env) as up:
            calm, timed, overdue = (desks.enter_context(Technician(up)) for _ in range(3))
            going_on = calm.step(calm.take_call(customer_name="Ada Byron"), "Again", note="before")
            timed.stall_after(12)
            to_stall = timed.take_call()
            overdue.stall_after(2)
            to_stall_while_down = overdue.take_call()
            up.process.send_signal(signal.SIGTERM)
            assert up.process.wait(15) == 0
        sleep_until(at(to_stall_while_down["stall_deadline"]))
        with started(data_dir, env):
            ready = datetime.now(UTC)
            assert calm.session(going_on) == going_on
            assert calm.get("/sessions/active") == [going_on]
            assert_escalated_at_its_time(overdue, to_stall_while_down, ready)
            after = calm.step(going_on, "Yes", note="after")
            assert [entry["note"] for entry in after["walked_path"]] == ["before", "after"]
            assert after["revision"] == going_on["revision"] + 1
            assert_escalated_at_its_time(timed, to_stall, ready)
            assert calm.post(f"/sessions/{after['id']}/resolve", {"helpful": True})["status"] == "resolved"


def assert_escalated_at_its_time(technician: Technician, call: dict[str, Any], ready: datetime) -> None:
    """At its limit, or once the stack was there again if it was down at that time."""

    def is_escalated() -> bool:
        return bool(technician.session(call)["status"] == "escalated")

    wait_until(is_escalated, 30)
    escalation = technician.session(call)["escalation"]
    assert (escalation["by"], escalation["reason_category"]) == ("timeout", "stalled")
    assert at(call["stall_deadline"]) <= at(escalation["at"]) < max(at(call["stall_deadline"]), ready) + SOON


@pytest.mark.timeout(300)
def test_every_step_that_was_acknowledged_before_a_kill_is_there_after_the_next_start(data_dir: Path) -> None:
    env = stack_environment(data_dir)
    acknowledged: list[str] = []
    with ExitStack() as desks:
        with started(data_dir, env) as up:
            technician = desks.enter_context(Technician(up))
            call = technician.take_call()
            step_until(lambda: len(acknowledged) == 20, technician, call, acknowledged)
            up.process.kill()
            with pytest.raises((httpx.TransportError, AssertionError)):
                step_until(lambda: False, technician, call, acknowledged)
            up.process.wait()
        with started(data_dir, env):
            found = [entry["note"] for entry in technician.session(call)["walked_path"]]
            assert found[: len(acknowledged)] == acknowledged
            unanswered = str(len(acknowledged))  # sent, and either lost or taken, but answered to nobody
            assert found[len(acknowledged) :] in ([], [unanswered])
            technician.step(call, "Again", note=unanswered, key=unanswered)
            final = technician.step(call, "Yes", note="the end")
            assert [entry["note"] for entry in final["walked_path"]] == [*acknowledged, unanswered, "the end"]


def step_until(
    is_enough: Callable[[], bool], technician: Technician, call: dict[str, Any], acknowledged: list[str]
) -> None:
    """Send steps, numbered by their notes and keys; ends with the error of the first that is not answered."""
    path = f"/sessions/{call['id']}/step"
    while not is_enough():
        note = str(len(acknowledged))
        response = technician.send("POST", path, {"node_id": "n1", "answer": "Again", "note": note}, note)
        assert response.status_code == httpx.codes.OK, response.text
        acknowledged.append(note)
