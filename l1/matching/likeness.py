"""How much texts are alike in meaning, for what is no matching: questions of a tree, problems of proposals."""

from collections.abc import Sequence

import structlog

from l1.matching.embedder import Embedder, EmbedderUnavailableError

_log = structlog.stdlib.get_logger(__name__)


class Likeness:
    """Whole texts are compared, as one vector each.

    A walk's questions are compared again at each of its steps, so the embedder should be one that remembers.
    """

    def __init__(self, embedder: Embedder | None) -> None:
        self._embedder = embedder

    async def between(self, text: str, others: Sequence[str]) -> list[float]:
        """Return the cosine of the text with each of the others; nothing while no embedder answers."""
        if not others or self._embedder is None:
            return []
        try:
            mine, *theirs = await self._embedder.embed([text, *others])
        except EmbedderUnavailableError as error:
            _log.warning("comparing texts by words only", cause=str(error))
            return []
        return [float(mine @ other) for other in theirs]
