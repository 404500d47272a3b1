"""Servers that notifications arrive at: one of the web, whose behaviour a test chooses, and one of mail."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from ssl import SSLContext

from aiosmtpd.smtp import SMTP, Envelope, Session

from l1.local_stack.processes import free_port


@dataclass(frozen=True)
class Post:
    """A request that came, and which number it had at this receiver, counted from 1."""

    number: int
    path: str
    headers: dict[str, str]
    body: bytes


Behave = Callable[[Post], Awaitable["Reply"]]


@dataclass(frozen=True)
class Reply:
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


async def take(_post: Post) -> Reply:
    return Reply()


async def hang(_post: Post) -> Reply:
    await asyncio.Event().wait()
    raise AssertionError


def answer(status: int, **headers: str) -> Behave:
    """Answer always the same; keyword arguments are headers, with underscores for hyphens."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())

    async def behave(_post: Post) -> Reply:
        return Reply(status, named)

    return behave


@dataclass
class Receiver:
    """`posts`: what came, in order, whatever was answered."""

    port: int
    behave: Behave = take
    posts: list[Post] = field(default_factory=list[Post])
    path: str = "/hook"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
            body = await reader.readexactly(int(headers["content-length"]))
            post = Post(len(self.posts) + 1, request.split(" ")[1], headers, body)
            self.posts.append(post)
            reply = await self.behave(post)
            named = "".join(f"{name}: {value}\r\n" for name, value in reply.headers)
            writer.write(f"HTTP/1.1 {reply.status} \r\n{named}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the sender, or the test, has gone
        finally:
            writer.close()


@asynccontextmanager
async def receiver(behave: Behave = take, *, tls: SSLContext | None = None) -> AsyncIterator[Receiver]:
    found = Receiver(0, behave)
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(found.serve(reader, writer))
        serving.add(task)
        task.add_done_callback(serving.discard)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        for task in list(serving):
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


@dataclass
class MailServer:
    """`refuse`: what it answers to a mail instead of taking it, `451 later` say, for each recipient."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list[EmailMessage])
    recipients: list[list[str]] = field(default_factory=list[list[str]])
    refuse: Callable[[str], str | None] = lambda _address: None

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if refusal := self.refuse(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients.append([str(address) for address in envelope.rcpt_tos])
        return "250 OK"


@asynccontextmanager
async def mail_server(port: int | None = None) -> AsyncIterator[MailServer]:
    found = MailServer(port or free_port())
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(found, hostname="localhost", loop=loop), "127.0.0.1", found.port)
    try:
        yield found
    finally:
        server.close()
