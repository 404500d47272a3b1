"""The parts that routes are given; `api.app` puts them in place."""

from dataclasses import dataclass

from fastapi import Request
from temporalio.client import Client

from api.calls import CallDesk
from database.answers import Answers
from database.calls import Calls
from database.engine import Database
from database.flows import Flows
from database.policies import Policies


@dataclass(frozen=True)
class Parts:
    database: Database
    temporal: Client
    calls: Calls
    desk: CallDesk
    flows: Flows
    policies: Policies
    answers: Answers


def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def calls_of(request: Request) -> Calls:
    return parts_of(request).calls


def desk_of(request: Request) -> CallDesk:
    return parts_of(request).desk
