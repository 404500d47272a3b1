import base64

import pytest

from l1.settings import OTHER_VARIABLES, Settings, SettingsError, load_settings, parse_payload_keys

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
        ("L1_STALL_AFTER", "0", "L1_STALL_AFTER: input should be greater than or equal to 1"),
        ("L1_STALL_AFTER", "inf", "L1_STALL_AFTER: input should be a finite number"),
        ("L1_ACK_DEADLINE", "-1", "L1_ACK_DEADLINE: input should be greater than 0"),
        ("L1_DATABASE_URL", "mysql://u:hush@h/d", "L1_DATABASE_URL: must start with postgresql://"),
        ("L1_JWT_SECRET", "hush", "L1_JWT_SECRET: is shorter than 32 bytes; make one with"),
        ("L1_JWKS_URL", "idp.example", "L1_JWKS_URL: must start with https://"),
        ("L1_PAYLOAD_KEYS", "k1:hush", "L1_PAYLOAD_KEYS: entry 1 is not `id:base64 of 32 bytes`"),
        ("L1_PAYLOAD_KEYS", f"k1:{KEY},k1:{KEY}", "L1_PAYLOAD_KEYS: entry 2 repeats the id"),
        ("L1_LLM_MODEL", "gpt", "L1_LLM_MODEL: must be provider:model, as in anthropic:"),
        ("L1_EMBEDDER", "minilmm", "L1_EMBEDDER: must be minilm, none, or provider:model"),
        ("L1_STAL_AFTER", "60", "L1_STAL_AFTER is no setting. Did you mean L1_STALL_AFTER?"),
        ("l1_api_prot", "8001", "l1_api_prot is no setting. Did you mean L1_API_PORT?"),
        ("L1_COFFEE", "hush", "L1_COFFEE is no setting. The README lists all."),
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


def test_what_only_compose_reads_may_be_set_in_the_shell_that_runs_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OTHER_VARIABLES:
        monkeypatch.setenv(name, "set")
    assert load_settings() == Settings()


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
