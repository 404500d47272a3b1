"""Bearer tokens for development and tests. In production the identity provider issues them (L1_JWKS_URL)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt

from l1.domain.roles import Role


@dataclass(frozen=True)
class Person:
    account_id: UUID
    user_id: UUID
    role: Role
    name: str
    covers_l1: bool = False


DEMO_ACCOUNT = UUID("d0000000-0000-4000-8000-000000000000")
"""The account of the tokens that `l1 up` prints. Fixed, so that yesterday's calls are there today."""

DEMO_PEOPLE = (
    Person(DEMO_ACCOUNT, UUID("d0000000-0000-4000-8000-000000000001"), Role.L1, "Lea (L1)"),
    Person(DEMO_ACCOUNT, UUID("d0000000-0000-4000-8000-000000000002"), Role.ENGINEER, "Emil (engineer)"),
    Person(
        DEMO_ACCOUNT,
        UUID("d0000000-0000-4000-8000-000000000003"),
        Role.ENGINEER,
        "Cora (engineer covering L1)",
        covers_l1=True,
    ),
    Person(DEMO_ACCOUNT, UUID("d0000000-0000-4000-8000-000000000004"), Role.ADMIN, "Ada (admin)"),
    Person(DEMO_ACCOUNT, UUID("d0000000-0000-4000-8000-000000000005"), Role.OWNER, "Olaf (owner)"),
)


def issue_token(secret: str, person: Person, *, lifetime: timedelta, now: datetime | None = None) -> str:
    """Sign a token (HS256) with the claims that the API reads."""
    issued = now or datetime.now(UTC)
    claims = {
        "sub": str(person.user_id),
        "account_id": str(person.account_id),
        "role": person.role.value,
        "covers_l1": person.covers_l1,
        "name": person.name,
        "iat": issued,
        "exp": issued + lifetime,
    }
    return jwt.encode(claims, secret, algorithm="HS256")
