"""The codec server of the Temporal Web UI: decodes what the payload codec encrypted.

The Web UI posts payloads from the engineer's browser. They hold customers' words, so an engineer's token is needed;
`l1 up` alone opens this without one, for the browser on the same machine.
https://docs.temporal.io/production-deployment/data-encryption
"""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.converter import PayloadCodec

from api.auth import authenticate
from l1.domain.errors import Forbidden, Invalid
from l1.temporal.codec import PayloadDamagedError, PayloadKeyError

router = APIRouter(prefix="/codec", include_in_schema=False)

_bearer = HTTPBearer(auto_error=False)


async def _may_decode(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> PayloadCodec:
    if not request.app.state.codec_open:
        principal = await authenticate(request, credentials)
        if not principal.is_engineer:
            raise Forbidden("Only engineers read walks in Temporal.")
    codec: PayloadCodec = request.app.state.codec
    return codec


Codec = Annotated[PayloadCodec, Depends(_may_decode)]


@router.post("/decode")
async def decode(codec: Codec, body: Annotated[dict[str, Any], Body()]) -> JSONResponse:
    try:
        return _as_json(await codec.decode(_payloads(body)))
    except (PayloadKeyError, PayloadDamagedError) as error:
        raise Invalid(str(error)) from error


@router.post("/encode")
async def encode(codec: Codec, body: Annotated[dict[str, Any], Body()]) -> JSONResponse:
    """The `temporal` command line encodes what it sends, too, once it knows a codec."""
    return _as_json(await codec.encode(_payloads(body)))


def _payloads(body: dict[str, Any]) -> list[Payload]:
    try:
        return list(ParseDict(body, Payloads(), ignore_unknown_fields=True).payloads)
    except ParseError as error:
        raise Invalid('Send Temporal payloads as JSON: {"payloads": […]}.') from error


def _as_json(payloads: list[Payload]) -> JSONResponse:
    return JSONResponse(MessageToDict(Payloads(payloads=payloads)))
