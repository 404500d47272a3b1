"""Hears from PostgreSQL what other processes have done."""

import asyncio
from collections.abc import Callable

import asyncpg
import structlog
from sqlalchemy import make_url

_log = structlog.stdlib.get_logger(__name__)

_RETRY_SECONDS = 0.2
_CHECK_SECONDS = 5.0


class Listener:
    """One connection that listens on a channel, made again whenever it is lost.

    `on_notification` gets what a notification carries, or None when notifications may have been missed, as at the
    beginning: then whoever waits for one must look for himself. While `is_listening` is false, none arrives.
    """

    def __init__(self, url: str, channel: str, on_notification: Callable[[str | None], None]) -> None:
        self._dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._channel = channel
        self._on_notification = on_notification
        self.is_listening = False

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                _log.warning("not listening, trying again", channel=self._channel, error=type(error).__name__)
            finally:
                self.is_listening = False
            await asyncio.sleep(_RETRY_SECONDS)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(self._dsn, timeout=_CHECK_SECONDS)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _connection: lost.set())
        try:
            await connection.add_listener(self._channel, self._pass_on)
            self.is_listening = True
            self._on_notification(None)
            while not lost.is_set():
                # A connection whose other end vanished says nothing by itself; asking finds out.
                # Not asyncio.wait_for: in Python 3.11 it swallows a cancellation that comes together with the loss.
                try:
                    async with asyncio.timeout(_CHECK_SECONDS):
                        await lost.wait()
                except TimeoutError:
                    await connection.execute("SELECT 1", timeout=_CHECK_SECONDS)
        finally:
            connection.terminate()

    def _pass_on(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self._on_notification(str(payload))
