"""Who calls: bearer tokens, and the three gates."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, Protocol
from uuid import UUID

import jwt
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.keys import SigningKeys
from l1.domain.errors import Forbidden, Unauthenticated
from l1.domain.limits import ACTOR_NAME
from l1.domain.roles import Role
from l1.domain.session import Actor
from l1.domain.texts import fault_in


@dataclass(frozen=True)
class Principal:
    """Whom a token names. `expires_at`, in seconds since 1970: when it is not taken any more; None: never."""

    user_id: UUID
    account_id: UUID
    role: Role
    covers_l1: bool
    name: str | None
    expires_at: float | None = None

    @property
    def actor(self) -> Actor:
        return Actor(str(self.user_id), self.name)

    @property
    def takes_calls(self) -> bool:
        return self.role is not Role.ENGINEER or self.covers_l1

    @property
    def is_engineer(self) -> bool:
        return self.role in (Role.ENGINEER, Role.ADMIN, Role.OWNER)

    @property
    def administers(self) -> bool:
        return self.role in (Role.ADMIN, Role.OWNER)


class TokenReader(Protocol):
    async def read(self, token: str) -> Principal:
        """Raises Unauthenticated for a token that does not hold."""
        ...


LEEWAY = 10.0
"""Seconds by which the clocks of the identity provider and of this machine may differ."""

_FAR_AWAY = 2**40
"""Seconds since 1970, beyond all tokens' ends: a claim may be a number of any length."""


@dataclass(frozen=True)
class Expected:
    """Claims that a token must carry: its end, and more where the identity provider serves more than this product."""

    audience: str | None = None
    issuer: str | None = None
    expiry: bool = True

    @property
    def required(self) -> list[str]:
        return ["sub", "exp"] if self.expiry else ["sub"]


class SecretTokens:
    """Tokens signed with a shared secret, HS256."""

    def __init__(self, secret: str, expected: Expected) -> None:
        self._secret = secret
        self._expected = expected

    async def read(self, token: str) -> Principal:
        return _principal(token, self._secret, ["HS256"], self._expected)


class JwksTokens:
    """Tokens of an identity provider, signed by one of its keys."""

    def __init__(self, keys: SigningKeys, expected: Expected) -> None:
        self._keys = keys
        self._expected = expected

    async def read(self, token: str) -> Principal:
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise Unauthenticated("The bearer token does not hold. Sign in again.") from error
        key = await self._keys.find(header.get("kid"))
        return _principal(token, key, ["RS256", "ES256", "EdDSA", "PS256"], self._expected)


def _principal(token: str, key: Any, algorithms: list[str], expected: Expected) -> Principal:
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=algorithms,
            audience=expected.audience,
            issuer=expected.issuer,
            leeway=LEEWAY,
            options={"verify_aud": expected.audience is not None, "require": expected.required},
        )
        return Principal(
            user_id=UUID(claims["sub"]),
            account_id=UUID(claims["account_id"]),
            role=Role(claims["role"]),
            covers_l1=claims.get("covers_l1") is True,
            name=_readable(claims.get("name")),
            expires_at=None if claims.get("exp") is None else min(int(claims["exp"]), _FAR_AWAY) + LEEWAY,
        )
    except jwt.ExpiredSignatureError as error:
        raise Unauthenticated("The bearer token has expired. Sign in again.") from error
    except jwt.MissingRequiredClaimError as error:
        raise Unauthenticated(f"The bearer token needs the claim {error.claim}.") from error
    except jwt.PyJWTError as error:
        raise Unauthenticated("The bearer token does not hold. Sign in again.") from error
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Unauthenticated(
            "The bearer token needs the claims sub and account_id (UUIDs) and role (l1, engineer, admin or owner)."
        ) from error


def _readable(name: object) -> str | None:
    return name[:ACTOR_NAME] if isinstance(name, str) and name and fault_in(name) is None else None


_bearer = HTTPBearer(auto_error=False, description="A JWT with sub, account_id, role, covers_l1 and name.")


async def authenticate(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Principal:
    if credentials is None:
        raise Unauthenticated("Send 'Authorization: Bearer' with a token.")
    reader: TokenReader = request.app.state.tokens
    return await reader.read(credentials.credentials)


def _gate(allows: Callable[[Principal], bool], who: str) -> Callable[[Principal], Coroutine[Any, Any, Principal]]:
    async def check(principal: Annotated[Principal, Depends(authenticate)]) -> Principal:
        if not allows(principal):
            raise Forbidden(f"This is for {who}.")
        return principal

    return check


Anyone = Annotated[Principal, Depends(authenticate)]
L1 = Annotated[
    Principal, Depends(_gate(lambda p: p.takes_calls, "L1 technicians, engineers who cover L1, admins and owners"))
]
Engineer = Annotated[Principal, Depends(_gate(lambda p: p.is_engineer, "engineers, admins and owners"))]
Administrator = Annotated[Principal, Depends(_gate(lambda p: p.administers, "admins and owners"))]
