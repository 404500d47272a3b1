"""A part of `l1 up`: a server or program that is one child process at a time."""

import signal
from abc import ABC, abstractmethod

from l1.local_stack.errors import PartFailedError
from l1.local_stack.processes import Child


class Part(ABC):
    """`start` may be called again after it died. `name` is for people, and for its log file."""

    name: str
    _child: Child | None = None
    _stop_signals: tuple[tuple[signal.Signals, float], ...] = ((signal.SIGTERM, 4.0),)
    """Signals that ask it to stop, each with the seconds it is given before the next; SIGKILL comes last."""

    @property
    def child(self) -> Child:
        if self._child is None:
            raise PartFailedError(f"{self.name} has not been started.")
        return self._child

    @property
    def pid(self) -> int:
        return self.child.pid

    @abstractmethod
    async def start(self) -> None:
        """Raise PartFailedError, with a message for the terminal, when it does not come up."""

    async def wait(self) -> int:
        return await self.child.wait()

    async def stop(self) -> None:
        if self._child is not None:
            await self._child.stop(*self._stop_signals)

    def kill(self) -> None:
        self.child.send(signal.SIGKILL)
