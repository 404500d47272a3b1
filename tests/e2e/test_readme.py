"""What the README shows is what happens."""

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from l1.local_stack.stack_file import Stack as StackFile
from l1.local_stack.stack_file import write_stack
from l1.settings import Settings
from tests.stack import Stack

README = (Path(__file__).parents[2] / "README.md").read_text()


def block(marker: str) -> str:
    found = re.search(rf"<!-- {marker} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found.group(1)


@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("curl")), reason="needs jq and curl")
async def test_the_walk_with_curl_prints_what_the_readme_says_whatever_the_ports_are(
    stack: Stack, tmp_path: Path
) -> None:
    """In the directory of an `l1 up` that runs on a port of its own, as `l1 up` itself writes it down."""
    port = int(stack.env["L1_API_PORT"])
    write_stack(tmp_path / ".l1", StackFile(settings={"api_port": port}, pids={}))
    script = block("walk").replace(".venv/bin/l1", str(Path(sys.executable).with_name("l1")))
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-euo",
        "pipefail",
        "-c",
        script,
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "no_proxy": "*", "L1_JWT_SECRET": stack.secrets.jwt_secret},
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    assert output.decode() == block("walk output")


def test_the_list_of_settings_has_every_setting_and_nothing_else() -> None:
    rows = [line.split("|")[1] for line in README.splitlines() if line.startswith("| `L1_")]
    listed = [name for row in rows for name in re.findall(r"`(L1_\w+)`", row)]
    assert sorted(listed) == sorted(f"L1_{name.upper()}" for name in Settings.model_fields)
