"""The published flows of one owner, in the shape in which they are searched."""

import sys
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from l1.domain.words import words
from l1.matching.embedder import Vectors, unit
from l1.matching.stopwords import STOPWORDS

PASSAGES = 3
"""Vectors a flow: its name, its description, and the mean of its steps."""


@dataclass(frozen=True)
class FlowText:
    """What a flow says, as far as matching reads it. `steps` are the texts of its nodes."""

    title: str
    description: str = ""
    keywords: Sequence[str] = ()
    steps: Sequence[str] = ()

    @property
    def name(self) -> str:
        return f"{self.title}: {', '.join(self.keywords)}" if self.keywords else self.title

    @property
    def passages(self) -> list[str]:
        """The texts to embed: the name, the description if there is one, and each step under the title.

        A step alone says too little ("Restart it."). The mean of the steps knows words that no title has: with it,
        FloDial's first utterances found their chart in 98.5 % instead of 94 % (docs/adr/0006).
        """
        about = [self.description] if self.description else []
        return [self.name, *about, *(f"{self.title} {text}" for text in (*about, *self.steps))]

    def pool(self, passages: Vectors) -> Vectors:
        """Make the flow's three vectors of those of its passages; a description that is not there is all zeros."""
        name, rest = passages[0], passages[1:]
        description = rest[0] if self.description else np.zeros_like(name)
        steps = rest[1:] if self.description else rest
        return np.stack([name, description, unit(steps.mean(axis=0)) if len(steps) else name])

    @property
    def everything(self) -> str:
        return " ".join((self.title, self.description, *self.keywords, *self.steps))


@dataclass(frozen=True)
class Entry:
    """A published flow. `vectors` is None until they have been computed: then only its words are compared."""

    flow_id: UUID
    version: int
    slug: str
    text: FlowText
    vectors: Vectors | None = None

    @cached_property
    def counts(self) -> Counter[str]:
        return Counter(map(sys.intern, words(self.text.everything)))

    @property
    def names(self) -> tuple[str, str]:
        """Its slug and its title, marked so that one is never taken for the other."""
        return f"id {self.slug}", f"title {self.text.title.casefold()}"

    @cached_property
    def title_words(self) -> frozenset[str]:
        found = frozenset(words(self.text.title))
        return found - STOPWORDS or found


@dataclass(frozen=True)
class Exemplar:
    """A caller's words whose call a flow has solved (`confirms`), or has turned out not to be for."""

    id: UUID
    flow_id: UUID
    words: frozenset[str]
    confirms: bool
    vector: Vectors | None = None


@dataclass(frozen=True)
class Postings:
    """Where a word stands: rows of flows, and how often in each; rows of those that have it in their title."""

    rows: NDArray[np.int64]
    counts: NDArray[np.float32]
    title_rows: NDArray[np.int64]


_NOWHERE = Postings(np.empty(0, np.int64), np.empty(0, np.float32), np.empty(0, np.int64))


class Shelf:
    """Flows by id. What searching needs is derived when it is asked for, once after a change."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries = {entry.flow_id: entry for entry in entries}
        self._rows: list[Entry] | None = None
        self._names: frozenset[str] | None = None
        self._words: _WordIndex | None = None
        self._vectors: Vectors | None = None

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, flow_id: UUID) -> bool:
        return flow_id in self._entries

    @property
    def entries(self) -> Sequence[Entry]:
        """The flows by row."""
        if self._rows is None:
            self._rows = list(self._entries.values())
        return self._rows

    def has_twin(self, entry: Entry) -> bool:
        """Tell whether a flow here has the entry's slug or its title."""
        if self._names is None:
            self._names = frozenset(name for own in self._entries.values() for name in own.names)
        return not self._names.isdisjoint(entry.names)

    @property
    def without_vectors(self) -> list[Entry]:
        return [entry for entry in self._entries.values() if entry.vectors is None]

    def replace(self, flow_ids: Collection[UUID], entries: Iterable[Entry]) -> None:
        """Put what is now known of these flows in the place of what was; a flow that is no more among them goes."""
        now = {entry.flow_id: entry for entry in entries}
        for flow_id in flow_ids:
            known, entry = self._entries.get(flow_id), now.get(flow_id)
            if known is not None and entry is not None and known.version == entry.version:
                if entry.vectors is not None:
                    self.put_vectors(flow_id, entry.version, entry.vectors)
                continue
            if known is None and entry is None:
                continue
            if entry is None:
                del self._entries[flow_id]
            else:
                self._entries[flow_id] = entry
            self._rows = self._names = self._words = self._vectors = None

    def put_vectors(self, flow_id: UUID, version: int, vectors: Vectors) -> None:
        """Take a flow's vectors, unless it has changed since."""
        known = self._entries.get(flow_id)
        if known is not None and known.version == version:
            self._entries[flow_id] = replace(known, vectors=vectors)
            self._rows = self._vectors = None

    @property
    def words(self) -> "_WordIndex":
        if self._words is None:
            self._words = _WordIndex(self.entries)
        return self._words

    @property
    def vectors(self) -> Vectors:
        """Three rows a flow (PASSAGES x flows x dimensions); a flow without vectors has zeros."""
        if self._vectors is None:
            known = next((entry.vectors for entry in self._entries.values() if entry.vectors is not None), None)
            empty = np.zeros_like(known) if known is not None else np.zeros((PASSAGES, 1), np.float32)
            rows = [empty if entry.vectors is None else entry.vectors for entry in self._entries.values()]
            self._vectors = np.stack(rows, axis=1) if rows else np.zeros((PASSAGES, 0, 1), np.float32)
        return self._vectors


class _WordIndex:
    def __init__(self, entries: Sequence[Entry]) -> None:
        self.lengths = np.array([entry.counts.total() for entry in entries], np.float32)
        found: dict[str, tuple[list[int], list[int], list[int]]] = {}
        for row, entry in enumerate(entries):
            for word, count in entry.counts.items():
                rows, counts, _ = found.setdefault(word, ([], [], []))
                rows.append(row)
                counts.append(count)
            for word in entry.title_words:
                found[word][2].append(row)
        self._postings = {
            word: Postings(np.array(rows), np.array(counts, np.float32), np.array(in_title, np.int64))
            for word, (rows, counts, in_title) in found.items()
        }
        self.title_words = [entry.title_words for entry in entries]

    def postings(self, word: str) -> Postings:
        return self._postings.get(word, _NOWHERE)
