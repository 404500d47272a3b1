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


OPEN = """
id: lamp
title: The lamp is dark
category: hardware
start: n1
nodes:
  n1: {kind: instruction, text: Push the plug in., answers: {It works: fixed, No change: null}}
  fixed: {kind: resolution, text: It had no power.}
"""


def test_a_flow_with_an_open_branch_is_no_fault_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "lamp.yaml").write_text(OPEN)
    result = CliRunner().invoke(app, ["check", str(tmp_path)])
    assert result.exit_code == 0
    assert "lamp.yaml  (has open branches" in result.output


def test_what_every_account_walks_has_no_open_branch(tmp_path: Path) -> None:
    (tmp_path / "lamp.yaml").write_text(OPEN)
    with pytest.raises(typer.Exit):
        faultless_flows(tmp_path)
    assert len(faultless_flows(tmp_path, may_be_open=True, publish=True)) == 1


def test_open_branches_that_lead_to_no_solution_are_not_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lamp.yaml").write_text(
        OPEN.replace("It works: fixed", "Stays dark: null").replace("  fixed: {", "# {")
    )
    assert len(faultless_flows(tmp_path, may_be_open=True)) == 1
    with pytest.raises(typer.Exit):
        faultless_flows(tmp_path, may_be_open=True, publish=True)
    assert "nodes.n1: no answer leads, however far, to a resolution" in capsys.readouterr().out
