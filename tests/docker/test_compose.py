"""The production files, as far as they can be checked without Docker."""

import ast
import json
import os
import re
import shlex
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from jsonschema import Draft201909Validator
from typer.main import get_command

from l1.cli.main import app
from l1.local_stack.postgres import EmbeddedPostgres, PostgresPasswords, embedded_postgres
from l1.local_stack.temporal_server import temporal_binary
from l1.settings import OTHER_VARIABLES, Settings
from tests.docker import compose

REQUIRED = {
    "POSTGRES_PASSWORD": "superuser-pw",
    "L1_OWNER_PASSWORD": "owner-pw",
    "L1_APP_PASSWORD": "app-pw",
    "TEMPORAL_DB_PASSWORD": "temporal-pw",
    "L1_PAYLOAD_KEYS": "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
}

SDK_VARIABLES = {"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"}


@pytest.fixture
def services() -> dict[str, Any]:
    services: dict[str, Any] = compose.load(REQUIRED)["services"]
    return services


def dockerfile() -> list[str]:
    return (compose.ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()


def test_the_file_is_a_valid_compose_file() -> None:
    published = resources.files("check_jsonschema.builtin_schemas.vendor") / "compose-spec.json"
    schema = json.loads(published.read_text())
    faults = Draft201909Validator(schema).iter_errors(compose.load(REQUIRED))
    assert not [f"{fault.json_path}: {fault.message}" for fault in faults]


@pytest.mark.parametrize("missing", sorted(REQUIRED))
def test_without_a_secret_nothing_starts_and_the_message_names_it(missing: str) -> None:
    given = {name: value for name, value in REQUIRED.items() if name != missing}
    with pytest.raises(compose.MissingVariableError, match=f"^{missing}: Set {missing}"):
        compose.load(given)
    with pytest.raises(compose.MissingVariableError):
        compose.load({**given, missing: ""})


def test_no_secret_has_a_default() -> None:
    secret = re.compile(r"PASSWORD|PWD|SECRET|KEYS|TOKEN$")  # a budget of tokens is no secret
    with_default = {v.name for v in compose.variables() if secret.search(v.name) and v.operator != ":?"}
    # The one is needed only where no identity provider is (the API refuses to start without either), the other only
    # where the Web UI has a login; empty counts as unset.
    assert with_default == {"L1_JWT_SECRET", "TEMPORAL_AUTH_CLIENT_SECRET"}
    assert not [v for v in compose.variables() if secret.search(v.name) and v.operator != ":?" and v.argument]


def test_secrets_reach_no_service_that_does_not_need_them(services: dict[str, Any]) -> None:
    seen = {
        value: sorted(name for name, service in services.items() if value in json.dumps(service.get("environment", {})))
        for value in REQUIRED.values()
    }
    assert list(seen.values()) == [
        ["postgres"],
        ["migrate", "postgres"],
        ["api", "postgres", "worker"],
        ["postgres", "temporal", "temporal-schema"],
        ["api", "migrate", "worker"],
    ]


def read_by(*files: Path) -> set[str]:
    """Return the settings that the code of a service reads, as attributes of something called settings."""
    nodes = (node for file in files for node in ast.walk(ast.parse(file.read_text())))
    read = {
        node.attr for node in nodes if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith("settings")
    }
    return read & set(Settings.model_fields)


def test_every_setting_reaches_the_service_that_reads_it_and_may_be_set(services: dict[str, Any]) -> None:
    of_all = {"payload_keys", "log_level", "log_format", "build_deadline", "llm_limit"}
    of_make_up = {"data_dir", "temporal_port", "temporal_ui_port", "codec_open"}
    read = {
        "api": of_all | {"database_url", "api_host", "api_port"} | read_by(*(compose.ROOT / "api").rglob("*.py")),
        "worker": of_all | {"database_url"} | read_by(compose.ROOT / "worker.py"),
        "migrate": of_all | {"migration_database_url"},
    }
    for service, names in read.items():
        passed = set(services[service]["environment"])
        assert {f"L1_{name.upper()}" for name in names - of_make_up} - passed == set(), service
    assert set.union(*read.values()) | of_make_up == set(Settings.model_fields)
    of_the_network = {"L1_DATABASE_URL", "L1_MIGRATION_DATABASE_URL", "L1_API_HOST"}
    settable = {variable.name for variable in compose.variables()} | of_the_network
    assert {f"L1_{name.upper()}" for name in set(Settings.model_fields) - of_make_up} <= settable


def test_every_variable_of_the_file_is_a_setting_or_listed_as_read_by_compose_alone() -> None:
    ours = {variable.name for variable in compose.variables() if variable.name.startswith("L1_")}
    assert ours - {f"L1_{field.upper()}" for field in Settings.model_fields} == set(OTHER_VARIABLES)


def test_every_service_has_its_limits_and_its_log_is_rotated(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}, name
        assert set(service["logging"]["options"]) == {"max-size", "max-file"}, name


@pytest.mark.usefixtures("slow")
def test_temporal_and_its_web_ui_are_those_that_the_tests_run(services: dict[str, Any]) -> None:
    said = subprocess.run([temporal_binary(), "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603 - ours
    server, ui = re.findall(r"(?:Server|UI) ([\d.]+\d)", said)
    images = {service["image"] for name, service in services.items() if name.startswith("temporal")}
    assert images == {f"temporalio/admin-tools:{server}", f"temporalio/server:{server}", f"temporalio/ui:{ui}"}


@pytest.mark.parametrize("service", compose.OWN_SERVICES)
def test_every_variable_of_our_services_is_a_real_setting(services: dict[str, Any], service: str) -> None:
    known = {f"L1_{field.upper()}" for field in Settings.model_fields} | SDK_VARIABLES
    assert set(services[service]["environment"]) <= known


@pytest.mark.parametrize("service", compose.OWN_SERVICES)
def test_every_command_and_health_check_of_our_services_is_a_real_one(services: dict[str, Any], service: str) -> None:
    run = compose.service_run(service, REQUIRED, {})
    commands: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]  # a group, as its help shows
    for command in filter(None, (run.command, run.health_check)):
        assert command[0] == "l1"
        options = {option for parameter in commands[command[1]].params for option in parameter.opts}
        assert set(command[2:]) <= options
    assert ("healthcheck" in services[service]) == (service != "migrate")


def test_workers_can_be_scaled(services: dict[str, Any]) -> None:
    assert not {"container_name", "ports", "hostname"} & set(services["worker"])
    assert not [name for name, service in services.items() if "container_name" in service]


def test_nothing_is_published_to_the_outside(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_dependency_waits_for_health_or_completion(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            expected = "service_healthy" if "healthcheck" in services[needed] else "service_completed_successfully"
            assert how["condition"] == expected, (name, needed)


def test_every_mounted_file_exists_and_every_script_runs_and_stops_at_a_fault(
    services: dict[str, Any],
) -> None:
    for service in services.values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert not source.startswith(".") or (compose.ROOT / source).is_dir()
    for script in (compose.ROOT / "docker").rglob("*.sh"):
        assert os.access(script, os.X_OK)
        text = script.read_text()
        assert "set -eu" in text
        subprocess.run([text.splitlines()[0][2:], "-n", str(script)], check=True)  # noqa: S603 - our own scripts


def test_our_containers_run_without_root_and_without_a_writable_image(services: dict[str, Any]) -> None:
    for name in compose.OWN_SERVICES:
        assert services[name]["user"] == "10001:10001"
        assert services[name]["read_only"]
        assert services[name]["cap_drop"] == ["ALL"]
    assert [line for line in dockerfile() if line.startswith("USER")] == ["USER 10001:10001"]


def test_the_image_installs_the_server_lock_by_hash_and_copies_every_package() -> None:
    text = "\n".join(dockerfile())
    assert "--require-hashes --requirement locks/server.txt" in text
    copied = {word for line in dockerfile() if line.startswith("COPY") for word in shlex.split(line)[1:-1]}
    packages = {path.parent.name for path in compose.ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert packages | {"worker.py", "pyproject.toml"} <= copied
    let_in = {line[1:] for line in (compose.ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {name for name in copied if not name.startswith(("/", "--"))} == let_in


@pytest.mark.usefixtures("servers")
async def test_the_role_script_makes_the_roles_that_the_embedded_server_has(tmp_path: Path) -> None:
    passwords = PostgresPasswords("superuser-pw", "other", "other")
    async with embedded_postgres(tmp_path, passwords) as server:
        maintenance = server.url("postgres", passwords.superuser, "postgres")
        embedded = await roles(server)
        for statement in ("DROP DATABASE l1", "DROP ROLE l1_app", "DROP ROLE l1_owner"):
            await execute(maintenance, statement)
        run_role_script(server)
        assert await roles(server) == embedded
        for role, password, database in (
            ("l1_owner", "owner-pw", "l1"),
            ("l1_app", "app-pw", "l1"),
            ("temporal", "temporal-pw", "temporal"),
            ("temporal", "temporal-pw", "temporal_visibility"),
        ):
            await execute(server.url(role, password, database), "SELECT 1")
        for role, password, database in (("l1_app", "app-pw", "temporal"), ("temporal", "temporal-pw", "l1")):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await execute(server.url(role, password, database), "SELECT 1")


def run_role_script(server: EmbeddedPostgres) -> None:
    psql = server.binaries
    env = {
        **{name: value for name, value in REQUIRED.items() if name.endswith("PASSWORD")},
        "PATH": f"{psql}{os.pathsep}{os.environ['PATH']}",
        "POSTGRES_USER": "postgres",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(server.port),
        "PGPASSWORD": REQUIRED["POSTGRES_PASSWORD"],
    }
    subprocess.run([str(compose.ROOT / "docker" / "postgres" / "10-roles.sh")], env=env, check=True)  # noqa: S603 - ours


async def execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""), ssl=False)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def roles(server: EmbeddedPostgres) -> list[tuple[object, ...]]:
    """Give the two roles, the database's owner and privileges, and its extensions, as the catalogue has them."""
    connection = await asyncpg.connect(server.superuser_url.replace("+asyncpg", ""), ssl=False)
    try:
        return [
            *map(
                tuple,
                await connection.fetch(
                    "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin FROM pg_roles"
                    " WHERE rolname LIKE 'l1%' ORDER BY 1"
                ),
            ),
            *map(
                tuple,
                await connection.fetch(
                    "SELECT datdba::regrole::text, datacl::text FROM pg_database WHERE datname = current_database()"
                ),
            ),
            *map(tuple, await connection.fetch("SELECT extname FROM pg_extension ORDER BY 1")),
        ]
    finally:
        await connection.close()
