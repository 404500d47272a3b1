"""Hears from PostgreSQL which commands have been recorded."""

import asyncio
from collections.abc import Callable

import asyncpg
import structlog
from sqlalchemy import make_url

from database.records import RECEIPTS_CHANNEL

_log = structlog.stdlib.get_logger(__name__)

_RETRY_SECONDS = 0.2
_CHECK_SECONDS = 5.0


class ReceiptListener:
    """One connection that listens, made again whenever it is lost.

    `heard` gets the id of a settled command, or None when notifications may have been missed: then everybody who waits
    should look for himself. While `is_listening` is false, nothing will be heard.
    """

    def __init__(self, url: str, heard: Callable[[str | None], None]) -> None:
        self._dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._heard = heard
        self.is_listening = False

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                _log.warning("not listening for receipts, trying again", error=type(error).__name__)
            finally:
                self.is_listening = False
            await asyncio.sleep(_RETRY_SECONDS)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(self._dsn, timeout=_CHECK_SECONDS)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _connection: lost.set())
        try:
            await connection.add_listener(RECEIPTS_CHANNEL, self._on_notification)
            self.is_listening = True
            self._heard(None)
            while not lost.is_set():
                # A connection whose other end vanished says nothing by itself; asking finds out.
                try:
                    await asyncio.wait_for(lost.wait(), _CHECK_SECONDS)
                except TimeoutError:
                    await connection.execute("SELECT 1", timeout=_CHECK_SECONDS)
        finally:
            connection.terminate()

    def _on_notification(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self._heard(str(payload))
