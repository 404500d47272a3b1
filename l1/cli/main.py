"""The console script `l1`."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Coroutine
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import typer

from l1.cli.flows import app as flows_app
from l1.cli.match import app as match_app
from l1.domain.roles import Role
from l1.local_stack.errors import PartFailedError
from l1.local_stack.saved import saved_settings
from l1.local_stack.tokens import Person, issue_token
from l1.settings import Settings, SettingsError, load_settings
from l1.temporal.errors import TemporalMisconfiguredError, TemporalUnreachableError

# Commands import what they run when they run it: `l1 token` must not wait for a web framework.
# ruff: noqa: PLC0415

app = typer.Typer(
    name="l1",
    help="The L1 workspace: every call a walk that is never lost.\n\n"
    "`l1 up` runs everything on this machine. `l1 api`, `l1 worker` and `l1 migrate` are its parts, for a machine of "
    "their own each. Settings come from the environment (L1_…, TEMPORAL_…); what they leave open is taken from the "
    "`l1 up` that runs in this directory.",
    no_args_is_help=True,
    rich_markup_mode=None,
    # The pretty ones show local variables, secrets among them.
    pretty_exceptions_enable=False,
)
app.add_typer(flows_app, name="flows")
app.add_typer(match_app, name="match")


@app.command()
def up() -> None:
    """Run everything on this machine, in the foreground, until Ctrl-C.

    PostgreSQL and a Temporal server with its Web UI come from the virtual environment and keep their data in
    L1_DATA_DIR (.l1). With L1_DATABASE_URL or TEMPORAL_ADDRESS set, those are used instead. Prints the addresses and
    one bearer token per role. What dies is started again.

    Example:  L1_API_PORT=8001 l1 up
    """
    from l1.local_stack.up import run_stack

    settings = load_settings()
    if settings.llm_model is not None:
        from worker import build_model

        build_model(settings)  # what is wrong is said here once, not by a worker that dies again and again
    raise typer.Exit(run_stack(settings))


Check = Annotated[bool, typer.Option("--check", help="Only ask whether the one on this host is well; for probes.")]


@app.command()
def api(*, check: Check = False) -> None:
    """Serve the REST API.

    Needs a database, L1_PAYLOAD_KEYS, and L1_JWKS_URL or L1_JWT_SECRET. It starts and serves lists while Temporal is
    away.

    Example:  L1_API_HOST=0.0.0.0 L1_API_PORT=8000 l1 api
    """
    settings = _start_logging(load_settings(saved_settings))
    settings.require_database_url()
    settings.keys()
    settings.require_token_check()
    if check:
        raise typer.Exit(0 if _api_responds(settings) else 1)

    from api.app import create_app
    from api.server import serve

    serve(create_app(settings), settings.api_host, settings.api_port)


@app.command()
def worker(*, check: Check = False) -> None:
    """Run a worker: it carries the walks on. Any number of them may run at once.

    Needs a database, a Temporal server and L1_PAYLOAD_KEYS.

    Example:  TEMPORAL_ADDRESS=temporal:7233 l1 worker
    """
    settings = _start_logging(load_settings(saved_settings))
    settings.require_database_url()
    settings.keys()

    if check:
        raise typer.Exit(0 if asyncio.run(_worker_polls(settings)) else 1)

    from l1.cli.threads import compute_in_one_thread

    compute_in_one_thread()
    from worker import run_worker

    asyncio.run(_until_signalled(run_worker(settings)))


@app.command()
def migrate() -> None:
    """Bring the database to this version, publish the starter library, register Temporal's search attributes.

    Safe to repeat. Connects as the role that owns the schema (L1_MIGRATION_DATABASE_URL).

    Example:  L1_MIGRATION_DATABASE_URL=postgresql://l1_owner:…@db:5432/l1 l1 migrate
    """
    settings = _start_logging(load_settings(saved_settings))
    url = settings.require_migration_url()
    settings.keys()

    from l1.database.migrate import upgrade

    try:
        upgrade(url)
    except OSError as error:
        raise PartFailedError(f"The database does not answer: {error}") from error
    asyncio.run(_after_migration(settings, url))


@app.command()
def address() -> None:
    """Print where the API is: that of the `l1 up` that runs here, or of L1_API_HOST and L1_API_PORT.

    Example:  curl "$(l1 address)/readyz"
    """
    typer.echo(load_settings(saved_settings).api_address)


@app.command()
def token(  # noqa: PLR0913 - one option per claim
    *,
    account: Annotated[UUID, typer.Option(help="The account (claim account_id).")],
    user: Annotated[UUID, typer.Option(help="The user (claim sub).")],
    role: Annotated[Role, typer.Option(help="What the user may do.")],
    covers_l1: Annotated[bool, typer.Option("--covers-l1", help="An engineer who also takes calls.")] = False,
    name: Annotated[str, typer.Option(help="The name that colleagues see.")] = "",
    expires_in: Annotated[float, typer.Option(min=0.001, help="Hours until it expires.")] = 12,
) -> None:
    """Print a bearer token for development, signed with L1_JWT_SECRET or the secret of `l1 up`.

    Example:  l1 token --account d0000000-0000-4000-8000-000000000000 --user 5f0c8a52-6a7e-4c55-9a0e-2f1f5a4f9b11
    --role engineer --covers-l1 --name "Kim"
    """
    secret = load_settings(saved_settings).jwt_secret
    if secret is None:
        raise SettingsError(
            "There is no secret to sign with. Start `make up` here once, or set L1_JWT_SECRET to that of the API. "
            "(With L1_JWKS_URL only the identity provider issues tokens.)"
        )
    person = Person(account, user, role, name or role.value, covers_l1)
    typer.echo(issue_token(secret.get_secret_value(), person, lifetime=timedelta(hours=expires_in)))


def _api_responds(settings: Settings) -> bool:
    import httpx

    try:
        response = httpx.get(f"http://127.0.0.1:{settings.api_port}/healthz", trust_env=False, timeout=5)
    except httpx.TransportError:
        return False
    return response.is_success


async def _worker_polls(settings: Settings) -> bool:
    from temporalio.service import RPCError

    from l1.temporal.connection import connect, polls_from_this_host

    try:
        return await polls_from_this_host(await connect(settings.keys(), settings.temporal_port))
    except (RPCError, RuntimeError, TemporalUnreachableError):
        return False


async def _after_migration(settings: Settings, url: str) -> None:
    from l1.cli.starter import publish_starter_library
    from l1.temporal.connection import connect, ensure_search_attributes

    published = await publish_starter_library(url)
    typer.echo(f"The database is up to date; {published} starter flows published.")
    await ensure_search_attributes(await connect(settings.keys(), settings.temporal_port))


def _start_logging(settings: Settings) -> Settings:
    from l1.cli.logs import configure_logging

    configure_logging(settings.log_level, settings.log_format)
    return settings


async def _until_signalled(program: Coroutine[None, None, None]) -> None:
    """Run it; SIGTERM and SIGINT cancel it, so that it can finish what it has in hand."""
    task = asyncio.ensure_future(program)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        if not task.cancelled():
            raise


def main() -> None:
    """Run `l1`. Exit code 2: the settings or the machine do not allow it, and the message says what to do."""
    try:
        app()
        code = 0
    except (SettingsError, TemporalMisconfiguredError, TemporalUnreachableError, PartFailedError) as error:
        typer.echo(str(error), err=True)
        code = 2 if isinstance(error, SettingsError | TemporalMisconfiguredError) else 1
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    if "temporalio.bridge.temporal_sdk_bridge" in sys.modules:
        # A thread of the SDK that asks for the interpreter while it shuts down aborts the whole process (seen after
        # a worker's orderly stop: "PyGILState_Release: thread state must be current"). So it does not shut down.
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
