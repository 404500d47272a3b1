"""Secrets of `l1 up` on one machine: random, made once, kept in a file that only its owner reads."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from l1.local_stack.errors import PartFailedError

SECRETS_FILE = "secrets.json"


@dataclass(frozen=True, repr=False)
class DevSecrets:
    jwt_secret: str
    payload_keys: str
    superuser_password: str
    owner_password: str
    app_password: str


def read_secrets(data_dir: Path) -> DevSecrets | None:
    """None where there are none, or where they belong to somebody else."""
    try:
        return DevSecrets(**json.loads((data_dir / SECRETS_FILE).read_text()))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    except (ValueError, TypeError):
        raise PartFailedError(
            f"{data_dir / SECRETS_FILE} is damaged. Restore it, or remove {data_dir} with all calls in it."
        ) from None


def load_or_create_secrets(data_dir: Path) -> DevSecrets:
    """Raises PartFailedError when data are there that were encrypted with secrets which are not."""
    if existing := read_secrets(data_dir):
        return existing
    if (data_dir / "postgres").exists() or (data_dir / "temporal.db").exists():
        raise PartFailedError(
            f"{data_dir / SECRETS_FILE} can't be read, and the calls stored beside it can't be read without it. "
            f"Restore it, or remove {data_dir} with all calls in it."
        )
    created = DevSecrets(
        jwt_secret=secrets.token_urlsafe(48),
        payload_keys="dev1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        superuser_password=secrets.token_urlsafe(24),
        owner_password=secrets.token_urlsafe(24),
        app_password=secrets.token_urlsafe(24),
    )
    write_private(data_dir / SECRETS_FILE, json.dumps(asdict(created), indent=2))
    return created


def write_private(file: Path, text: str) -> None:
    """Write a file of mode 0600 that is there whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(file.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(file)
