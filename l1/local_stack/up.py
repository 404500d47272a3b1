"""`l1 up`: PostgreSQL, Temporal, migrations, worker and API on one machine, in the foreground."""

import asyncio
import contextlib
import errno
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
from rich.console import Console

from l1.local_stack.dev_secrets import DevSecrets, load_or_create_secrets
from l1.local_stack.errors import DirectoryBusyError, PartFailedError
from l1.local_stack.part import Part
from l1.local_stack.postgres import EmbeddedPostgres, PostgresPasswords
from l1.local_stack.processes import Child, directory_lock, end, orphans_of, port_is_free
from l1.local_stack.stack_file import Stack, remove_stack, write_stack
from l1.local_stack.supervisor import Program, Supervisor
from l1.local_stack.temporal_server import EmbeddedTemporal
from l1.local_stack.tokens import DEMO_ACCOUNT, DEMO_PEOPLE, issue_token
from l1.settings import Settings, SettingsError
from l1.temporal.connection import temporal_is_configured

DEMO_TOKEN_LIFETIME = timedelta(hours=12)

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def run_stack(settings: Settings) -> int:
    """Run until SIGINT, SIGTERM or SIGHUP; give the exit code. A second signal kills what is still there.

    Raises SettingsError when a port or the data directory is taken, or the latter cannot be made (nothing is started
    then), and PartFailedError when a part does not come up.
    """
    console = Console(highlight=False, soft_wrap=True)
    data_dir = settings.data_dir.resolve()
    _make(data_dir)
    with _only_one(data_dir):
        remove_stack(data_dir)
        try:
            return asyncio.run(_LocalStack(settings, data_dir, console).run())
        finally:
            remove_stack(data_dir)


def _make(data_dir: Path) -> None:
    try:
        # Files in it are closed one by one; PostgreSQL, which root starts as another user, must be able to pass.
        data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        if not os.access(data_dir, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise SettingsError(
            f"The data directory {data_dir} cannot be used: {error.strerror}. "
            "Set L1_DATA_DIR to a directory that you may write to."
        ) from error


@contextlib.contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(directory_lock(data_dir / "up.lock"))
        except DirectoryBusyError:
            raise SettingsError(
                f"`make up` already runs on {data_dir}. Stop it with Ctrl-C, or set L1_DATA_DIR and the ports "
                "(L1_API_PORT, L1_TEMPORAL_PORT, L1_TEMPORAL_UI_PORT) for a second one."
            ) from None
        yield


class _LocalStack:
    def __init__(self, settings: Settings, data_dir: Path, console: Console) -> None:
        self._settings = settings
        self._data_dir = data_dir
        self._console = console
        self._started = time.monotonic()
        self._supervisor = Supervisor(self._say, self._write_stack_file)
        self._secrets: DevSecrets | None = None
        self._postgres: EmbeddedPostgres | None = None
        self._temporal: EmbeddedTemporal | None = None

    async def run(self) -> int:
        """Bring everything up and watch it until a signal comes."""
        life = asyncio.create_task(self._live())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._on_signal, life)
        try:
            await life
        except asyncio.CancelledError:
            self._say("Stopping …")
        finally:
            await self._supervisor.stop()
        self._say("Stopped. The calls are kept in " + str(self._settings.data_dir))
        return 0

    def _on_signal(self, life: "asyncio.Task[None]") -> None:
        if not life.done() and not life.cancelling():
            life.cancel()
        else:
            self._say("Killing what is still there.")
            self._supervisor.kill()

    async def _live(self) -> None:
        await end(orphans_of(self._data_dir, "migrate", "api", "worker", "temporal"), (signal.SIGTERM, 5.0))
        embed_temporal = not temporal_is_configured()
        check_ports(self._settings, embed_temporal=embed_temporal)
        self._secrets = load_or_create_secrets(self._data_dir)
        with self._console.status("Starting PostgreSQL and Temporal"):
            await self._supervisor.start(*self._servers(self._secrets, embed_temporal=embed_temporal))
        with self._console.status("Migrating the database"):
            await self._migrate()
        with self._console.status("Starting the worker and the API"):
            # The worker goes first, so that the API goes first when all is stopped.
            await self._supervisor.start(self._program("worker"))
            await self._supervisor.start(self._program("api"))
            watching = asyncio.create_task(self._supervisor.watch())
            try:
                await self._wait_until_ready()
            except BaseException:
                watching.cancel()
                raise
        self._announce(self._secrets)
        await watching

    def _servers(self, secrets: DevSecrets, *, embed_temporal: bool) -> list[Part]:
        parts: list[Part] = []
        if self._settings.database_url is None:
            passwords = PostgresPasswords(secrets.superuser_password, secrets.owner_password, secrets.app_password)
            self._postgres = EmbeddedPostgres(self._data_dir, passwords)
            parts.append(self._postgres)
        if embed_temporal:
            self._temporal = EmbeddedTemporal(
                self._data_dir,
                port=self._settings.temporal_port,
                ui_port=self._settings.temporal_ui_port,
                codec_endpoint=f"{self._settings.api_address}/codec",
                namespace=os.environ.get("TEMPORAL_NAMESPACE") or "default",
            )
            parts.append(self._temporal)
        return parts

    def _program(self, command: str) -> Program:
        return Program(command, _l1(command), data_dir=self._data_dir, env=self._environment())

    async def _migrate(self) -> None:
        env = self._environment()
        if self._postgres is not None:
            env["L1_MIGRATION_DATABASE_URL"] = self._postgres.owner_url
        child = await Child.start("migrate", _l1("migrate"), data_dir=self._data_dir, env=env)
        try:
            code = await child.wait()
        finally:
            await child.stop((signal.SIGTERM, 2.0))
        if code != 0:
            output = "\n".join(child.output()[-15:])
            raise PartFailedError(f"The database could not be migrated (log: {child.log_file}):\n{output}")

    async def _wait_until_ready(self) -> None:
        hint_after = time.monotonic() + 60
        async with httpx.AsyncClient(base_url=self._settings.api_address, trust_env=False, timeout=5) as client:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get("/readyz")).status_code == httpx.codes.OK:
                        return
                if time.monotonic() > hint_after:
                    self._say(f"Still not ready after a minute; see the logs in {self._data_dir / 'logs'}")
                    hint_after = float("inf")
                await asyncio.sleep(0.1)

    def _environment(self) -> dict[str, str]:
        env = dict(os.environ)
        env.pop("L1_MIGRATION_DATABASE_URL", None)
        if self._settings.migration_database_url is not None and self._postgres is None:
            env["L1_MIGRATION_DATABASE_URL"] = self._settings.migration_database_url
        env["L1_DATA_DIR"] = str(self._data_dir)
        env |= {f"L1_{name.upper()}": str(value) for name, value in self._resolved().items()}
        if self._secrets is not None:
            if self._settings.payload_keys is None:
                env["L1_PAYLOAD_KEYS"] = self._secrets.payload_keys
            if self._signs_tokens and self._settings.jwt_secret is None:
                env["L1_JWT_SECRET"] = self._secrets.jwt_secret
        return env

    def _resolved(self) -> dict[str, object]:
        """Give the settings that the stack has decided; they are no secrets of ours except the database's address."""
        values: dict[str, object] = {
            "api_host": self._settings.api_host,
            "api_port": self._settings.api_port,
            "temporal_port": self._settings.temporal_port,
            "temporal_ui_port": self._settings.temporal_ui_port,
        }
        if self._postgres is not None:
            values["database_url"] = self._postgres.app_url
        if self._temporal is not None and self._settings.api_host in _LOOPBACK:
            values["codec_open"] = "true"
        return values

    def _write_stack_file(self) -> None:
        settings = self._resolved()
        if self._postgres is not None:
            settings["migration_database_url"] = self._postgres.owner_url
        write_stack(self._data_dir, Stack(settings=settings, pids={"up": os.getpid(), **self._supervisor.pids}))

    def _announce(self, secrets: DevSecrets) -> None:
        self._say(f"Ready in {time.monotonic() - self._started:.1f} s")
        self._say(f"  API           {self._settings.api_address}/l1")
        self._say(f"  OpenAPI docs  {self._settings.api_address}/docs")
        if self._temporal is not None:
            self._say(f"  Temporal UI   http://127.0.0.1:{self._temporal.ui_port}")
        self._say(f"  Logs          {self._data_dir / 'logs'}")
        if not self._signs_tokens:
            self._say("Tokens come from the identity provider behind L1_JWKS_URL.")
            return
        secret = self._settings.jwt_secret.get_secret_value() if self._settings.jwt_secret else secrets.jwt_secret
        self._say(f"Bearer tokens of the demo account {DEMO_ACCOUNT}, good for 12 hours:")
        for person in DEMO_PEOPLE:
            self._say(f"  {person.name}")
            self._say(f"    {issue_token(secret, person, lifetime=DEMO_TOKEN_LIFETIME)}")
        self._say("Ctrl-C stops everything.")

    @property
    def _signs_tokens(self) -> bool:
        return self._settings.jwks_url is None

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False)


def check_ports(
    settings: Settings, *, embed_temporal: bool, is_free: Callable[[int, str], bool] = port_is_free
) -> None:
    """Raises SettingsError that names every port that is taken, and the setting that changes it."""
    wanted = [("API", "L1_API_PORT", settings.api_port, settings.api_host)]
    if embed_temporal:
        wanted += [
            ("Temporal", "L1_TEMPORAL_PORT", settings.temporal_port, "127.0.0.1"),
            ("Temporal Web UI", "L1_TEMPORAL_UI_PORT", settings.temporal_ui_port, "127.0.0.1"),
        ]
    faults = []
    used_by: dict[int, str] = {}
    for what, setting, port, host in wanted:
        if port in used_by:
            faults.append(f"{setting} and {used_by[port]} are both {port}; set one of them to another port.")
        elif not is_free(port, host):
            faults.append(f"Port {port} ({what}) is taken. Stop what listens there, or set {setting} to another port.")
        used_by[port] = setting
    if faults:
        raise SettingsError("\n".join(faults))


def _l1(command: str) -> list[str]:
    return [sys.executable, "-m", "l1.cli", command]
