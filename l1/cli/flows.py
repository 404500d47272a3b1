"""`l1 flows`: flow files on the command line."""

import asyncio
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import typer

from l1.cli.starter import publish_for_every_account
from l1.database.engine import Database, connect
from l1.database.flows import Flows, FlowSummary
from l1.domain.errors import InvalidFlow
from l1.domain.findings import Fault
from l1.domain.publishing import to_publish
from l1.domain.tree import Flow
from l1.library import write_flow
from l1.library.reader import ReadResult, read_flows
from l1.local_stack.saved import saved_settings
from l1.settings import SettingsError, load_settings

app = typer.Typer(no_args_is_help=True)

_AUTHOR = "l1 flows"
_OPEN = "  (has open branches, answers that lead to null: calls that take one go on being built)"

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
    result = read_flows(path, may_be_open=True)
    _show_faults(result)
    if result.faults:
        raise typer.Exit(1)
    for file, flow in result.flows.items():
        if flow.tree.is_open:
            typer.echo(f"{file}{_OPEN}")
    typer.echo(f"{_count(len(result.flows), 'flow')}, no faults")


@app.command("import")
def import_flows(
    path: FlowPath,
    account: Annotated[UUID | None, typer.Option(help="The account whose flows they become.")] = None,
    *,
    shared: Annotated[bool, typer.Option("--shared", help="Publish them for every account.")] = False,
    publish: Annotated[bool, typer.Option("--publish", help="Publish at once; else they are drafts.")] = False,
) -> None:
    """Bring flow files into the library. With any fault in any file, nothing is taken.

    The same id again makes a new draft of that flow; its published version stays until the draft is published. An
    account's flow may have open branches, as the flow of a published proposal has; one for every account may not.
    Connects to L1_DATABASE_URL or the database of `l1 up`; with --shared, as the owner of the schema.

    \b
    Examples:
      $ l1 flows import flows/ --account d0000000-0000-4000-8000-000000000000 --publish
      $ l1 flows import flows/ --shared
    """  # noqa: D301 - the same
    if (account is None) != shared:
        raise SettingsError("Say whose flows they are: --account UUID, or --shared for every account.")
    found = faultless_flows(path, may_be_open=not shared, publish=publish)
    settings = load_settings(saved_settings)
    if account is None:
        changed = asyncio.run(publish_for_every_account(settings.require_migration_url(), found, _AUTHOR))
        typer.echo(f"{_count(len(changed), 'flow')} published for every account, {len(found) - len(changed)} unchanged")
        return
    saved = asyncio.run(_save(settings.require_database_url(), account, found, publish=publish))
    for flow in saved:
        typer.echo(f"{flow.id}  {flow.slug}  {'published as' if publish else 'draft of'} version {flow.version}")


@app.command("export")
def export_flows(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The folder to write to.", show_default=False)],
    account: Annotated[UUID, typer.Option(help="The account whose own flows are written.")],
    *,
    shared: Annotated[bool, typer.Option("--shared", help="Also write the shared flows.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON instead of YAML.")] = False,
) -> None:
    """Write an account's flows to a folder, one file each: the published version, or the draft of a flow without one.

    \b
    Example:
      $ l1 flows export flows/ --account d0000000-0000-4000-8000-000000000000
    """  # noqa: D301 - the same
    flows_found = asyncio.run(_load(load_settings(saved_settings).require_database_url(), account, shared=shared))
    path.mkdir(parents=True, exist_ok=True)
    for flow in flows_found:
        file = path / f"{flow.slug}.{'json' if as_json else 'yaml'}"
        file.write_text(write_flow(flow, as_json=as_json), encoding="utf-8")
        typer.echo(f"{file}{_OPEN if flow.tree.is_open else ''}")
    typer.echo(f"{_count(len(flows_found), 'flow')} written")


async def _save(url: str, account: UUID, flows_found: list[Flow], *, publish: bool) -> list[FlowSummary]:
    database = Database(connect(url))
    library = Flows(database)
    try:
        drafts = [await library.save_draft(account, flow, _AUTHOR, uuid4()) for flow in flows_found]
        return [await library.publish(account, flow.id, _AUTHOR) for flow in drafts] if publish else drafts
    finally:
        await database.close()


async def _load(url: str, account: UUID, *, shared: bool) -> list[Flow]:
    database = Database(connect(url))
    library = Flows(database)
    try:
        wanted = [flow for flow in await library.all(account) if shared or not flow.shared]
        return [(await library.read(account, flow.id))[1] for flow in wanted]
    finally:
        await database.close()


def faultless_flows(path: Path, *, may_be_open: bool = False, publish: bool = False) -> list[Flow]:
    """Read the flows at a path; with any fault, show them all and end the command: half a folder is never taken."""
    result = read_flows(path, may_be_open=may_be_open)
    for file, flow in result.flows.items():
        try:
            if publish and flow.tree.is_open:
                to_publish(flow)
        except InvalidFlow as error:
            result.faults.setdefault(file, []).extend(
                Fault(fault["field"], fault["message"]) for fault in error.extra["errors"]
            )
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
