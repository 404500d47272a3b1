"""Refuses a request body that is too large before anything reads it."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem_response
from domain.errors import PayloadTooLarge

MOST_BYTES = 64 * 1024


class BodyLimit:
    """Counts what really arrives: a Content-Length may be missing or wrong."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = b""
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > MOST_BYTES:
                error = PayloadTooLarge(f"A request may have {MOST_BYTES} bytes. Send less, or in several requests.")
                await problem_response(error)(scope, receive, send)
                return
        await self._app(scope, _replay(body, receive), send)


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
