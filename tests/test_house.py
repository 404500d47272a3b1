"""What import-linter cannot see: imports of the standard library, of a module at the root, and what is installed."""

import ast
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("l1", "workflows", "activities", "api")

_OF_WORKFLOWS = (
    "workflows",
    "activities.messages",
    "l1.domain",
    "l1.temporal.search_attributes",
    "temporalio",
)
"""Nothing that touches the world: a workflow is run again and must come to the same."""


def imports_of(folder: str) -> Iterator[tuple[str, str]]:
    """Yield each file with each module that it imports."""
    for file in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                yield from ((file.name, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                yield from ((file.name, f"{node.module}.{alias.name}") for alias in node.names)


def is_within(module: str, names: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in names)


def test_the_domain_imports_the_standard_library_alone() -> None:
    foreign = {
        (file, module)
        for file, module in imports_of("l1/domain")
        if module.split(".")[0] not in sys.stdlib_module_names and not is_within(module, ("l1.domain",))
    }
    assert not foreign


def test_workflows_import_the_domain_and_the_signatures_of_activities() -> None:
    foreign = {
        (file, module)
        for file, module in imports_of("workflows")
        if module.split(".")[0] not in sys.stdlib_module_names and not is_within(module, _OF_WORKFLOWS)
    }
    assert not foreign


@pytest.mark.usefixtures("slow")
@pytest.mark.timeout(300)
def test_the_wheel_carries_all_that_it_needs(tmp_path: Path) -> None:
    """Installed beside the locked packages of production, which lack what measures and what tests."""
    source, wheels = tmp_path / "source", tmp_path / "wheels"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "worker.py"):
        shutil.copy(ROOT / name, source)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    _run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", wheels, source)
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    _run(python, "-m", "pip", "install", "-q", "--no-deps", "--require-hashes", "-r", ROOT / "locks" / "server.txt")
    _run(python, "-m", "pip", "install", "-q", "--no-deps", *wheels.glob("*.whl"))
    assert "l1 up" in _run(tmp_path / "venv" / "bin" / "l1", "--help")
    served = (
        "import worker, api.app, l1.building.model, l1.matching.minilm; from l1.library import starter_flows, playbooks"
    )
    _run(python, "-c", f"{served}; assert starter_flows() and playbooks()")


def _run(*command: object) -> str:
    """Run outside the checkout, so that only what is installed can be imported."""
    done = subprocess.run(  # noqa: S603 - this test's own commands
        [str(part) for part in command], cwd="/", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
