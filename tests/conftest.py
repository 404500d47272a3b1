import os
import sys
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from hypothesis import settings

from l1.local_stack.processes import Child
from tests.accounts import Account
from tests.desk import ModelDesk, client_of, desk_beside
from tests.stack import Stack, running_stack

settings.register_profile("whole", deadline=None)  # a busy machine is no failure
settings.register_profile("quick", settings.get_profile("whole"), max_examples=20)  # `make unit`; CI runs the whole
settings.load_profile("whole")


@pytest.fixture(scope="session")
def servers() -> None:
    """Used by each test, or fixture of a test, that starts servers: it gets the marker of that name."""


@pytest.fixture(scope="session")
def slow() -> None:
    """Used by each test that takes seconds without a server, to fit parameters, say: it gets the marker so named."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function):
            for name in {"servers", "slow"}.intersection(item.fixturenames):
                item.add_marker(name)


@pytest.fixture(autouse=True)
def _no_server_unsaid(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "servers" not in request.fixturenames:

        async def refuse(*_arguments: object, **_options: object) -> None:
            pytest.fail("This test starts a server: let it, or the fixture that does, use the fixture `servers`.")

        monkeypatch.setattr(Child, "start", refuse)


@pytest_asyncio.fixture(scope="session")
async def stack(servers: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:  # noqa: ARG001 - for its marker
    async with running_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest_asyncio.fixture(scope="session")
async def http(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(stack) as client:
        yield client


@pytest_asyncio.fixture(scope="session")
async def desk_with_a_model(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ModelDesk]:
    """The stack's servers with a worker whose trees a scripted model builds."""
    settings = {
        "L1_LLM_ATTEMPT_LIMIT": str(ModelDesk.ATTEMPT_LIMIT),
        "L1_LLM_LIMIT": str(ModelDesk.LIMIT),
        "L1_ACK_DEADLINE": "10",  # two hundred calls at once are matched one after the other
        "L1_BUILD_DEADLINE": str(ModelDesk.BUILD_DEADLINE),
        "L1_LLM_PAUSE": "0.1",  # so that one test's failures are none of the next one's business
        "L1_LLM_WALK_TOKENS": str(ModelDesk.WALK_TOKENS),
    }
    async with desk_beside(stack, tmp_path_factory.mktemp("model"), "with-a-model", **settings) as desk:
        yield desk


@pytest_asyncio.fixture
async def desk(desk_with_a_model: ModelDesk) -> AsyncIterator[ModelDesk]:
    """The same for one test: an account of its own, and a provider that has seen nothing yet."""
    desk_with_a_model.begin_anew()
    yield desk_with_a_model
    desk_with_a_model.begin_anew()


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
    l1.cli.main, which ends the same way).
    """
    if _EXIT_CODE in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[_EXIT_CODE])
