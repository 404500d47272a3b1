"""The parts that routes are given; `api.app` puts them in place.

Dependencies are coroutines throughout: FastAPI would run a plain function in a thread, which costs more than it does.
"""

from dataclasses import dataclass

from fastapi import Request
from temporalio.client import Client

from api.calls import CallDesk
from database.answers import Answers
from database.calls import Calls
from database.engine import Database
from database.exemplars import Exemplars
from database.flows import Flows
from database.policies import Policies
from database.proposals import Proposals
from database.shelves import Shelves
from database.usage import UsageByDay


@dataclass(frozen=True)
class Parts:
    database: Database
    temporal: Client
    calls: Calls
    desk: CallDesk
    flows: Flows
    exemplars: Exemplars
    shelves: Shelves
    policies: Policies
    answers: Answers
    proposals: Proposals
    usage: UsageByDay


async def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


async def calls_of(request: Request) -> Calls:
    return (await parts_of(request)).calls


async def desk_of(request: Request) -> CallDesk:
    return (await parts_of(request)).desk
