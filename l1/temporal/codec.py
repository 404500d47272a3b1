"""Encrypts what Temporal stores: AES-256-GCM, with the key's id beside the ciphertext so that keys can be rotated."""

import os
from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

ENCODING = b"binary/encrypted"
UNREADABLE = b"binary/unreadable"
"""Of what `decode` gives in place of a payload that nothing can make readable again. Its data say why, for a person."""
KEY_ID = "encryption-key-id"

_NONCE_BYTES = 12
_TAG_BYTES = 16


class PayloadKeyError(Exception):
    """A payload was encrypted with a key that is not configured."""


class PayloadDamagedError(Exception):
    """A payload cannot be read, and never will be: damaged, tampered with, or under another key's id."""


class EncryptingCodec(PayloadCodec):
    """Encrypts with the first key, decrypts with the one that a payload names.

    Payloads that are not encrypted pass: a signal sent by hand with the `temporal` command line is plain JSON.
    Data: 12 bytes of nonce, then ciphertext and tag of the serialised payload; the key's id is authenticated.
    """

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = next(iter(keys))

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._encrypt(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Raises PayloadKeyError where a key is missing: what needs the payload waits until the key is back.

        An error for a damaged payload would keep a workflow waiting for ever; it is marked as unreadable instead, and
        raises PayloadDamagedError where somebody wants its value.
        """
        return [self._decrypt(payload) if is_encrypted(payload) else payload for payload in payloads]

    def _encrypt(self, payload: Payload) -> Payload:
        nonce = os.urandom(_NONCE_BYTES)
        key_id = self._current.encode()
        data = nonce + self._ciphers[self._current].encrypt(nonce, payload.SerializeToString(), key_id)
        return Payload(metadata={"encoding": ENCODING, KEY_ID: key_id}, data=data)

    def _decrypt(self, payload: Payload) -> Payload:
        key_id = payload.metadata[KEY_ID]
        name = key_id.decode(errors="replace")
        nonce, ciphertext = payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:]
        if not name or name.encode() != key_id or len(ciphertext) < _TAG_BYTES:
            return unreadable("A payload is marked as encrypted and was not: no key could read it.")
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise PayloadKeyError(
                f"A payload was encrypted with the key {name!r}, which L1_PAYLOAD_KEYS does not have. Add that key "
                "after the current one."
            )
        try:
            return Payload.FromString(cipher.decrypt(nonce, ciphertext, key_id))
        except (InvalidTag, ValueError, DecodeError):
            return unreadable(f"A payload under the key {name!r} is damaged, or the key under this id has changed.")


def unreadable(why: str) -> Payload:
    return Payload(metadata={"encoding": UNREADABLE}, data=why.encode())


def is_encrypted(payload: Payload) -> bool:
    """Without the id of a key it is none of ours: somebody sent it by hand, and no converter knows its encoding."""
    return payload.metadata.get("encoding") == ENCODING and KEY_ID in payload.metadata
