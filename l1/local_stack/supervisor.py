"""Keeps the parts of `l1 up` running: starts again what died, stops everything in order."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from l1.local_stack.backoff import next_delay
from l1.local_stack.errors import PartFailedError
from l1.local_stack.part import Part
from l1.local_stack.processes import Child, end, orphans_of

STOP_SECONDS = 8.5
"""After this long an orderly stop is given up, so that all is gone within ten seconds."""


class Program(Part):
    """A part that is one of our own commands, `l1 api` or `l1 worker`."""

    def __init__(self, name: str, command: Sequence[str], *, data_dir: Path, env: Mapping[str, str]) -> None:
        self.name = name
        self._command = command
        self._data_dir = data_dir
        self._env = env

    async def start(self) -> None:
        await end(orphans_of(self._data_dir, self.name), (signal.SIGTERM, 2.0))
        self._child = await Child.start(self.name, self._command, data_dir=self._data_dir, env=self._env)


class Supervisor:
    """Holds the parts in the order in which they were started; they are stopped the other way round.

    `say` puts one line on the screen; `on_change` is called whenever a process id has changed.
    """

    def __init__(self, say: Callable[[str], None], on_change: Callable[[], None]) -> None:
        self._say = say
        self._on_change = on_change
        self._parts: list[Part] = []
        self._watchers: list[asyncio.Task[None]] = []

    @property
    def pids(self) -> dict[str, int]:
        return {part.name: part.pid for part in self._parts if part.child.running}

    async def start(self, *parts: Part) -> None:
        """Start these at once and watch them. Raises PartFailedError when one of them does not come up."""
        try:
            async with asyncio.TaskGroup() as group:
                for part in parts:
                    self._parts.append(part)
                    group.create_task(part.start())
        except ExceptionGroup as failures:
            failed = failures.subgroup(PartFailedError)
            if failed is None:
                raise
            raise PartFailedError("\n".join(str(error) for error in failed.exceptions)) from failures
        self._watchers += [asyncio.create_task(self._watch(part), name=f"watch {part.name}") for part in parts]
        self._on_change()

    async def watch(self) -> None:
        """Go on for ever; what died is started again. Raises only when the watching itself breaks."""
        await asyncio.gather(*self._watchers)

    async def stop(self) -> None:
        """Stop all parts, the last started first; what has not gone in time is killed."""
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                for part in reversed(self._parts):
                    await part.stop()
        except TimeoutError:
            self._say("Not everything stopped in time; killing the rest.")
            self.kill()
            for part in reversed(self._parts):
                await part.stop()

    def kill(self) -> None:
        for part in self._parts:
            with contextlib.suppress(PartFailedError):  # it was never started
                part.kill()

    async def _watch(self, part: Part) -> None:
        loop = asyncio.get_running_loop()
        delay: float | None = None
        started = loop.time()
        while True:
            code = await part.wait()
            delay = next_delay(delay, ran_for=loop.time() - started)
            self._say(f"{part.name} {how_it_ended(code)}; starting it again in {delay:.1f} s")
            for line in part.child.output()[-3:] if code != -signal.SIGKILL else ():
                self._say(f"    {line}")
            await asyncio.sleep(delay)
            delay = await self._start_again(part, delay)
            started = loop.time()
            self._say(f"{part.name} runs again (process {part.pid})")
            self._on_change()

    async def _start_again(self, part: Part, delay: float) -> float:
        """Try until it starts. Give the last delay."""
        while True:
            try:
                await part.start()
            except (PartFailedError, OSError) as error:
                delay = next_delay(delay, ran_for=0)
                self._say(f"{error}\n{part.name}: next attempt in {delay:.1f} s")
                await asyncio.sleep(delay)
            else:
                return delay


def how_it_ended(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
