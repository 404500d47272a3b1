"""What `make` says before anything is installed."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def make_up(tmp_path: Path, version: tuple[int, int]) -> subprocess.CompletedProcess[str]:
    """Run `make up` with a Python that says it is of this version, and makes no virtual environment."""
    python = tmp_path / "python"
    told = f"import sys; code = sys.argv[2]; sys.version_info = {version}; sys.argv = sys.argv[2:]; exec(code)"
    other = '[ "$1" = -c ] || { echo "asked to make an environment"; exit 1; }'
    python.write_text(f"""#!/bin/sh\n{other}\n{sys.executable} -c '{told}' "$@"\n""")
    python.chmod(0o755)
    return make(tmp_path, python)


def make(tmp_path: Path, python: Path) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}", "up"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own


@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 14)])
def test_a_python_that_is_too_old_or_too_new_is_refused_before_anything_is_made(
    tmp_path: Path, version: tuple[int, int]
) -> None:
    made = make_up(tmp_path, version)
    assert made.returncode == 2
    assert made.stdout == ""
    said = "This is Python {}.{}; needed is one of 3.11, 3.12, 3.13. Name it: make PYTHON=python3.12 up"
    assert made.stderr.splitlines()[0] == said.format(*version)
    assert not (tmp_path / "venv").exists()


@pytest.mark.parametrize("version", [(3, 11), (3, 13)])
def test_a_python_that_is_right_goes_on_to_make_the_environment(tmp_path: Path, version: tuple[int, int]) -> None:
    assert "asked to make an environment" in make_up(tmp_path, version).stdout


def test_a_python_that_is_not_there_is_said(tmp_path: Path) -> None:
    made = make(tmp_path, tmp_path / "nowhere")
    assert made.returncode == 2
    assert "nowhere. Name a Python >=3.11,<3.14: make PYTHON=python3.12 up" in made.stderr
