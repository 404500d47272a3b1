"""A stack of the benchmarks' own: `l1 up` as everybody runs it, on free ports and an empty data directory."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from bench.rest import Refused, Rest
from l1.domain.roles import Role
from l1.local_stack.dev_secrets import load_or_create_secrets
from l1.local_stack.errors import PartFailedError
from l1.local_stack.processes import Child, free_port
from l1.local_stack.stack_file import Stack as StackFile
from l1.local_stack.stack_file import read_stack
from l1.local_stack.tokens import Person, issue_token
from l1.settings import Settings

_READY_SECONDS = 120.0
_STOP = ((signal.SIGTERM, 20.0),)

_NO_DELAY = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
"""Without it a body waits, by Nagle's algorithm, for the acknowledgement of its headers: 40 ms of no server's."""


@dataclass(frozen=True)
class OwnStack:
    """`seconds` is how long it took from the command to the first good answer of /readyz."""

    data_dir: Path
    env: Mapping[str, str]
    child: Child
    seconds: float

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.env['L1_API_PORT']}"

    @property
    def temporal_address(self) -> str:
        return f"127.0.0.1:{self.env['L1_TEMPORAL_PORT']}"

    @property
    def pids(self) -> dict[str, int]:
        """Process ids by part: up, postgresql, temporal, worker, api."""
        return self._file.pids

    @property
    def owner_url(self) -> str:
        """Address of the database for asyncpg, as the role that may create tables."""
        return str(self._file.settings["migration_database_url"]).replace("+asyncpg", "")

    def settings(self) -> Settings:
        secrets = load_or_create_secrets(self.data_dir)
        values: dict[str, Any] = {"payload_keys": secrets.payload_keys, "data_dir": self.data_dir}
        return Settings(**values)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Rest]:
        """Give the people of an account that nobody has used yet."""
        account = uuid4()
        technician, engineer = (self.token(account, role) for role in (Role.L1, Role.ENGINEER))
        async with rest_client(self.base_url, technician=technician, engineer=engineer) as rest:
            yield rest

    @property
    def _file(self) -> StackFile:
        file = read_stack(self.data_dir)
        if file is None:
            raise PartFailedError("The stack of the benchmark has gone.")
        return file

    def token(self, account: UUID, role: Role) -> str:
        person = Person(account, uuid4(), role, f"Bench {role.value}")
        return issue_token(load_or_create_secrets(self.data_dir).jwt_secret, person, lifetime=timedelta(hours=12))


@asynccontextmanager
async def rest_client(base_url: str, *, technician: str, engineer: str) -> AsyncIterator[Rest]:
    # More connections than walks at once, or waiting for one of them would be measured too.
    # The server closes a connection after some idle seconds; a request that is just leaving on it would be lost.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=200, keepalive_expiry=2)
    transport = httpx.AsyncHTTPTransport(limits=limits, socket_options=[_NO_DELAY])
    async with httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=60, transport=transport) as http:
        yield Rest(http, technician=technician, engineer=engineer)


@contextmanager
def data_directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="l1-bench-") as folder:
        yield Path(folder) / "data"


@asynccontextmanager
async def own_stack(data_dir: Path, **settings: str) -> AsyncIterator[OwnStack]:
    """Run `l1 up` on the directory, with these variables of the environment, for the length of the block.

    Raises PartFailedError with the end of its screen when it does not come up, or when a request goes wrong meanwhile:
    what the stack says of itself is gone with its directory afterwards.
    """
    env = {name: value for name, value in os.environ.items() if not name.startswith(("L1_", "TEMPORAL_"))} | {
        "L1_DATA_DIR": str(data_dir),
        "L1_API_PORT": str(free_port()),
        "L1_TEMPORAL_PORT": str(free_port()),
        "L1_TEMPORAL_UI_PORT": str(free_port()),
        "TEMPORAL_CONFIG_FILE": os.devnull,
        **settings,
    }
    started = time.perf_counter()
    command = [sys.executable, "-m", "l1.cli", "up"]
    # Its screen goes beside the data directory, which belongs to `l1 up`.
    child = await Child.start("up", command, data_dir=data_dir.parent, env=env)
    try:
        await _wait_until_ready(child, env["L1_API_PORT"])
        yield OwnStack(data_dir, env, child, time.perf_counter() - started)
    except (Refused, httpx.HTTPError) as error:
        raise PartFailedError(f"{type(error).__name__}: {error}\n" + _screen(child)) from error
    finally:
        await child.stop(*_STOP)


async def _wait_until_ready(child: Child, port: str) -> None:
    deadline = time.perf_counter() + _READY_SECONDS
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=5) as client:
        while child.running and time.perf_counter() < deadline:
            try:
                if (await client.get("/readyz")).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    raise PartFailedError("`l1 up` did not become ready:\n" + _screen(child))


def _screen(child: Child) -> str:
    """The last lines, without the tokens among them."""
    return "\n".join(line for line in child.output() if not line.strip().startswith("ey"))[-2000:]
