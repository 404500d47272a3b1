"""Bounds what a request's body may take: bytes and time, before anything else reads it."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem_response
from l1.domain.errors import BodyTooSlow, L1Error, PayloadTooLarge

MOST_BYTES = 64 * 1024
BODY_SECONDS = 10.0
"""Seconds that a whole body may take to arrive; a connection that trickles holds its buffers for no longer."""
READS_ITS_OWN = "/codec/"
"""Addresses whose routes read the body by themselves, with a bound of their own, once they know who is there."""


class BodyLimit:
    """Reads the body of every other request within its bounds, and refuses what exceeds them.

    FastAPI reads a body before it looks at who sent it, and responds in plain text where this API promises a problem
    document.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(READS_ITS_OWN):
            await self._app(scope, receive, send)
            return
        try:
            body = await read_body(scope, receive, MOST_BYTES)
        except L1Error as error:
            await problem_response(error)(scope, receive, send)
            return
        if body is not None:
            await self._app(scope, _replay(body, receive), send)


async def read_body(scope: Scope, receive: Receive, most: int) -> bytes | None:
    """Return the whole body; None where the client went away.

    What is declared too long is refused unread; what really arrives is counted too, as a Content-Length may be missing
    or wrong. Raises PayloadTooLarge and BodyTooSlow.
    """
    too_large = PayloadTooLarge(f"A request may have {most} bytes here. Send less, or in several requests.")
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    if declared.isdigit() and int(declared) > most:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > most:
                    raise too_large
    except TimeoutError:
        raise BodyTooSlow(f"The body did not arrive within {BODY_SECONDS:g} seconds. Send the request again.") from None
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the body that was read to whoever asks first, then whatever else comes."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
