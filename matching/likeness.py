"""How much texts are alike in meaning, for what is no matching: questions of a tree, problems of proposals."""

from collections import OrderedDict
from collections.abc import Sequence

import structlog

from matching.embedder import Embedder, EmbedderUnavailableError, Vectors

_log = structlog.stdlib.get_logger(__name__)

_REMEMBERED = 5_000
"""Texts whose vectors are kept, 1.5 kB each: a walk's questions are compared again at each of its steps."""


class Likeness:
    """Whole texts are compared, as one vector each."""

    def __init__(self, embedder: Embedder | None) -> None:
        self._embedder = embedder
        self._known: OrderedDict[str, Vectors] = OrderedDict()

    async def between(self, text: str, others: Sequence[str]) -> list[float]:
        """Return the cosine of the text with each of the others; nothing while no embedder answers."""
        if not others or self._embedder is None:
            return []
        try:
            found = await self._vectors(self._embedder, [text, *others])
        except EmbedderUnavailableError as error:
            _log.warning("comparing texts by words only", cause=str(error))
            return []
        mine, *theirs = found
        return [float(mine @ other) for other in theirs]

    async def _vectors(self, embedder: Embedder, texts: Sequence[str]) -> list[Vectors]:
        vectors = {text: self._known[text] for text in texts if text in self._known}
        missing = [text for text in dict.fromkeys(texts) if text not in vectors]
        if missing:
            vectors |= zip(missing, await embedder.embed(missing), strict=True)
        for text in texts:
            self._known[text] = vectors[text]
            self._known.move_to_end(text)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return [vectors[text] for text in texts]
