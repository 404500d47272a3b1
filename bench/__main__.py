"""`python -m bench`: every benchmark, or the one that is named."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bench import building, flodial, intakes, match, start, steps, streams
from bench.charts import read_data
from bench.output import FOLDER, Result, console, show, write
from bench.stack import data_directory, own_stack
from l1.local_stack.errors import PartFailedError

app = typer.Typer(
    name="bench",
    help="The benchmarks: one table on screen, one JSON file each.\n\nWithout a command all of them run on the built-in"
    " data, in about twelve minutes, most of them for 2,000 flows that are embedded once; on servers of their own that"
    " are removed afterwards.",
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command(flodial.NAME)(flodial.main)
app.command(steps.NAME)(steps.command)
app.command(start.NAME)(start.command)
app.command(building.NAME)(building.command)
app.command(match.NAME)(match.command)
app.command(intakes.NAME)(intakes.command)
app.command(streams.NAME)(streams.command)


@app.callback()
def main(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Folder for the JSON files when all are run.", file_okay=False)] = FOLDER,
) -> None:
    if context.invoked_subcommand is not None:
        return
    results = asyncio.run(_all())
    show(*results)
    for result in results:
        write(result, out / f"{result.name}.json")
    raise typer.Exit(1 if any(result.faults for result in results) else 0)


async def _all() -> list[Result]:
    with data_directory() as data_dir:
        console.print("Starting a stack …")
        async with own_stack(data_dir) as stack:
            async with stack.client() as rest:
                played = await flodial.measure(rest, read_data(flodial.BUILT_IN), concurrency=8)
            stepped, streamed = await steps.measure(stack), await streams.measure(stack)
    return [played, stepped, streamed, await building.measure(), await start.measure(starts=3), await match.measure()]


if __name__ == "__main__":
    try:
        app()
    except PartFailedError as error:
        console.print(str(error), markup=False)
        raise SystemExit(2) from error
