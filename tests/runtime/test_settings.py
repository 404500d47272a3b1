import base64
import json
from pathlib import Path

import pytest

from runtime.dev_secrets import load_or_create_secrets
from runtime.processes import PartFailedError
from runtime.settings import Settings, SettingsError, load_settings, parse_payload_keys
from runtime.stack_file import Stack, remove_stack, write_stack

pytestmark = pytest.mark.usefixtures("clean_environment")

KEY = base64.b64encode(bytes(range(32))).decode()


def test_every_setting_has_a_description() -> None:
    assert not [name for name, field in Settings.model_fields.items() if not field.description]


def test_defaults_are_those_of_the_contract() -> None:
    settings = load_settings()
    assert (settings.api_port, settings.temporal_port, settings.temporal_ui_port) == (8000, 7233, 8233)
    assert (settings.stall_after, settings.ack_deadline, settings.build_deadline) == (1800, 2, 45)
    assert settings.api_host == "127.0.0.1"
    assert not settings.codec_open
    assert settings.jwt_secret is None


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("L1_API_PORT", "http", "L1_API_PORT: input should be a valid integer"),
        ("L1_API_PORT", "70000", "L1_API_PORT: input should be less than or equal to 65535"),
        ("L1_STALL_AFTER", "0", "L1_STALL_AFTER: input should be greater than 0"),
        ("L1_STALL_AFTER", "inf", "L1_STALL_AFTER: input should be a finite number"),
        ("L1_ACK_DEADLINE", "-1", "L1_ACK_DEADLINE: input should be greater than 0"),
        ("L1_DATABASE_URL", "mysql://u:hush@h/d", "L1_DATABASE_URL: must start with postgresql://"),
        ("L1_JWT_SECRET", "hush", "L1_JWT_SECRET: is shorter than 32 bytes; make one with"),
        ("L1_JWKS_URL", "idp.example", "L1_JWKS_URL: must start with https://"),
        ("L1_PAYLOAD_KEYS", "k1:hush", "L1_PAYLOAD_KEYS: entry 1 is not `id:base64 of 32 bytes`"),
        ("L1_PAYLOAD_KEYS", f"k1:{KEY},k1:{KEY}", "L1_PAYLOAD_KEYS: entry 2 repeats the id"),
        ("L1_LLM_MODEL", "gpt", "L1_LLM_MODEL: string should match pattern"),
        ("L1_LOG_FORMAT", "xml", "L1_LOG_FORMAT: input should be 'console' or 'json'"),
    ],
)
def test_a_bad_value_is_explained_in_one_line_that_does_not_show_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert str(refused.value).startswith(says)
    assert "\n" not in str(refused.value)
    assert "hush" not in str(refused.value)


def test_every_bad_value_gets_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("L1_API_PORT", "x")
    monkeypatch.setenv("L1_STALL_AFTER", "y")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == ["L1_API_PORT", "L1_STALL_AFTER"]


def test_two_ways_to_check_tokens_are_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("L1_JWT_SECRET", "s" * 32)
    monkeypatch.setenv("L1_JWKS_URL", "https://idp.example/keys")
    with pytest.raises(SettingsError, match="both set"):
        load_settings()


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("L1_JWT_SECRET", "")
    assert load_settings().jwt_secret is None


def test_without_secrets_or_database_each_requirement_says_what_to_set() -> None:
    settings = load_settings()
    for requirement, variable in (
        (settings.keys, "L1_PAYLOAD_KEYS"),
        (settings.require_database_url, "L1_DATABASE_URL"),
        (settings.require_token_check, "L1_JWKS_URL"),
    ):
        with pytest.raises(SettingsError, match=variable):
            requirement()


def test_secrets_do_not_show_in_the_settings_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("L1_DATABASE_URL", "postgresql+asyncpg://u:hush-hush@h/d")
    monkeypatch.setenv("L1_JWT_SECRET", "hush-hush" * 4)
    monkeypatch.setenv("L1_PAYLOAD_KEYS", f"k1:{KEY}")
    shown = repr(load_settings())
    assert "hush" not in shown
    assert KEY not in shown


def test_payload_keys_keep_their_order() -> None:
    other = base64.b64encode(bytes(32)).decode()
    assert list(parse_payload_keys(f"new:{other}, old:{KEY}").items()) == [
        ("new", bytes(32)),
        ("old", bytes(range(32))),
    ]


def test_a_second_terminal_finds_the_running_stack(tmp_path: Path) -> None:
    secrets = load_or_create_secrets(tmp_path)
    write_stack(
        tmp_path, Stack(settings={"database_url": "postgresql+asyncpg://l1_app@h/l1", "api_port": 8123}, pids={})
    )
    settings = load_settings()
    assert settings.require_database_url() == "postgresql+asyncpg://l1_app@h/l1"
    assert settings.api_port == 8123
    assert settings.jwt_secret is not None
    assert settings.jwt_secret.get_secret_value() == secrets.jwt_secret
    assert list(settings.keys()) == ["dev1"]


def test_a_stopped_stack_leaves_its_secrets_to_the_next_command(tmp_path: Path) -> None:
    load_or_create_secrets(tmp_path)
    write_stack(tmp_path, Stack(settings={"database_url": "postgresql+asyncpg://l1_app@h/l1"}, pids={}))
    remove_stack(tmp_path)
    settings = load_settings()
    assert settings.database_url is None
    assert settings.jwt_secret is not None


def test_the_environment_goes_before_the_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_or_create_secrets(tmp_path)
    write_stack(tmp_path, Stack(settings={"api_port": 8123}, pids={}))
    monkeypatch.setenv("L1_API_PORT", "9000")
    monkeypatch.setenv("L1_JWKS_URL", "https://idp.example/keys")
    settings = load_settings()
    assert settings.api_port == 9000
    assert settings.jwt_secret is None


def test_l1_up_itself_does_not_take_an_old_stack_for_a_given_database(tmp_path: Path) -> None:
    write_stack(tmp_path, Stack(settings={"database_url": "postgresql+asyncpg://l1_app@h/l1"}, pids={}))
    assert load_settings(from_stack=False).database_url is None


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
        load_settings()
