"""Whom PostgreSQL runs as. It refuses to run as root, so root starts it as a system user of its own."""

import contextlib
import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from runtime.processes import PartFailedError

SYSTEM_USER = "l1-postgres"

_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2


@dataclass(frozen=True)
class ServerAccount:
    uid: int
    gid: int

    def privileges(self) -> list[str]:
        """Options of setpriv that become this user and keep one right of root: to read and to pass directories.

        With it the server reaches its binaries and its data below directories closed to others, such as /root.
        """
        options = ["--reuid", str(self.uid), "--regid", str(self.gid), "--clear-groups"]
        if capability := _reading_capability():
            options += [f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}"]
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


def _reading_capability() -> str | None:
    """Name the smallest capability at hand that passes closed directories. Containers often lack the smaller one."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("CapBnd:"):
                bounding = int(line.split()[1], 16)
                if bounding >> _CAP_DAC_READ_SEARCH & 1:
                    return "dac_read_search"
                if bounding >> _CAP_DAC_OVERRIDE & 1:
                    return "dac_override"
    return None
