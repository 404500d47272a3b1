"""Encryption with the payload keys: AES-256-GCM, each value beside the id of its key, so that keys can be rotated.

What is sealed: everything that Temporal stores (l1.temporal.codec), and the addresses and secrets of targets.
"""

import base64
import binascii
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_TAG_BYTES = 16


class KeyMissingError(Exception):
    """A value was encrypted with a key that is not configured."""


class DamagedError(Exception):
    """A value cannot be read, and never will be: damaged, tampered with, or under another key's id."""


class KeyRing:
    """Encrypts with the first key, decrypts with the one that a value names.

    Encrypted: 12 bytes of nonce, then ciphertext and tag. The key's id is authenticated.
    """

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self.current = next(iter(keys))

    def encrypt(self, plain: bytes, about: bytes = b"") -> bytes:
        """Encrypt with the current key. `about` has to be told again when the value is read: it can't be moved."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._ciphers[self.current].encrypt(nonce, plain, self.current.encode() + about)

    def decrypt(self, key_id: str, encrypted: bytes, about: bytes = b"") -> bytes:
        """Raises KeyMissingError and DamagedError."""
        nonce, ciphertext = encrypted[:_NONCE_BYTES], encrypted[_NONCE_BYTES:]
        if len(ciphertext) < _TAG_BYTES:
            raise DamagedError("is too short to have been encrypted")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise KeyMissingError(
                f"was encrypted with the key {key_id!r}, which L1_PAYLOAD_KEYS does not have. Add that key after the "
                "current one."
            )
        try:
            return cipher.decrypt(nonce, ciphertext, key_id.encode() + about)
        except (InvalidTag, ValueError) as error:
            raise DamagedError(f"under the key {key_id!r} is damaged, or the key under this id has changed") from error

    def seal(self, text: str, about: str) -> str:
        """Encrypt a text for a column of a table: `key id:base64`. `about` names the row that it belongs to."""
        return f"{self.current}:{base64.b64encode(self.encrypt(text.encode(), about.encode())).decode()}"

    def open(self, sealed: str, about: str) -> str:
        """Raises KeyMissingError and DamagedError."""
        key_id, _, encoded = sealed.rpartition(":")
        try:
            encrypted = base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise DamagedError("is no base64") from error
        return self.decrypt(key_id, encrypted, about.encode()).decode()
