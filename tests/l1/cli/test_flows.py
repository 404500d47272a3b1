import textwrap
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from l1.cli.flows import app, faultless_flows
from l1.domain.flow_file import check_flow
from l1.library import starter_flows, write_flow
from l1.library.reader import load


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for flow in starter_flows()[:2]:
        (tmp_path / f"{flow.slug}.yaml").write_text(write_flow(flow, as_json=False))
    return tmp_path


def test_good_files_are_counted(folder: Path) -> None:
    result = CliRunner().invoke(app, ["check", str(folder)])
    assert (result.exit_code, result.output) == (0, "2 flows, no faults\n")


def test_every_fault_has_a_line_with_its_file_and_place_and_the_command_fails(folder: Path) -> None:
    bad = folder / "bad.yaml"
    bad.write_text("id: a\ntitle: t\ncategory: email\nstart: n2\nnodes: {n1: {kind: question, text: x}}\n")
    result = CliRunner().invoke(app, ["check", str(folder)])
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"{bad}: nodes.n1.answers: must have at least one answer: a question leads somewhere",
        f"{bad}: start: points to 'n2', which is not a node; nodes are n1",
        "2 faults in 1 of 3 files",
    ]


def test_the_help_shows_a_whole_flow_file() -> None:
    output = CliRunner().invoke(app, ["--help"]).output
    example = output[output.rindex("\n", 0, output.index("id: printer-offline")) : output.index("Kinds are")]
    assert check_flow(load(textwrap.dedent(example).encode(), is_json=False)) == []


def test_a_folder_with_any_fault_is_not_taken_at_all(folder: Path) -> None:
    assert len(faultless_flows(folder)) == 2
    (folder / "bad.yaml").write_text("{")
    with pytest.raises(typer.Exit):
        faultless_flows(folder)
