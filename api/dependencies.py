"""The parts that routes are given; `api.app` puts them in place.

Dependencies are coroutines throughout: FastAPI would run a plain function in a thread, which costs more than it does.
"""

from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from temporalio.client import Client

from api.calls import CallService
from api.live.hub import Hub
from l1.database.calls import Calls
from l1.database.deliveries import Deliveries
from l1.database.engine import Database
from l1.database.exemplars import Exemplars
from l1.database.flows import Flows
from l1.database.idempotent_responses import IdempotentResponses
from l1.database.lists import CallLists
from l1.database.policies import Policies
from l1.database.proposals import Proposals
from l1.database.reports import Reports
from l1.database.shelves import Shelves
from l1.database.targets import Targets
from l1.database.usage import UsageByDay


@dataclass(frozen=True)
class Allowed:
    """Where notifications may go: into private networks, and by mail, for which the installation needs a server."""

    private_addresses: bool
    mail: bool


@dataclass(frozen=True)
class Parts:
    database: Database
    temporal: Client
    calls: Calls
    lists: CallLists
    call_service: CallService
    flows: Flows
    exemplars: Exemplars
    shelves: Shelves
    policies: Policies
    idempotent_responses: IdempotentResponses
    proposals: Proposals
    usage: UsageByDay
    reports: Reports
    targets: Targets
    deliveries: Deliveries
    allowed: Allowed
    hub: Hub
    data_dir: Path


async def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


async def calls_of(request: Request) -> Calls:
    return (await parts_of(request)).calls


async def call_service_of(request: Request) -> CallService:
    return (await parts_of(request)).call_service


async def lists_of(request: Request) -> CallLists:
    return (await parts_of(request)).lists


async def hub_of(request: Request) -> Hub:
    return (await parts_of(request)).hub
