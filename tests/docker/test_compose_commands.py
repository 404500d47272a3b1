"""The very commands that docker-compose.yml names, with its environment, against the embedded servers."""

import os
import signal
import subprocess
import sysconfig
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from l1.local_stack.postgres import PostgresPasswords, embedded_postgres
from l1.local_stack.processes import free_port
from l1.local_stack.temporal_server import embedded_temporal
from tests.docker import compose
from tests.docker.test_compose import REQUIRED
from tests.l1.local_stack.waiting import wait_until

pytestmark = pytest.mark.usefixtures("servers")

PRODUCTION = {**REQUIRED, "L1_JWT_SECRET": "a secret of more than thirty-two bytes"}
PASSWORDS = PostgresPasswords(REQUIRED["POSTGRES_PASSWORD"], REQUIRED["L1_OWNER_PASSWORD"], REQUIRED["L1_APP_PASSWORD"])


class Containers:
    """Starts what a container of a service would start, with nothing of this machine's environment but PATH."""

    def __init__(self, directory: Path, hosts: dict[str, str], api_port: int) -> None:
        self.directory = directory
        self.hosts = hosts
        self.api = f"http://127.0.0.1:{api_port}"
        self._api_port = api_port

    def run(self, service: str) -> compose.ServiceRun:
        return compose.service_run(service, PRODUCTION, self.hosts)

    def execute(self, command: list[str], service: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603 - ours
            self._program(command),
            env=self._environment(service),
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
        )

    @contextmanager
    def up(self, service: str) -> Iterator["subprocess.Popen[bytes]"]:
        with (self.directory / f"{service}.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - ours
                self._program(self.run(service).command),
                env=self._environment(service),
                cwd=self.directory,
                stdout=log,
                stderr=log,
            )
            try:
                yield process
            finally:
                process.kill()
                process.wait()

    def log(self, service: str) -> str:
        return (self.directory / f"{service}.log").read_text()

    def healthy(self, service: str) -> bool:
        check = self.run(service).health_check
        assert check
        return self.execute(check, service).returncode == 0

    def _program(self, command: list[str]) -> list[str]:
        return [str(Path(sysconfig.get_path("scripts")) / command[0]), *command[1:]]

    def _environment(self, service: str) -> dict[str, str]:
        given = self.run(service).environment
        if "L1_API_PORT" in given:  # 8000 in its container, which it shares with nobody
            given |= {"L1_API_PORT": str(self._api_port), "L1_API_HOST": "127.0.0.1"}
        return {"PATH": os.environ["PATH"], "HOME": str(self.directory), **given}


@pytest.fixture(scope="module")
async def containers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Containers]:
    directory = tmp_path_factory.mktemp("production")
    async with (
        embedded_postgres(directory / "servers", PASSWORDS) as postgres,
        embedded_temporal(directory / "servers", search_attributes={}) as temporal,
    ):
        hosts = {"postgres:5432": f"127.0.0.1:{postgres.port}", "temporal:7233": temporal.address}
        yield Containers(directory, hosts, free_port())


@pytest.mark.timeout(180)
def test_migrate_then_worker_and_api_come_up_healthy_and_stop_when_told(containers: Containers) -> None:
    for _ in range(2):  # a container that is started again must find nothing to do
        migrated = containers.execute(containers.run("migrate").command, "migrate")
        assert migrated.returncode == 0, migrated.stderr
        assert "not registered" not in migrated.stderr
    assert not containers.healthy("worker")
    assert not containers.healthy("api")
    with containers.up("api") as api, containers.up("worker") as worker:
        wait_until(lambda: containers.healthy("api"), 60)
        wait_until(lambda: containers.healthy("worker"), 60)
        wait_until(lambda: httpx.get(f"{containers.api}/readyz", trust_env=False).is_success, 60)
        for process in (api, worker):
            process.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0, containers.log("worker")
        assert api.wait(20) in (0, -signal.SIGTERM), containers.log("api")
    for service in ("api", "worker"):
        assert "Traceback" not in containers.log(service)
        assert all(line.startswith("{") for line in containers.log(service).splitlines())


def test_the_api_does_not_start_without_a_way_to_check_tokens(
    containers: Containers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(PRODUCTION, "L1_JWT_SECRET")
    refused = containers.execute(containers.run("api").command, "api")
    assert refused.returncode == 2
    assert "L1_JWKS_URL" in refused.stderr
