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
from temporalio.api.common.v1 import Payloads
from temporalio.converter import PayloadCodec

from api.auth import authenticate
from domain.errors import Forbidden, Invalid

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


@router.post("/decode")
async def decode(codec: Annotated[PayloadCodec, Depends(_may_decode)], body: Annotated[Any, Body()]) -> JSONResponse:
    try:
        payloads = ParseDict(body, Payloads(), ignore_unknown_fields=True)
    except (ParseError, TypeError, ValueError, AttributeError) as error:
        raise Invalid('Send Temporal payloads as JSON: {"payloads": […]}.') from error
    decoded = await codec.decode(list(payloads.payloads))
    return JSONResponse(MessageToDict(Payloads(payloads=decoded)))
