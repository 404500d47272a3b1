"""The OpenAPI document, for the tests that are generated from it."""

from typing import Any

from api.app import create_app
from l1.settings import Settings

# No server runs with these: the document does not depend on them.
_SETTINGS: dict[str, Any] = {"jwt_secret": "-" * 32, "payload_keys": f"k1:{'A' * 43}="}

DOCUMENT = create_app(Settings(**_SETTINGS)).openapi()
OPERATIONS: dict[tuple[str, str], dict[str, Any]] = {
    (method.upper(), path): operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
