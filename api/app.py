"""The REST API, put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware

from api import problems
from api.auth import Expected, JwksTokens, SecretTokens, TokenReader
from api.body_limit import BodyLimit
from api.calls import CallService, Deadlines
from api.dependencies import Allowed, Parts
from api.keys import ProviderKeys
from api.live.hub import Hub
from api.parameters import refuse_unknown
from api.routes import codec, health, intake, library, lists, live, proposals, reports, sessions, targets, usage
from api.waiting import Waiters
from l1.database.calls import Calls
from l1.database.deliveries import Deliveries
from l1.database.engine import Database, connect
from l1.database.exemplars import Exemplars
from l1.database.feed import EVENTS_CHANNEL, EventFeed
from l1.database.flows import Flows
from l1.database.idempotent_responses import IdempotentResponses
from l1.database.lists import CallLists
from l1.database.notifications import Listener
from l1.database.policies import Policies
from l1.database.presence import Presences
from l1.database.proposals import Proposals
from l1.database.records import RECEIPTS_CHANNEL
from l1.database.reports import Reports
from l1.database.shelves import Shelves
from l1.database.targets import Targets
from l1.database.usage import UsageByDay
from l1.sealing import KeyRing
from l1.settings import Settings
from l1.temporal.codec import EncryptingCodec
from l1.temporal.connection import connect as connect_temporal

_DESCRIPTION = """
A technician takes a call with `POST /l1/intake` and walks it node by node.

Every POST takes an `Idempotency-Key`: the same key with the same body gets the same response, however often it is sent.
Every command on a session takes `If-Match` with the revision that the sender has seen. A request that changes a walk
answers when its effect can be read; if no worker answers in time it answers 202, and the receipt tells how it went.
"""


def create_app(settings: Settings) -> FastAPI:
    app = FastAPI(
        title="resolutionflow-l1",
        version="0.1.0",
        description=_DESCRIPTION,
        lifespan=_lifespan,
        separate_input_output_schemas=False,
    )
    app.state.settings = settings
    app.state.keys = None if settings.jwks_url is None else ProviderKeys(settings.jwks_url)
    app.state.tokens = _token_reader(settings, app.state.keys)
    app.state.codec = EncryptingCodec(settings.keys())
    app.state.codec_open = settings.codec_open
    app.add_middleware(BodyLimit)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=_web_ui_origins(settings),
        allow_methods=["POST"],
        allow_headers=["authorization", "content-type", "x-namespace"],
    )
    problems.install(app)
    l1 = APIRouter(prefix="/l1")
    for routes in (intake, lists, sessions, live, library, proposals, targets, usage, reports):
        l1.include_router(routes.router)
    ours = [Depends(refuse_unknown)]
    app.include_router(l1, dependencies=ours)
    app.include_router(health.router, dependencies=ours)
    # Also beside the other paths, for a proxy that passes on nothing else.
    app.include_router(health.router, prefix="/l1", include_in_schema=False, dependencies=ours)
    # What stands in its addresses is the Temporal Web UI's own business.
    app.include_router(codec.router)
    problems.describe(app)
    return app


def stop_streams(app: FastAPI) -> None:
    """End all event streams; their readers go on elsewhere."""
    if hasattr(app.state, "parts"):  # there are none before the application has started
        app.state.parts.hub.stop()


def _web_ui_origins(settings: Settings) -> list[str]:
    """Whose pages may ask the codec from a browser: the Temporal Web UI, and nobody else."""
    if settings.temporal_ui_origin is not None:
        return [settings.temporal_ui_origin]
    port = settings.temporal_ui_port
    return [f"http://127.0.0.1:{port}", f"http://localhost:{port}"] if settings.codec_open else []


def _token_reader(settings: Settings, keys: ProviderKeys | None) -> TokenReader:
    settings.require_token_check()
    expected = Expected(settings.jwt_audience, settings.jwt_issuer, settings.jwt_require_exp)
    if settings.jwt_secret is not None:
        return SecretTokens(settings.jwt_secret.get_secret_value(), expected)
    if keys is None:
        raise RuntimeError("there is neither a secret nor a provider's keys")
    return JwksTokens(keys, expected)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Connect. Temporal may be away: lists and closed sessions are served from PostgreSQL alone."""
    settings: Settings = app.state.settings
    url = settings.require_database_url()
    database = Database(connect(url))
    temporal = await connect_temporal(settings.keys(), settings.temporal_port, lazy=True)
    waiters = Waiters()
    listener = Listener(url, RECEIPTS_CHANNEL, waiters.on_notification)
    waiters.is_listening = lambda: listener.is_listening
    hub = Hub(EventFeed(database), Presences(database))
    events = Listener(url, EVENTS_CHANNEL, hub.on_notification)
    calls = Calls(database)
    keys = KeyRing(settings.keys())
    app.state.parts = Parts(
        database=database,
        temporal=temporal,
        calls=calls,
        lists=CallLists(database),
        call_service=CallService(calls, temporal, waiters, Deadlines(settings.ack_deadline, settings.build_deadline)),
        flows=Flows(database),
        exemplars=Exemplars(database),
        shelves=Shelves(database),
        policies=Policies(database),
        idempotent_responses=IdempotentResponses(database),
        proposals=Proposals(database),
        usage=UsageByDay(database),
        reports=Reports(database),
        targets=Targets(database, keys),
        deliveries=Deliveries(database, keys),
        allowed=Allowed(private_addresses=settings.notify_private_addresses, mail=settings.smtp_from is not None),
        hub=hub,
        data_dir=settings.data_dir,
    )
    provider: ProviderKeys | None = app.state.keys
    running = [asyncio.create_task(part.run()) for part in (listener, events, hub, provider) if part is not None]
    try:
        yield
    finally:
        hub.stop()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await database.close()
