"""What commands in a second terminal take from the `l1 up` that runs here: the files that it keeps in L1_DATA_DIR."""

from typing import Any

from l1.local_stack.dev_secrets import read_secrets
from l1.local_stack.stack_file import read_stack
from l1.settings import Settings


def saved_settings(settings: Settings) -> dict[str, Any]:
    """Return values by the names of the fields of Settings; the argument for `load_settings`."""
    values: dict[str, Any] = {}
    if stack := read_stack(settings.data_dir):
        values |= stack.settings
    if secrets := read_secrets(settings.data_dir):
        values |= {"payload_keys": secrets.payload_keys}
        if settings.jwks_url is None:
            values |= {"jwt_secret": secrets.jwt_secret}
    return values
