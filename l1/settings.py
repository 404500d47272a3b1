"""Every setting of the product, from the environment (prefix `L1_`)."""

import base64
import binascii
import os
import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from l1.domain.limits import LEAST_STALL_AFTER, MOST_STALL_AFTER

_MIN_JWT_SECRET_BYTES = 32
_PAYLOAD_KEY_BYTES = 32

OTHER_VARIABLES = {
    "L1_APP_PASSWORD": "docker-compose.yml: the password of the role l1_app",
    "L1_OWNER_PASSWORD": "docker-compose.yml: the password of the role l1_owner",
    "L1_VERSION": "docker-compose.yml: the tag of the image",
}
"""Variables that no command reads, and who does: a shell that has them for Docker Compose may run `l1` as well."""

Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
StallLimit = Annotated[float, Field(ge=LEAST_STALL_AFTER, le=MOST_STALL_AFTER, allow_inf_nan=False)]
Tokens = Annotated[int, Field(ge=0)]
Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SettingsError(Exception):
    """The settings do not allow what was asked for. The message says what to do."""


def _is_postgresql(url: str | None) -> str | None:
    if url is not None and not url.startswith(("postgresql://", "postgres://", "postgresql+asyncpg://")):
        raise ValueError("must start with postgresql://, as in postgresql://l1_app:PASSWORD@HOST:5432/l1")
    return url


def _names_a_model(model: str | None) -> str | None:
    if model is not None and not re.fullmatch(r"[^:\s]+:\S+", model):
        raise ValueError("must be provider:model, as in anthropic:claude-haiku-4-5")
    return model


def _names_an_embedder(embedder: str) -> str:
    if embedder not in ("minilm", "none") and not re.fullmatch(r"[^:\s]+:\S+", embedder):
        raise ValueError("must be minilm, none, or provider:model, as in openai:text-embedding-3-small")
    return embedder


def _is_sender(sender: str | None) -> str | None:
    if sender is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+|[^<>\r\n]*<[^@\s<>]+@[^@\s<>]+>", sender):
        raise ValueError("must be a mail address, as in l1@example.com or L1 <l1@example.com>")
    return sender


DatabaseUrl = Annotated[str | None, AfterValidator(_is_postgresql)]


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="L1_", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    database_url: DatabaseUrl = Field(
        None,
        repr=False,
        description="PostgreSQL for the application, as a role that owns nothing. Unset: `l1 up` runs one of its own.",
    )
    migration_database_url: DatabaseUrl = Field(
        None,
        repr=False,
        description="The same database as the role that owns the schema, for `l1 migrate`. Unset: L1_DATABASE_URL.",
    )
    data_dir: Path = Field(Path(".l1"), description="Where `l1 up` keeps its servers' data, secrets and logs.")
    api_host: str = Field("127.0.0.1", description="Address on which the API listens.")
    api_port: Port = Field(8000, description="Port of the API.")
    temporal_port: Port = Field(7233, description="Port of the embedded Temporal server; TEMPORAL_ADDRESS goes first.")
    temporal_ui_port: Port = Field(8233, description="Port of the embedded Temporal Web UI.")
    jwt_secret: SecretStr | None = Field(
        None, description="Secret of at least 32 bytes that signs bearer tokens (HS256). This or L1_JWKS_URL."
    )
    jwks_url: str | None = Field(None, description="Where the identity provider publishes its public keys.")
    jwt_audience: str | None = Field(None, description="The `aud` that tokens must have. Unset: any.")
    jwt_issuer: str | None = Field(None, description="The `iss` that tokens must have. Unset: any.")
    jwt_require_exp: bool = Field(
        True,  # noqa: FBT003 - a field's default, given by position as for every other field
        description="Refuses tokens that never expire (without `exp`). `false` takes them.",
    )
    stall_after: StallLimit = Field(1800, description="Seconds without activity after which a walk is escalated.")
    ack_deadline: Seconds = Field(2, description="Seconds that a request waits for its receipt before it answers 202.")
    build_deadline: Seconds = Field(45, description="The same where a tree node must be built.")
    embedder: Annotated[str, AfterValidator(_names_an_embedder)] = Field(
        "minilm",
        description="What compares meanings: `minilm` (in the worker, offline), `provider:model` behind an API, which "
        "then sees callers' words, or `none` (words only).",
    )
    embedder_base_url: str | None = Field(None, description="Base address of an OpenAI-compatible embedder.")
    embedder_api_key: SecretStr | None = Field(None, description="Key for the embedder's API.")
    match_parameters: Path | None = Field(
        None, description="Folder that `l1 match fit --out` has written. Unset: the parameters that come along."
    )
    llm_model: Annotated[str | None, AfterValidator(_names_a_model)] = Field(
        None,
        description="`provider:model` that builds trees where no flow fits; it then sees what callers say, without "
        "names and numbers. Unset: the built-in playbooks build.",
    )
    llm_base_url: str | None = Field(
        None,
        description="Base address of an OpenAI-compatible server; for `anthropic:`, of one like Anthropic's.",
    )
    llm_api_key: SecretStr | None = Field(
        None, description="Key for the model's API. Unset: the provider's own variable, such as OPENAI_API_KEY."
    )
    llm_attempt_limit: Seconds = Field(10, description="Seconds for one attempt of the model at a node.")
    llm_limit: Seconds = Field(
        25, description="Seconds for all attempts at a node; then a playbook builds it. Less than L1_BUILD_DEADLINE."
    )
    llm_pause: Seconds = Field(
        30, description="Seconds for which the circuit breaker stays open after a model failed three times in a row."
    )
    llm_walk_tokens: Tokens = Field(60_000, description="Most tokens that one walk may take.")
    llm_day_tokens: Tokens = Field(3_000_000, description="Most tokens that an account may take a day (UTC).")
    llm_walk_usd: Dollars | None = Field(
        None, description="Most that one walk may cost, where the model's price is known."
    )
    llm_day_usd: Dollars | None = Field(None, description="Most that an account may spend a day, likewise.")
    build_ahead: Annotated[int, Field(ge=0, le=5)] = Field(
        2,
        description="A node with up to so many answers has its children built while the technician talks, which costs "
        "those that are not needed; 0: never.",
    )
    payload_keys: SecretStr | None = Field(
        None,
        description="Keys that encrypt what Temporal stores: `id:base64 of 32 bytes`, separated by commas. The first "
        "encrypts, all decrypt.",
    )
    build_id: str | None = Field(
        None, description="Version of this worker's code. Set: walks stay on the version that they began on."
    )
    codec_open: bool = Field(
        False,  # noqa: FBT003 - a field's default, given by position as for every other field
        description="Lets the Temporal Web UI decode payloads without a token. `l1 up` sets it for this machine only.",
    )
    temporal_ui_origin: str | None = Field(
        None,
        description="Origin of the Temporal Web UI, from which a browser may ask to decode payloads. Unset: the "
        "embedded one.",
    )
    public_url: str | None = Field(
        None, description="Where browsers reach the API. Set: notifications link to their call."
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="Mail server for notifications: `smtp://USER:PASSWORD@HOST:587`, or `smtps://`. Set on workers.",
    )
    smtp_from: Annotated[str | None, AfterValidator(_is_sender)] = Field(
        None, description="Sender of these mails, `l1@example.com` or `L1 <l1@example.com>`. With L1_SMTP_URL."
    )
    notify_private_addresses: bool = Field(
        False,  # noqa: FBT003 - a field's default, given by position as for every other field
        description="Lets notifications go to http:// and to addresses of private networks.",
    )
    notify_for: Seconds = Field(
        21_600, description="Seconds for which a notification is tried; then it is listed as failed."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["console", "json"] = Field("console", description="Log lines for people or for machines.")

    @field_validator("jwks_url", "llm_base_url", "embedder_base_url", "temporal_ui_origin", "public_url")
    @classmethod
    def _is_http(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("https://", "http://")):
            raise ValueError("must start with https:// (or http:// for a server on this machine)")
        return url

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("jwt_secret")
    @classmethod
    def _is_long_enough(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value().encode()) < _MIN_JWT_SECRET_BYTES:
            raise ValueError(f"is shorter than {_MIN_JWT_SECRET_BYTES} bytes; make one with `openssl rand -base64 48`")
        return secret

    @field_validator("payload_keys")
    @classmethod
    def _are_keys(cls, keys: SecretStr | None) -> SecretStr | None:
        if keys is not None:
            parse_payload_keys(keys.get_secret_value())
        return keys

    @model_validator(mode="after")
    def _one_way_to_check_tokens(self) -> Self:
        if self.jwt_secret is not None and self.jwks_url is not None:
            raise ValueError("L1_JWT_SECRET and L1_JWKS_URL are both set; keep the one that signs your tokens")
        return self

    @model_validator(mode="after")
    def _model_leaves_time(self) -> Self:
        if self.llm_limit >= self.build_deadline:
            raise ValueError(
                f"L1_LLM_LIMIT is {self.llm_limit:g} s, but a request waits for {self.build_deadline:g} s only "
                "(L1_BUILD_DEADLINE); leave some seconds in between for the playbook that builds instead"
            )
        return self

    @property
    def api_address(self) -> str:
        """Where a program on this machine finds the API."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(self.api_host, self.api_host)  # noqa: S104 - shown, not bound
        return f"http://{host}:{self.api_port}"

    def keys(self) -> dict[str, bytes]:
        """Give the payload keys by id, the one that encrypts first. Raises SettingsError when there are none."""
        if self.payload_keys is None:
            raise SettingsError(
                "L1_PAYLOAD_KEYS is not set, and customer data may reach Temporal only encrypted. "
                'Set it to "k1:$(openssl rand -base64 32)", or start everything with `make up`.'
            )
        return parse_payload_keys(self.payload_keys.get_secret_value())

    def require_database_url(self) -> str:
        if self.database_url is None:
            raise SettingsError(
                "L1_DATABASE_URL is not set and no `make up` is running here. Set it to "
                "postgresql://l1_app:PASSWORD@HOST:5432/l1, or start everything with `make up`."
            )
        return self.database_url

    def require_migration_url(self) -> str:
        return self.migration_database_url or self.require_database_url()

    def require_token_check(self) -> None:
        if self.jwt_secret is None and self.jwks_url is None:
            raise SettingsError(
                "Neither L1_JWT_SECRET nor L1_JWKS_URL is set, so no bearer token could be checked. Set L1_JWKS_URL to "
                'your identity provider\'s keys, or L1_JWT_SECRET to "$(openssl rand -base64 48)".'
            )


def parse_payload_keys(text: str) -> dict[str, bytes]:
    """Read `id:base64[,id:base64…]`. Raises ValueError that names the entry by its place, never by its content."""
    keys: dict[str, bytes] = {}
    for place, entry in enumerate(text.split(","), start=1):
        key_id, _, encoded = entry.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not key_id or len(key) != _PAYLOAD_KEY_BYTES:
            raise ValueError(
                f"entry {place} is not `id:base64 of {_PAYLOAD_KEY_BYTES} bytes`; "
                'make one with "k1:$(openssl rand -base64 32)"'
            )
        if key_id in keys:
            raise ValueError(f"entry {place} repeats the id of an earlier key; give every key an id of its own")
        keys[key_id] = key
    return keys


def load_settings(saved: Callable[[Settings], Mapping[str, Any]] | None = None) -> Settings:
    """Read the environment; what it leaves open is taken from `saved`, values by the names of the fields.

    Raises SettingsError with one line for each value, or each name, that is wrong.
    """
    if misspelt := _misspelt(os.environ):
        raise SettingsError("\n".join(misspelt))
    try:
        settings = Settings()
        if saved is None:
            return settings
        found = saved(settings)
        return Settings(**{name: value for name, value in found.items() if name not in settings.model_fields_set})
    except ValidationError as error:
        raise SettingsError(explain(error)) from None


def _misspelt(environment: Iterable[str]) -> list[str]:
    """Say of each variable of our prefix that no setting has its name, and which it is nearest to."""
    prefix = str(Settings.model_config["env_prefix"])
    known = [field.upper() for field in Settings.model_fields]
    lines = []
    for name in sorted(environment):
        field = name.upper().removeprefix(prefix)
        if name.upper().startswith(prefix) and field not in known and name not in OTHER_VARIABLES:
            near = get_close_matches(field, known, n=1)
            lines.append(
                f"{name} is no setting. " + (f"Did you mean {prefix}{near[0]}?" if near else "The README lists all.")
            )
    return lines


def explain(error: ValidationError) -> str:
    """Say in one line per fault which variable is wrong and what it takes. Never shows the value: it may be secret."""
    lines = []
    for fault in error.errors(include_input=False, include_url=False):
        message = fault["msg"].removeprefix("Value error, ")
        name = f"L1_{str(fault['loc'][0]).upper()}: " if fault["loc"] else ""
        lines.append(f"{name}{message[0].lower() if name else message[0]}{message[1:]}")
    return "\n".join(lines)
