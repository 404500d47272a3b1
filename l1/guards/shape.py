"""A node has to be one: of its kind, in words, within its limits."""

import re
from collections.abc import Iterable

from l1.domain import limits
from l1.domain.building import Brief, ProposedNode
from l1.domain.tree import NodeKind
from l1.domain.words import words
from l1.guards.fault import Fault, FaultCode
from l1.guards.folding import plain

MOST_ANSWERS = {
    NodeKind.QUESTION: limits.BUILT_ANSWERS,
    NodeKind.INSTRUCTION: limits.BUILT_ANSWERS_OF_AN_INSTRUCTION,
}
LEAST_WORDS = 3

_PLACEHOLDER = re.compile(
    r"\[[^\]]*\]|\{[^}]*\}|<[^>]*>|[\[\]{}]|__+|\b(?:todo|tbd|tba|lorem ipsum|foo ?bar|insert \w+ here|"
    r"your text here|"
    r"example (?:question|text|answer)|placeholder)\b|^\W*(?:undefined|null|nan)\W*$|\b(?:x{3,}|y{3,})\b|(?:\. "
    r"?){4,}",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"\"\s*:\s*[\"\[{\d]|\b(?:def|class|function|import|return|const|var|let)\b \w+ ?[(=:{]|;\s*$|=>|->|==|!=|"
    r"\\[nt\"u]|"
    r"\b(?:kind|text|answers|reason|disruptive)\b\"?\s*[:=]",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")
_MOST_REPEATED = 0.5
_LEAST_TO_JUDGE = 8
_SENTENCE = re.compile(r"[.!?;\n]+")
_ENGLISH = frozenset(
    """
    a about after again all an and any are as at be been before but by can cannot cant could did do doe dont for
    from get go had ha have he help her here hi how i if in into is isnt it it just know like look may me more need
    new no not now of off on one only open or other our out over please right same see she should show since so some
    still than that the their them then there these they thi those to too try turn up use wa we were what when where
    which who why will with without work would ye you your check close choose press note save say select sign start
    type wait many much per day week every each does long often ago first last next then
    """.split()  # noqa: SIM905 - as a list, they would fill many lines
)
_LEAST_ENGLISH = 0.2


def faults_of_size(proposed: ProposedNode) -> list[Fault]:
    """Find what is too long or too many. Nothing else of such a proposal is read: a model may send a megabyte."""
    kind, answers = proposed.kind, proposed.answers
    limit = limits.BUILT_END if kind.is_terminal else limits.BUILT_QUESTION
    faults: list[Fault] = []
    if len(proposed.text.strip()) > limit:
        faults.append(Fault(FaultCode.TOO_LONG, f"The text is too long. Keep it within {limit} characters."))
    if kind.is_terminal and answers:
        faults.append(Fault(FaultCode.ANSWERS, f"A node of kind {kind} ends the walk: give it no answers."))
    elif len(answers) > MOST_ANSWERS.get(kind, 0):
        faults.append(_wrong_count(kind))
    elif any(len(answer.strip()) > limits.BUILT_ANSWER for answer in answers):
        faults.append(
            Fault(FaultCode.TOO_LONG, f"An answer is too long. Keep each within {limits.BUILT_ANSWER} characters.")
        )
    return faults


def _wrong_count(kind: NodeKind) -> Fault:
    return Fault(
        FaultCode.ANSWERS, f"A node of kind {kind} has {limits.BUILT_ANSWERS_AT_LEAST} to {MOST_ANSWERS[kind]} answers."
    )


def faults_of_shape(proposed: ProposedNode, brief: Brief) -> list[Fault]:
    """Find what is wrong with the kind and the text."""
    faults: list[Fault] = []
    kind, text = proposed.kind, proposed.text
    if (brief.must_end or len(brief.asked) >= limits.BUILT_DEPTH) and not kind.is_terminal:
        faults.append(
            Fault(FaultCode.MUST_END, "The walk is long enough. End it now, with an escalation or resolution.")
        )
    if kind is NodeKind.RESOLUTION and not brief.asked:
        faults.append(
            Fault(
                FaultCode.SHAPE,
                "Nothing has been asked yet, so nothing is solved. Begin with a question or instruction.",
            )
        )
    if problem := _unreadable(text):
        faults.append(Fault(FaultCode.SHAPE, problem))
    if not _is_english(words(plain(text))):
        faults.append(Fault(FaultCode.LANGUAGE, "It does not read as English. Write plain English sentences."))
    return faults


def _unreadable(text: str) -> str | None:
    said = words(plain(text))
    if sum(any(map(str.isalpha, word)) for word in said) < LEAST_WORDS:
        return "The text says too little. Write a whole sentence of three words at least."
    if _CONTROL.search(text):
        return "The text has control characters in it. Write plain words only."
    if _PLACEHOLDER.search(text):
        return "The text has brackets or a placeholder in it. Write out what is meant."
    if _CODE.search(text):
        return "The text has pieces of code or JSON in it. Write one plain sentence."
    if _goes_round(text, said):
        return "The text says the same words over and over. Say one thing, once."
    return None


def _goes_round(text: str, said: list[str]) -> bool:
    sentences = [" ".join(words(part)) for part in _SENTENCE.split(text)]
    whole = [sentence for sentence in sentences if sentence]
    if len(whole) != len(set(whole)) or any(
        one == other == third for one, other, third in zip(said, said[1:], said[2:], strict=False)
    ):
        return True
    threes = list(zip(said, said[1:], said[2:], strict=False))
    if len(threes) >= _LEAST_TO_JUDGE and len(set(threes)) < len(threes) * (1 - _MOST_REPEATED / 2):
        return True
    return len(said) >= _LEAST_TO_JUDGE and len(set(said)) < len(said) * _MOST_REPEATED


def _is_english(said: list[str]) -> bool:
    letters = [word for word in said if word.isalpha()]
    return (
        len(letters) < _LEAST_TO_JUDGE // 2
        or sum(word in _ENGLISH for word in letters) >= len(letters) * _LEAST_ENGLISH
    )


def faults_of_answers(proposed: ProposedNode) -> list[Fault]:
    """Find what is wrong with the answers as labels; what they say is for the guards of content."""
    kind, answers = proposed.kind, proposed.answers
    faults: list[Fault] = []
    if not kind.is_terminal and len(answers) < limits.BUILT_ANSWERS_AT_LEAST:
        faults.append(_wrong_count(kind))
    if any(not words(plain(answer)) for answer in answers):
        faults.append(Fault(FaultCode.ANSWERS, "An answer is empty. Give each a few words that the caller might say."))
    if any(map(_is_no_label, answers)):
        faults.append(Fault(FaultCode.ANSWERS, "An answer has code, a placeholder or control characters in it."))
    if not _distinct(answers):
        faults.append(Fault(FaultCode.ANSWERS, "Two answers say the same. Make each answer differ from the others."))
    return faults


def _is_no_label(answer: str) -> bool:
    return any(pattern.search(answer) for pattern in (_CONTROL, _PLACEHOLDER, _CODE))


def _distinct(answers: Iterable[str]) -> bool:
    labels = [tuple(words(plain(answer))) for answer in answers]
    return len(set(labels)) == len(labels)
