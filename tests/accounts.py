"""An account of a test's own, and what its people do through the REST API."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx

from l1.database.policies import Policies
from l1.domain.roles import Role
from tests.stack import Stack

OUTLOOK = "Outlook keeps asking for a password"
"""Matches a starter flow for sure."""
KEYBOARD = {
    "id": "keyboard-types-wrong-letters",
    "title": "Keyboard types the wrong letters",
    "category": "hardware",
    "description": "Letters come out as others or as numbers.",
    "keywords": ["keyboard", "wrong letters", "num lock"],
    "start": "n1",
    "nodes": {
        "n1": {"kind": "question", "text": "Is Num Lock lit?", "answers": {"Yes": "n2", "No": "n3", "Again": "n1"}},
        "n2": {"kind": "instruction", "text": "Press Num Lock.", "answers": {"It works": "fixed", "No change": "n3"}},
        "fixed": {"kind": "resolution", "text": "Num Lock turned letters into numbers."},
        "n3": {"kind": "escalation", "text": "Have the keyboard looked at.", "reason_category": "hardware_failure"},
    },
}


@dataclass
class Account:
    """Each role has one user; `Role.L1` stands for whoever takes calls."""

    stack: Stack
    http: httpx.AsyncClient
    id: UUID = field(default_factory=uuid4)
    users: dict[Role, UUID] = field(default_factory=lambda: {role: uuid4() for role in Role})

    def headers(self, role: Role = Role.L1, *, covers_l1: bool = False) -> dict[str, str]:
        token = self.stack.token(role, self.id, covers_l1=covers_l1, user=self.users[role])
        return {"Authorization": f"Bearer {token}"}

    async def request(
        self, method: str, path: str, body: object = None, *, role: Role = Role.L1, **headers: str
    ) -> httpx.Response:
        """Send a request; keyword arguments are headers, with underscores for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(method, f"/l1{path}", json=body, headers=self.headers(role) | named)

    async def get(self, path: str, *, role: Role = Role.L1) -> Any:
        response = await self.request("GET", path, role=role)
        assert response.status_code == 200, response.text
        return response.json()

    async def post(self, path: str, body: object = None, *, role: Role = Role.L1, **headers: str) -> Any:
        response = await self.request("POST", path, body, role=role, **headers)
        assert response.status_code == 200, response.text
        return response.json()

    async def publish(self, flow: dict[str, Any] | None = None) -> str:
        """Publish a flow and return its id."""
        saved = await self.post("/flows", flow or KEYBOARD, role=Role.ENGINEER)
        await self.post(f"/flows/{saved['id']}/publish", role=Role.ENGINEER)
        return str(saved["id"])

    async def take_call(self, flow_id: str | None = None, **fields: Any) -> Any:
        """Take a call on a flow, the keyboard's if none is named, and return its session."""
        body = {"problem_statement": "The keyboard is odd", "flow_id": flow_id or await self.publish(), **fields}
        answer = await self.post("/intake", body)
        assert answer["outcome"] == "matched"
        return answer["session"]

    async def step(self, session: Any, answer: str, *, role: Role = Role.L1, **headers: str) -> httpx.Response:
        body = {"node_id": session["current_node_id"], "answer": answer}
        return await self.request("POST", f"/sessions/{session['id']}/step", body, role=role, **headers)

    async def set_stall_limit(self, seconds: float) -> None:
        """Set the account's limit straight in the database: a test cannot wait for the least that REST takes."""
        await Policies(self.stack.database).change(self.id, {"stall_after": seconds})
