"""The identity provider's keys, from a provider that answers, rotates, withdraws, hangs and fails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from api.keys import KeyTimes, ProviderKeys
from l1.domain.errors import L1Error, Unauthenticated, Unavailable
from tests.identity import (
    Behaviour,
    IdentityProvider,
    Key,
    hangs,
    identity_provider,
    never_ends,
    publishes,
    resets,
    sends,
)
from tests.stack import Stack, api_beside
from tests.waiting import eventually

QUICK = KeyTimes(refresh=0.2, retry=0.05, attempt=0.3, patience=0.6, kept_while_away=1.5)
FIRST, SECOND, OTHER = Key.ec("first"), Key.ec("second"), Key.ec("other")

FAILURES: dict[str, Behaviour] = {
    "hangs": hangs,
    "resets": resets,
    "breaks off": sends(b'{"keys": [', declared=500),
    "a web page": sends(b"<html>Please sign in to the guest network</html>"),
    "no UTF-8": sends(b'{"keys": "\xff\xfe"}'),
    "an error": sends(b'{"keys": []}', status=500),
    "somewhere else": sends(b"", status=302),
    "an array": sends(b"[]"),
    "no keys": publishes([]),
    "keys that are none": publishes([{"kty": "EC"}, {"kid": "first"}]),
    "no HTTP": lambda writer: _say(writer, b"\x00\x01\x02\r\n\r\n"),
    "without end": never_ends,
}


async def _say(writer: asyncio.StreamWriter, said: bytes) -> None:
    writer.write(said)


@asynccontextmanager
async def keys_of(provider: IdentityProvider, times: KeyTimes = QUICK) -> AsyncIterator[ProviderKeys]:
    keys = ProviderKeys(provider.url, times)
    running = asyncio.create_task(keys.run())
    try:
        yield keys
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def outcome(keys: ProviderKeys, key_id: object) -> type[L1Error] | None:
    try:
        await keys.find(key_id)
    except L1Error as error:
        return type(error)
    return None


def test_keys_that_the_provider_still_confirms_are_at_most_five_minutes_old() -> None:
    times = KeyTimes()
    assert times.refresh + times.attempt <= 300
    assert times.retry <= times.refresh
    assert times.kept_while_away > 300


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_provider_that_fails_from_the_start_is_unavailable_until_it_answers(failure: str) -> None:
    async with identity_provider() as provider:
        provider.behave = FAILURES[failure]
        async with keys_of(provider) as keys:
            assert set(await asyncio.gather(*(outcome(keys, "first") for _ in range(50)))) == {Unavailable}
            provider.keys, provider.behave = [FIRST], None

            async def found() -> bool:
                return await outcome(keys, "first") is None

            await eventually(found)


@pytest.mark.parametrize("failure", ["hangs", "resets", "a web page"])
async def test_known_keys_are_kept_while_the_provider_is_away_but_not_for_ever(failure: str) -> None:
    async with identity_provider() as provider:
        provider.keys = [FIRST]
        async with keys_of(provider) as keys:
            assert await outcome(keys, "first") is None
            provider.behave, before = FAILURES[failure], provider.asked

            async def asked_again() -> bool:
                return provider.asked > before + 1

            await eventually(asked_again)
            assert await outcome(keys, "first") is None
            assert await outcome(keys, "second") is Unauthenticated

            async def given_up() -> bool:
                return await outcome(keys, "first") is Unavailable

            await eventually(given_up)


async def test_a_withdrawn_key_is_forgotten_and_a_new_one_known_after_the_next_fetch() -> None:
    async with identity_provider() as provider:
        provider.keys = [FIRST]
        async with keys_of(provider) as keys:
            assert await outcome(keys, "first") is None
            provider.keys = [SECOND]

            async def rotated() -> bool:
                return (await outcome(keys, "first"), await outcome(keys, "second")) == (Unauthenticated, None)

            await eventually(rotated)


async def test_an_unknown_key_has_them_fetched_sooner_and_once_however_many_ask() -> None:
    async with identity_provider() as provider:
        provider.keys = [FIRST]
        async with keys_of(provider, KeyTimes(refresh=3_600, retry=0.1)) as keys:
            assert await outcome(keys, "first") is None
            provider.keys = [FIRST, SECOND]
            asked = {await outcome(keys, f"unknown {number}") for number in range(1_000)}
            assert asked == {Unauthenticated}
            assert provider.asked <= 3

            async def known() -> bool:
                return await outcome(keys, "second") is None

            await eventually(known)


@pytest.mark.parametrize("key_id", [None, 7, "", "\ud800", ["first"]])
async def test_a_key_id_that_is_none_is_unknown(key_id: object) -> None:
    async with identity_provider() as provider:
        provider.keys = [FIRST]
        async with keys_of(provider) as keys:
            assert await outcome(keys, key_id) is Unauthenticated


async def test_a_key_that_is_short_secret_or_for_something_else_signs_nothing() -> None:
    encrypting = Key.rsa("encrypting").public | {"use": "enc"}
    secret = {"kty": "oct", "kid": "secret", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}
    async with identity_provider() as provider:
        strong, short = Key.rsa("strong"), Key.rsa("short", 1024)
        provider.behave = publishes([short.public, encrypting, secret, {"kty": "?"}, strong.public])
        async with keys_of(provider) as keys:
            assert await outcome(keys, "strong") is None
            for key_id in ("short", "encrypting", "secret"):
                assert await outcome(keys, key_id) is Unauthenticated


async def status(http: httpx.AsyncClient, token: str) -> int:
    response = await http.get("/l1/flows", headers={"Authorization": f"Bearer {token}"})
    assert response.is_success or response.headers["content-type"] == "application/problem+json"
    return response.status_code


async def test_over_rest_a_hanging_provider_and_unknown_keys_lock_nobody_out(stack: Stack, tmp_path: Path) -> None:
    async with identity_provider() as provider:
        provider.behave = resets
        settings = {"L1_JWT_SECRET": "", "L1_JWKS_URL": provider.url}
        async with api_beside(stack, tmp_path, **settings) as http:
            assert await status(http, FIRST.token()) == 503
            strong = Key.rsa("strong")
            provider.keys, provider.behave = [FIRST, strong, Key.rsa("short", 1024)], None

            async def signed_in() -> bool:
                return await status(http, FIRST.token()) == 200

            await eventually(signed_in)
            assert await status(http, strong.token()) == 200
            assert await status(http, FIRST.token(exp=None)) == 401
            forged = Key("first", OTHER.private)
            assert await status(http, forged.token()) == 401
            assert await status(http, Key("strong", OTHER.private).token()) == 401, "another algorithm than the key's"

            provider.behave, before = hangs, provider.asked
            unknown = [Key(f"unknown {number}", OTHER.private).token() for number in range(80)]
            async with asyncio.timeout(10), asyncio.TaskGroup() as group:
                refused = [group.create_task(status(http, token)) for token in unknown]
                served = [group.create_task(status(http, FIRST.token())) for _ in range(10)]
            assert {task.result() for task in refused} == {401}
            assert {task.result() for task in served} == {200}

            async def hanging() -> bool:
                return provider.asked > before

            await eventually(hanging)
            async with asyncio.timeout(4):  # less than an attempt at the provider takes
                assert await status(http, FIRST.token()) == 200
                assert await status(http, unknown[0]) == 401


async def test_tokens_that_never_expire_are_taken_where_a_setting_allows_them(stack: Stack, tmp_path: Path) -> None:
    async with identity_provider() as provider:
        provider.keys = [FIRST]
        settings = {"L1_JWT_SECRET": "", "L1_JWKS_URL": provider.url, "L1_JWT_REQUIRE_EXP": "false"}
        async with api_beside(stack, tmp_path, **settings) as http:
            assert await status(http, FIRST.token(exp=None)) == 200
