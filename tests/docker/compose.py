"""Reads docker-compose.yml as Docker Compose would, without Docker: interpolated, merged, service by service."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"

OWN_SERVICES = ("migrate", "api", "worker")
"""The services that run this project's image."""

_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<operator>:?[-?])(?P<argument>[^}]*))?\}")


class MissingVariableError(Exception):
    """What `docker compose` says when a variable that the file requires is not set."""


@dataclass(frozen=True)
class Variable:
    """One `${…}` of the file. `operator` is `-`, `:-`, `?` or `:?`; None for a bare one."""

    name: str
    operator: str | None
    argument: str


@dataclass(frozen=True)
class ServiceRun:
    """What a container of this service would execute, with which environment, and how its health is asked for."""

    command: list[str]
    environment: dict[str, str]
    health_check: list[str] | None


def variables() -> list[Variable]:
    return [
        Variable(match["name"], match["operator"], match["argument"] or "")
        for match in _VARIABLE.finditer(FILE.read_text())
    ]


def load(environment: Mapping[str, str]) -> dict[str, Any]:
    """Give the file with its variables filled in. Raises MissingVariableError as `docker compose` would."""
    loaded: dict[str, Any] = _interpolated(yaml.safe_load(FILE.read_text()), environment)
    return loaded


def _interpolated(value: Any, environment: Mapping[str, str]) -> Any:
    """Fill in after parsing, as Compose does: an empty variable is an empty text, never a YAML null."""
    if isinstance(value, dict):
        return {key: _interpolated(content, environment) for key, content in value.items()}
    if isinstance(value, list):
        return [_interpolated(content, environment) for content in value]
    return interpolate(value, environment) if isinstance(value, str) else value


def interpolate(text: str, environment: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name, operator, argument = match["name"], match["operator"] or "", match["argument"] or ""
        given = environment.get(name)
        if given or (given is not None and not operator.startswith(":")):
            return given
        if operator.endswith("?"):
            raise MissingVariableError(f"{name}: {argument}")
        return argument

    return _VARIABLE.sub(value, text)


def service_run(service: str, environment: Mapping[str, str], hosts: Mapping[str, str]) -> ServiceRun:
    """Give what the service runs; `hosts` replaces addresses of the compose network, as in `temporal:7233`."""
    defined = load(environment)["services"][service]

    def on_this_machine(value: str) -> str:
        for address, here in hosts.items():
            value = value.replace(address, here)
        return value

    test = defined.get("healthcheck", {}).get("test")
    return ServiceRun(
        command=list(defined["command"]),
        environment={name: on_this_machine(str(value)) for name, value in defined["environment"].items()},
        health_check=list(test[1:]) if test and test[0] == "CMD" else None,
    )
