"""A provider of language models, on loopback, that does what a test tells it to.

It speaks OpenAI's chat completions and responses and Anthropic's messages over real HTTP, to hundreds of clients at
once::

    async with provider() as p:
        p.behave = lambda asked: fails(429) if asked.number % 3 == 0 else answers(QUESTION)
        model = RemoteModel("openai:scripted", p.base_url, None)      # or "anthropic:scripted"
        ...
        assert p.paid == 2
        assert "Outlook" in p.requests[0].prompt

`behave` is called once for each request, in the order in which they arrive, and returns what happens to it: one of
`answers`, `says`, `refuses`, `filters`, `fails`, `shows_a_page`, `hangs`, `drips`, `resets`, any of them `held` until
an event is set or `slow` by some seconds.
"""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

QUESTION: Final[Mapping[str, Any]] = {
    "reason": "Most of these calls are a lost connection.",
    "kind": "question",
    "text": "Does the status light of the device stay on?",
    "answers": ["It stays on", "It blinks", "It is off"],
    "disruptive": False,
}
"""A node as a model gives it; `QUESTION | {...}` makes others."""


@dataclass(frozen=True)
class AskedFor:
    """One request. `number` counts from 1, over all clients; `path` is the URL's."""

    number: int
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def prompt(self) -> str:
        """What the user said: the whole call as the model is told it, without the instructions."""
        return self._said_by("user")

    @property
    def instructions(self) -> str:
        apart = self.body.get("system") or self.body.get("instructions") or ""
        return _text(apart) or self._said_by("system", "developer")

    def _said_by(self, *roles: str) -> str:
        messages = self.body.get("messages") or self.body["input"]
        return "\n".join(_text(message["content"]) for message in messages if message["role"] in roles)


@dataclass(frozen=True)
class Said:
    """A completion. `finish` in OpenAI's words: stop, length, content_filter."""

    text: str
    finish: str = "stop"
    refusal: str | None = None


@dataclass(frozen=True)
class Page:
    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Misbehaves:
    """Does something to the connection instead of answering."""

    act: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Held:
    until: Callable[[], Awaitable[object]]
    then: "Behaviour"


Behaviour = Said | Page | Misbehaves | Held


def answers(node: Mapping[str, Any] = QUESTION) -> Behaviour:
    """Give a node, whatever is in it."""
    return Said(json.dumps(node))


def says(text: str) -> Behaviour:
    """Complete with any text: prose, half a JSON object, another object, nothing."""
    return Said(text)


def is_cut_off(node: Mapping[str, Any] = QUESTION) -> Behaviour:
    """Run out of tokens half-way through the node."""
    whole = json.dumps(node)
    return Said(whole[: len(whole) // 2], finish="length")


def refuses() -> Behaviour:
    """The model itself will not."""
    return Said("", refusal="I can't help with that.")


def filters() -> Behaviour:
    """A filter before or behind the model will not."""
    return Said("", finish="content_filter")


def fails(status: int, headers: Mapping[str, str] | None = None) -> Behaviour:
    """Answer with an error in the shape that both protocols share; a 429 says when to come back."""
    error = {"type": "error", "error": {"type": "scripted", "message": f"Scripted failure {status}.", "code": None}}
    wait = {"Retry-After": "7"} if status == 429 else {}
    return Page(status, {"Content-Type": "application/json", **wait, **(headers or {})}, json.dumps(error))


def shows_a_page(status: int = 200) -> Behaviour:
    """Answer with HTML, as a proxy or a captive portal does."""
    return Page(status, {"Content-Type": "text/html"}, "<html><body>Please sign in to the guest network</body></html>")


def hangs() -> Behaviour:
    """Take the request and never say anything, until the client or the server gives up."""

    async def act(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    return Misbehaves(act)


def drips() -> Behaviour:
    """Send one byte at a time, all of them harmless, without an end."""

    async def act(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not writer.transport.is_closing():
            writer.write(b"1\r\n \r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    return Misbehaves(act)


def resets() -> Behaviour:
    """Reset the connection after the request was read."""

    async def act(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Closing without lingering sends a reset instead of an orderly end.
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return Misbehaves(act)


def held(until: asyncio.Event, then: Behaviour) -> Behaviour:
    """Keep the request until the event is set."""
    return Held(until.wait, then)


def slow(seconds: float, then: Behaviour) -> Behaviour:
    """Take as long as a real model would."""
    return Held(lambda: asyncio.sleep(seconds), then)


@dataclass
class Provider:
    """`base_url` serves all protocols. `requests` has all that came; `paid` counts those that got a completion."""

    base_url: str = ""
    behave: Callable[[AskedFor], Behaviour] = lambda _: answers()
    requests: list[AskedFor] = field(default_factory=list)
    paid: int = 0
    input_tokens: int = 100
    output_tokens: int = 20
    """What a completion says that it took."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await _read_request(reader):
            asked = AskedFor(len(self.requests) + 1, *request)
            self.requests.append(asked)
            behaviour = self.behave(asked)
            while isinstance(behaviour, Held):
                await behaviour.until()
                behaviour = behaviour.then
            if isinstance(behaviour, Misbehaves):
                await behaviour.act(reader, writer)
                return
            page = behaviour if isinstance(behaviour, Page) else self._completion(asked, behaviour)
            body = page.text.encode()
            head = "".join(f"{name}: {value}\r\n" for name, value in page.headers.items())
            writer.write(f"HTTP/1.1 {page.status} X\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()

    def _completion(self, asked: AskedFor, said: Said) -> Page:
        self.paid += 1
        form = next(form for path, form in _PROTOCOLS.items() if asked.path.endswith(path))
        body = form(asked.body, said, self.input_tokens, self.output_tokens)
        return Page(200, {"Content-Type": "application/json"}, json.dumps(body))


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    """Run a provider on a free port; leaving ends what still hangs."""
    running = Provider()
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            with suppress(ConnectionError, asyncio.CancelledError):  # a client that goes away, or the end of the test
                await running.serve(reader, writer)
        finally:
            writer.close()
            connections.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, backlog=1_024)
    running.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield running
    finally:
        server.close()
        open_ones = list(connections)
        for task in open_ones:
            task.cancel()
        await asyncio.gather(*open_ones, return_exceptions=True)
        await server.wait_closed()


async def _read_request(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], dict[str, Any]] | None:
    """Return path, headers and body; None when the client has closed the connection."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    try:
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    except asyncio.IncompleteReadError:  # the client was stopped in the middle of it
        return None
    return head[0].split()[1], headers, json.loads(body)


def _openai(asked: Mapping[str, Any], said: Said, input_tokens: int, output_tokens: int) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": said.text, "refusal": said.refusal}
    if "tools" in asked and said.text:
        call = {"name": asked["tools"][0]["function"]["name"], "arguments": said.text}
        message |= {"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": call}]}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": asked["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": said.finish}],
        "usage": {
            "prompt_tokens": input_tokens,
            "completion_tokens": output_tokens,
            "total_tokens": input_tokens + output_tokens,
        },
    }


def _responses(asked: Mapping[str, Any], said: Said, input_tokens: int, output_tokens: int) -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"type": "output_text", "text": said.text, "annotations": []}] if said.text else []
    if said.refusal:
        content = [{"type": "refusal", "refusal": said.refusal}]
    incomplete = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(said.finish)
    status = "incomplete" if incomplete else "completed"
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_790_000_000,
        "model": asked["model"],
        "status": status,
        "incomplete_details": {"reason": incomplete} if incomplete else None,
        "output": [{"type": "message", "id": "msg_1", "role": "assistant", "status": status, "content": content}],
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": input_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": output_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": input_tokens + output_tokens,
        },
    }


_STOP_REASONS = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}


def _anthropic(asked: Mapping[str, Any], said: Said, input_tokens: int, output_tokens: int) -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"type": "text", "text": said.text}] if said.text else []
    if "tools" in asked:
        with suppress(ValueError):  # a tool is called with an object or not at all
            given = json.loads(said.text)
            content = [{"type": "tool_use", "id": "toolu_1", "name": asked["tools"][0]["name"], "input": given}]
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": asked["model"],
        "content": content,
        "stop_reason": "refusal" if said.refusal else _STOP_REASONS[said.finish],
        "stop_sequence": None,
        "usage": {"input_tokens": input_tokens, "output_tokens": output_tokens},
    }


_PROTOCOLS = {"/chat/completions": _openai, "/responses": _responses, "/messages": _anthropic}


def _text(content: Any) -> str:
    """The text of a message: all protocols take it as a string or as a list of blocks."""
    return content if isinstance(content, str) else "\n".join(block.get("text", "") for block in content)
