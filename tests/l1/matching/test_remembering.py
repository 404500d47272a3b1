import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from l1.matching.embedder import MOST_CHARACTERS, EmbedderUnavailableError, Vectors
from l1.matching.remembering import Remembering
from tests.l1.matching.examples import Embeds, WordSums


class HeldBack(Embeds):
    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = await super().embed(texts)
        await self.go.wait()
        return vectors


class AwayAtFirst(Embeds):
    async def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = await super().embed(texts)
        if len(self.seen) == 1:
            raise EmbedderUnavailableError("not yet")
        return vectors


async def test_a_text_is_embedded_once_however_often_it_is_asked_for() -> None:
    embedder = Embeds()
    remembering = Remembering(embedder)
    for _ in range(3):
        vectors = await remembering.embed(["no sound", "no picture", "no sound"])
        assert np.array_equal(vectors, WordSums().embed(["no sound", "no picture", "no sound"]))
    assert embedder.seen == ["no sound", "no picture"]


async def test_who_asks_for_what_is_being_made_waits_for_it() -> None:
    embedder = HeldBack()
    remembering = Remembering(embedder)
    both = [asyncio.create_task(remembering.embed(["no sound"])) for _ in range(2)]
    await asyncio.sleep(0)
    embedder.go.set()
    await asyncio.gather(*both)
    assert embedder.seen == ["no sound"]


async def test_what_was_begun_is_finished_and_kept_when_its_caller_gives_up() -> None:
    embedder = HeldBack()
    remembering = Remembering(embedder)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await remembering.embed(["no sound"])
    assert not remembering.knows(["no sound"])
    embedder.go.set()
    await remembering.embed(["no sound"])
    assert remembering.knows(["no sound"])
    assert embedder.seen == ["no sound"]


async def test_what_failed_is_tried_again() -> None:
    remembering = Remembering(AwayAtFirst())
    with pytest.raises(EmbedderUnavailableError):
        await remembering.embed(["no sound"])
    assert (await remembering.embed(["no sound"])).shape[0] == 1


async def test_a_long_text_is_cut_before_the_model_sees_it() -> None:
    embedder = Embeds()
    vectors = await Remembering(embedder).embed(["no sound " * 1_000, "no sound " * 900])
    assert [len(text) for text in embedder.seen] == [MOST_CHARACTERS]
    assert len(vectors) == 2


async def test_nothing_is_no_row() -> None:
    assert (await Remembering(Embeds()).embed([])).shape == (0, 0)
