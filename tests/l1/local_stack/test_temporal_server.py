"""The embedded Temporal server: what it is set up with, and that it comes back."""

import asyncio
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from l1.local_stack.errors import DirectoryBusyError, PartFailedError
from l1.local_stack.processes import free_port, is_alive, port_is_free
from l1.local_stack.temporal_server import EmbeddedTemporal, embedded_temporal
from l1.temporal.connection import ensure_search_attributes
from l1.temporal.search_attributes import SEARCH_ATTRIBUTES

pytestmark = pytest.mark.usefixtures("servers")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("temporal") / "with a space"
    directory.mkdir()
    return directory


@pytest.fixture
async def server(data_dir: Path) -> AsyncIterator[EmbeddedTemporal]:
    async with embedded_temporal(
        data_dir, ui_port=free_port(), codec_endpoint="http://127.0.0.1:8000/codec"
    ) as running:
        yield running


async def registered(client: Client) -> set[str]:
    request = ListSearchAttributesRequest(namespace=client.namespace)
    return set((await client.operator_service.list_search_attributes(request)).custom_attributes)


async def test_search_attributes_and_retention_are_set(server: EmbeddedTemporal) -> None:
    client = await Client.connect(server.address)
    assert await registered(client) >= set(SEARCH_ATTRIBUTES)
    described = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
    assert described.config.workflow_execution_retention_ttl.ToTimedelta() == timedelta(days=7)


async def test_the_web_ui_asks_the_api_to_decode(server: EmbeddedTemporal) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        settings = (await http.get(f"http://127.0.0.1:{server.ui_port}/api/v1/settings")).json()
    assert settings["Codec"]["Endpoint"] == "http://127.0.0.1:8000/codec"


async def test_a_killed_server_comes_back_on_the_same_port_with_its_walks(server: EmbeddedTemporal) -> None:
    client = await Client.connect(server.address)
    handle = await client.start_workflow("L1Walk", id="kept", task_queue="nobody")
    server.kill()
    assert await server.wait() == -signal.SIGKILL
    await server.start()
    again = await Client.connect(server.address)
    assert (await again.get_workflow_handle("kept").describe()).run_id == handle.first_execution_run_id
    await again.get_workflow_handle("kept").terminate()


async def test_a_stopped_server_is_gone(data_dir: Path) -> None:
    async with embedded_temporal(data_dir) as server:
        pid, port = server.pid, server.port
    assert not is_alive(pid)
    assert port_is_free(port)


async def test_two_servers_never_share_a_file(server: EmbeddedTemporal, data_dir: Path) -> None:
    assert server.child.running
    with pytest.raises(DirectoryBusyError, match="L1_DATA_DIR"):
        await EmbeddedTemporal(data_dir).start()


async def test_a_taken_port_is_said_and_nothing_keeps_running(data_dir: Path) -> None:
    listener = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with listener:
        server = EmbeddedTemporal(data_dir, port=port)
        with pytest.raises(PartFailedError, match=f"(?s)did not start.*{port}"):
            await server.start()
    assert not server.child.running


async def test_search_attributes_that_are_missing_are_registered_and_only_once(tmp_path: Path) -> None:
    async with embedded_temporal(tmp_path, search_attributes={}) as server:
        client = await Client.connect(server.address)
        assert not await registered(client) & set(SEARCH_ATTRIBUTES)
        assert await ensure_search_attributes(client)
        assert await registered(client) >= set(SEARCH_ATTRIBUTES)
        assert await ensure_search_attributes(client)
