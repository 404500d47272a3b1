"""How much texts are alike in meaning, for what is no matching: questions of a tree, problems of proposals."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

import structlog

from l1.matching.embedder import Embedder, EmbedderUnavailableError, Vectors

_log = structlog.stdlib.get_logger(__name__)

_REMEMBERED = 5_000
"""Texts whose vectors are kept, 1.5 kB each: a walk's questions are compared again at each of its steps."""

_AT_ONCE = 16
"""Texts that are embedded together; what is done is kept also when the caller gives up before the rest."""


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
        for start in range(0, len(missing), _AT_ONCE):
            portion = missing[start : start + _AT_ONCE]
            new = dict(zip(portion, await embedder.embed(portion), strict=True))
            vectors |= new
            self._remember(new)
        self._remember(vectors)
        return [vectors[text] for text in texts]

    def _remember(self, vectors: Mapping[str, Vectors]) -> None:
        for text, vector in vectors.items():
            self._known[text] = vector
            self._known.move_to_end(text)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
