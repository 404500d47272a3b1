"""The playbook: how a tree is built for a problem that no flow covers, with no model at all.

A playbook is a ranked list of checks for one problem category. They are asked one at a time, those that speak of the
caller's problem first, none of them twice, until an answer settles the matter or no check is left. Which node comes
next depends on nothing but the playbook, the problem and the path walked so far, so a retry builds the same node.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from l1.domain import limits
from l1.domain.categories import UNKNOWN
from l1.domain.findings import CATEGORY, NODE_ID, REASON_CATEGORY, Fault, Findings, did_you_mean, place_of, shown
from l1.domain.flow_file import read_answers
from l1.domain.reasons import NEEDS_ENGINEER
from l1.domain.tree import Node, NodeKind
from l1.domain.words import words

NO_PLAYBOOK = (
    "There are no checks for this kind of problem yet. Note what the caller sees, since when, and who else has it, "
    "and hand the call to an engineer."
)


class Outcome(StrEnum):
    NEXT = "next"
    SOLVED = "solved"
    ESCALATE = "escalate"


@dataclass(frozen=True)
class Verdict:
    """What an answer means. `text` is what the resolution or escalation says; empty for `next`."""

    outcome: Outcome
    text: str = ""
    reason_category: str | None = None
    rules_out: tuple[str, ...] = ()
    """Ids of checks that need not be asked after this answer."""


NEXT = Verdict(Outcome.NEXT)


@dataclass(frozen=True)
class Check:
    """One thing to ask or do. Its text is unique in its playbook: by it a walked path tells what was asked already."""

    id: str
    kind: NodeKind
    text: str
    answers: Mapping[str, Verdict]
    keywords: tuple[str, ...] = ()
    """A problem that speaks of these brings the check forward."""


@dataclass(frozen=True)
class Playbook:
    """`checks` are ranked by how often they solve the problem; `keywords` are callers' words for the category.

    From the keywords, matching learns to tell categories apart (`l1 match fit`).
    """

    category: str
    title: str
    keywords: tuple[str, ...]
    checks: tuple[Check, ...]
    last_resort: Verdict
    """Where a call goes when all checks are asked: an escalation."""


@dataclass(frozen=True)
class Asked:
    """One answered node of the walked path. Nodes that are none of the playbook's checks are passed over."""

    node_id: str
    text: str
    answer: str
    kind: NodeKind = NodeKind.QUESTION


class PlaybookInvalid(Exception):
    """The playbook has faults; `faults` holds all of them, never none."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "; ".join(map(str, self.faults))


def next_node(
    playbook: Playbook | None,
    problem: str,
    asked: Sequence[Asked],
    node_id: str,
    passed_over: Collection[str] = (),
) -> Node:
    """Build the node after the path `asked`: the next check, or the end that the last answer leads to.

    Every answer of a check is still to be built (None), ends included: an end is built when its answer is given. No
    path of checks is longer than the playbook's list, so that every walk ends. An answer that the check does not have
    counts as one that settles nothing. Checks whose texts are in `passed_over` are not asked.
    """
    if playbook is None:
        return _escalation(node_id, Verdict(Outcome.ESCALATE, NO_PLAYBOOK))
    by_text = {_same(check.text): check for check in playbook.checks}
    gone = {by_text[_same(text)].id for text in passed_over}
    verdict = NEXT
    for step in asked:
        check = by_text.get(_same(step.text))
        verdict = _verdict(check, step.answer) if check else NEXT
        gone |= {check.id, *verdict.rules_out} if check else set()
    if verdict.outcome is Outcome.SOLVED:
        return Node(node_id, NodeKind.RESOLUTION, verdict.text)
    if verdict.outcome is Outcome.ESCALATE:
        return _escalation(node_id, verdict)
    left = [check for check in playbook.checks if check.id not in gone]
    if not left:
        return _escalation(node_id, playbook.last_resort)
    said = _words(problem)
    # max keeps the first of equals: the playbook's own rank decides between checks that the problem speaks of alike.
    best = max(left, key=lambda check: _hits(check.keywords, said))
    return Node(node_id, best.kind, best.text, dict.fromkeys(best.answers))


def is_a_check(playbook: Playbook | None, text: str) -> bool:
    """Tell whether the playbook asked this, whatever the case and the spaces."""
    return playbook is not None and any(_same(check.text) == _same(text) for check in playbook.checks)


def _verdict(check: Check, answer: str) -> Verdict:
    return next((verdict for label, verdict in check.answers.items() if _same(label) == _same(answer)), NEXT)


def _escalation(node_id: str, verdict: Verdict) -> Node:
    return Node(node_id, NodeKind.ESCALATION, verdict.text, reason_category=verdict.reason_category or NEEDS_ENGINEER)


def _same(text: str) -> str:
    """Fold what a client may change in a text that it sends back: case and space."""
    return " ".join(text.casefold().split())


def _hits(keywords: Iterable[str], said: str) -> int:
    folded = {_keyword(keyword) for keyword in keywords}
    return sum(keyword.count(" ") - 1 for keyword in folded if keyword.strip() and keyword in said)


def _words(text: str) -> str:
    """The words of a text, each between two spaces."""
    return f" {' '.join(words(text))} "


_keyword = lru_cache(maxsize=10_000)(_words)
"""Keywords are few and come again with every call."""


def check_playbook(raw: object) -> list[Fault]:
    """Name every fault of a playbook. Never raises."""
    return _read(raw)[1]


def parse_playbook(raw: object) -> Playbook:
    """Read a playbook. Raises `PlaybookInvalid`."""
    playbook, faults = _read(raw)
    if faults or playbook is None:
        raise PlaybookInvalid(faults)
    return playbook


def _read(raw: object) -> tuple[Playbook | None, list[Fault]]:
    found = Findings()
    fields = found.fields(raw, "", ("category", "title", "keywords", "checks", "last_resort"), ())
    if not fields:
        return None, found.faults
    category = found.slug(fields, "category", "", CATEGORY)
    if category == UNKNOWN:
        found.add("category", f"is {UNKNOWN!r}, for which nothing is ever built; name a problem category")
    title = found.text(fields, "title", "", limits.TITLE)
    keywords = found.texts(fields, "keywords", "", (limits.PLAYBOOK_KEYWORDS, limits.KEYWORD))
    checks = _read_checks(fields["checks"], found) if "checks" in fields else ()
    last_resort = _read_last_resort(fields, found)
    return Playbook(category, title, keywords, checks, last_resort), found.faults


def _read_last_resort(fields: Mapping[str, object], found: Findings) -> Verdict:
    if "last_resort" not in fields:
        return NEXT
    place = "last_resort"
    raw = found.fields(fields[place], place, ("escalate",), ("reason_category",))
    return Verdict(Outcome.ESCALATE, found.text(raw, "escalate", place, limits.NODE_TEXT), _reason(raw, place, found))


def _reason(raw: Mapping[str, object], place: str, found: Findings) -> str:
    return found.slug(raw, "reason_category", place, REASON_CATEGORY) or NEEDS_ENGINEER


def _read_checks(raw: object, found: Findings) -> tuple[Check, ...]:
    if not isinstance(raw, list) or not raw:
        found.add("checks", f"must be a list of checks, but is {'empty' if raw == [] else shown(raw)}")
        return ()
    if len(raw) > limits.PLAYBOOK_CHECKS:
        found.add("checks", f"has {len(raw)} checks; keep at most {limits.PLAYBOOK_CHECKS}")
    checks: dict[str, Check] = {}
    texts: dict[str, str] = {}
    for index, entry in enumerate(raw):
        check, place = _read_check(entry, f"checks.{index}", found)
        if check is None:
            continue
        if check.id in checks:
            found.add(place, "is there twice; give each check its own id")
        if (text := _same(check.text)) in texts:
            found.add(f"{place}.text", f"is the text of {texts[text]!r} too; a walked path tells checks by their text")
        checks[check.id] = check
        texts[text] = check.id
    for check in checks.values():
        _check_rules_out(check, checks, found)
    return tuple(checks.values())


def _read_check(raw: object, place: str, found: Findings) -> tuple[Check | None, str]:
    """Read one check, and its place: by its id as soon as it has one, as an author looks for it."""
    if isinstance(raw, Mapping) and isinstance(raw.get("id"), str):
        place = place_of("checks", raw["id"])
    fields = found.fields(raw, place, ("id", "text", "answers"), ("kind", "keywords"))
    if not fields:
        return None, place
    answers = _read_verdicts(fields["answers"], f"{place}.answers", found) if "answers" in fields else {}
    check = Check(
        found.slug(fields, "id", place, NODE_ID),
        _read_kind(fields, place, found),
        found.text(fields, "text", place, limits.NODE_TEXT),
        answers,
        found.texts(fields, "keywords", place, (limits.PLAYBOOK_KEYWORDS, limits.KEYWORD)),
    )
    return check, place


def _read_kind(fields: Mapping[str, object], place: str, found: Findings) -> NodeKind:
    kinds = (NodeKind.QUESTION, NodeKind.INSTRUCTION)
    raw = fields.get("kind", NodeKind.QUESTION)
    if isinstance(raw, str) and raw in kinds:
        return NodeKind(raw)
    found.add(place_of(place, "kind"), f"is {shown(raw)}; kinds of a check are {' and '.join(kinds)}")
    return NodeKind.QUESTION


def _read_verdicts(raw: object, place: str, found: Findings) -> dict[str, Verdict]:
    answers = read_answers(raw, place, found)
    if answers == {}:
        found.add(place, "must have at least one answer")
    return {label: _read_verdict(verdict, place_of(place, label), found) for label, verdict in (answers or {}).items()}


def _read_verdict(raw: object, place: str, found: Findings) -> Verdict:
    if raw == Outcome.NEXT:
        return NEXT
    ways = "next, {solved: text}, {escalate: text, reason_category: …} or {rules_out: [ids of checks]}"
    if not isinstance(raw, Mapping):
        found.add(place, f"is {shown(raw)}; write {ways}")
        return NEXT
    given = [key for key in ("solved", "escalate", "rules_out") if key in raw]
    if len(given) != 1:
        found.add(place, f"must say exactly one thing; write {ways}")
        return NEXT
    fields = found.fields(raw, place, given, ("reason_category",) if given == ["escalate"] else ())
    match given[0]:
        case "solved":
            return Verdict(Outcome.SOLVED, found.text(fields, "solved", place, limits.NODE_TEXT))
        case "escalate":
            text = found.text(fields, "escalate", place, limits.NODE_TEXT)
            return Verdict(Outcome.ESCALATE, text, _reason(fields, place, found))
        case _:
            rules_out = found.texts(fields, "rules_out", place, (limits.PLAYBOOK_CHECKS, limits.NODE_ID))
            return Verdict(Outcome.NEXT, rules_out=rules_out)


def _check_rules_out(check: Check, checks: Mapping[str, Check], found: Findings) -> None:
    for label, verdict in check.answers.items():
        for other in verdict.rules_out:
            if other not in checks:
                place = place_of(f"{place_of('checks', check.id)}.answers", label)
                hint = did_you_mean(other, checks) if found.may_suggest() else ""
                found.add(f"{place}.rules_out", f"names {shown(other)}, which is not a check{hint}")
