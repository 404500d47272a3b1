"""No question is asked twice, nor nearly twice."""

from collections.abc import Sequence

from l1.domain.playbook import Asked
from l1.domain.tree import NodeKind
from l1.domain.words import words

DETAIL = (
    "It says the same as a node that was asked already. Ask something that the walk has not told yet, or end the walk."
)

LIKENESS = 0.77
"""Cosine of all-MiniLM-L6-v2 from which two texts say the same. Of 48 questions and their near-repeats
(tests/domain/guards/paraphrases.py) it finds 42, of the 2,042 pairs of checks in one playbook it takes none (highest:
0.756), of the 947 pairs of one flow 9, and of 30 pairs that differ in one thing the 3 that only swap their words.
"""
LIKENESS_ACROSS = 0.85
"""The same between a question and an instruction: to do a thing, or to look whether it helped, is said in much the same
words as to ask about it.
"""
OVERLAP = 0.5
"""Shared part of all words that carry meaning, where there is no embedder: finds 30 of the 48, takes none of the pairs
of playbooks and flows, and 6 of the 30 that differ in one thing.
"""
LONG = 8
"""Words that carry meaning, from which a text says several things."""
OVERLAP_OF_LONG = 0.3
"""Shared part of the words of two long texts, below which their likeness is that of their matter: the next step at the
same program is near the step before.
"""
_SMALL_WORDS = frozenset(
    """
    a an the is are was were be been do does did has have had it its this that there of to in on at by for from with
    and or you your we our i my they their he she his her can could may might will would please now any some if so
    then also as
    """.split()  # noqa: SIM905 - as a list, they would fill many lines
)


def is_repeated(
    text: str, asked: Sequence[Asked], likeness: Sequence[float], kind: NodeKind = NodeKind.QUESTION
) -> bool:
    """Tell whether one of `asked` said as much as a node of this kind does. `likeness`: as `review` takes it."""
    said = words(text)
    for index, before in enumerate(asked):
        known = words(before.text)
        if said == known or _content(said) == _content(known):
            return True
        if index < len(likeness):
            least = LIKENESS if before.kind is kind else LIKENESS_ACROSS
            if likeness[index] >= least and not _only_of_one_matter(_content(said), _content(known)):
                return True
        elif _overlap(_content(said), _content(known)) >= OVERLAP:
            return True
    return False


def _only_of_one_matter(one: frozenset[str], other: frozenset[str]) -> bool:
    return min(len(one), len(other)) >= LONG and _overlap(one, other) < OVERLAP_OF_LONG


def _content(said: Sequence[str]) -> frozenset[str]:
    return frozenset(said) - _SMALL_WORDS or frozenset(said)


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0
