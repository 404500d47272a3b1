"""A technician at the desk of a running `l1 up`, who sends a request until it is answered."""

import json
import time
from datetime import timedelta
from typing import Any, Self
from uuid import uuid4

import httpx

from l1.domain.roles import Role
from l1.local_stack.tokens import Person, issue_token
from tests.accounts import KEYBOARD
from tests.l1.local_stack.test_up import Up

PATIENCE = 30.0
"""Seconds in which a request must have been answered, however often it was sent."""


class Technician:
    """Owner of an account of the test's own, and so allowed everything in it. Outlives a restart on the same ports."""

    def __init__(self, up: Up) -> None:
        self._person = Person(uuid4(), uuid4(), Role.OWNER, "Test owner")
        self._http = httpx.Client(base_url=up.url("/l1"), trust_env=False, timeout=10, headers=self._headers(up))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def get(self, path: str) -> Any:
        response = self._http.get(path)
        assert response.status_code == httpx.codes.OK, response.text
        return response.json()

    def send(self, method: str, path: str, body: object, key: str | None = None) -> httpx.Response:
        """Send a request once; `key` is its Idempotency-Key."""
        return self._http.request(method, path, json=body, headers={"Idempotency-Key": key or str(uuid4())})

    def post(self, path: str, body: object = None, key: str | None = None, *, method: str = "POST") -> Any:
        """Send a request, again and again under one key, until its effect can be read."""
        key = key or str(uuid4())
        deadline = time.monotonic() + PATIENCE
        while (response := self.send(method, path, body, key)).status_code in (202, 503):
            assert time.monotonic() < deadline, response.text
        assert response.is_success, response.text
        return response.json()

    def stall_after(self, seconds: float) -> None:
        self.post("/categories", {"stall_after": seconds, "categories": []}, method="PUT")

    def take_call(self, **fields: Any) -> Any:
        """Take a call on the keyboard's flow and return its session."""
        saved = self.post("/flows", KEYBOARD)
        self.post(f"/flows/{saved['id']}/publish")
        body = {"problem_statement": "The keyboard is odd", "flow_id": saved["id"], **fields}
        return self.post("/intake", body)["session"]

    def step(self, session: Any, answer: str, *, note: str | None = None, key: str | None = None) -> Any:
        body = {"node_id": session["current_node_id"], "answer": answer, "note": note}
        return self.post(f"/sessions/{session['id']}/step", body, key)

    def session(self, session: Any) -> Any:
        return self.get(f"/sessions/{session['id']}")

    def _headers(self, up: Up) -> dict[str, str]:
        secret = json.loads((up.data_dir / "secrets.json").read_text())["jwt_secret"]
        return {"Authorization": f"Bearer {issue_token(secret, self._person, lifetime=timedelta(hours=1))}"}
