"""`l1 up` as a whole: the real servers, the real worker and API, started and stopped as a person would."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx
import jwt
import pytest

from l1.local_stack.postgres import PostgresPasswords, embedded_postgres
from l1.local_stack.processes import free_port, is_alive, orphans_of, working_in
from l1.local_stack.temporal_server import embedded_temporal
from tests.l1.local_stack.waiting import wait_until

pytestmark = pytest.mark.usefixtures("servers")

PARTS = ("postgresql", "temporal", "worker", "api")
READY_SECONDS = 90
"""On a machine that does nothing else it is a few seconds; the tests share theirs."""


def stack_environment(data_dir: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("L1_", "TEMPORAL_"))}
    return kept | {
        "L1_DATA_DIR": str(data_dir),
        "L1_API_PORT": str(free_port()),
        "L1_TEMPORAL_PORT": str(free_port()),
        "L1_TEMPORAL_UI_PORT": str(free_port()),
        "TEMPORAL_CONFIG_FILE": os.devnull,
        "PYTHONUNBUFFERED": "1",
    }


@dataclass
class Up:
    """A running `l1 up` and what it has shown."""

    data_dir: Path
    env: dict[str, str]
    process: "subprocess.Popen[bytes]"
    log: IO[bytes] = field(repr=False)

    @classmethod
    def start(cls, data_dir: Path, env: dict[str, str]) -> "Up":
        log = (data_dir / "screen.txt").open("wb")
        command = [sys.executable, "-m", "l1.cli", "up"]
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)  # noqa: S603 - ours
        return cls(data_dir, env, process, log)

    @property
    def screen(self) -> str:
        return (self.data_dir / "screen.txt").read_text()

    @property
    def pids(self) -> dict[str, int]:
        pids: dict[str, int] = self.stack["pids"]
        return pids

    @property
    def stack(self) -> dict[str, Any]:
        stack: dict[str, Any] = json.loads((self.data_dir / "stack.json").read_text())
        return stack

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.env['L1_API_PORT']}{path}"

    def is_ready(self) -> bool:
        try:
            return httpx.get(self.url("/readyz"), trust_env=False).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def wait_until_announced(self) -> None:
        wait_until(lambda: "Ready in" in self.screen or self.process.poll() is not None, READY_SECONDS)
        assert self.process.poll() is None, self.screen
        wait_until(lambda: "Ctrl-C stops everything." in self.screen)

    def end(self) -> None:
        """Leave nothing behind, whatever the test has done."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        wait_until(lambda: not left_over(self.data_dir))


def run(*arguments: str, env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "l1.cli", *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - ours


def left_over(data_dir: Path) -> list[int]:
    postgres = data_dir / "postgres"
    running = working_in(postgres) if postgres.exists() else []
    return [pid for pid in (*orphans_of(data_dir, *PARTS, "migrate"), *running) if is_alive(pid)]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("up") / "with a space"


@pytest.fixture
def up(data_dir: Path) -> Iterator[Up]:
    data_dir.mkdir(exist_ok=True)
    running = Up.start(data_dir, stack_environment(data_dir))
    try:
        running.wait_until_announced()
        yield running
    finally:
        running.end()


@pytest.fixture(scope="module")
def shared_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One for the tests that leave it running."""
    data_dir = tmp_path_factory.mktemp("shared") / "with a space"
    data_dir.mkdir()
    running = Up.start(data_dir, stack_environment(data_dir))
    try:
        running.wait_until_announced()
        yield running
    finally:
        running.end()


@pytest.mark.timeout(200)
def test_it_comes_up_says_where_and_hands_out_a_working_token_for_every_role(shared_up: Up) -> None:
    assert shared_up.is_ready()
    assert shared_up.url("/docs") in shared_up.screen
    assert f"http://127.0.0.1:{shared_up.env['L1_TEMPORAL_UI_PORT']}" in shared_up.screen
    secret = json.loads((shared_up.data_dir / "secrets.json").read_text())["jwt_secret"]
    tokens = re.findall(r"^ +(ey\S+)$", shared_up.screen, flags=re.MULTILINE)
    claims = [jwt.decode(token, secret, algorithms=["HS256"]) for token in tokens]
    assert [(claim["role"], claim["covers_l1"]) for claim in claims] == [
        ("l1", False),
        ("engineer", False),
        ("engineer", True),
        ("admin", False),
        ("owner", False),
    ]
    assert set(shared_up.pids) == {"up", *PARTS}
    assert (shared_up.data_dir / "stack.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.timeout(200)
def test_a_command_in_a_second_terminal_finds_the_stack(shared_up: Up) -> None:
    env = {key: value for key, value in shared_up.env.items() if key == "L1_DATA_DIR" or not key.startswith("L1_")}
    result = run("migrate", env=env)
    assert result.returncode == 0, result.stderr
    account = "d0000000-0000-4000-8000-000000000000"
    arguments = ("--account", account, "--user", account, "--role", "l1")
    token = run("token", *arguments, env=env).stdout.strip()
    secret = json.loads((shared_up.data_dir / "secrets.json").read_text())["jwt_secret"]
    assert jwt.decode(token, secret, algorithms=["HS256"])["account_id"] == account


@pytest.mark.timeout(300)
def test_each_part_that_dies_is_started_again_and_the_screen_says_so(shared_up: Up) -> None:
    for part in PARTS:
        before = shared_up.pids[part]
        os.kill(before, signal.SIGKILL)
        wait_until(lambda part=part, before=before: shared_up.pids.get(part, before) != before)  # type: ignore[misc]
        assert f"{part} was ended by SIGKILL; starting it again in 0.2 s" in shared_up.screen
        wait_until(shared_up.is_ready, READY_SECONDS)
    assert set(shared_up.pids) == {"up", *PARTS}


@pytest.mark.timeout(200)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_it_stops_cleanly_within_ten_seconds_and_leaves_no_process(up: Up, number: signal.Signals) -> None:
    pids = up.pids
    started = time.monotonic()
    up.process.send_signal(number)
    assert up.process.wait(15) == 0
    assert time.monotonic() - started < 10
    assert not [name for name, pid in pids.items() if is_alive(pid)]
    assert not left_over(up.data_dir)
    assert not (up.data_dir / "stack.json").exists()
    assert "database system is shut down" in (up.data_dir / "logs" / "postgresql.log").read_text().splitlines()[-1]


@pytest.mark.timeout(200)
def test_a_second_signal_kills_what_is_still_there(up: Up) -> None:
    pids = up.pids
    up.process.send_signal(signal.SIGINT)
    wait_until(lambda: "Stopping" in up.screen)
    up.process.send_signal(signal.SIGINT)
    up.process.wait(5)
    assert "Killing what is still there." in up.screen
    assert not [name for name, pid in pids.items() if is_alive(pid)]


@pytest.mark.timeout(200)
def test_a_killed_supervisor_leaves_nothing_that_blocks_the_next_start(up: Up) -> None:
    up.process.kill()
    up.process.wait()
    again = Up.start(up.data_dir, up.env)  # the same ports, while the orphans may still be going
    try:
        again.wait_until_announced()
        assert again.is_ready()
    finally:
        again.end()


@pytest.mark.timeout(200)
def test_a_second_one_on_the_same_data_is_refused(shared_up: Up) -> None:
    result = run("up", env=shared_up.env)
    assert result.returncode == 2
    assert "already runs on" in result.stderr
    assert "L1_DATA_DIR" in result.stderr
    assert shared_up.is_ready()


@pytest.mark.parametrize(
    ("setting", "what"),
    [("L1_API_PORT", "API"), ("L1_TEMPORAL_PORT", "Temporal"), ("L1_TEMPORAL_UI_PORT", "Temporal Web UI")],
)
def test_a_taken_port_is_named_and_nothing_is_started(tmp_path: Path, setting: str, what: str) -> None:
    env = stack_environment(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        env[setting] = str(listener.getsockname()[1])
        result = run("up", env=env)
    assert result.returncode == 2
    assert (
        result.stderr == f"Port {env[setting]} ({what}) is taken. "
        f"Stop what listens there, or set {setting} to another port.\n"
    )
    assert not result.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["up.lock"]


@pytest.mark.timeout(200)
async def test_with_a_database_and_a_temporal_given_nothing_embedded_is_started(tmp_path: Path) -> None:
    passwords = PostgresPasswords("superuser", "owner", "app")
    async with (
        embedded_postgres(tmp_path / "elsewhere", passwords) as postgres,
        embedded_temporal(tmp_path / "elsewhere") as temporal,
    ):
        env = stack_environment(tmp_path) | {
            "L1_DATABASE_URL": postgres.app_url,
            "L1_MIGRATION_DATABASE_URL": postgres.owner_url,
            "TEMPORAL_ADDRESS": temporal.address,
        }
        up = Up.start(tmp_path, env)
        try:
            await asyncio.to_thread(up.wait_until_announced)
            assert set(up.pids) == {"up", "worker", "api"}
            assert not (tmp_path / "postgres").exists()
            assert not (tmp_path / "temporal.db").exists()
            assert "Temporal UI" not in up.screen
            assert up.is_ready()
        finally:
            await asyncio.to_thread(up.end)
        assert postgres.child.running
        assert temporal.child.running


@pytest.mark.timeout(200)
def test_a_migration_that_fails_stops_everything_and_is_shown(tmp_path: Path) -> None:
    env = stack_environment(tmp_path) | {"L1_DATABASE_URL": f"postgresql://nobody@127.0.0.1:{free_port()}/l1"}
    result = run("up", env=env)
    assert result.returncode == 1
    assert "The database could not be migrated" in result.stderr
    assert "The database does not answer" in result.stderr
    assert "Traceback" not in result.stderr
    assert not left_over(tmp_path)
