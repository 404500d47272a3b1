"""The process that serves the API: uvicorn, told what open event streams need of a server."""

import asyncio
import socket
import sys
from contextlib import suppress

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.app import stop_streams

SEND_SECONDS = 10.0
"""For a client that takes nothing of what is sent to it: after that it holds a place and memory for nobody."""


def serve(app: FastAPI, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT."""

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            """Let streams end first: uvicorn waits for open responses, and a stream has no end."""
            stop_streams(app)
            await super().shutdown(sockets)

    server = Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=ConnectionWithDeadline,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            # Longer than clients and proxies keep an idle connection, or a request meets one that is just being closed.
            timeout_keep_alive=75,
            timeout_graceful_shutdown=3,
        )
    )
    with suppress(KeyboardInterrupt):  # uvicorn raises the signal once more, when all is closed
        server.run()
    if not server.started:
        sys.exit(_FAILED_TO_START)


_FAILED_TO_START = 3
"""As uvicorn's own command."""


class ConnectionWithDeadline(H11Protocol):
    """Cuts the connection to a client that takes nothing for `SEND_SECONDS` while more than a buffer is to be sent."""

    _cut: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._cut = self.loop.call_later(SEND_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._keep()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._keep()
        super().connection_lost(exc)

    def _keep(self) -> None:
        if self._cut is not None:
            self._cut.cancel()
            self._cut = None
