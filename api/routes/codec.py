"""The codec server of the Temporal Web UI: decodes what the payload codec encrypted.

The Web UI posts payloads from the engineer's browser. They hold customers' words, so an engineer's token is needed;
`l1 up` alone opens this without one, for the browser on the same machine.
https://docs.temporal.io/production-deployment/data-encryption
"""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from pydantic_core import from_json
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.converter import PayloadCodec

from api.auth import authenticate
from api.body_limit import read_body
from l1.domain.errors import Forbidden, Invalid
from l1.temporal.codec import UNREADABLE, PayloadKeyError

router = APIRouter(prefix="/codec", include_in_schema=False)

_MOST_BYTES = 8 * 1024 * 1024
"""The Temporal Web UI posts the payloads of a whole page of a history at once."""
_LOOPBACK = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?", re.IGNORECASE)
"""Host headers of a browser that asks the machine on which it runs."""

_bearer = HTTPBearer(auto_error=False)


async def _may_decode(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> PayloadCodec:
    if not request.app.state.codec_open:
        principal = await authenticate(request, credentials)
        if not principal.is_engineer:
            raise Forbidden("Only engineers read walks in Temporal.")
    elif _LOOPBACK.fullmatch(request.headers.get("host", "")) is None:
        # A page of another host can point its own name at this machine (DNS rebinding); the Host header tells.
        raise Forbidden("Without a token, this machine's own browser alone decodes. Use http://localhost.")
    codec: PayloadCodec = request.app.state.codec
    return codec


async def _sent(request: Request, _codec: Annotated[PayloadCodec, Depends(_may_decode)]) -> list[Payload]:
    """Read the body, only now that it is known who sends it."""
    body = await read_body(request.scope, request.receive, _MOST_BYTES)
    if body is None:
        raise Invalid("The body broke off.")
    return _payloads(body)


Codec = Annotated[PayloadCodec, Depends(_may_decode)]
Sent = Annotated[list[Payload], Depends(_sent)]


@router.post("/decode")
async def decode(codec: Codec, payloads: Sent) -> JSONResponse:
    try:
        decoded = await codec.decode(payloads)
    except PayloadKeyError as error:
        raise Invalid(str(error)) from error
    for payload in decoded:
        if payload.metadata.get("encoding") == UNREADABLE:
            raise Invalid(payload.data.decode(errors="replace"))
    return _as_json(decoded)


@router.post("/encode")
async def encode(codec: Codec, payloads: Sent) -> JSONResponse:
    """The `temporal` command line encodes what it sends, too, once it knows a codec."""
    return _as_json(await codec.encode(payloads))


def _payloads(body: bytes) -> list[Payload]:
    """Read a body. `from_json` takes no half of a surrogate pair, at which protobuf would fail in its own way."""
    try:
        raw = from_json(body)
        if isinstance(raw, dict):
            return list(ParseDict(raw, Payloads(), ignore_unknown_fields=True).payloads)
    except (ParseError, ValueError):
        pass
    raise Invalid('Send Temporal payloads as JSON: {"payloads": […]}.')


def _as_json(payloads: list[Payload]) -> JSONResponse:
    return JSONResponse(MessageToDict(Payloads(payloads=payloads)))
