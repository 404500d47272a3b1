"""Open event streams: what each takes of the API's memory, and what they cost the steps of others.

Streams are idle, as most are at any moment: of accounts in which nothing happens, half of them of one session, so that
presence is kept, too. Rounds with and without them take turns, so that whatever else the machine does falls on both.
Beside that, steps in an account that is looked at: each event is then read once and sent to everybody.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import typer

from bench.output import FOLDER, Result, Row, console, latency_ms, progress, show, shown_ms, write
from bench.rest import Rest
from bench.stack import OwnStack, data_directory, own_stack, rest_client
from bench.steps import LOOP
from l1.domain.roles import Role
from l1.local_stack.errors import PartFailedError

NAME = "streams"
MOST_SLOWER = 1.2
"""How many times as long a step may take, at its p50, with idle streams open."""
_STREAMS = 500
_OF_AN_ACCOUNT = 20
_LOOKING_ON = 20
"""Streams of the account that takes the steps: everybody who is on duty at a desk of some size."""
_ROUNDS, _STEPS = 4, 60
_AT_ONCE = 25
_BEGINNING = 30.0
"""Seconds for a stream to begin."""


@dataclass(frozen=True)
class _Wanted:
    """A stream to open: the path below `/l1`, and whose."""

    path: str
    token: str


def command(
    streams: Annotated[int, typer.Option(min=20, max=2_000, help="Idle streams.")] = _STREAMS,
    json_file: Annotated[Path, typer.Option("--json", help="Where the figures go.")] = FOLDER / f"{NAME}.json",
) -> None:
    """Measure what idle event streams take: memory of the API's process, and a step's p50 with and without them.

    Starts a stack of its own and removes it afterwards; takes about a minute. Exits with 1 where a step's p50 is more
    than 1.2 times what it is without.

    Example:  python -m bench streams --streams 500
    """
    result = asyncio.run(_run(streams))
    show(result)
    write(result, json_file)
    raise typer.Exit(1 if result.faults else 0)


async def measure(stack: OwnStack, *, streams: int = _STREAMS) -> Result:
    account = uuid4()
    technician, engineer = (stack.token(account, role) for role in (Role.L1, Role.ENGINEER))
    async with rest_client(stack.base_url, technician=technician, engineer=engineer) as rest:
        flow_id = await rest.publish(LOOP)
        idle = await _idle_streams(stack, streams)
        looking_on = [_Wanted("/events", stack.token(account, Role.L1)) for _ in range(_LOOKING_ON)]
        await _steps(rest, flow_id)  # connections, caches, first imports
        without, beside, watched = list[float](), list[float](), list[float]()
        memory: tuple[int, int] | None = None
        with progress("Taking steps", 3 * _ROUNDS) as advance:
            for _ in range(_ROUNDS):
                before = _resident(stack)
                without += await _steps(rest, flow_id)
                advance()
                async with _opened(stack, idle):
                    memory = memory or (before, _resident(stack))  # later ones find what the first have left
                    beside += await _steps(rest, flow_id)
                    advance()
                async with _opened(stack, looking_on):
                    watched += await _steps(rest, flow_id)
                    advance()
    return _result(streams, memory or (0, 0), without, beside, watched)


def _result(
    streams: int, memory: tuple[int, int], without: Sequence[float], beside: Sequence[float], watched: Sequence[float]
) -> Result:
    figures = {"without": latency_ms(without), "idle": latency_ms(beside), "watched": latency_ms(watched)}
    p50 = {name: float(latency["p50"]) for name, latency in figures.items()}
    slower = p50["idle"] / p50["without"]
    of_each = (memory[1] - memory[0]) / streams
    rows = [
        Row(
            f"{streams} idle streams: the API's memory",
            f"{of_each:.0f} kB each",
            f"{memory[0]} to {memory[1]} kB in all",
        ),
        Row("step p50 / p95 / p99 without", shown_ms(figures["without"])),
        Row(
            f"step p50 / p95 / p99 with {streams} idle streams",
            shown_ms(figures["idle"]),
            f"p50: {slower:.2f} x without, at most {MOST_SLOWER}",
        ),
        Row(
            f"step p50 / p95 / p99 with {_LOOKING_ON} who look on",
            shown_ms(figures["watched"]),
            f"p50: {p50['watched'] / p50['without']:.2f} x without",
        ),
    ]
    faults = [f"A step's p50 is {slower:.2f} times what it is without streams."] if slower > MOST_SLOWER else []
    return Result(
        NAME,
        rows,
        {
            "streams": streams,
            "kilobytes_each": round(of_each, 1),
            "step": figures,
            "p50_to_without": round(slower, 2),
            "p50_watched_to_without": round(p50["watched"] / p50["without"], 2),
        },
        faults,
    )


async def _idle_streams(stack: OwnStack, count: int) -> list[_Wanted]:
    """Take a call in each of some accounts, and have half of its streams follow that call."""
    wanted: list[_Wanted] = []
    while len(wanted) < count:
        account = uuid4()
        session = await _session_of(stack, account)
        for number in range(min(_OF_AN_ACCOUNT, count - len(wanted))):
            path = "/events" if number % 2 else f"/sessions/{session}/events"
            wanted.append(_Wanted(path, stack.token(account, Role.L1)))
    return wanted


async def _session_of(stack: OwnStack, account: UUID) -> str:
    technician, engineer = (stack.token(account, role) for role in (Role.L1, Role.ENGINEER))
    async with rest_client(stack.base_url, technician=technician, engineer=engineer) as rest:
        taken = await rest.take("A call that nobody touches", flow_id=await rest.publish(LOOP))
        return str(taken["session_id"])


@asynccontextmanager
async def _opened(stack: OwnStack, wanted: Sequence[_Wanted]) -> AsyncIterator[None]:
    """Hold the streams open for the length of the block; what they are sent is read and dropped."""
    turns = asyncio.Semaphore(_AT_ONCE)
    async with AsyncExitStack() as streams:

        async def begin(stream: _Wanted) -> None:
            async with turns:
                await streams.enter_async_context(_stream(stack, stream))

        await asyncio.gather(*(begin(stream) for stream in wanted))
        yield
    await asyncio.sleep(1)  # so that the API is done with their ends, of which it tells nobody


@asynccontextmanager
async def _stream(stack: OwnStack, wanted: _Wanted) -> AsyncIterator[None]:
    """Open one stream on a plain connection: five hundred of a client library's would be measured, too."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(stack.env["L1_API_PORT"]))
    head = f"GET /l1{wanted.path} HTTP/1.1\r\nHost: l1\r\nAuthorization: Bearer {wanted.token}\r\n\r\n"
    writer.write(head.encode())
    async with asyncio.timeout(_BEGINNING):
        status = await reader.readline()
        if b" 200 " not in status:
            raise PartFailedError(f"A stream did not begin: {status.decode().strip()}")
        await reader.readuntil(b"id: ")
    dropping = asyncio.create_task(_drop(reader))
    try:
        yield
    finally:
        dropping.cancel()
        await asyncio.gather(dropping, return_exceptions=True)
        writer.close()


async def _drop(reader: asyncio.StreamReader) -> None:
    while await reader.read(65_536):
        pass


async def _steps(rest: Rest, flow_id: str) -> list[float]:
    """Take some steps of a new call, one after the other; return the seconds of each."""
    session_id = (await rest.take("A call to step through", flow_id=flow_id))["session_id"]
    each: list[float] = []
    for _ in range(_STEPS):
        started = time.perf_counter()
        await rest.command(session_id, "step", {"node_id": "n1", "answer": "Again"})
        each.append(time.perf_counter() - started)
    await rest.command(session_id, "resolve", {"helpful": True})
    return each


def _resident(stack: OwnStack) -> int:
    """Return the kilobytes that the API's process has in memory (proc(5)); 0 where there is no /proc."""
    try:
        status = Path(f"/proc/{stack.pids['api']}/status").read_text()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


async def _run(streams: int) -> Result:
    with data_directory() as data_dir:
        console.print("Starting a stack …")
        async with own_stack(data_dir) as stack:
            return await measure(stack, streams=streams)
