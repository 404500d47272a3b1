"""A client of the REST API that does what a technician and an engineer do, and keeps the time."""

import asyncio
import time
from collections import defaultdict
from typing import Any
from uuid import uuid4

import httpx

_PENDING_SECONDS = 60.0
"""How long a command that was answered 202 may stay pending before the walk counts as stuck."""


class Refused(Exception):
    """The API answered something else than the client went on with; the message holds what it said."""


class Rest:
    """`seconds` keeps how long each request took, by `intake`, `step`, `resolve`, `escalate` and `read`.

    A request that was answered 202 counts until its receipt was settled, and is counted in `late`.
    """

    def __init__(self, http: httpx.AsyncClient, *, technician: str, engineer: str) -> None:
        self._http = http
        self._technician = {"Authorization": f"Bearer {technician}"}
        self._engineer = {"Authorization": f"Bearer {engineer}"}
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.late = 0

    async def publish(self, flow: dict[str, Any]) -> str:
        """Import and publish a flow; return its id."""
        saved = _ok(await self._http.post("/l1/flows", json=flow, headers=self._engineer))
        _ok(await self._http.post(f"/l1/flows/{saved['id']}/publish", headers=self._engineer))
        return str(saved["id"])

    async def flow_titles(self) -> dict[str, str]:
        flows = _ok(await self._http.get("/l1/flows", headers=self._engineer))
        return {flow["id"]: flow["title"] for flow in flows}

    async def take(self, problem: str, *, flow_id: str | None = None, build: bool = False) -> Any:
        """Take a call. Naming the flow is timed apart from finding it, and so is having a tree built for it."""
        kind = "build" if build else "intake" if flow_id is None else "start"
        body = {"problem_statement": problem, "flow_id": flow_id, "force_build": build}
        answer = await self._send(kind, "/l1/intake", body)
        return answer.get("intake", answer)  # a receipt has it inside

    async def command(self, session_id: str, name: str, body: dict[str, Any]) -> Any:
        """Send `step`, `next-node`, `resolve` or `escalate`; return the session as it left it."""
        answer = await self._send(name, f"/l1/sessions/{session_id}/{name}", body)
        return answer.get("session", answer)

    async def read(self, session_id: str) -> Any:
        started = time.perf_counter()
        session = _ok(await self._http.get(f"/l1/sessions/{session_id}", headers=self._technician))
        self.seconds["read"].append(time.perf_counter() - started)
        return session

    async def _send(self, kind: str, path: str, body: dict[str, Any]) -> Any:
        headers = {**self._technician, "Idempotency-Key": str(uuid4())}
        started = time.perf_counter()
        response = await self._http.post(path, json=body, headers=headers)
        if response.status_code == httpx.codes.ACCEPTED:
            self.late += 1
            answer = await self._settled(response.json()["receipt"])
        else:
            answer = _ok(response)
        self.seconds[kind].append(time.perf_counter() - started)
        return answer

    async def _settled(self, receipt: str) -> Any:
        deadline = time.perf_counter() + _PENDING_SECONDS
        while time.perf_counter() < deadline:
            answer = _ok(await self._http.get(receipt, headers=self._technician))
            if answer["status"] == "applied":
                return answer
            if answer["status"] != "pending":
                raise Refused(f"the receipt says {answer['status']}: {answer.get('problem')}")
            await asyncio.sleep(0.2)
        raise Refused(f"the command was still pending after {_PENDING_SECONDS:.0f} s")


def _ok(response: httpx.Response) -> Any:
    if response.status_code != httpx.codes.OK:
        raise Refused(
            f"{response.request.method} {response.request.url.path}: {response.status_code} {response.text[:500]}"
        )
    return response.json()
