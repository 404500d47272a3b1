import os
from pathlib import Path

import pytest
from pydantic import SecretStr
from temporalio.service import RPCError

from runtime.processes import PartFailedError, free_port
from runtime.settings import Settings, SettingsError
from runtime.temporal import SEARCH_ATTRIBUTES, connect, polls_from_this_host, temporal_is_configured

KEYS = SecretStr("k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")


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
    with pytest.raises(SettingsError, match="TEMPORAL_"):
        temporal_is_configured()


async def test_a_lazy_connection_is_made_while_temporal_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "msp")
    settings = Settings(temporal_port=free_port(), payload_keys=KEYS)
    client = await connect(settings, lazy=True)
    assert client.namespace == "msp"
    with pytest.raises((RPCError, RuntimeError)):
        await polls_from_this_host(client)
    with pytest.raises(PartFailedError, match=f"does not answer at 127.0.0.1:{settings.temporal_port}"):
        await connect(settings)


async def test_nobody_connects_without_keys() -> None:
    with pytest.raises(SettingsError, match="L1_PAYLOAD_KEYS"):
        await connect(Settings(payload_keys=None), lazy=True)


def test_search_attributes_are_those_of_the_contract() -> None:
    assert SEARCH_ATTRIBUTES == {
        "L1Account": "Keyword",
        "L1Status": "Keyword",
        "L1Kind": "Keyword",
        "L1Category": "Keyword",
        "L1EscalatedBecause": "Keyword",
        "L1StallDeadline": "Datetime",
    }
