import pytest

from l1.library import matching_parameters, starter_flows
from l1.matching.embedder import Vectors
from l1.matching.minilm import MiniLM
from l1.matching.parameters import Parameters, read_parameters
from l1.matching.ready_made import digest_of, read_ready_made
from l1.matching.study.sets import flow_text
from tests.l1.matching.catalogues import ACCOUNT
from tests.l1.matching.examples import TEXTS
from tests.l1.matching.memory import MemoryStore


@pytest.fixture(scope="session")
def minilm() -> MiniLM:
    return MiniLM()


@pytest.fixture(scope="session")
def shipped() -> Parameters:
    return read_parameters(matching_parameters())


@pytest.fixture(scope="session")
def starter_vectors() -> dict[str, Vectors]:
    """The vectors of the starter flows by slug, as they come along; another test makes some of them anew."""
    found = read_ready_made(matching_parameters(), MiniLM.name)
    return {flow.slug: found[digest_of(flow_text(flow))] for flow in starter_flows()}


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_RETRY_SECONDS", "_LOOK_AGAIN_SECONDS", "_REPORT_SECONDS"):
        monkeypatch.setattr(f"l1.matching.catalogue.{name}", 0.01)


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    store.publish(TEXTS["paper-jam"], "paper-jam")
    store.publish(TEXTS["vpn"], "vpn")
    store.publish(TEXTS["no-sound"], "no-sound", ACCOUNT)
    return store
