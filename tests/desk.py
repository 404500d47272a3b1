"""A desk at which a scripted language model builds the trees."""

import re
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import httpx

from tests.accounts import Account
from tests.models.provider import AskedFor, Behaviour, Provider, Said, answers, provider
from tests.stack import Stack, stack_beside

STRIPES = "The printer prints green stripes"
"""Comes near a flow and is sure of none; trees may be built for its category."""


@asynccontextmanager
async def client_of(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    # Without TCP_NODELAY a body waits 40 ms for the acknowledgement of its headers (Nagle's algorithm).
    transport = httpx.AsyncHTTPTransport(socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)])
    async with httpx.AsyncClient(base_url=stack.base_url, trust_env=False, timeout=60, transport=transport) as client:
        yield client


@dataclass
class ModelDesk:
    stack: Stack
    http: httpx.AsyncClient
    provider: Provider
    account: Account = field(init=False)
    word: str = field(init=False)
    behave: Callable[[AskedFor], Behaviour] = field(init=False)
    """What the provider does with a request of this test's calls."""
    asked: list[AskedFor] = field(default_factory=list)
    """The requests of this test's calls."""
    paid: int = 0
    """How many of them got a completion."""

    ATTEMPT_LIMIT: ClassVar[float] = 1.5
    LIMIT: ClassVar[float] = 4.0
    BUILD_DEADLINE: ClassVar[float] = 15.0
    """A request that waits longer is answered 202, which no test here takes for an answer."""
    WALK_TOKENS: ClassVar[int] = 40_000

    def begin_anew(self) -> None:
        """Begin a test, with a word in its problems that tells its calls from those of the test before.

        These may still be open, and their children under way.
        """
        self.account = Account(self.stack, self.http)
        self.word = f"job{next(_NUMBERS)}x"
        self.behave = sensible()
        self.asked = []
        self.paid = 0
        self.provider.behave = self._behave
        self.provider.input_tokens = 100

    def _behave(self, asked: AskedFor) -> Behaviour:
        if self.word not in asked.prompt:
            return answers(question(0))
        self.asked.append(asked)
        behaviour = self.behave(asked)
        self.paid += isinstance(behaviour, Said)
        return behaviour

    async def take_call(self, problem: str = STRIPES, account: Account | None = None, **fields: Any) -> Any:
        """Take a call for which a tree is built, and return its session with the first node."""
        body = {"problem_statement": f"{problem}, {self.word}", "force_build": True, **fields}
        answer = await (account or self.account).post("/intake", body)
        assert answer["outcome"] == "build", answer
        return answer["session"]

    async def next_node(self, session: Any, answer: str | None = None) -> Any:
        """Answer the current node, with its first answer unless told otherwise, and return the session."""
        moved = await self.account.post(f"/sessions/{session['id']}/next-node", step(session, answer))
        return moved["session"]


@asynccontextmanager
async def desk_beside(stack: Stack, data_dir: Path, namespace: str, **settings: str) -> AsyncIterator[ModelDesk]:
    """Run a worker and an API of their own on the stack's servers, with a scripted model to build the trees."""
    async with provider() as scripted:
        model = {"L1_LLM_MODEL": "openai:scripted", "L1_LLM_BASE_URL": scripted.base_url}
        async with (
            stack_beside(stack, data_dir, namespace, **model, **settings) as beside,
            client_of(beside) as client,
        ):
            yield ModelDesk(beside, client, scripted)


def step(session: Any, answer: str | None = None) -> dict[str, Any]:
    node = session["current_node"]
    return {"node_id": node["id"], "answer": answer or node["answers"][0]}


_NUMBERS = count(1)
_PARTS = (
    "power cable", "paper tray", "status light", "ink level", "network plug", "scanner glass", "toner drum",
    "front cover", "control panel", "print queue", "driver version", "page margins", "colour profile", "feed roller",
    "waste box", "cleaning page", "ceiling lamp", "meeting room", "garden gate", "coffee mug", "bus ticket",
)  # fmt: skip
_ABOUT = (
    "Does the {} look the way it did last week?",
    "Who was the last person to touch the {}?",
    "Is anything written on the {}?",
)


def question(number: int, answers_: tuple[str, ...] = ("Yes", "No")) -> Mapping[str, Any]:
    """A harmless question, unlike those of the numbers near to it."""
    about = _ABOUT[number // len(_PARTS) % len(_ABOUT)].format(_PARTS[number % len(_PARTS)])
    return {"reason": "A scripted step.", "kind": "question", "text": about, "answers": answers_, "disruptive": False}


def sensible() -> Callable[[AskedFor], Behaviour]:
    """Ask another harmless question each time, for ever."""
    numbers = count()
    return lambda _asked: answers(question(next(numbers)))


def steps_told(asked: AskedFor) -> int:
    """How many steps of the path the model was told."""
    return len(re.findall(r"^- (?:question|instruction) ", asked.prompt, re.MULTILINE))
