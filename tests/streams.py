"""A reader of an event stream, as a client that heeds Last-Event-ID is one."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.waiting import eventually


@dataclass(frozen=True)
class Received:
    """A server-sent event; `event` is `message` where the stream names none."""

    event: str
    id: str | None
    data: Any


@dataclass
class Reader:
    """What a stream has sent so far.

    `is_over`: it has ended as a whole response does; `is_lost`: its connection was lost.
    """

    received: list[Received] = field(default_factory=list)
    last_id: str | None = None
    is_over: bool = False
    is_lost: bool = False

    def of(self, event: str) -> list[Any]:
        return [one.data for one in self.received if one.event == event]

    @property
    def kinds(self) -> list[str]:
        return [data["kind"] for data in self.of("walk")]

    @property
    def revisions(self) -> list[int]:
        return [data["revision"] for data in self.of("walk")]

    async def until(self, seen: Callable[["Reader"], bool], *, within: float = 20) -> None:
        async def is_seen() -> bool:
            return seen(self)

        await eventually(is_seen, within=within)

    async def read(self, response: httpx.Response) -> None:
        try:
            await self._parse(response)
            self.is_over = True
        except httpx.TransportError:
            self.is_lost = True

    async def _parse(self, response: httpx.Response) -> None:
        """Parse the stream as https://html.spec.whatwg.org/multipage/server-sent-events.html has it."""
        fields: dict[str, str] = {}
        async for line in response.aiter_lines():
            name, _, value = line.partition(":")
            if line:
                fields[name] = value.removeprefix(" ")
                continue
            self.last_id = fields.get("id", self.last_id)
            if "data" in fields:
                data = json.loads(fields["data"])
                self.received.append(Received(fields.get("event", "message"), fields.get("id"), data))
            fields = {}


@asynccontextmanager
async def reading(
    http: httpx.AsyncClient, path: str, headers: dict[str, str], *, last_id: str | None = None
) -> AsyncIterator[Reader]:
    """Read a stream in the background for the length of the block, which begins when the stream has begun."""
    reader = Reader(last_id=last_id)
    headers = headers | ({} if last_id is None else {"Last-Event-ID": last_id})
    async with http.stream("GET", f"/l1{path}", headers=headers, timeout=httpx.Timeout(30, read=60)) as response:
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"].startswith("text/event-stream")
        task = asyncio.create_task(reader.read(response))
        try:
            yield reader
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
