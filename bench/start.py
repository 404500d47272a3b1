"""How long `l1 up` takes to be ready, and how much memory its programs hold.

The floor of a warm start is that of the two servers alone on the same data, measured in the same run: nothing can be
ready before they are. The rest is the product's: migrations, the starter library, imports, the worker's first poll.
"""

import asyncio
import statistics
import time
from pathlib import Path
from typing import Annotated

import typer

from bench.charts import read_data
from bench.flodial import BUILT_IN
from bench.output import FOLDER, Result, Row, progress, show, write
from bench.play import play_all
from bench.stack import data_directory, own_stack
from l1.local_stack.dev_secrets import load_or_create_secrets
from l1.local_stack.postgres import EmbeddedPostgres, PostgresPasswords
from l1.local_stack.temporal_server import EmbeddedTemporal

NAME = "start"
_PROGRAMS = ("worker", "api")


def command(
    starts: Annotated[int, typer.Option(min=1, help="Warm starts; the median counts.")] = 3,
    json_file: Annotated[Path, typer.Option("--json", help="Where the figures go.")] = FOLDER / f"{NAME}.json",
) -> None:
    """Time the first and the warm start of `l1 up` against its bare servers, and weigh the worker and the API.

    From the command to the first good answer of /readyz, on free ports and a data directory of its own, which it
    removes afterwards. Memory is what the process holds resident (RSS, with pages it shares), after a start and after
    the built-in dialogs have been played.

    Example:  python -m bench start --starts 5
    """
    result = asyncio.run(measure(starts=starts))
    show(result)
    write(result, json_file)


async def measure(*, starts: int) -> Result:
    warm: list[float] = []
    bare: list[float] = []
    stops: list[float] = []
    with data_directory() as data_dir, progress("Starting", 1 + 2 * starts) as advance:
        async with own_stack(data_dir) as stack:
            first = stack.seconds
            idle = _memory(stack.pids)
            async with stack.client() as rest:
                await play_all(rest, read_data(BUILT_IN), concurrency=8)
            used = _memory(stack.pids)
        advance()
        for _ in range(starts):
            async with own_stack(data_dir) as stack:
                warm.append(stack.seconds)
                stopping = time.perf_counter()
            stops.append(time.perf_counter() - stopping)
            advance()
            bare.append(await _start_bare_servers(data_dir))
            advance()
    start, floor = statistics.median(warm), statistics.median(bare)
    rows = [
        Row("warm start", f"{start:.1f} s", f"{start / floor:.1f} times the bare servers' {floor:.1f} s"),
        Row("first start", f"{first:.1f} s", "creates the databases too"),
        Row("stop", f"{max(stops):.1f} s", "the longest"),
        *(
            Row(f"memory of {name}", f"{used[name]:.0f} MB", f"{idle[name]:.0f} MB before its first call")
            for name in used
        ),
    ]
    figures = {
        "warm_start_seconds": [round(seconds, 2) for seconds in warm],
        "bare_servers_seconds": [round(seconds, 2) for seconds in bare],
        "warm_start_to_bare_servers": round(start / floor, 2),
        "first_start_seconds": round(first, 2),
        "stop_seconds": [round(seconds, 2) for seconds in stops],
        "resident_mb": {"idle": idle, "after_calls": used},
    }
    return Result(NAME, rows, figures)


async def _start_bare_servers(data_dir: Path) -> float:
    secrets = load_or_create_secrets(data_dir)
    passwords = PostgresPasswords(secrets.superuser_password, secrets.owner_password, secrets.app_password)
    servers = (EmbeddedPostgres(data_dir, passwords), EmbeddedTemporal(data_dir))
    started = time.perf_counter()
    try:
        await asyncio.gather(*(server.start() for server in servers))
        return time.perf_counter() - started
    finally:
        for server in servers:
            await server.stop()


def _memory(pids: dict[str, int]) -> dict[str, float]:
    """Resident megabytes (10^6 bytes) of the programs; empty where there is no /proc."""
    found = {}
    for name in _PROGRAMS:
        status = Path(f"/proc/{pids[name]}/status")
        if status.exists():
            line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
            found[name] = round(int(line.split()[1]) * 1024 / 1e6, 1)
    return found
