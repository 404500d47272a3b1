"""Reads flow files and playbooks, in YAML or JSON.

Files come from people and from other tools, so a file is read strictly: what YAML or JSON would silently drop (a key
that is there twice) or blow up (aliases of aliases) is a fault with its line and column.
"""

import json
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import yaml

from l1.domain.categories import CATEGORIES
from l1.domain.findings import Fault, shown
from l1.domain.flow_file import FlowInvalid, parse_flow
from l1.domain.playbook import Playbook, parse_playbook
from l1.domain.statements import Statements
from l1.domain.tree import Flow

MAX_FILE_BYTES = 1024 * 1024
SUFFIXES = (".yaml", ".yml", ".json")

_T = TypeVar("_T")


@dataclass
class ReadResult:
    """What was read, file by file. A file is in one of the two; in both if only its slug is taken by another file."""

    flows: dict[Path, Flow] = field(default_factory=dict[Path, Flow])
    faults: dict[Path, list[Fault]] = field(default_factory=dict[Path, list[Fault]])


class Unreadable(Exception):
    """The file is no YAML or JSON that can be taken; `faults` says where."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults)
        self.faults = faults


def read_flows(path: Path, *, may_be_open: bool = False) -> ReadResult:
    """Read a flow file, or all flow files in a folder and the folders in it. Never raises for what it finds there."""
    result = ReadResult()
    files = _files(path)
    if not files:
        result.faults[path] = [Fault("folder", f"has no flow file; their names end in {', '.join(SUFFIXES)}")]
    for file in files:
        try:
            result.flows[file] = parse_flow(
                load(_bytes(file), is_json=file.suffix.lower() == ".json"), may_be_open=may_be_open
            )
        except (Unreadable, FlowInvalid) as invalid:
            result.faults[file] = list(invalid.faults)
    _find_taken_slugs(result)
    return result


def starter_flows() -> list[Flow]:
    """Return the flows that come with the product, by slug."""
    return list(_starter_flows())


def statements() -> list[Statements]:
    """Return callers' words for the starter flows, for other problems of a category, and for none (`unknown`)."""
    return sorted(_packaged("statements", _parse_statements), key=lambda group: group.category)


def playbooks() -> list[Playbook]:
    """Return the playbooks that come with the product, one per category, in the categories' order of rank."""
    return list(_playbooks())


@cache
def _starter_flows() -> tuple[Flow, ...]:
    return tuple(sorted(_packaged("flows", parse_flow), key=lambda flow: flow.slug))


@cache
def _playbooks() -> tuple[Playbook, ...]:
    rank = [category.slug for category in CATEGORIES]
    return tuple(sorted(_packaged("playbooks", parse_playbook), key=lambda playbook: rank.index(playbook.category)))


def matching_parameters() -> Traversable:
    """Return the folder of the fitted numbers of matching; `l1 match fit` writes them."""
    return resources.files("l1.library") / "matching"


_NO_FLOW = "none"


def _parse_statements(raw: object) -> Statements:
    """The files come with the product, and tests/library checks them: a fault in one may end as it likes."""
    fields: Any = raw
    by_flow = {None if slug == _NO_FLOW else slug: tuple(texts) for slug, texts in fields["statements"].items()}
    return Statements(fields["category"], by_flow)


def _packaged(folder: str, parse: Callable[[object], _T]) -> Iterator[_T]:
    for file in (resources.files("l1.library") / folder).iterdir():
        if file.name.endswith(".yaml"):
            yield parse(load(file.read_bytes(), is_json=False))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = (file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
    return sorted(file for file in found if not any(part.startswith(".") for part in file.relative_to(path).parts))


def _bytes(file: Path) -> bytes:
    if file.suffix.lower() not in SUFFIXES:
        raise Unreadable([Fault("file", f"is no flow file; its name must end in {', '.join(SUFFIXES)}")])
    try:
        if not file.is_file():
            raise Unreadable([Fault("file", "is not a file" if file.exists() else "is not there")])
        with file.open("rb") as opened:
            return opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise Unreadable([Fault("file", f"can't be read: {error.strerror}")]) from error


def _find_taken_slugs(result: ReadResult) -> None:
    first: dict[str, Path] = {}
    for file, flow in list(result.flows.items()):
        if other := first.get(flow.slug):
            message = f"{flow.slug!r} is also the id of {other}; give each flow its own"
            result.faults.setdefault(file, []).append(Fault("id", message))
        first.setdefault(flow.slug, file)


def load(data: bytes, *, is_json: bool) -> object:
    """Read one document of plain values. Raises `Unreadable` with the line and column of each fault."""
    if len(data) > MAX_FILE_BYTES:
        raise Unreadable([Fault("file", f"is larger than {MAX_FILE_BYTES // 1024} KiB; split it")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place(data[: error.start].decode(errors="replace"))
        raise Unreadable([Fault(place, "is not UTF-8; save the file as UTF-8")]) from error
    try:
        return _load_json(text) if is_json else _load_yaml(text)
    except RecursionError as error:
        raise Unreadable([Fault("file", "is nested too deeply")]) from error


def _place(before: str) -> str:
    """Name the place after some text, as editors count."""
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return f"line {line}, column {column}"


def _load_json(text: str) -> object:
    twice: list[Fault] = []

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        count = Counter(key for key, _ in pairs)
        # The JSON reader tells no lines: the keys beside it are what finds the place.
        beside = ", ".join(map(shown, list(count)[:5]))
        twice.extend(
            Fault("file", f"has {shown(key)} twice in one object, that with {beside}; give each its own id")
            for key, times in count.items()
            if times > 1
        )
        return dict(pairs)

    try:
        value: object = json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise Unreadable([Fault(f"line {error.lineno}, column {error.colno}", error.msg)]) from error
    except ValueError as error:  # an integer of more digits than Python reads
        raise Unreadable([Fault("file", "has a number that is too long")]) from error
    if twice:
        raise Unreadable(twice)
    return value


class _StrictLoader(yaml.SafeLoader):
    """Plain values only: no aliases, which can be made to grow without end, and no tags."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.twice: list[Fault] = []

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]  # untyped in its stubs
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Unreadable([Fault(_of(event.start_mark), "anchors and aliases are not taken; write it out")])
        if getattr(event, "tag", None):
            raise Unreadable([Fault(_of(event.start_mark), "tags are not taken; remove it")])
        return super().compose_node(parent, index)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> object:  # noqa: FBT001, FBT002 - PyYAML's signature
        try:
            return super().construct_object(node, deep)
        except (ValueError, OverflowError) as error:  # looks like a number or a date and is none, such as 2026-13-41
            raise Unreadable([Fault(_of(node.start_mark), "is no number or date; quote it")]) from error

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:  # noqa: FBT001, FBT002 - PyYAML's signature
        seen: set[object] = set()
        for key_node, _ in node.value:
            if isinstance(key_node, yaml.ScalarNode):
                key = self.construct_object(key_node)
                if key in seen:
                    self.twice.append(
                        Fault(_of(key_node.start_mark), f"{shown(key_node.value)} is there twice; give each its own id")
                    )
                seen.add(key)
        return super().construct_mapping(node, deep)


class _Mark(Protocol):
    line: int
    column: int


def _of(mark: _Mark | None) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark else "file"


def _load_yaml(text: str) -> object:
    try:
        loader = _StrictLoader(text)
        value: object = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        said = error.problem or error.context or "is no YAML"
        raise Unreadable([Fault(_of(error.problem_mark or error.context_mark), said)]) from error
    except yaml.reader.ReaderError as error:
        place = _place(text[: error.position])
        raise Unreadable([Fault(place, "has a character that YAML does not take; remove it")]) from error
    if loader.twice:
        raise Unreadable(loader.twice)
    return value
