"""Refuses a request body that is too large before anything reads it."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem_response
from l1.domain.errors import PayloadTooLarge

MOST_BYTES = 64 * 1024
_MOST_PAYLOAD_BYTES = 8 * 1024 * 1024
"""The Temporal Web UI posts the payloads of a whole page of a history to the codec at once."""


class BodyLimit:
    """Counts what really arrives: a Content-Length may be missing or wrong.

    FastAPI's own limit answers in plain text where this API promises a problem document.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = _MOST_PAYLOAD_BYTES if scope["path"].startswith("/codec/") else MOST_BYTES
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > most:
                error = PayloadTooLarge(f"A request may have {most} bytes. Send less, or in several requests.")
                await problem_response(error)(scope, receive, send)
                return
        await self._app(scope, _replay(bytes(body), receive), send)


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
