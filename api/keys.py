"""The public keys of the identity provider: kept in memory, refreshed beside the requests, never waited for twice.

A request looks its key up in what is there. One task fetches: every few minutes by itself, so that a key that the
provider has withdrawn is forgotten, and sooner when a token names a key that is not known, which is how a new key
shows. However many requests ask, and however long the provider takes to answer, there is one fetch at a time.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from pydantic_core import from_json

from l1.domain.errors import Unauthenticated, Unavailable

_log = structlog.stdlib.get_logger(__name__)

LEAST_RSA_BITS = 2048
"""NIST SP 800-57 part 1, revision 5, table 2: fewer bits have less than 112 bits of security."""
_MOST_BYTES = 1024 * 1024
"""A set of keys has a few kilobytes; a provider that sends without end is cut off here."""


@dataclass(frozen=True)
class KeyTimes:
    """Seconds. Keys are at most `refresh` + `attempt` old while the provider answers; that is within 300."""

    refresh: float = 240.0
    """Between two fetches that succeed."""
    retry: float = 5.0
    """From a fetch that failed, or from any fetch where a token then named an unknown key, to the next."""
    attempt: float = 5.0
    """For one fetch, from connecting to the last byte."""
    patience: float = 3.0
    """That a request waits for the first keys."""
    kept_while_away: float = 3_600.0
    """For which keys are still taken after their fetch while the provider fails."""


class KeySetError(Exception):
    """What the provider answered is no set of keys that could be used."""


class SigningKeys(Protocol):
    async def find(self, key_id: object) -> Any:
        """Return the public key of this id. Raises Unauthenticated and Unavailable."""
        ...


class ProviderKeys:
    """`run` keeps the keys fresh; without it, `find` gives none."""

    def __init__(self, url: str, times: KeyTimes | None = None) -> None:
        self._url = url
        self._times = times or KeyTimes()
        self._keys: Mapping[str, Any] = {}
        self._fetched_at: float | None = None
        self._tried = asyncio.Event()
        self._wanted = asyncio.Event()

    async def find(self, key_id: object) -> Any:
        if self._fetched_at is None:
            await self._first_attempt()
        if not self._are_held():
            raise Unavailable("The identity provider's keys cannot be fetched. Try again.")
        key = self._keys.get(key_id) if isinstance(key_id, str) else None
        if key is None:
            self._wanted.set()
            raise Unauthenticated(
                "The bearer token is signed by an unknown key. Sign in again; a key that is new is known in seconds."
            )
        return key

    async def run(self) -> None:
        """Fetch until cancelled."""
        async with httpx.AsyncClient(timeout=self._times.attempt) as client:
            while True:
                self._wanted.clear()
                fetched = await self._fetch(client)
                self._tried.set()
                await asyncio.sleep(self._times.retry)
                if fetched:
                    with suppress(TimeoutError):
                        rest = max(0.0, self._times.refresh - self._times.retry)
                        await asyncio.wait_for(self._wanted.wait(), rest)

    async def _first_attempt(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._tried.wait(), self._times.patience)

    def _are_held(self) -> bool:
        return self._fetched_at is not None and time.monotonic() - self._fetched_at < self._times.kept_while_away

    async def _fetch(self, client: httpx.AsyncClient) -> bool:
        """Replace the keys by those that the provider has now; keep them where it fails, whatever the way."""
        try:
            async with asyncio.timeout(self._times.attempt):
                keys = usable_keys(await _read(client, self._url))
        except Exception as error:  # noqa: BLE001 - whatever the provider does, the next fetch may succeed
            _log.warning("the identity provider's keys cannot be fetched", error=type(error).__name__)
            return False
        self._keys = keys
        self._fetched_at = time.monotonic()
        return True


async def _read(client: httpx.AsyncClient, url: str) -> bytes:
    """Raises KeySetError for a body that does not end."""
    async with client.stream("GET", url, headers={"Accept": "application/json"}) as response:
        response.raise_for_status()
        body = bytearray()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > _MOST_BYTES:
                raise KeySetError("too many bytes")
        return bytes(body)


def usable_keys(body: bytes) -> dict[str, Any]:
    """Read a JWK set (RFC 7517): public keys by their ids, those left out that sign nothing or too weakly.

    Raises KeySetError where it is none, or none of its keys can be used: that is a provider that fails; ValueError for
    what is no JSON.
    """
    raw = from_json(body)
    if not isinstance(raw, dict) or not isinstance(raw.get("keys"), list):
        raise KeySetError("no set of keys")
    keys: dict[str, Any] = {}
    for member in raw["keys"]:
        if not isinstance(member, dict) or member.get("use") not in ("sig", None):
            continue
        key_id = member.get("kid")
        try:
            key = jwt.PyJWK(member).key
        except (jwt.PyJWTError, ValueError, TypeError):
            continue
        if isinstance(key, RSAPublicKey) and key.key_size < LEAST_RSA_BITS:
            _log.warning("an RSA key of the identity provider is too short", key_id=key_id, bits=key.key_size)
        elif isinstance(key_id, str) and isinstance(key, RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey):
            keys[key_id] = key
    if not keys:
        raise KeySetError("no key that can be used")
    return keys
