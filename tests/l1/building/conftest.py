from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from l1.building.model import RemoteModel
from tests.models.provider import Provider, provider


@pytest_asyncio.fixture
async def scripted() -> AsyncIterator[Provider]:
    """A provider whose behaviour the test chooses."""
    async with provider() as running:
        yield running


@pytest_asyncio.fixture(params=["openai:scripted", "anthropic:scripted", "openai by name"])
async def model(
    request: pytest.FixtureRequest, scripted: Provider, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RemoteModel]:
    """A model at the scripted provider: of either protocol, and as one that its name alone leads to."""
    if request.param == "openai by name":
        monkeypatch.setenv("OPENAI_BASE_URL", scripted.base_url)
        connected = RemoteModel("openai:scripted", None, "key-1")
    else:
        connected = RemoteModel(request.param, scripted.base_url, None)
    yield connected
    await connected.close()
