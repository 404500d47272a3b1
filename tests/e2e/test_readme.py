"""What the README shows is what happens."""

import asyncio
import os
import re
import shutil
from pathlib import Path

import pytest

from l1.domain.roles import Role
from l1.settings import Settings
from tests.accounts import Account

README = (Path(__file__).parents[2] / "README.md").read_text()


def block(marker: str) -> str:
    found = re.search(rf"<!-- {marker} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found.group(1)


@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("curl")), reason="needs jq and curl")
async def test_the_walk_with_curl_prints_what_the_readme_says(account: Account) -> None:
    token = account.headers(Role.L1)["Authorization"].removeprefix("Bearer ")
    script, replaced = re.subn(r"TOKEN=\$\(.*?\)\n", f"TOKEN={token}\n", block("walk"), count=1, flags=re.DOTALL)
    assert replaced == 1
    script = script.replace("http://127.0.0.1:8000", account.stack.base_url)
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-euo",
        "pipefail",
        "-c",
        script,
        stdout=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "no_proxy": "*"},
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    assert output.decode() == block("walk output")


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_in_the_list(name: str) -> None:
    assert f"`L1_{name.upper()}`" in README
