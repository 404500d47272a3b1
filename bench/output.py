"""What every benchmark shows and writes: progress, one table, one JSON file."""

import json
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

console = Console(highlight=False)
FOLDER = Path(".l1/bench")


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, the figure with its unit, and what to hold it against."""

    what: str
    value: str
    against: str = ""


@dataclass(frozen=True)
class Result:
    """What a benchmark found. `figures` goes into the JSON file; `faults` are reasons to fail."""

    name: str
    rows: Sequence[Row]
    figures: dict[str, Any]
    faults: Sequence[str] = field(default_factory=tuple)


def percentile(values: Sequence[float], percent: float) -> float:
    """Nearest rank: a value that was really measured. NaN where nothing was."""
    if not values:
        return float("nan")
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100).__int__() - 1)]


def latency_ms(seconds: Sequence[float]) -> dict[str, float | int]:
    """Percentiles in milliseconds, and how many were measured."""
    named: dict[str, float | int] = {"count": len(seconds)}
    if seconds:
        named |= {f"p{percent}": round(percentile(seconds, percent) * 1000, 1) for percent in (50, 95, 99)}
    return named


def shown_ms(latency: dict[str, float | int]) -> str:
    if not latency["count"]:
        return "-"
    return " / ".join(f"{latency[name]:.0f}" for name in ("p50", "p95", "p99")) + " ms"


def show(*results: Result) -> None:
    table = Table("", "what", "figure", "against", title="Benchmarks", title_justify="left")
    for result in results:
        for place, row in enumerate(result.rows):
            table.add_row("" if place else result.name, row.what, row.value, row.against)
        table.add_section()
    # A log has no width of its own, and 80 columns would break every line of the table.
    (console if console.is_terminal else Console(width=140, highlight=False)).print(table)
    for fault in (fault for result in results for fault in result.faults):
        console.print(f"FAILED {fault}", style="red", markup=False)


def write(result: Result, file: Path) -> None:
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "platform": platform.platform()}
    content = {
        "benchmark": result.name,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        **result.figures,
        "faults": list(result.faults),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    console.print(f"Written to {file}", markup=False, soft_wrap=True)


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Show how far it is: a bar on a terminal, elsewhere a line at every tenth. Yields what to call for each done."""
    if console.is_terminal:
        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as bar:
            task = bar.add_task(what, total=total)
            yield lambda: bar.advance(task)
        return
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        if done * 10 // total > (done - 1) * 10 // total:
            console.print(f"{what}: {done} of {total}", markup=False)

    yield advance
