"""Vectors that are kept by their text."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence

import numpy as np

from l1.matching.embedder import Embedder, Vectors, readable

_KEPT = 5_000
"""Texts, each with at most 2,000 characters and a vector of 1.5 kB: 20 MB at most, mostly a tenth of that."""

_AT_ONCE = 16
"""Texts that are embedded together; what is done is kept, also when the rest fails."""


class Remembering:
    """An embedder that makes no vector twice.

    What was begun is finished and kept, also when its caller has given up: the next attempt finds it. Who asks
    meanwhile for the same text waits for the same work.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: OrderedDict[str, Vectors] = OrderedDict()
        self._coming: dict[str, asyncio.Task[dict[str, Vectors]]] = {}

    @property
    def name(self) -> str:
        return self._embedder.name

    def knows(self, texts: Sequence[str]) -> bool:
        """Whether none of these would have to be made."""
        return all(readable(text) in self._known for text in texts)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one row a text. Raises EmbedderUnavailableError."""
        if not texts:
            return np.empty((0, 0), np.float32)
        wanted = [readable(text) for text in texts]
        found = {text: self._known[text] for text in wanted if text in self._known}
        missing = [text for text in dict.fromkeys(wanted) if text not in found and text not in self._coming]
        if missing:
            making = asyncio.create_task(self._make(missing))
            making.add_done_callback(lambda done: done.cancelled() or done.exception())  # its caller may be gone
            self._coming |= dict.fromkeys(missing, making)
        for task in {self._coming[text] for text in wanted if text not in found}:
            found |= await asyncio.shield(task)
        self._keep({text: found[text] for text in wanted})
        return np.stack([found[text] for text in wanted])

    async def _make(self, texts: Sequence[str]) -> dict[str, Vectors]:
        made: dict[str, Vectors] = {}
        try:
            for start in range(0, len(texts), _AT_ONCE):
                portion = texts[start : start + _AT_ONCE]
                new = dict(zip(portion, await self._embedder.embed(portion), strict=True))
                self._keep(new)
                made |= new
        finally:
            for text in texts:
                del self._coming[text]
        return made

    def _keep(self, vectors: Mapping[str, Vectors]) -> None:
        for text, vector in vectors.items():
            self._known[text] = vector
            self._known.move_to_end(text)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
