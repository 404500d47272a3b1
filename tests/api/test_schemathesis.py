"""Everything that Schemathesis makes of the OpenAPI document, sent to the running server."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
import schemathesis
from schemathesis.checks import CheckFunction
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from l1.domain.roles import Role
from tests.accounts import KEYBOARD, Account
from tests.api.document import DOCUMENT
from tests.api.proposals import proposed
from tests.stack import Stack

_BUILT = {"problem_statement": "The printer prints green stripes", "force_build": True}
Case = schemathesis.Case[Any]

_NOT_IN_ANY_SCHEMA = {
    "unknown_answer",
    "unknown_node",
    "unknown_category",
    "reason_missing",
    "invalid_cursor",
    "invalid_flow",
    "invalid_target",
    "invalid_period",
    "idempotency_key_reused",
}
"""What is refused with 422 although the schema allows it: what fits depends on the walk, the flow, earlier requests."""


_CONFIG = {
    "seed": 1,
    "generation": {
        "max-examples": 15,
        "deterministic": True,
        "database": "none",
        "no-shrink": True,
    },
    "checks": {
        # 412: If-Match is compared with the walk's revision, which no schema knows.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "401", "403", "404", "409", "412"]},
        # 401: one of the things left out is the token. 413: more nodes than the schema allows are found to be too
        # many bytes before anything reads them.
        "negative_data_rejection": {"expected-statuses": ["401", "404", "405", "409", "413", "422"]},
    },
}
SCHEMA: Any = schemathesis.openapi.from_dict(DOCUMENT, config=SchemathesisConfig.from_dict(_CONFIG))


@dataclass
class Seeds:
    """Calls, flows, proposals and receipts that exist, so that requests get past 404.

    A call that was closed is taken anew. There is a proposal to read and edit, one to publish, and one to reject, as
    deciding the same again changes nothing.
    """

    http: httpx.Client
    headers: dict[str, str]
    session: dict[str, Any] = field(default_factory=dict)
    flow_id: str = ""
    proposals: dict[str, str] = field(default_factory=dict)

    def take_call(self, *, built: bool) -> dict[str, Any]:
        if (self.session.get("session_kind") == "ai_build") is not built or not self.session:
            body = _BUILT if built else {"problem_statement": "Keys are odd", "flow_id": self.flow_id}
            self.session = self._post("/l1/intake", body)["session"]
        return self.session

    def publish(self) -> str:
        self.flow_id = self._post("/l1/flows", KEYBOARD)["id"]
        self._post(f"/l1/flows/{self.flow_id}/publish", None)
        return self.flow_id

    def _post(self, path: str, body: object) -> Any:
        response = self.http.post(path, json=body, headers=self.headers)
        assert response.status_code == 200, response.text
        return response.json()


@pytest_asyncio.fixture(scope="module")
async def seeds(stack: Stack, http: httpx.AsyncClient) -> AsyncIterator[Seeds]:
    account = Account(stack, http)
    proposals = {act: await proposed(account) for act in ("", "publish", "reject")}
    with httpx.Client(base_url=stack.base_url, trust_env=False, timeout=60) as client:
        seeds = Seeds(client, account.headers(Role.OWNER), proposals=proposals)
        seeds.publish()
        yield seeds


@pytest.fixture(scope="module")
def bystander(stack: Stack, http: httpx.AsyncClient) -> Account:
    """Another account, whose stall limits may become absurd without ending the calls of the first."""
    return Account(stack, http)


# An event stream does not end, so its response could not be looked at.
@SCHEMA.exclude(path_regex="/events$").parametrize()  # type: ignore[untyped-decorator]  # it depends on the document
def test_every_answer_is_in_the_document(case: Case, stack: Stack, seeds: Seeds, bystander: Account) -> None:
    _make_real(case, seeds)
    headers = bystander.headers(Role.OWNER) if case.path == "/l1/categories" else seeds.headers
    if case.path.startswith("/l1") is False:
        headers = {}
    response = case.call(base_url=stack.base_url, headers=headers)
    excluded: list[CheckFunction] = []
    if response.status_code == 422 and response.json()["code"] in _NOT_IN_ANY_SCHEMA:
        excluded.append(cast("CheckFunction", positive_data_acceptance))
    case.validate_response(response, excluded_checks=excluded)
    if response.status_code == 200 and case.path.endswith(("/resolve", "/escalate", "/next-node")):
        seeds.session = {}


def _make_real(case: Case, seeds: Seeds) -> None:
    """Put ids that exist where the case has valid ones, in three of four cases; what is invalid stays so."""
    named = dict(case.path_parameters or {})
    if "ticket_id" in named and _is_chosen(named["ticket_id"]):
        named["ticket_id"] = seeds.take_call(built=False)["ticket_id"]
    if "flow_id" in named and _is_chosen(named["flow_id"]):
        named["flow_id"] = seeds.flow_id
    if "proposal_id" in named and _is_chosen(named["proposal_id"]):
        named["proposal_id"] = seeds.proposals.get(case.path.rpartition("/")[2], seeds.proposals[""])
    if "session_id" in named and _is_chosen(named["session_id"]):
        session = seeds.take_call(built=case.path.endswith("/next-node"))
        named["session_id"] = session["id"]
        if isinstance(case.body, dict):
            _make_fitting(case.body, session)
    case.path_parameters = named
    body = case.body if isinstance(case.body, dict) else {}
    if case.path == "/l1/intake" and _is_chosen(body.get("flow_id")):
        body["flow_id"] = seeds.flow_id


def _make_fitting(body: dict[str, Any], session: dict[str, Any]) -> None:
    """Let a valid step answer the current node, and valid notes be on it."""
    node = session["current_node"]
    if _is_text(body.get("answer"), 200) and _is_text(body.get("node_id"), 64):
        body |= {"node_id": node["id"], "answer": node["answers"][-1]}
    notes = body.get("notes")
    for note in notes if isinstance(notes, list) else []:
        if isinstance(note, dict) and _is_text(note.get("node_id"), 64):
            note["node_id"] = node["id"]


def _is_text(value: object, limit: int) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\x00" not in value and len(value) <= limit


def _is_chosen(value: object) -> bool:
    try:
        return UUID(str(value)).int % 4 != 0
    except ValueError:
        return False
