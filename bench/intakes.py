"""Intakes that come all at once: how long they take to be opened, and what another account notices of it.

Two bursts, each in a fresh account: callers without a name who say much, and callers of one name who say as much as a
problem may hold, so that each is compared with the open tickets of the others. Meanwhile another account takes a call
a second. Then one account takes thousands of calls, so many of them in flight, and another one steps through a walk:
its steps are held against those it took in the same run while all was quiet.
"""

import asyncio
import contextlib
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import typer

from bench.output import FOLDER, Result, Row, console, latency_ms, percentile, show, shown_ms, write
from bench.rest import Refused
from bench.stack import OwnStack, data_directory, own_stack
from bench.steps import LOOP
from l1.domain.roles import Role

NAME = "intakes"
_SIZES = (150, 400)
_FLOOD = 2_000
_IN_FLIGHT = 60
_SECONDS = 240.0
"""After which a burst counts as stuck."""
_QUIET_STEPS = 100
_MOST_TO_QUIET = 3.0
"""What a step's p95 may be beside a flood, as a multiple of the quiet one's."""


@dataclass(frozen=True)
class Kind:
    name: str
    characters: int
    customer_name: str | None


KINDS = (Kind("600 characters", 600, None), Kind("8,000 characters, one caller's name", 8_000, "Ada Byron"))
_PHRASES = (
    "The printer in room {} prints green stripes across every page.",
    "We changed toner number {} and the stripes are still there.",
    "The test page of tray {} looks the same as the letter.",
    "Copy {} of the report came out with the left half missing.",
    "The display says maintenance code {} and then goes dark.",
)


def command(
    sizes: Annotated[list[int] | None, typer.Option("--calls", min=1, help="Calls of a burst; repeatable.")] = None,
    flood: Annotated[int, typer.Option(min=0, help="Calls of the account that floods; 0: no flood.")] = _FLOOD,
    in_flight: Annotated[int, typer.Option(min=1, help="How many of them are asked for at a time.")] = _IN_FLIGHT,
    seconds: Annotated[float, typer.Option(min=1, help="Seconds after which a burst counts as stuck.")] = _SECONDS,
    json_file: Annotated[Path, typer.Option("--json", help="Where the figures go.")] = FOLDER / f"{NAME}.json",
) -> None:
    """Take many calls at once, and watch what another account notices of it.

    Starts a stack of its own (`l1 up` on free ports and an empty data directory) and removes it afterwards.

    Example:  python -m bench intakes --calls 150 --flood 500
    """
    result = asyncio.run(_run(sizes or _SIZES, flood, in_flight, seconds))
    show(result)
    write(result, json_file)
    raise typer.Exit(1 if result.faults else 0)


async def measure(
    stack: OwnStack,
    *,
    sizes: Sequence[int] = _SIZES,
    flood: int = _FLOOD,
    in_flight: int = _IN_FLIGHT,
    seconds: float = _SECONDS,
) -> Result:
    rows: list[Row] = []
    faults: list[str] = []
    figures: dict[str, Any] = {"bursts": [], "flood": None}
    async with asyncpg.create_pool(stack.owner_url, min_size=1, max_size=2) as pool:
        await _warm(stack)
        for size, kind in itertools.product(sizes, KINDS):
            found = await _burst(stack, pool, kind, size, seconds)
            figures["bursts"].append(found)
            what = f"{size} at once, {kind.name}"
            rows += [
                Row(f"{what}: opened", f"{found['opened']} in {found['drained_s']:.1f} s", f"of {size}"),
                Row(f"{what}: p50 / p95 / p99", shown_ms(found["latency_ms"]), f"{found['at_once']} answered at once"),
                Row(f"{what}: another's intake", shown_ms(found["other_ms"]), f"{found['other_late']} answered 202"),
            ]
            if found["opened"] < size:
                faults.append(f"{what}: only {found['opened']} opened within {seconds:.0f} s")
        if flood:
            figures["flood"] = found = await _beside_a_flood(stack, flood, in_flight)
            times = found["p95_to_quiet"]
            rows.append(
                Row(
                    f"{flood} intakes of another account, {in_flight} in flight: step p50 / p95 / p99",
                    shown_ms(found["step_ms"]),
                    f"p95: {times:.1f} x the quiet {found['quiet_ms']['p95']:.0f} ms, {found['late']} answered 202, "
                    f"intakes: {found['statuses']}",
                )
            )
            if times > _MOST_TO_QUIET:
                faults.append(f"a step beside a flood takes {times:.1f} times as long as a quiet one")
    return Result(NAME, rows, figures, faults)


@dataclass(frozen=True)
class Person:
    """A technician of an account that nobody else uses."""

    http: httpx.AsyncClient
    account: UUID
    headers: dict[str, str]

    async def take(self, problem: str, **fields: Any) -> httpx.Response:
        return await self.post("/l1/intake", {"problem_statement": problem, **fields})

    async def post(self, path: str, body: object) -> httpx.Response:
        """Send it, again on a new connection where the server has just closed the one it left on."""
        headers = {**self.headers, "Idempotency-Key": str(uuid4())}
        for _ in range(3):
            with contextlib.suppress(httpx.TransportError):
                return await self.http.post(path, json=body, headers=headers)
        raise Refused(f"{path}: no answer")


def _person(stack: OwnStack, http: httpx.AsyncClient, account: UUID, role: Role = Role.L1) -> Person:
    return Person(http, account, {"Authorization": f"Bearer {stack.token(account, role)}"})


async def _warm(stack: OwnStack) -> None:
    async with _http(stack) as http:
        _ok(await _person(stack, http, uuid4()).take(said(1, 200), force_build=True))


async def _burst(stack: OwnStack, pool: Any, kind: Kind, size: int, seconds: float) -> dict[str, Any]:
    """Take so many calls at once; wait until all are settled, or for so many seconds."""
    async with _http(stack) as http:
        person, other = (_person(stack, http, uuid4()) for _ in range(2))
        done = asyncio.Event()
        beside = asyncio.create_task(_once_a_second(other, done))
        began = time.time()
        calls = [said(number, kind.characters) for number in range(size)]
        answers = await asyncio.gather(
            *(person.take(call, force_build=True, customer_name=kind.customer_name) for call in calls)
        )
        settled: Sequence[Any] = ()
        while time.time() - began < seconds and len(settled) < size:
            await asyncio.sleep(0.2)
            settled = await pool.fetch(_SETTLED, person.account)
        done.set()
        others = await beside
    took = [row["at"].timestamp() - began for row in settled]
    return {
        "kind": kind.name,
        "calls": size,
        "opened": sum(row["outcome"] in ("build", "matched") for row in settled),
        "at_once": sum(answer.status_code == httpx.codes.OK for answer in answers),
        "drained_s": round(max(took, default=seconds), 1),
        "latency_ms": latency_ms(took),
        "other_ms": latency_ms([lasted for lasted, _ in others]),
        "other_late": sum(status == httpx.codes.ACCEPTED for _, status in others),
    }


_SETTLED = """
SELECT settled_at AS at, result ->> 'outcome' AS outcome FROM receipts
WHERE account_id = $1 AND kind = 'intake' AND settled_at IS NOT NULL
"""


async def _once_a_second(other: Person, done: asyncio.Event) -> list[tuple[float, int]]:
    """Take calls until told to stop; how long each answer took, and its status."""
    found: list[tuple[float, int]] = []
    for number in itertools.count():
        started = time.perf_counter()
        status = (await other.take(f"Outlook keeps asking for a password, desk {number}")).status_code
        found.append((time.perf_counter() - started, status))
        if done.is_set():
            return found
        await asyncio.sleep(max(0.0, started + 1 - time.perf_counter()))
    raise AssertionError


async def _beside_a_flood(stack: OwnStack, flood: int, in_flight: int) -> dict[str, Any]:
    async with _http(stack) as http:
        walker, flooder = (_person(stack, http, uuid4()) for _ in range(2))
        step = await _stepping(stack, walker)
        quiet = [await step() for _ in range(_QUIET_STEPS)]
        numbers, statuses = iter(range(flood)), list[int]()

        async def take_on() -> None:
            for number in numbers:
                while True:
                    answer = await flooder.take(said(number, 200), force_build=True)
                    statuses.append(answer.status_code)
                    if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                        break
                    await asyncio.sleep(float(answer.headers["Retry-After"]))

        began = time.perf_counter()
        flooding = [asyncio.create_task(take_on()) for _ in range(in_flight)]
        await asyncio.sleep(0.5)
        loaded: list[tuple[float, int]] = []
        while not all(task.done() for task in flooding):
            loaded.append(await step())
        await asyncio.gather(*flooding)
        lasted = time.perf_counter() - began
    figures = {"quiet_ms": latency_ms([took for took, _ in quiet]), "step_ms": latency_ms([took for took, _ in loaded])}
    p95 = [percentile([took for took, _ in taken], 95) for taken in (loaded, quiet)]
    return {
        **figures,
        "p95_to_quiet": round(p95[0] / p95[1], 2),
        "late": sum(status == httpx.codes.ACCEPTED for _, status in loaded),
        "calls": flood,
        "in_flight": in_flight,
        "seconds": round(lasted, 1),
        "statuses": {status: statuses.count(status) for status in sorted(set(statuses))},
    }


async def _stepping(stack: OwnStack, walker: Person) -> Callable[[], Awaitable[tuple[float, int]]]:
    """Open a walk that goes round for ever; return what takes a step of it: seconds and status."""
    engineer = _person(stack, walker.http, walker.account, Role.ENGINEER)
    flow = _ok(await engineer.post("/l1/flows", LOOP))["id"]
    _ok(await engineer.post(f"/l1/flows/{flow}/publish", None))
    session = ""
    taken = 0

    async def step() -> tuple[float, int]:
        nonlocal session, taken
        if taken % 100 == 0:  # a longer path makes every step a little dearer
            session = _ok(await walker.take("Round and round", flow_id=flow))["session_id"]
        taken += 1
        started = time.perf_counter()
        body = {"node_id": "n1", "answer": "Again"}
        answer = await walker.post(f"/l1/sessions/{session}/step", body)
        if answer.status_code == httpx.codes.ACCEPTED:
            await _settled(walker, answer.headers["Location"])
        return time.perf_counter() - started, answer.status_code

    return step


async def _settled(person: Person, receipt: str) -> None:
    deadline = time.perf_counter() + _SECONDS
    while time.perf_counter() < deadline:
        found = await person.http.get(receipt, headers=person.headers)
        if found.is_success and found.json()["status"] != "pending":
            return
        await asyncio.sleep(0.1)
    raise Refused(f"{receipt} was still pending after {_SECONDS:.0f} s")


def said(number: int, characters: int) -> str:
    """What a caller says, unlike what any other says, and just as long as asked for."""
    phrases = (phrase.format(number * 1_000 + count) for count, phrase in enumerate(itertools.cycle(_PHRASES)))
    text = ""
    while len(text) < characters:
        text += next(phrases) + " "
    return text[:characters]


def _http(stack: OwnStack) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=200, keepalive_expiry=2)
    return httpx.AsyncClient(base_url=stack.base_url, trust_env=False, timeout=120, limits=limits)


def _ok(response: httpx.Response) -> Any:
    if response.status_code != httpx.codes.OK:
        raise Refused(f"{response.request.url.path}: {response.status_code} {response.text[:300]}")
    return response.json()


async def _run(sizes: Sequence[int], flood: int, in_flight: int, seconds: float) -> Result:
    with data_directory() as data_dir:
        console.print("Starting a stack …")
        async with own_stack(data_dir) as stack:
            return await measure(stack, sizes=sizes, flood=flood, in_flight=in_flight, seconds=seconds)
