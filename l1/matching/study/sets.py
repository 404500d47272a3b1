"""Labelled texts: problems whose right flow, or right category, is known.

Readers take a folder with `stackfaq/*.json` (lists of threads), `flodial/charts/*.json` and `flodial/dialogs.json`, or
`clinc150/*.json` (an object with `train`, `val`, `oos_train`, `oos_val`, and perhaps `test` and `oos_test`).
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from l1.domain.categories import UNKNOWN
from l1.domain.tree import Flow
from l1.matching.shelf import FlowText

OUT_OF_SCOPE = UNKNOWN

_T = TypeVar("_T")


class DataInvalidError(Exception):
    """The data are not there or not of the expected shape; the message says which."""


@dataclass(frozen=True)
class Case:
    """A caller's words and the row of the right flow; None where no flow is right."""

    text: str
    flow: int | None


@dataclass(frozen=True)
class MatchSet:
    """Flows, and problems that belong to them. `licence` of the texts."""

    name: str
    licence: str
    flows: Sequence[FlowText]
    cases: Sequence[Case]

    def digest(self, flow: int) -> str:
        """Name a flow without showing it."""
        text = f"{self.name}\n{self.flows[flow].everything}"
        return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


@dataclass(frozen=True)
class Labelled:
    text: str
    label: str


@dataclass(frozen=True)
class CategorySet:
    """Statements to fit on, and others to measure on. The label `unknown` stands for out of scope.

    `measured` names the part that is measured on.
    """

    name: str
    train: Sequence[Labelled]
    tune: Sequence[Labelled]
    test: Sequence[Labelled]
    measured: str


def read_match_set(name: str, folder: Path) -> MatchSet:
    """Read `stackfaq` or `flodial`. Raises DataInvalidError."""
    return _read(name, folder, {"stackfaq": _stackfaq, "flodial": _flodial}[name])


def read_clinc150(folder: Path) -> CategorySet:
    """Read CLINC150. Measured on its test part if it is there, else on its validation part. Raises DataInvalidError."""
    return _read("clinc150", folder, _clinc150)


def flow_text(flow: Flow) -> FlowText:
    """What matching reads of a flow."""
    steps = tuple(node.text for node in flow.tree.nodes.values())
    return FlowText(flow.title, flow.description, flow.keywords, steps)


def _read(name: str, folder: Path, read: Callable[[Path], _T]) -> _T:
    root = folder / name
    if not root.is_dir():
        raise DataInvalidError(f"There is no {name} in {folder}. Give the folder that holds {name}/ as --data.")
    try:
        return read(root)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise DataInvalidError(f"{root} is not of the expected shape: {type(error).__name__}: {error}") from error


def _json(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def _stackfaq(root: Path) -> MatchSet:
    threads = [thread for file in sorted(root.glob("*.json")) for thread in _json(file)]
    flows = [FlowText(thread["question"], steps=(thread["answer"],)) for thread in threads]
    cases = [Case(text, row) for row, thread in enumerate(threads) for text in thread["rephrasings"]]
    return MatchSet("stackfaq", "CC BY-SA 3.0", flows, cases)


def _flodial(root: Path) -> MatchSet:
    charts = [_json(file) for file in sorted((root / "charts").glob("*.json"))]
    rows = {chart["name"]: row for row, chart in enumerate(charts)}
    flows = [
        FlowText(chart["problem_description"], steps=tuple(node["utterance"] for node in chart["nodes"].values()))
        for chart in charts
    ]
    dialogs = _json(root / "dialogs.json").values()
    cases = [
        Case(dialog["utterences"][0]["utterance"], rows[dialog["flowchart"]])  # the data's own spelling
        for dialog in dialogs
        if dialog["flowchart"] in rows
    ]
    return MatchSet("flodial", "CDLA-Sharing-1.0", flows, cases)


def _clinc150(root: Path) -> CategorySet:
    parts: dict[str, list[Labelled]] = {}
    for file in sorted(root.glob("*.json")):
        for part, rows in _json(file).items():
            label = OUT_OF_SCOPE if part.startswith("oos") else None
            parts.setdefault(part, []).extend(Labelled(text, label or intent) for text, intent in rows)
    train, val = parts["train"], parts["val"]
    if "test" not in parts:
        return CategorySet("clinc150", train, parts["oos_train"], [*val, *parts["oos_val"]], "val")
    tune = [*val, *parts["oos_train"], *parts["oos_val"]]
    return CategorySet("clinc150", train, tune, [*parts["test"], *parts["oos_test"]], "test")
