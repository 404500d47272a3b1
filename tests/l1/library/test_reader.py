import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l1.domain.flow_file import check_flow, parse_flow
from l1.library.reader import MAX_FILE_BYTES, Unreadable, load, read_flows
from l1.library.writer import write_flow

FLOW = """\
id: {slug}
title: A title
category: email
start: n1
nodes:
  n1: {{kind: question, text: "Does it work?", answers: {{"Yes": done, "No": up}}}}
  done: {{kind: resolution, text: "Good."}}
  up: {{kind: escalation, text: "An engineer looks."}}
"""


def faults_of(path: Path, content: str | bytes) -> list[str]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    result = read_flows(path)
    assert not result.flows
    return [str(fault) for fault in result.faults[path]]


def test_a_flow_reads_the_same_from_yaml_and_from_json(tmp_path: Path) -> None:
    as_yaml = tmp_path / "a.yaml"
    as_yaml.write_text(FLOW.format(slug="a"))
    as_json = tmp_path / "b.json"
    as_json.write_text(json.dumps(load(as_yaml.read_bytes(), is_json=False)))
    assert read_flows(as_yaml).flows[as_yaml] == read_flows(as_json).flows[as_json]


def test_a_folder_is_read_whole_with_flows_and_faults_by_file(tmp_path: Path) -> None:
    (tmp_path / "team").mkdir()
    good, deep, bad = tmp_path / "a.yaml", tmp_path / "team" / "b.yml", tmp_path / "c.json"
    good.write_text(FLOW.format(slug="a"))
    deep.write_text(FLOW.format(slug="b"))
    bad.write_text("{}")
    (tmp_path / ".hidden.yaml").write_text("{")
    (tmp_path / "README.md").write_text("no flow")
    result = read_flows(tmp_path)
    assert set(result.flows) == {good, deep}
    assert [fault.place for fault in result.faults[bad]] == ["id", "title", "category", "start", "nodes"]
    assert set(result.faults) == {bad}


def test_the_same_slug_in_two_files_names_both(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(FLOW.format(slug="same"))
    [fault] = read_flows(tmp_path).faults[tmp_path / "b.yaml"]
    assert fault.place == "id"
    assert str(tmp_path / "a.yaml") in fault.message


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("id: a\nnodes:\n  n1: {}\n  n2: {}\n  n1: {}\n", "line 5, column 3: 'n1' is there twice"),
        ("id: a\nnodes:\n  n1: {answers: {Yes: a, yes: b}}\n", "line 3, column 26: 'yes' is there twice"),
        ("id: a\n  title: b\n", "line 2, column 8: mapping values are not allowed here"),
        ("id: a\n---\nid: b\n", "line 2, column 1: "),
        ("a: &x [1]\nb: *x\n", "line 1, column 4: anchors and aliases are not taken"),
        ("a: !!python/name:os.system x\n", "line 1, column 4: tags are not taken"),
        ("title: 2026-13-41\n", "line 1, column 8: is no number or date; quote it"),
        ("title: " + "9" * 5000, "line 1, column 8: is no number or date; quote it"),
        ("? [a]\n: b\n", "line 1, column 3: found unhashable key"),
        (b"id: a\ntitle: \xff", "line 2, column 8: is not UTF-8"),
        ("id: a\ntitle: \x00", "line 2, column 8: has a character that YAML does not take"),
        ("[" * 20_000, "file: is nested too deeply"),
        ("", "flow: must be an object with id, title, category, start, nodes, but is empty"),
        ("#" * (MAX_FILE_BYTES + 1), "file: is larger than 1024 KiB"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_yaml_file_that_cannot_be_taken_says_where(tmp_path: Path, content: str | bytes, fault: str) -> None:
    found = faults_of(tmp_path / "a.yaml", content)
    assert any(line.startswith(fault) for line in found), found


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (
            '{"id": "a",\n "nodes": {"n1": 1, "n2": 2, "n1": 3}}',
            "file: has 'n1' twice in one object, that with 'n1', 'n2'",
        ),
        ('{"id": "a",\n}', "line 2, column 1: "),
        ("9" * 5000, "file: has a number that is too long"),
        ("[" * 200_000, "file: is nested too deeply"),
        ("", "line 1, column 1: "),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_json_file_that_cannot_be_taken_says_where(tmp_path: Path, content: str, fault: str) -> None:
    found = faults_of(tmp_path / "a.json", content)
    assert any(line.startswith(fault) for line in found), found


def test_every_key_that_is_there_twice_is_named(tmp_path: Path) -> None:
    content = "id: a\nid: b\nnodes:\n  n1: {}\n  n1: {}\n"
    assert len(faults_of(tmp_path / "a.yaml", content)) == 2


def test_a_path_that_is_no_flow_file_says_so(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    fifo = tmp_path / "pipe.yaml"
    os.mkfifo(fifo)
    text = tmp_path / "a.txt"
    text.write_text("x")
    said = {path: str(read_flows(path).faults[path][0]) for path in (empty, fifo, text, tmp_path / "gone.yaml")}
    assert list(said.values()) == [
        "folder: has no flow file; their names end in .yaml, .yml, .json",
        "file: is not a file",
        "file: is no flow file; its name must end in .yaml, .yml, .json",
        "file: is not there",
    ]


def test_a_byte_order_mark_does_no_harm() -> None:
    assert load(b"\xef\xbb\xbfid: a\n", is_json=False) == {"id": "a"}


def test_a_json_object_full_of_keys_is_read_quickly() -> None:
    data: dict[str, Any] = {str(number): number for number in range(50_000)}
    assert load(json.dumps(data).encode(), is_json=True) == data


@given(st.text(min_size=1, max_size=30))
def test_a_written_flow_is_read_again_whatever_its_text_is(text: str) -> None:
    raw = load(FLOW.format(slug="a").encode(), is_json=False)
    assert isinstance(raw, dict)
    raw |= {"title": text, "keywords": [text]}
    raw["nodes"]["n1"]["answers"] = {text: "done", "Something else": "up"}
    if check_flow(raw):
        return
    flow = parse_flow(raw)
    for as_json in (False, True):
        assert parse_flow(load(write_flow(flow, as_json=as_json).encode(), is_json=as_json)) == flow


@given(
    st.binary(max_size=60) | st.text("{}[]:,-&*!? \n'\"#|>%@`yno0179.ex_~=<", max_size=40).map(str.encode),
    st.booleans(),
)
def test_whatever_bytes_a_file_has_they_are_read_or_refused(data: bytes, is_json: bool) -> None:  # noqa: FBT001 - drawn
    with suppress(Unreadable):
        load(data, is_json=is_json)
