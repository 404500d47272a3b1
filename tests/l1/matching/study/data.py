"""Sets of the shapes that the readers take, small enough to be fitted on within a second."""

import json
from pathlib import Path
from typing import Any

from l1.domain.flow_file import parse_flow
from l1.domain.playbook import Playbook
from l1.domain.statements import Statements
from l1.domain.tree import Flow
from l1.matching.shelf import FlowText
from l1.matching.study.sets import Case, MatchSet

TOPICS = {
    "printer": ["paper", "tray", "toner", "jam"],
    "mailbox": ["mail", "inbox", "sender", "spam"],
    "tunnel": ["vpn", "home", "gateway", "token"],
    "screen": ["monitor", "cable", "black", "dock"],
    "phone": ["dial", "ringing", "handset", "tone"],
    "drive": ["folder", "share", "letter", "mapped"],
    "laptop": ["battery", "charger", "lid", "dead"],
}

SAYINGS = ["the {} is gone", "my {0} and {1} do nothing", "help with {1}", "since today no {0}", "{0} {1} fails again"]


def rephrasings(topic: str) -> list[str]:
    """Callers' words: most of the topic, the last one of no topic at all."""
    one, other, *_ = TOPICS[topic]
    return [f"{topic} {saying.format(one, other)}" for saying in SAYINGS] + [f"well, it does not work, number {one}"]


def stackfaq() -> list[dict[str, Any]]:
    return [
        {"question": f"{topic} trouble", "answer": " ".join(telling), "rephrasings": rephrasings(topic)}
        for topic, telling in TOPICS.items()
    ]


def charts() -> list[dict[str, Any]]:
    return [
        {"name": topic, "problem_description": f"your {topic} fails", "nodes": {"1": {"utterance": " ".join(telling)}}}
        for topic, telling in TOPICS.items()
    ]


def dialogs() -> dict[str, Any]:
    said = [(topic, text) for topic in TOPICS for text in rephrasings(topic)[:4]]
    return {
        str(number): {"flowchart": topic, "utterences": [{"utterance": text}, {"utterance": "no"}]}
        for number, (topic, text) in enumerate(said)
    }


def clinc150(*, has_test: bool = True) -> dict[str, list[list[str]]]:
    topics = list(TOPICS)[:3]

    def part(word: str) -> list[list[str]]:
        return [[f"{word} {text}", topic] for topic in topics for text in rephrasings(topic)[:5]]

    def outside(word: str) -> list[list[str]]:
        return [
            [f"{word} {noun} of the {place}", "oos"] for noun in ("song", "cake", "rain") for place in ("sea", "zoo")
        ]

    parts = {"train": part("now") + part("then"), "val": part("look"), "oos_train": outside("now")}
    parts |= {"oos_val": outside("look")}
    return parts | ({"test": part("please"), "oos_test": outside("please")} if has_test else {})


def write(folder: Path, content: object) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text(json.dumps(content), encoding="utf-8")


def write_all(folder: Path) -> Path:
    """Write every set and return the folder."""
    write(folder / "stackfaq" / "threads.json", stackfaq())
    for chart in charts():
        write(folder / "flodial" / "charts" / f"{chart['name']}.json", chart)
    write(folder / "flodial" / "dialogs.json", dialogs())
    write(folder / "clinc150" / "all.json", clinc150())
    return folder


def match_set(name: str = "tiny") -> MatchSet:
    flows = [FlowText(f"{name} {topic} trouble", steps=(" ".join(telling),)) for topic, telling in TOPICS.items()]
    cases = [Case(text, row) for row, topic in enumerate(TOPICS) for text in rephrasings(topic)]
    return MatchSet(name, "CC0", flows, [*cases, Case("where is the canteen", None)])


CATEGORY_OF = {"printer": "printing", "mailbox": "email", "tunnel": "network_vpn"}


def flows() -> list[Flow]:
    return [
        parse_flow(
            {
                "id": topic,
                "title": f"{topic} trouble",
                "category": category,
                "start": "n1",
                "nodes": {"n1": {"kind": "resolution", "text": " ".join(TOPICS[topic])}},
            }
        )
        for topic, category in CATEGORY_OF.items()
    ]


def playbooks() -> list[Playbook]:
    return []


def statements() -> list[Statements]:
    """The words of `flows`, with enough for none of them that every part of a split has some."""
    known = [
        Statements(
            category,
            {
                topic: [f"{word} {text}" for word in ("now", "please", "look") for text in rephrasings(topic)[:5]],
                None: [f"{topic} of another kind, number {number}" for number in range(10)],
            },
        )
        for topic, category in CATEGORY_OF.items()
    ]
    nothing = [f"{noun} of the {place}" for noun in ("song", "cake", "rain", "moon", "goat") for place in "abcdefgh"]
    return [*known, Statements("unknown", {None: nothing})]
