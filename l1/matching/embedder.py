"""What turns texts into vectors."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""One row a text, each of length 1, so that a dot product is the cosine."""


class EmbedderMissingError(Exception):
    """The embedder cannot be loaded; the message says what to do."""


class EmbedderUnavailableError(Exception):
    """The embedder does not answer now; trying again later may help."""


class Embedder(Protocol):
    """`name` changes whenever the vectors would: those stored under another name are not compared with these."""

    @property
    def name(self) -> str: ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text, which may be of any length and language; what the model cannot hold is cut off.

        Raises EmbedderUnavailableError.
        """
        ...


class LocalModel(Protocol):
    @property
    def name(self) -> str: ...

    def embed(self, texts: Sequence[str]) -> Vectors: ...


class InOneThread:
    """Runs a local model beside the event loop, one text at a time.

    One thread only: several would share the same cores with the workflows, and each would be slower (bench/match.py).
    Callers take turns text by text, so a caller's words never wait for a whole flow that is being embedded.
    """

    def __init__(self, model: LocalModel) -> None:
        self._model = model
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedder")

    @property
    def name(self) -> str:
        return self._model.name

    async def embed(self, texts: Sequence[str]) -> Vectors:
        loop = asyncio.get_running_loop()
        rows = [await loop.run_in_executor(self._thread, self._model.embed, [text]) for text in texts]
        return np.concatenate(rows) if rows else np.empty((0, 0), np.float32)


def unit(vectors: Vectors) -> Vectors:
    """Scale each row to length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)


def to_bytes(vectors: Vectors) -> bytes:
    """Pack for storage, two bytes a number: cosines move by less than 0.001, and half as much is read at a start."""
    return vectors.astype("<f2").tobytes()


def from_bytes(data: bytes, rows: int) -> Vectors:
    return np.frombuffer(data, "<f2").reshape(rows, -1).astype(np.float32)
