"""Encrypts what Temporal stores, with the key's id beside the ciphertext so that keys can be rotated."""

from collections.abc import Mapping, Sequence

from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from l1.sealing import DamagedError, KeyMissingError, KeyRing

ENCODING = b"binary/encrypted"
UNREADABLE = b"binary/unreadable"
"""Of what `decode` gives in place of a payload that nothing can make readable again. Its data say why, for a person."""
KEY_ID = "encryption-key-id"


class PayloadKeyError(Exception):
    """A payload was encrypted with a key that is not configured."""


class PayloadDamagedError(Exception):
    """A payload cannot be read, and never will be: damaged, tampered with, or under another key's id."""


class EncryptingCodec(PayloadCodec):
    """Encrypts with the first key, decrypts with the one that a payload names.

    Payloads that are not encrypted pass: a signal sent by hand with the `temporal` command line is plain JSON.
    Data: the serialised payload, as l1.sealing encrypts it.
    """

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = KeyRing(keys)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._encrypt(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Raises PayloadKeyError where a key is missing: what needs the payload waits until the key is back.

        An error for a damaged payload would keep a workflow waiting for ever; it is marked as unreadable instead, and
        raises PayloadDamagedError where somebody wants its value.
        """
        return [self._decrypt(payload) if is_encrypted(payload) else payload for payload in payloads]

    def _encrypt(self, payload: Payload) -> Payload:
        key_id = self._keys.current.encode()
        data = self._keys.encrypt(payload.SerializeToString())
        return Payload(metadata={"encoding": ENCODING, KEY_ID: key_id}, data=data)

    def _decrypt(self, payload: Payload) -> Payload:
        key_id = payload.metadata[KEY_ID]
        name = key_id.decode(errors="replace")
        if not name or name.encode() != key_id:
            return unreadable("A payload is marked as encrypted and was not: no key could read it.")
        try:
            return Payload.FromString(self._keys.decrypt(name, payload.data))
        except KeyMissingError as error:
            raise PayloadKeyError(f"A payload {error}") from error
        except DamagedError as error:
            return unreadable(f"A payload {error}.")
        except DecodeError:
            return unreadable("A payload was encrypted, and is none.")


def unreadable(why: str) -> Payload:
    return Payload(metadata={"encoding": UNREADABLE}, data=why.encode())


def is_encrypted(payload: Payload) -> bool:
    """Without the id of a key it is none of ours: somebody sent it by hand, and no converter knows its encoding."""
    return payload.metadata.get("encoding") == ENCODING and KEY_ID in payload.metadata
