"""Plays FloDial's dialogs through the REST API: whether each call finds its flow and each walk reaches its end."""

import asyncio
import sys
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import httpx
import typer

if __name__ == "__main__":  # run by its path, as `python bench/flodial.py`: the packages stand one folder up
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench.charts import DataInvalid, DataSet, read_data
from bench.output import FOLDER, Result, Row, console, latency_ms, progress, show, shown_ms, write
from bench.play import Found, Outcome, play_all
from bench.rest import Refused, Rest
from bench.stack import data_directory, own_stack, rest_client
from l1.local_stack.errors import PartFailedError

NAME = "flodial"
BUILT_IN = Path(__file__).parent / "data"

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(NAME)
def main(  # noqa: PLR0913, PLR0917 - one option each
    data: Annotated[
        Path, typer.Option(help="Folder that holds flodial/charts/*.json and flodial/dialogs.json.", file_okay=False)
    ] = BUILT_IN,
    concurrency: Annotated[int, typer.Option(min=1, max=200, help="How many dialogs are played at a time.")] = 8,
    base_url: Annotated[
        str | None, typer.Option(help="An API that runs already, such as http://127.0.0.1:8000; needs both tokens.")
    ] = None,
    token_l1: Annotated[
        str | None,
        typer.Option(envvar="BENCH_TOKEN_L1", help="Token of a technician; `l1 token --role l1` prints one."),
    ] = None,
    token_engineer: Annotated[
        str | None, typer.Option(envvar="BENCH_TOKEN_ENGINEER", help="Token of an engineer of the same account.")
    ] = None,
    json_file: Annotated[Path, typer.Option("--json", help="Where the figures go.")] = FOLDER / f"{NAME}.json",
) -> None:
    """Play every dialog of a FloDial data set through the REST API, and check what the database holds after it.

    The charts become flows, imported and published through REST. Each dialog is taken as a call with its first
    utterance; each later turn answers the current node along the chart's edge that the dialog took. If matching finds
    another flow, or none, the technician starts the right one: whether a call finds its flow and whether its walk
    reaches its end are reported apart. Nodes that no turn names, because the caller had told their answers already,
    are answered on the shortest way.

    Without --base-url it starts a stack of its own (`l1 up` on free ports and an empty data directory, about five
    seconds) and removes it afterwards. With it, use tokens of an account that is used for nothing else: its flows are
    matched too.

    Exit status 1: a walk that was started did not reach its end, or the database holds another path than the dialog's.
    2: the data or the stack can't be used.

    Example:  python bench/flodial.py --data data --concurrency 16
    """
    if base_url is not None and not (token_l1 and token_engineer):
        raise typer.BadParameter("--base-url needs --token-l1 and --token-engineer.")
    try:
        read = read_data(data)
        result = asyncio.run(_run(read, concurrency, base_url, token_l1 or "", token_engineer or ""))
    except (DataInvalid, PartFailedError, Refused, httpx.HTTPError) as error:
        console.print(str(error), markup=False)
        raise typer.Exit(2) from error
    show(result)
    write(result, json_file)
    raise typer.Exit(1 if result.faults else 0)


async def measure(rest: Rest, data: DataSet, *, concurrency: int) -> Result:
    with progress("Playing dialogs", len(data.dialogs)) as advance:
        outcome = await play_all(rest, data, concurrency=concurrency, on_done=advance)
    return report(outcome, concurrency)


def report(outcome: Outcome, concurrency: int) -> Result:
    walked = outcome.walked
    played = len(walked)
    steps = sum(walk.steps for walk in walked)
    found = Counter(walk.found for walk in walked)
    first = sum(walk.rank == 1 for walk in walked)
    among = sum(walk.rank is not None for walk in walked)
    started = sum(walk.started for walk in walked)
    reached, same = sum(walk.reached for walk in walked), sum(walk.same_path for walk in walked)
    implied = sum(walk.part.route.implied > 0 for walk in walked)
    early = sum(not walk.part.route.reaches_end for walk in walked)
    wrong = Counter(outcome.titles.get(walk.wrong_flow or "", "?") for walk in walked if walk.found is Found.WRONG)
    intake, step = latency_ms(outcome.latencies.get("intake", ())), latency_ms(outcome.latencies.get("step", ()))
    per_second = steps / outcome.seconds if outcome.seconds else 0.0
    rows = [
        Row("dialogs", f"{len(outcome.data.dialogs)}", f"{len(outcome.data.flows)} flows"),
        Row("playable", f"{played}", "; ".join(f"{key}: {why}" for key, why in [*outcome.unplayable.items()][:3])),
        Row("  of them with answers told in advance", f"{implied}"),
        Row("  of them that end before their flow does", f"{early}"),
        Row("right flow first", _share(first, played), "started, or first of the suggestions"),
        Row("right flow among the suggestions", _share(among, played), "or started"),
        Row("right flow started", _share(found[Found.MATCHED], played)),
        Row("wrong flow started", _share(found[Found.WRONG], played), _listed(wrong)),
        Row("walks that reached their end", _share(reached, started), "must be all"),
        Row("paths as in the dialog", _share(same, started), "must be all"),
        Row("steps a second", f"{per_second:.0f}", f"{concurrency} dialogs at a time, intake and closing included"),
        Row("intake p50 / p95 / p99", shown_ms(intake), f"{outcome.late} answers were 202 at first"),
        Row("step p50 / p95 / p99", shown_ms(step)),
    ]
    figures = {
        "dialogs": len(outcome.data.dialogs),
        "playable": played,
        "unplayable": dict(outcome.unplayable),
        "broken_charts": dict(outcome.data.broken),
        "flows": len(outcome.data.flows),
        "answers_told_in_advance": implied,
        "ended_early": early,
        "right_first": first,
        "right_among_suggestions": among,
        "found": {kind.value: found[kind] for kind in Found},
        "wrong_flows_started": dict(wrong),
        "walks_started": started,
        "walks_reached_end": reached,
        "paths_equal": same,
        "steps": steps,
        "seconds": round(outcome.seconds, 2),
        "steps_per_second": round(per_second, 1),
        "concurrency": concurrency,
        "latency_ms": {"intake": intake, "step": step},
        "answered_202": outcome.late,
    }
    return Result(NAME, rows, figures, outcome.faults)


async def _run(data: DataSet, concurrency: int, base_url: str | None, technician: str, engineer: str) -> Result:
    async with AsyncExitStack() as around:
        if base_url is not None:
            client = rest_client(base_url, technician=technician, engineer=engineer)
        else:
            console.print("Starting a stack …")
            stack = await around.enter_async_context(own_stack(around.enter_context(data_directory())))
            client = stack.client()
        return await measure(await around.enter_async_context(client), data, concurrency=concurrency)


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.1%})" if whole else "-"


def _listed(titles: Counter[str]) -> str:
    return "; ".join(f"{count} went to '{title}'" for title, count in titles.most_common(3))


if __name__ == "__main__":
    app()
