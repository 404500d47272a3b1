"""Flow proposals: how alike calls must be to share one, and what a proposal is called and counts."""

import re
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from l1.domain import limits
from l1.domain.tree import Flow
from l1.domain.words import sentences, words

SAME_PROBLEM = 0.70
"""How alike (cosine of MiniLM-L6 int8) what two callers say must be for their walks to share a proposal.

Low enough to bring paraphrases together, high enough to keep neighbours apart. Of 2,560 statements of the starter
library, 1.8 % have a nearest neighbour at or above it that belongs to another flow of their category; of 620
rephrasings of StackFAQ's 62 development threads, 0.3 % one of another thread.

Where a problem is known by 1, 3 or 5 statements, a new one finds it for 59, 83 and 90 % of StackFAQ's rephrasings, and
for 2, 5 and 7 % of the library's statements, which were written to differ; a wrong problem is found for 1.9, 1.5 and
1.1 %, and for 0.1, 0.3 and 0.4 %. Where the right one is not among those known, a wrong one is found for 4, 7 and 10 %
of StackFAQ, with 61 other threads to take it for, and for 0.1, 0.3 and 0.4 % of the library.
"""

SAME_QUESTION = 0.85
"""How alike (as above) two nodes' texts must be to ask the same; see `asks_the_same` for what likeness cannot see.

Of 500 questions and instructions of the starter library, 0.4 % have a neighbour this alike in their own flow or
playbook: one pair of 2,989. Of 30 such questions said in other words, 67 % are (at 0.80: 73 %, and three pairs), and of
StackFAQ's rephrasings 60 % have another of their thread this near.
"""

_OPPOSITES = [
    [frozenset(words(side)) for side in group.split("|")]
    for group in (
        "on | off",
        "send sending sent | receive receiving received",
        "before | after | during",
        "first | second | third | last | next",
        "only | several all every everyone everybody",
        "incoming | outgoing",
        "in | out",
        "open opened | close closed",
        "start | stop",
        "connect connected | disconnect disconnected",
        "enable enabled | disable disabled",
        "lock locked | unlock unlocked",
        "mute muted | unmute unmuted",
        "left | right",
        "up | down",
        "upload | download",
        "old | new",
        "internal inside | external outside",
        "office | home",
        "wifi wi-fi wireless | cable cabled wired",
        "green | red | orange yellow amber | blue | white",
        "windows | mac | android | iphone",
    )
]
"""A text with a word of one side, where the other has one of another side, asks about something else."""
_NEGATIONS = frozenset(words("not no never nobody none without cannot can't doesn't don't isn't won't aren't didn't"))

_MAIL_MARK = "@"
_LONG_NUMBER = re.compile(r"\d(?:[\s./()+-]*\d){3,}")
"""Four digits or more: a phone number, an extension, an account."""
_POSSESSIVE = re.compile(r"['\u2019]s\b")
_INTRODUCES = re.compile(r"\b(my name|name is|this is|speaking|here from|calling (from|for|on behalf))\b")
_NO_NAMES = {"the", "and", "of", "for"}
_FOUND_WITHIN = 4
"""A part of a name that is this long is also found inside a word, as in an account's name."""
_LEAST_WORDS = 2


class ProposalStatus(StrEnum):
    OPEN = "open"
    """It grows, and an engineer may edit it and decide on it."""
    PUBLISHED = "published"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Growth:
    """What is known of a walk from which proposals are to grow.

    `into`: the open proposal of the same problem; `seen`: the open ones that were looked at. `same` tells whether two
    nodes' texts ask the same. `solution`: what solved it, in words that tell nobody's name or secret.
    """

    into: UUID | None
    seen: Sequence[UUID]
    same: Callable[[str, str], bool]
    solution: str | None = None


@dataclass(frozen=True)
class NextVersion:
    """What the next version of a flow is so far: its open proposal, or else the flow itself, without a proposal."""

    proposal_id: UUID | None
    flow: Flow


@dataclass(frozen=True)
class NodeCount:
    """How many calls went through a node, and how many of these were resolved as helpful."""

    walked: int = 0
    helped: int = 0


def asks_the_same(one: str, other: str, likeness: float) -> bool:
    """Judge two nodes' texts by their likeness and by their words.

    Likeness is blind to opposites: to send mail and to receive mail have 0.97, switched on and switched off 0.96.
    """
    return likeness >= SAME_QUESTION and not _differs(Counter(words(one)), Counter(words(other)))


def counts(paths: Iterable[tuple[Sequence[str], bool]]) -> dict[str, NodeCount]:
    """Count by node; each path comes with whether its call helped. A call that was at a node twice counts once."""
    counted: dict[str, NodeCount] = {}
    for path, helped in paths:
        for node_id in dict.fromkeys(path):
            so_far = counted.get(node_id, NodeCount())
            counted[node_id] = NodeCount(so_far.walked + 1, so_far.helped + helped)
    return counted


def title_for(statements: Sequence[str], private: Sequence[str | None], category_title: str) -> str:
    """Name a proposal: a caller's sentence, from the shortest statement whose first one tells nobody's name or number.

    `private` are the callers' names and contacts. Matching and colleagues of the whole account see a title.
    """
    parts = {part for text in private if text for part in _name_parts(text)}
    for statement in sorted(statements, key=len):
        sentence = " ".join((sentences(statement, 1) or [statement])[0].split()).rstrip(" .,;:!")
        title = textwrap.shorten(sentence, limits.TITLE, placeholder=" …")
        if len(words(title)) >= _LEAST_WORDS and title.isprintable() and not _tells_who(sentence, parts):
            return title
    return textwrap.shorten(category_title, limits.TITLE - len(": new problem"), placeholder="…") + ": new problem"


def slug_for(category: str, proposal_id: UUID) -> str:
    return f"{category.replace('_', '-')}-{proposal_id.hex[:8]}"


def _differs(one: Counter[str], other: Counter[str]) -> bool:
    """Whether each has a word in place of another's, a number that the other has not, or a no too many."""
    only_one, only_other = set(one - other), set(other - one)
    for sides in _OPPOSITES:
        here, there = ([side for side in sides if side & apart] for apart in (only_one, only_other))
        if here and there and here != there:
            return True
    apart = only_one | only_other
    return bool(apart & _NEGATIONS) or any(word.isdigit() for word in apart)


def _name_parts(text: str) -> set[str]:
    return {part for part in words(_POSSESSIVE.sub(" ", text)) if len(part) > 1} - _NO_NAMES


def _tells_who(sentence: str, parts: set[str]) -> bool:
    plain = unicodedata.normalize("NFKC", sentence)
    if _MAIL_MARK in plain or _LONG_NUMBER.search(plain) or _INTRODUCES.search(plain.casefold()):
        return True
    said = words(_POSSESSIVE.sub(" ", plain))
    within = [part for part in parts if len(part) >= _FOUND_WITHIN or not part.isascii()]
    return not parts.isdisjoint(said) or any(part in word for part in within for word in said)
