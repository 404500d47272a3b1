from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import pytest
from typer.testing import CliRunner, Result

from l1.cli.main import app, main
from l1.domain.roles import Role
from l1.local_stack.tokens import DEMO_PEOPLE, issue_token

pytestmark = pytest.mark.usefixtures("clean_environment", "logging_as_before")

SECRET = "a secret of more than thirty-two bytes"  # noqa: S105 - signs nothing but these tests
ACCOUNT = "d0000000-0000-4000-8000-0000000000aa"
USER = "d0000000-0000-4000-8000-0000000000bb"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def run_main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["l1", *arguments])
    monkeypatch.setattr("os._exit", lambda code: (_ for _ in ()).throw(SystemExit(code)))
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize("command", [[], ["up"], ["api"], ["worker"], ["migrate"], ["token"], ["flows"]])
def test_every_command_explains_itself(command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.output


@pytest.mark.parametrize("command", ["up", "api", "worker", "migrate", "token"])
def test_every_commands_help_has_an_example(command: str) -> None:
    assert "Example:" in run(command, "--help").output


def test_token_prints_a_jwt_with_the_contracts_claims_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("L1_JWT_SECRET", SECRET)
    result = run(
        *("token", "--account", ACCOUNT, "--user", USER, "--role", "engineer", "--covers-l1", "--name", "Kim"),
    )
    assert result.exit_code == 0
    claims = jwt.decode(result.output.strip(), SECRET, algorithms=["HS256"])
    assert claims["exp"] - claims["iat"] == 12 * 3600
    assert {key: claims[key] for key in ("sub", "account_id", "role", "covers_l1", "name")} == {
        "sub": USER,
        "account_id": ACCOUNT,
        "role": "engineer",
        "covers_l1": True,
        "name": "Kim",
    }


def test_token_refuses_a_role_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("L1_JWT_SECRET", SECRET)
    result = run("token", "--account", ACCOUNT, "--user", USER, "--role", "boss")
    assert result.exit_code == 2
    assert "boss" in result.output


@pytest.mark.parametrize(
    ("command", "environment", "says"),
    [
        (["token", "--account", ACCOUNT, "--user", USER, "--role", "l1"], {}, "no secret to sign with"),
        (["api"], {}, "L1_DATABASE_URL is not set"),
        (["api"], {"L1_DATABASE_URL": "postgresql+asyncpg://a@b/c"}, "L1_PAYLOAD_KEYS is not set"),
        (["worker"], {}, "L1_DATABASE_URL is not set"),
        (["worker"], {"L1_DATABASE_URL": "postgresql+asyncpg://a@b/c"}, "L1_PAYLOAD_KEYS is not set"),
        (["migrate"], {}, "L1_DATABASE_URL is not set"),
        (["up"], {"L1_API_PORT": "eighty"}, "L1_API_PORT: input should be a valid integer"),
        (["up"], {"L1_API_PROT": "8001"}, "L1_API_PROT is no setting. Did you mean L1_API_PORT?"),
        (["token", "--account", ACCOUNT, "--user", USER, "--role", "l1"], {"L1_JWT_SECRT": SECRET}, "L1_JWT_SECRET?"),
        (["match", "eval", "--set", "starter"], {"L1_EMBEDER": "none"}, "Did you mean L1_EMBEDDER?"),
        (
            ["up"],
            {"L1_DATA_DIR": "/dev/null/data"},
            "The data directory /dev/null/data cannot be used: Not a directory.",
        ),
        (["up"], {"L1_DATA_DIR": "/proc/data"}, "Set L1_DATA_DIR to a directory that you may write to."),
        (["up"], {"L1_LLM_MODEL": "gpt"}, "L1_LLM_MODEL: must be provider:model"),
        (["up"], {"L1_LLM_MODEL": "nobody:knows"}, "L1_LLM_MODEL=nobody:knows cannot be used"),
        (
            ["up"],
            {"L1_LLM_MODEL": "openai:x", "L1_LLM_BASE_URL": "http://a", "L1_LLM_LIMIT": "60"},
            "L1_LLM_LIMIT is 60 s",
        ),
        (["up"], {"L1_API_PORT": "7233"}, "L1_TEMPORAL_PORT and L1_API_PORT are both 7233"),
    ],
)
def test_what_is_missing_is_said_in_a_line_with_exit_code_2(
    command: list[str],
    environment: dict[str, str],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    assert run_main(monkeypatch, *command) == 2
    shown = capsys.readouterr()
    assert says in shown.err
    assert len(shown.err.splitlines()) == 1


def test_the_demo_account_has_every_role_and_an_engineer_who_takes_calls() -> None:
    assert {person.role for person in DEMO_PEOPLE} == set(Role)
    assert len({person.user_id for person in DEMO_PEOPLE}) == len(DEMO_PEOPLE)
    assert len({person.account_id for person in DEMO_PEOPLE}) == 1
    assert [person.role for person in DEMO_PEOPLE if person.covers_l1] == [Role.ENGINEER]


def test_a_token_expires() -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    token = issue_token(SECRET, DEMO_PEOPLE[0], lifetime=timedelta(hours=12), now=yesterday)
    with pytest.raises(jwt.ExpiredSignatureError):
        jwt.decode(token, SECRET, algorithms=["HS256"])
    assert UUID(jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_exp": False})["sub"])
