"""`l1 flows`: flow files on the command line."""

from pathlib import Path
from typing import Annotated

import typer

from domain.tree import Flow
from library.reader import ReadResult, read_flows

app = typer.Typer(no_args_is_help=True)

FlowPath = Annotated[
    Path,
    typer.Argument(metavar="PATH", help="A flow file (.yaml, .yml, .json), or a folder of them.", show_default=False),
]


@app.callback()
def flows() -> None:
    """Check flow files, and bring them in and out of the library.

    A flow file holds one troubleshooting flow:

    \b
      id: printer-offline
      title: Printer shows as offline
      category: printing
      start: n1
      nodes:
        n1:
          kind: question
          text: Is the printer switched on?
          answers: {"Yes": queue, "No": was-off}
        was-off:
          kind: resolution
          text: Switch it on. It was off.
        queue:
          kind: escalation
          text: An engineer looks at the queue.
          reason_category: needs_engineer

    Kinds are question, instruction, resolution and escalation. Quote "Yes" and "No".
    """  # noqa: D301 - \b is the help's mark for lines that must not be joined, not a backslash


@app.command()
def check(path: FlowPath) -> None:
    """Name every fault of a flow file, or of all flow files in a folder.

    \b
    Example:
      $ l1 flows check flows/
      flows/printer.yaml: nodes.n1.text: is empty; write some text
      1 fault in 1 of 12 files

    One line for each fault, with its file and place. Ends with 1 if there is any, so that it can guard a commit.
    """  # noqa: D301 - the same
    result = read_flows(path)
    _show_faults(result)
    if result.faults:
        raise typer.Exit(1)
    typer.echo(f"{_count(len(result.flows), 'flow')}, no faults")


def faultless_flows(path: Path) -> list[Flow]:
    """Read the flows at a path; with any fault, show them all and end the command: half a folder is never taken."""
    result = read_flows(path)
    if result.faults:
        _show_faults(result)
        raise typer.Exit(1)
    return list(result.flows.values())


def _show_faults(result: ReadResult) -> None:
    for file, faults in result.faults.items():
        for fault in faults:
            typer.echo(f"{file}: {fault}")
    if result.faults:
        faults_found = _count(sum(map(len, result.faults.values())), "fault")
        files = len(result.faults.keys() | result.flows.keys())
        typer.echo(f"{faults_found} in {len(result.faults)} of {_count(files, 'file')}", err=True)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
