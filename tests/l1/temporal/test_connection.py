import os
from pathlib import Path

import pytest
from temporalio.service import RPCError

from l1.local_stack.processes import free_port
from l1.temporal.connection import connect, polls_from_this_host, temporal_is_configured
from l1.temporal.errors import TemporalMisconfiguredError, TemporalUnreachableError
from l1.temporal.search_attributes import SEARCH_ATTRIBUTES

KEYS = {"k1": bytes(32)}


@pytest.fixture(autouse=True)
def no_temporal_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith("TEMPORAL_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", os.devnull)


def test_without_an_address_the_embedded_server_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not temporal_is_configured()
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "msp")
    assert not temporal_is_configured()


def test_an_address_in_the_environment_or_in_a_profile_is_a_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal:7233")
    assert temporal_is_configured()
    monkeypatch.delenv("TEMPORAL_ADDRESS")
    (tmp_path / "temporal.toml").write_text('[profile.cloud]\naddress = "msp.a1b2c.tmprl.cloud:7233"\n')
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(tmp_path / "temporal.toml"))
    assert not temporal_is_configured()
    monkeypatch.setenv("TEMPORAL_PROFILE", "cloud")
    assert temporal_is_configured()


def test_a_broken_configuration_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "temporal.toml").write_text("profile =")
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(tmp_path / "temporal.toml"))
    with pytest.raises(TemporalMisconfiguredError, match="TEMPORAL_"):
        temporal_is_configured()


async def test_a_lazy_connection_is_made_while_temporal_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "msp")
    port = free_port()
    client = await connect(KEYS, port, lazy=True)
    assert client.namespace == "msp"
    with pytest.raises((RPCError, RuntimeError)):
        await polls_from_this_host(client)
    with pytest.raises(TemporalUnreachableError, match=f"does not answer at 127.0.0.1:{port}"):
        await connect(KEYS, port)


def test_search_attributes_are_those_of_the_contract() -> None:
    assert SEARCH_ATTRIBUTES == {
        "L1Account": "Keyword",
        "L1Status": "Keyword",
        "L1Kind": "Keyword",
        "L1Category": "Keyword",
        "L1EscalatedBecause": "Keyword",
        "L1StallDeadline": "Datetime",
    }
