"""`l1 match eval` and `l1 match fit`, on data that are small enough."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from l1.cli.match import app
from l1.matching.parameters import read_parameters
from l1.settings import SettingsError
from tests.l1.matching.examples import WordSums
from tests.l1.matching.study import data

pytestmark = pytest.mark.usefixtures("slow")

PNG = b"\x89PNG"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data, in a directory of their own, and a starter library and an embedder that take no time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("l1.cli.match_study.MiniLM", WordSums)
    for name in ("starter_flows", "playbooks", "statements"):
        monkeypatch.setattr(f"l1.cli.match_study.{name}", getattr(data, {"starter_flows": "flows"}.get(name, name)))
    monkeypatch.setenv("COLUMNS", "120")
    return data.write_all(tmp_path / "data")


def match(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def figures(file: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(file.read_text())
    return read


def is_plot(file: Path) -> bool:
    return file.read_bytes().startswith(PNG)


@pytest.mark.parametrize("name", ["stackfaq", "flodial"])
def test_a_set_is_measured_as_a_table_a_plot_and_figures(folder: Path, name: str) -> None:
    result = match("eval", "--data", folder, "--set", name, "--json", "out/figures.json", "--plot", "out/plot.png")
    assert result.exit_code == 0
    for row in ("hit@1", "hit@3", "MRR", "automatic: share", "automatic: right", "false automatics", "AUROC"):
        assert row in result.output
    assert "none of these texts was fitted on" in result.output
    assert is_plot(Path("out/plot.png"))
    found = figures(Path("out/figures.json"))
    assert (found["set"], found["texts"]) == (name, (6 if name == "stackfaq" else 4) * len(data.TOPICS))
    assert f"{found['hit@1']:.4f}" in result.output
    assert sum(band["share"] for band in found["bands"].values()) == pytest.approx(1)


def test_the_plot_lies_beside_the_other_data_unless_told_otherwise(folder: Path) -> None:
    result = match("eval", "--data", folder, "--set", "stackfaq", "--words-only")
    assert result.exit_code == 0
    assert ".l1/match/stackfaq.png" in result.output
    assert is_plot(Path(".l1/match/stackfaq.png"))


def test_clinc150_is_measured_by_its_categories(folder: Path) -> None:
    result = match("eval", "--data", folder, "--set", "clinc150", "--json", "figures.json")
    assert result.exit_code == 0
    assert "in-scope accuracy" in result.output
    assert "out-of-scope recall" in result.output
    assert is_plot(Path(".l1/match/clinc150.png"))
    found = figures(Path("figures.json"))
    assert found["texts"] == 21
    assert found["in_scope_accuracy"] > 0.7
    assert "'test'" in found["how"]


def test_the_starter_library_is_measured_without_any_data(folder: Path) -> None:
    assert folder.is_dir()
    result = match("eval", "--set", "starter", "--json", "figures.json")
    assert result.exit_code == 0
    found = figures(Path("figures.json"))
    assert found["texts"] == 45
    assert 0 <= found["out_of_scope_recall"] <= 1
    assert "Matching on starter" in result.output
    assert "Categories on starter" in result.output


def test_what_is_fitted_is_written_with_its_sources_and_is_not_measured_on_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(folder / "stackfaq")
    fitted = match("fit", "--data", folder, "--out", "mine")
    assert fitted.exit_code == 0
    assert "flodial, starter" in fitted.output
    read = read_parameters(Path("mine"))
    assert [source.name for source in read.sources] == ["flodial", "starter"]
    assert set(read.gates) == {"words", "word-sums"}
    assert read.categories.embedder == "word-sums"
    assert is_plot(Path("mine/reliability.png"))

    monkeypatch.setenv("L1_MATCH_PARAMETERS", "mine")
    measured = match("eval", "--data", folder, "--set", "flodial", "--json", "figures.json")
    assert measured.exit_code == 0
    assert "fitted anew without each flow's texts" in figures(Path("figures.json"))["how"]


def test_without_data_only_the_starter_library_is_fitted_on(folder: Path) -> None:
    assert folder.is_dir()
    result = match("fit", "--out", "mine")
    assert result.exit_code == 0
    assert result.output.rstrip().endswith("Fitted on starter; written to mine")


def test_a_set_that_needs_data_says_so() -> None:
    with pytest.raises(SettingsError, match="--data DIR, where DIR holds stackfaq/"):
        match("eval", "--set", "stackfaq")


def l1(*arguments: str | Path, cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the console script as a person does."""
    command = [str(Path(sys.executable).with_name("l1")), "match", *map(str, arguments)]
    return subprocess.run(  # noqa: S603 - the tests' own
        command, cwd=cwd, env=os.environ | settings, capture_output=True, text=True, timeout=60, check=False
    )


def test_an_unknown_set_is_answered_with_those_there_are(tmp_path: Path) -> None:
    done = l1("eval", "--data", tmp_path, "--set", "mmlu", cwd=tmp_path)
    assert done.returncode == 2
    assert "'mmlu' is not one of 'stackfaq', 'flodial', 'clinc150', 'starter'" in done.stderr


def test_data_that_are_not_there_are_named_and_nothing_else_is_said(tmp_path: Path) -> None:
    done = l1("eval", "--data", tmp_path / "nowhere", "--set", "clinc150", cwd=tmp_path)
    assert done.returncode != 0
    assert f"There is no clinc150 in {tmp_path / 'nowhere'}" in done.stderr
    assert "Traceback" not in done.stderr


def test_parameters_that_cannot_be_read_are_named_and_nothing_else_is_said(tmp_path: Path) -> None:
    data.write_all(tmp_path)
    done = l1("eval", "--data", tmp_path, "--set", "stackfaq", cwd=tmp_path, L1_MATCH_PARAMETERS="nowhere")
    assert done.returncode != 0
    assert "The parameters of matching in nowhere cannot be read" in done.stderr
    assert "Traceback" not in done.stderr
