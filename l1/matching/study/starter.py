"""The texts that come with the product, as sets to fit on and to measure on."""

import hashlib
from collections.abc import Iterator, Sequence

from l1.domain.categories import UNKNOWN
from l1.domain.playbook import Playbook
from l1.domain.statements import Statements
from l1.domain.tree import Flow
from l1.matching.study.sets import Case, CategorySet, Labelled, MatchSet, flow_text

LICENCE = "Apache-2.0"

FOLDS = 5
_TUNES = 5
"""One statement in so many tunes the gate; of those out of scope, every other one."""


def match_set(flows: Sequence[Flow], statements: Sequence[Statements]) -> MatchSet:
    """The starter flows, with callers' words for each and for none of them."""
    rows = {flow.slug: row for row, flow in enumerate(flows)}
    cases = [
        Case(text, None if slug is None else rows[slug])
        for group in statements
        for slug, texts in group.by_flow.items()
        for text in texts
    ]
    return MatchSet("starter", LICENCE, [flow_text(flow) for flow in flows], cases)


def category_set(
    flows: Sequence[Flow], playbooks: Sequence[Playbook], statements: Sequence[Statements], fold: int | None = None
) -> CategorySet:
    """Callers' words by category, with what flows and playbooks say of theirs. `fold` is kept back to be measured."""
    labelled = [
        Labelled(text, group.category) for group in statements for texts in group.by_flow.values() for text in texts
    ]
    test = [each for each in labelled if fold is not None and _part(each.text, "fold") % FOLDS == fold]
    kept_back = set(test)
    rest = [each for each in labelled if each not in kept_back]
    tune = [each for each in rest if _part(each.text, "tune") % (2 if each.label == UNKNOWN else _TUNES) == 0]
    tuning = set(tune)
    train = [each for each in rest if each not in tuning]
    aside = {each.text.casefold() for each in (*tune, *test)}  # callers now and then say just what a keyword says
    said = [each for each in _said_of_categories(flows, playbooks) if each.text.casefold() not in aside]
    return CategorySet("starter", [*train, *said], tune, test, "one fold in five")


def _said_of_categories(flows: Sequence[Flow], playbooks: Sequence[Playbook]) -> Iterator[Labelled]:
    for flow in flows:
        for text in (flow.title, flow.description, *flow.keywords):
            yield Labelled(text, flow.category)
    for playbook in playbooks:
        for text in playbook.keywords:
            yield Labelled(text, playbook.category)
        for check in playbook.checks:
            for text in (check.text, *check.keywords):
                yield Labelled(text, playbook.category)


def _part(text: str, purpose: str) -> int:
    """Number a text, the same at every run, and independently for each purpose."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4, person=purpose.encode()).digest(), "big")
