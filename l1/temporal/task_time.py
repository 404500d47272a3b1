"""How much CPU time a worker's workflow tasks take.

A workflow task decides; what computes belongs into an activity. All walks of a worker share its Python interpreter, so
that a task of a second holds the others up for as long, and the SDK fails one that takes more than two.
"""

import gc
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import structlog

MOST_SECONDS = 0.1
"""What a workflow task may take. Of 4,073 measured, the median took 0.8 ms, the longest 15 ms."""

SLOW_TASK = "a workflow task took long"
"""What the worker's log says of one that takes more."""

_THREADS = 100
"""As many tasks as a worker takes at once unless it is told otherwise."""

_log = structlog.stdlib.get_logger(__name__)


class TimedTasks(ThreadPoolExecutor):
    """Runs workflow tasks, as an executor of the SDK's own would, and reports those that take more than MOST_SECONDS.

    Measured is the CPU time of the thread: on a machine with other work, wall-clock time would tell of that. Left out
    is the garbage collector, which stops whichever thread happens to wake it, for all of the process. Not measured is
    what the SDK does on the event loop around a task: it decrypts payloads, and imports the workflow's modules into
    the sandbox of a walk that is new to the worker.
    """

    def __init__(self) -> None:
        super().__init__(max_workers=_THREADS, thread_name_prefix="workflow-task")
        if _note_collection not in gc.callbacks:
            gc.callbacks.append(_note_collection)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return super().submit(_timed, fn, *args, **kwargs)


def report(run_id: str, seconds: float) -> None:
    _log.warning(SLOW_TASK, run_id=run_id, cpu_ms=round(seconds * 1000))


class _Collecting(threading.local):
    """Of one thread: CPU seconds of the garbage collector in all, and when it last began."""

    seconds = 0.0
    since = 0.0


_collecting = _Collecting()


def _note_collection(phase: str, _info: Mapping[str, int]) -> None:
    if phase == "start":
        _collecting.since = time.thread_time()
    else:
        _collecting.seconds += time.thread_time() - _collecting.since


def _timed(run: Callable[..., Any], activation: Any) -> Any:
    began = time.thread_time() - _collecting.seconds
    try:
        return run(activation)
    finally:
        seconds = time.thread_time() - _collecting.seconds - began
        if seconds > MOST_SECONDS:
            report(activation.run_id, seconds)
