"""Vectors of the starter flows that come along, so that a first start need not make them.

That takes seconds, and until then these flows are matched by words only.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np

from l1.matching.embedder import Vectors, from_bytes, to_bytes
from l1.matching.shelf import PASSAGES, FlowText

READY_MADE_FILE = "starter.npz"


def digest_of(text: FlowText) -> str:
    """Name what a flow's vectors are made of: a flow that is changed finds none."""
    return sha256("\x00".join(text.passages).encode()).hexdigest()


def write_ready_made(folder: Path, embedder: str, flows: Iterable[tuple[FlowText, Vectors]]) -> None:
    made = {digest_of(text): vectors for text, vectors in flows}
    packed = np.frombuffer(b"".join(to_bytes(vectors) for vectors in made.values()), np.uint8)
    np.savez(folder / READY_MADE_FILE, embedder=np.array(embedder), digests=np.array(list(made)), vectors=packed)


def read_ready_made(folder: Traversable, embedder: str | None) -> Mapping[str, Vectors]:
    """Return the vectors by digest; none for another embedder than theirs, or where there is no such file."""
    file = folder / READY_MADE_FILE
    if embedder is None or not file.is_file():
        return {}
    with file.open("rb") as opened, np.load(opened, allow_pickle=False) as found:
        if str(found["embedder"]) != embedder:
            return {}
        digests = [str(digest) for digest in found["digests"]]
        vectors = from_bytes(found["vectors"].tobytes(), len(digests) * PASSAGES)
    return dict(zip(digests, vectors.reshape(len(digests), PASSAGES, -1), strict=True))
