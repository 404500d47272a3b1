"""The connection to Temporal: the SDK's own TEMPORAL_* configuration, else the server of `l1 up` on this machine."""

import socket
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import structlog
from temporalio.api.enums.v1 import IndexedValueType, TaskQueueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes
from temporalio.envconfig import ClientConfigProfile, ClientConnectConfig
from temporalio.service import RPCError, RPCStatusCode

from l1.domain import naming
from l1.temporal.codec import EncryptingCodec
from l1.temporal.converter import DomainPayloadConverter, WithoutExternalStorage
from l1.temporal.errors import TemporalMisconfiguredError, TemporalUnreachableError
from l1.temporal.search_attributes import DATETIME, KEYWORD, SEARCH_ATTRIBUTES

_INDEXED_TYPES = {
    KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
}

_LONG_POLL = timedelta(seconds=70)
"""A worker asks again at the latest after 60 s."""

_log = structlog.stdlib.get_logger(__name__)


def temporal_is_configured() -> bool:
    """Whether TEMPORAL_ADDRESS, or a Temporal configuration file or profile, names a server."""
    return _profile().address is not None


async def connect(keys: Mapping[str, bytes], local_port: int, *, lazy: bool = False) -> Client:
    """Connect with payloads encrypted by the first of `keys`; to `local_port` where TEMPORAL_* names no server.

    `lazy`: at the first call, so that a program starts while Temporal is away. Raises TemporalMisconfiguredError, and
    TemporalUnreachableError when the server is not there (not `lazy`).
    """
    config: ClientConnectConfig = _profile().to_client_connect_config()
    config.setdefault("target_host", f"127.0.0.1:{local_port}")
    converter = data_converter(keys)
    try:
        return await Client.connect(**config, data_converter=converter, lazy=lazy)
    except RuntimeError as error:
        raise TemporalUnreachableError(
            f"Temporal does not answer at {config['target_host']} ({error}). Start it, or set TEMPORAL_ADDRESS."
        ) from error


def data_converter(keys: Mapping[str, bytes]) -> DataConverter:
    """Encrypts every payload, and the messages and stack traces of failures, which might quote one."""
    return WithoutExternalStorage(
        payload_converter_class=DomainPayloadConverter,
        payload_codec=EncryptingCodec(keys),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


async def ensure_search_attributes(client: Client) -> bool:
    """Register the search attributes that the namespace lacks. Safe to repeat.

    False, with a warning, where the server does not let us (Temporal Cloud): they are then added by its own means.
    """
    operator = client.operator_service
    try:
        listed = await operator.list_search_attributes(ListSearchAttributesRequest(namespace=client.namespace))
        missing = {name: kind for name, kind in SEARCH_ATTRIBUTES.items() if name not in listed.custom_attributes}
        if missing:
            await operator.add_search_attributes(
                AddSearchAttributesRequest(
                    namespace=client.namespace,
                    search_attributes={name: _INDEXED_TYPES[kind] for name, kind in missing.items()},
                )
            )
    except RPCError as error:
        if error.status == RPCStatusCode.ALREADY_EXISTS:  # another `l1 migrate` at the same moment
            return True
        _log.warning(
            "search attributes not registered: create them yourself",
            namespace=client.namespace,
            attributes=dict(SEARCH_ATTRIBUTES),
            status=error.status.name,
        )
        return False
    return True


async def polling_workers(client: Client) -> set[str]:
    """Give the identities of the workers that ask for work. One that was killed counts for another minute or so."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=naming.TASK_QUEUE),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    described = await client.workflow_service.describe_task_queue(request, timeout=timedelta(seconds=10))
    since = datetime.now(UTC) - _LONG_POLL
    return {poller.identity for poller in described.pollers if poller.last_access_time.ToDatetime(tzinfo=UTC) > since}


async def polls_from_this_host(client: Client) -> bool:
    """Whether one of them runs on this host."""
    return any(identity.endswith(f"@{socket.gethostname()}") for identity in await polling_workers(client))


def _profile() -> ClientConfigProfile:
    try:
        return ClientConfigProfile.load()
    except RuntimeError as error:
        raise TemporalMisconfiguredError(
            f"The Temporal configuration (TEMPORAL_* or its file) can't be used: {error}"
        ) from error
