"""What makes two requests the same."""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from uuid import UUID, uuid4, uuid5

from fastapi import Header, Request
from pydantic import BaseModel, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.auth import Principal
from l1.database.idempotent_responses import IdempotentResponses, KeptResponse
from l1.domain.errors import IdempotencyKeyReused, Invalid

_COMMANDS = UUID("0b0a8f5e-43d3-4f0e-9df5-1f0a6f1de6a1")
_SESSIONS = UUID("4c7a1f0e-8d11-4d43-8d2f-5e5d0b8f2c33")

_Key = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]

IdempotencyKey = Annotated[
    _Key | SkipJsonSchema[None],
    Header(description="The same key with the same body gets the same response, however often it is sent."),
]


@dataclass(frozen=True)
class RequestKey:
    """Names a request for ever. `session_id` names the session that it would begin.

    With an idempotency key both ids follow from who sent it, where to, and the key; without one they are new.
    `fingerprint` follows from the body.
    """

    command_id: UUID
    session_id: UUID
    fingerprint: str
    is_repeatable: bool

    def check(self, fingerprint: str | None) -> None:
        """Raise IdempotencyKeyReused unless the earlier request under this key had the same body."""
        if fingerprint is not None and fingerprint != self.fingerprint:
            raise IdempotencyKeyReused(
                "This Idempotency-Key was used with another body. Use a new key for a new request."
            )


def request_key(request: Request, principal: Principal, key: str | None, body: Any) -> RequestKey:
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), default=str)
    fingerprint = hashlib.sha256(canonical.encode()).hexdigest()
    if key is None:
        return RequestKey(uuid4(), uuid4(), fingerprint, is_repeatable=False)
    name = "\n".join((str(principal.account_id), str(principal.user_id), request.method, _address(request), key))
    return RequestKey(uuid5(_COMMANDS, name), uuid5(_SESSIONS, name), fingerprint, is_repeatable=True)


def _address(request: Request) -> str:
    """Name where a request goes by what its path means: an id in capitals is the same id."""
    ids = {name: str(UUID(value)) for name, value in request.path_params.items()}
    path: str = request.scope["route"].path
    return path.format(**ids)


_Response = TypeVar("_Response", bound=BaseModel)


async def once(
    responses: IdempotentResponses,
    principal: Principal,
    key: RequestKey,
    kind: type[_Response],
    act: Callable[[], Awaitable[_Response]],
) -> _Response:
    """Act, and keep the response under the idempotency key, for a request that changes no walk.

    `act` must change nothing when it is done twice, so that a response that was lost on the way is simply made again.
    """
    if not key.is_repeatable:
        return await act()
    kept = await responses.read(principal.account_id, key.command_id)
    if kept is None:
        response = KeptResponse(key.fingerprint, (await act()).model_dump(mode="json"))
        await responses.keep(principal.account_id, key.command_id, response)
        kept = await responses.read(principal.account_id, key.command_id) or response
    key.check(kept.fingerprint)
    return kind.model_validate(kept.body)


_REVISION = re.compile(r'(?:\*|(?:W/)?"?([0-9]{1,9})"?)')

IfMatch = Annotated[
    str | SkipJsonSchema[None],
    Header(
        description='The revision that the sender has seen, in quotes: "3". 412 if it has moved on.',
        # Told, not enforced: `expected_revision` says better than a pattern what is wrong.
        json_schema_extra={"pattern": f"^{_REVISION.pattern}$"},
    ),
]


def expected_revision(if_match: str | None) -> int | None:
    """Read an If-Match header; `*` matches any revision."""
    if if_match is None:
        return None
    found = _REVISION.fullmatch(if_match)
    if found is None:
        raise Invalid('If-Match takes the revision in quotes, such as "3".', field="If-Match")
    return None if found[1] is None else int(found[1])
