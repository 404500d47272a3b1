"""Flows, gates and an embedder that are small enough to reckon with by hand."""

import hashlib
from collections.abc import Collection, Sequence
from uuid import UUID, uuid4

import numpy as np

from l1.domain.words import words
from l1.matching.embedder import EmbedderUnavailableError, Vectors, unit
from l1.matching.gate import BY_MEANING, BY_WORDS, Gate, expand
from l1.matching.judge import Gates
from l1.matching.shelf import PASSAGES, Entry, Exemplar, FlowText
from l1.matching.signals import Query

DIMENSIONS = 48

TEXTS = {
    "paper-jam": FlowText("Paper jam in the printer", "Paper is stuck.", ("jam", "tray"), ("Open the tray.", "Pull.")),
    "vpn": FlowText("VPN will not connect", "No tunnel from home.", ("vpn", "tunnel"), ("Is the internet there?",)),
    "no-sound": FlowText("No sound in meetings", "Nobody is heard.", ("sound", "headset"), ("Check the headset.",)),
    "full-disk": FlowText("Disk is full", "", ("disk", "space"), ("Empty the bin.",)),
}


class WordSums:
    """A model in whose eyes texts are alike that share words; its vectors are sums of one random vector a word."""

    def __init__(self, name: str = "word-sums") -> None:
        self.name = name

    def embed(self, texts: Sequence[str]) -> Vectors:
        return unit(np.stack([sum(map(_of_word, words(text)), np.zeros(DIMENSIONS, np.float32)) for text in texts]))


class Embeds:
    """The same for those who wait for it; keeps what it was given."""

    def __init__(self, name: str = "word-sums") -> None:
        self.name = name
        self.seen: list[str] = []

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.seen.extend(texts)
        return WordSums().embed(texts)


class Silent:
    """An embedder that does not answer."""

    def __init__(self, name: str = "word-sums") -> None:
        self.name = name

    async def embed(self, texts: Sequence[str]) -> Vectors:
        raise EmbedderUnavailableError(f"{self.name} has nothing to say to {len(texts)} texts")


def _of_word(word: str) -> Vectors:
    seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
    return np.random.default_rng(seed).standard_normal(DIMENSIONS).astype(np.float32)


def entry(slug: str, version: int = 1, *, flow_id: UUID | None = None, text: FlowText | None = None) -> Entry:
    """A flow without vectors."""
    return Entry(flow_id or uuid4(), version, slug, text or TEXTS[slug])


def embedded(one: Entry) -> Entry:
    vectors = one.text.pool(WordSums().embed(one.text.passages))
    return Entry(one.flow_id, one.version, one.slug, one.text, vectors)


def at(cosine: float, slug: str = "", title: str = "") -> Entry:
    """A flow all of whose passages have this cosine to the query `STRAIGHT`."""
    vectors = np.tile(np.array([cosine, (1 - cosine**2) ** 0.5], np.float32), (PASSAGES, 1))
    flow_id = uuid4()
    return Entry(flow_id, 1, slug or flow_id.hex, FlowText(title or flow_id.hex, "a description"), vectors)


STRAIGHT = Query([], np.array([[1, 0]], np.float32))


def exemplar(of: Entry, vector: Sequence[float] | None, statement: str = "", *, confirms: bool = True) -> Exemplar:
    known = None if vector is None else np.array(vector, np.float32)
    return Exemplar(uuid4(), of.flow_id, frozenset(words(statement)), confirms, known)


def gate(features: tuple[str, ...], by: str, *, middle: float, scale: float, automatic: float = 0.9) -> Gate:
    """A gate that looks at one feature: even chances at its middle, and 2 more in the logit for each scale above."""
    size = len(features)
    row = features.index(by)
    weights = np.zeros(len(expand(np.zeros(size))))
    weights[row] = 2.0
    mean, scales = np.zeros(size), np.ones(size)
    mean[row], scales[row] = middle, scale
    return Gate(features, mean, scales, 0.0, weights, automatic)


def gates() -> Gates:
    """By meaning: .3 is improbable, .5 an even chance, .7 almost sure. By words: the same of the title."""
    return Gates(
        by_words=gate(BY_WORDS, "title_coverage", middle=0.5, scale=0.1),
        by_meaning=gate(BY_MEANING, "nearness", middle=0.5, scale=0.1),
    )


def slugs(found: Collection[Entry]) -> set[str]:
    return {each.slug for each in found}
