"""Whom PostgreSQL runs as. It refuses to run as root, so root starts it as a system user of its own."""

import contextlib
import os
import pwd
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from l1.local_stack.errors import PartFailedError

SYSTEM_USER = "l1-postgres"

_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2
_CAP_SETPCAP = 8


@dataclass(frozen=True)
class ServerAccount:
    uid: int
    gid: int

    def privileges(self, binary: Path) -> list[str]:
        """Options of setpriv that become this user and keep one right of root: to pass directories and to read.

        With it the server reaches its binaries and its data below directories closed to others, such as /root. Where
        the binary itself may be executed by root alone (installed with umask 077), the right has to be the larger one.
        `no_setuid_fixup`: without it the kernel leaves that right out of account in access(2), by which PostgreSQL
        looks for itself.
        """
        options = ["--reuid", str(self.uid), "--regid", str(self.gid), "--clear-groups"]
        held = _bounding_set()
        for capability, number in (("dac_read_search", _CAP_DAC_READ_SEARCH), ("dac_override", _CAP_DAC_OVERRIDE)):
            if not held >> number & 1 or (number == _CAP_DAC_READ_SEARCH and not _executable_by_others(binary)):
                continue
            if held >> _CAP_SETPCAP & 1:
                options += ["--securebits", "+no_setuid_fixup"]
            return [*options, f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}"]
        return options

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)


def server_account(data: Path) -> ServerAccount | None:
    """Give the account for the server of this data directory; None means: as whoever we are.

    Data that exist already stay with their owner, even if the system user came or went since, or if an ordinary user
    made them and root starts them this time.
    """
    if os.geteuid() != 0:
        return None
    if sys.platform != "linux" or shutil.which("setpriv") is None:
        raise PartFailedError(
            "PostgreSQL can't run as root here (no setpriv). Run as an ordinary user, or set L1_DATABASE_URL."
        )
    if data.exists() and data.stat().st_uid != 0:
        return ServerAccount(data.stat().st_uid, data.stat().st_gid)
    for name in (SYSTEM_USER, "nobody"):
        if name == SYSTEM_USER:
            _create_system_user()
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return ServerAccount(entry.pw_uid, entry.pw_gid)
    raise PartFailedError(
        f"PostgreSQL can't run as root, and there is no user {SYSTEM_USER} or nobody. "
        f"Create one (useradd --system {SYSTEM_USER}), run as an ordinary user, or set L1_DATABASE_URL."
    )


def _create_system_user() -> None:
    with contextlib.suppress(KeyError):
        pwd.getpwnam(SYSTEM_USER)
        return
    if useradd := shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"):
        # Where it fails (a read-only /etc, say), the caller goes on with `nobody`.
        command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - fixed arguments


def _executable_by_others(binary: Path) -> bool:
    needed = stat.S_IXOTH | stat.S_IROTH
    return binary.stat().st_mode & needed == needed


def _bounding_set() -> int:
    """Give the capabilities that a child of ours may still have, as bits. Containers lack some of them."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("CapBnd:"):
                return int(line.split()[1], 16)
    return 0
