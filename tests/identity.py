"""An identity provider on loopback: real HTTP, and whatever goes wrong with it."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from socket import SO_LINGER, SOL_SOCKET, socket
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Key:
    id: str
    private: RSAPrivateKey | EllipticCurvePrivateKey

    @classmethod
    def ec(cls, key_id: str) -> "Key":
        return cls(key_id, generate_ec(SECP256R1()))

    @classmethod
    def rsa(cls, key_id: str, bits: int = 2048) -> "Key":
        return cls(key_id, generate_rsa(65_537, bits))

    @property
    def public(self) -> dict[str, Any]:
        if isinstance(self.private, RSAPrivateKey):
            made = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        else:
            made = ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {**made, "kid": self.id, "use": "sig"}

    def token(self, **changes: Any) -> str:
        """Sign the token of an owner; a claim of None is left out."""
        claims = {
            "sub": str(uuid4()),
            "account_id": str(uuid4()),
            "role": "owner",
            "exp": datetime.now(UTC) + timedelta(minutes=5),
        } | changes
        kept = {name: value for name, value in claims.items() if value is not None}
        algorithm = "RS256" if isinstance(self.private, RSAPrivateKey) else "ES256"
        return jwt.encode(kept, self.private, algorithm, headers={"kid": self.id})


@dataclass
class IdentityProvider:
    """`behave` None: publishes `keys`. `asked` counts the requests."""

    keys: list[Key] = field(default_factory=list)
    behave: Behaviour | None = None
    asked: int = 0
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            self.asked += 1
            await (self.behave or publishes([key.public for key in self.keys]))(writer)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def identity_provider() -> AsyncIterator[IdentityProvider]:
    provider = IdentityProvider()
    server = await asyncio.start_server(provider.serve, "127.0.0.1", 0)
    provider.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys"
    try:
        yield provider
    finally:
        server.close()


def publishes(keys: list[dict[str, Any]]) -> Behaviour:
    return sends(json.dumps({"keys": keys}).encode())


def sends(body: bytes, *, status: int = 200, declared: int | None = None) -> Behaviour:
    """Answer with any bytes; with more `declared` than are sent, the connection breaks off."""

    async def act(writer: asyncio.StreamWriter) -> None:
        length = len(body) if declared is None else declared
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n".encode() + body)

    return act


async def hangs(_writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3_600)


async def resets(writer: asyncio.StreamWriter) -> None:
    connection: socket = writer.get_extra_info("socket")
    connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))


async def never_ends(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 X\r\n\r\n")
    while True:
        writer.write(b" " * 65_536)
        await writer.drain()
