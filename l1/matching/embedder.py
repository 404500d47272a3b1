"""What turns texts into vectors."""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""One row a text, each of length 1, so that a dot product is the cosine."""


MOST_CHARACTERS = 2_000
"""Read of a text. A model's 256 tokens hold about 1,100 characters of English, and callers come to the point before."""

_JOB_CHARACTERS = 2_000
"""Together, of the texts that are embedded before somebody else gets the thread: about a tenth of a second."""


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
    """Runs a local model beside the event loop, a few texts at a time.

    One thread only: several would share the same cores with the workflows, and each would be slower (bench/match.py).
    A problem is one job or two, so problems are embedded one after the other, in the order in which they came; a flow
    is several jobs, so a caller's words never wait for the whole of it.
    """

    def __init__(self, model: LocalModel) -> None:
        self._model = model
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedder")

    @property
    def name(self) -> str:
        return self._model.name

    async def embed(self, texts: Sequence[str]) -> Vectors:
        loop = asyncio.get_running_loop()
        rows = [await loop.run_in_executor(self._thread, self._model.embed, job) for job in _jobs(texts)]
        return np.concatenate(rows) if rows else np.empty((0, 0), np.float32)


def readable(text: str) -> str:
    """What is read of a text: a longer one would be cut by the model, after it has been taken apart at length."""
    return text[:MOST_CHARACTERS]


def _jobs(texts: Sequence[str]) -> Iterator[list[str]]:
    job: list[str] = []
    for text in texts:
        if job and sum(map(len, job)) + len(text) > _JOB_CHARACTERS:
            yield job
            job = []
        job.append(text)
    if job:
        yield job


def unit(vectors: Vectors) -> Vectors:
    """Scale each row to length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)


def to_bytes(vectors: Vectors) -> bytes:
    """Pack for storage, two bytes a number: cosines move by less than 0.001, and half as much is read at a start."""
    return vectors.astype("<f2").tobytes()


def from_bytes(data: bytes, rows: int) -> Vectors:
    return np.frombuffer(data, "<f2").reshape(rows, -1).astype(np.float32)
