import os
import socket
import sys
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.accounts import Account
from tests.stack import Stack, running_stack


@pytest_asyncio.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with running_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest_asyncio.fixture(scope="session")
async def http(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    # Without TCP_NODELAY a body waits 40 ms for the acknowledgement of its headers (Nagle's algorithm).
    transport = httpx.AsyncHTTPTransport(socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)])
    async with httpx.AsyncClient(base_url=stack.base_url, trust_env=False, timeout=60, transport=transport) as client:
        yield client


@pytest_asyncio.fixture
async def account(stack: Stack, http: httpx.AsyncClient) -> Account:
    return Account(stack, http)


@pytest_asyncio.fixture
async def other_account(stack: Stack, http: httpx.AsyncClient) -> Account:
    return Account(stack, http)


_EXIT_CODE = pytest.StashKey[int]()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_EXIT_CODE] = exitstatus


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End without shutting the interpreter down.

    A thread of the SDK that asks for the interpreter meanwhile aborts the process, after all tests have passed (see
    runtime.cli.main, which ends the same way).
    """
    if _EXIT_CODE in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[_EXIT_CODE])
