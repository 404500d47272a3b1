import json
from pathlib import Path

import pytest

from l1.local_stack.dev_secrets import load_or_create_secrets
from l1.local_stack.errors import PartFailedError
from l1.local_stack.saved import saved_settings
from l1.local_stack.stack_file import Stack, remove_stack, write_stack
from l1.settings import load_settings

pytestmark = pytest.mark.usefixtures("clean_environment")


def test_a_second_terminal_finds_the_running_stack(tmp_path: Path) -> None:
    secrets = load_or_create_secrets(tmp_path)
    write_stack(
        tmp_path, Stack(settings={"database_url": "postgresql+asyncpg://l1_app@h/l1", "api_port": 8123}, pids={})
    )
    settings = load_settings(saved_settings)
    assert settings.require_database_url() == "postgresql+asyncpg://l1_app@h/l1"
    assert settings.api_port == 8123
    assert settings.jwt_secret is not None
    assert settings.jwt_secret.get_secret_value() == secrets.jwt_secret
    assert list(settings.keys()) == ["dev1"]


def test_a_stopped_stack_leaves_its_secrets_to_the_next_command(tmp_path: Path) -> None:
    load_or_create_secrets(tmp_path)
    write_stack(tmp_path, Stack(settings={"database_url": "postgresql+asyncpg://l1_app@h/l1"}, pids={}))
    remove_stack(tmp_path)
    settings = load_settings(saved_settings)
    assert settings.database_url is None
    assert settings.jwt_secret is not None


def test_the_environment_goes_before_the_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_or_create_secrets(tmp_path)
    write_stack(tmp_path, Stack(settings={"api_port": 8123}, pids={}))
    monkeypatch.setenv("L1_API_PORT", "9000")
    monkeypatch.setenv("L1_JWKS_URL", "https://idp.example/keys")
    settings = load_settings(saved_settings)
    assert settings.api_port == 9000
    assert settings.jwt_secret is None


def test_l1_up_itself_does_not_take_an_old_stack_for_a_given_database(tmp_path: Path) -> None:
    write_stack(tmp_path, Stack(settings={"database_url": "postgresql+asyncpg://l1_app@h/l1"}, pids={}))
    assert load_settings().database_url is None


def test_development_secrets_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    first = load_or_create_secrets(tmp_path)
    assert load_or_create_secrets(tmp_path) == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert len(first.jwt_secret.encode()) >= 32
    assert len(set(json.loads((tmp_path / "secrets.json").read_text()).values())) == 5
    assert first.jwt_secret not in repr(first)


def test_lost_secrets_are_not_replaced_while_their_data_are_there(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with pytest.raises(PartFailedError, match=r"secrets\.json"):
        load_or_create_secrets(tmp_path)


def test_damaged_secrets_are_named(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(PartFailedError, match="damaged"):
        load_settings(saved_settings)
