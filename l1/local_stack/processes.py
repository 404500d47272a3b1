"""Child processes of `l1 up` and of the tests: started apart from the terminal, logged to a file, never left behind."""

import asyncio
import contextlib
import random
import shutil
import signal
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from l1.local_stack.errors import DirectoryBusyError, PartFailedError

_MARKER = "RESOLUTIONFLOW_PART"
"""Environment variable that marks a child with its data directory and name, so that an orphan can be found."""

_LOG_KEPT_BYTES = 5 * 1024 * 1024


class Child:
    """One child process.

    It runs in a session of its own, so that Ctrl-C reaches only the parent, which then stops the children in order.
    On Linux the kernel sends it `death_signal` when the parent dies without having stopped it.
    """

    def __init__(self, name: str, process: asyncio.subprocess.Process, log_file: Path, log_start: int) -> None:
        self.name = name
        self.log_file = log_file
        self._log_start = log_start
        self._process = process

    @classmethod
    async def start(  # noqa: PLR0913 - everything that tells one child from another, all named
        cls,
        name: str,
        command: Sequence[str],
        *,
        data_dir: Path,
        env: Mapping[str, str],
        cwd: Path | None = None,
        privileges: Sequence[str] = (),
        death_signal: signal.Signals = signal.SIGTERM,
    ) -> "Child":
        log_file = log_file_of(data_dir, name)
        log_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        rotate(log_file)
        with log_file.open("ab") as log:
            log_file.chmod(0o600)
            log_start = log.tell()
            process = await asyncio.create_subprocess_exec(
                *with_death_signal(command, death_signal, privileges),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**env, _MARKER: _mark(data_dir, name)},
                cwd=cwd,
                start_new_session=True,
                umask=0o077,
            )
        return cls(name, process, log_file, log_start)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.returncode is None

    async def wait(self) -> int:
        return await self._process.wait()

    def send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def stop(self, *escalation: tuple[signal.Signals, float]) -> int:
        """Send each signal in turn, waiting its seconds for the process to go, then SIGKILL."""
        for number, seconds in escalation:
            if not self.running:
                break
            self.send(number)
            with contextlib.suppress(TimeoutError):
                return await asyncio.wait_for(self.wait(), seconds)
        if self.running:
            self.send(signal.SIGKILL)
        return await self.wait()

    def output(self) -> list[str]:
        """Give the lines that this process (not an earlier one of its name) has logged, at most the last 16 KiB."""
        try:
            with self.log_file.open("rb") as log:
                log.seek(max(self._log_start, self.log_file.stat().st_size - 16_384))
                return [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
        except FileNotFoundError:
            return []


def with_death_signal(
    command: Sequence[str], death_signal: signal.Signals, privileges: Sequence[str] = ()
) -> list[str]:
    """Prefix the command so that it dies with its parent; `privileges` are further options of setpriv.

    setpriv executes the command in its own place, so the process id stays. It sets the signal after it changed
    users, which would otherwise clear it. Where there is no setpriv (macOS), an orphan is found at the next start.
    """
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    if setpriv is None:
        return list(command)
    return [setpriv, "--pdeathsig", death_signal.name.removeprefix("SIG"), *privileges, *command]


def log_file_of(data_dir: Path, name: str) -> Path:
    return data_dir / "logs" / f"{name}.log"


def rotate(log_file: Path) -> None:
    """Keep one earlier log once it has grown past 5 MiB; called when nothing writes to it."""
    if log_file.exists() and log_file.stat().st_size > _LOG_KEPT_BYTES:
        log_file.replace(log_file.with_suffix(".log.1"))


@contextlib.contextmanager
def directory_lock(lock_file: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file; the kernel lets it go when the process ends, however it ends.

    Raises DirectoryBusyError when another process has it.
    """
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(lock_file)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise DirectoryBusyError(
            f"{lock_file.parent} is in use by another process. Stop it, or set L1_DATA_DIR to another directory."
        ) from error
    try:
        yield
    finally:
        lock.release()


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # Without it, connections of a server that just stopped would make its port look taken for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Give a port of 127.0.0.1 that nothing listens on.

    It lies below the range from which systems take the ports of outgoing connections, so that nobody gets it by
    chance while its server restarts.
    """
    for _ in range(200):
        port = random.randint(15_000, 32_000)  # noqa: S311 - no secret
        if port_is_free(port):
            return port
    raise PartFailedError("No free port between 15000 and 32000 on 127.0.0.1.")


def orphans_of(data_dir: Path, *names: str) -> list[int]:
    """Find children of these names that an earlier parent left behind on this data directory.

    The caller holds the lock of those names, so none of them is live.
    """
    marks = {_mark(data_dir, name) for name in names}
    return [process.pid for process in psutil.process_iter(["environ"]) if _environment(process).get(_MARKER) in marks]


def working_in(directory: Path) -> list[int]:
    """Processes whose working directory is this one."""
    target = str(directory.resolve())
    return [process.pid for process in psutil.process_iter(["cwd"]) if process.info["cwd"] == target]


def parent_of(pid: int) -> int | None:
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).ppid()
    return None


def is_alive(pid: int) -> bool:
    """Whether the process runs. One that has ended but was not waited for by its parent does not."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


async def end(pids: Sequence[int], *escalation: tuple[signal.Signals, float]) -> None:
    """Stop processes that are not our children: each signal in turn, waiting its seconds, then SIGKILL."""
    loop = asyncio.get_running_loop()
    for number, seconds in (*escalation, (signal.SIGKILL, 5.0)):
        deadline = loop.time() + seconds
        for pid in pids:
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(pid).send_signal(number)
        while any(is_alive(pid) for pid in pids):
            if loop.time() > deadline:
                break
            await asyncio.sleep(0.02)
        else:
            return


def _environment(process: psutil.Process) -> Mapping[str, str]:
    """Give what it was started with; nothing where another user's process does not show it."""
    return process.info["environ"] or {}


def _mark(data_dir: Path, name: str) -> str:
    return f"{data_dir.resolve()}#{name}"
