"""The OpenAPI document, for the tests that are generated from it."""

from typing import Any

from api.app import create_app
from l1.settings import Settings

# No server runs with these: the document does not depend on them.
_SETTINGS: dict[str, Any] = {"jwt_secret": "-" * 32, "payload_keys": f"k1:{'A' * 43}="}

DOCUMENT = create_app(Settings(**_SETTINGS)).openapi()
Operation = tuple[str, str]
OPERATIONS: dict[Operation, dict[str, Any]] = {
    (method.upper(), path): operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
WITH_BODY = [key for key, operation in OPERATIONS.items() if "requestBody" in operation]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference to a named schema."""
    reference = schema.get("$ref")
    return schema if reference is None else DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]]
