import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from l1.matching.embedder import EmbedderUnavailableError, Vectors
from l1.matching.likeness import Likeness


class Letters:
    """Embeds a text as how often it has an a and a b; counts what it was given."""

    name = "letters"

    def __init__(self) -> None:
        self.embedded: list[str] = []
        self.until = asyncio.Event()
        self.until.set()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        await self.until.wait()
        self.embedded += texts
        counts = np.array([[text.count("a"), text.count("b")] for text in texts], np.float32)
        return np.asarray(counts / np.linalg.norm(counts, axis=1, keepdims=True), np.float32)


class Away(Letters):
    async def embed(self, texts: Sequence[str]) -> Vectors:
        raise EmbedderUnavailableError(f"{len(texts)} texts")


async def test_likeness_is_the_cosine_of_the_whole_texts() -> None:
    assert await Likeness(Letters()).between("a", ["aa", "b", "ab"]) == pytest.approx([1.0, 0.0, 0.5**0.5])


async def test_without_an_embedder_or_an_answer_of_it_there_is_no_likeness() -> None:
    assert await Likeness(None).between("a", ["b"]) == []
    assert await Likeness(Away()).between("a", ["b"]) == []
    assert await Likeness(Letters()).between("a", []) == []
