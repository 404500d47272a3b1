"""Which addresses a target may have."""

import pytest

from l1.notify.addresses import addresses_of, fault_in_url, is_public
from l1.notify.faults import NotDeliveredError


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.5.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - looked at, not bound
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",  # 10.0.0.1 behind a translator
        "2002:a00:1::1",  # 10.0.0.1 in 6to4
        "no address",
    ],
)
def test_an_address_inside_some_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("url", ["https://example.com", "https://example.com:8443/a?b=c", "https://8.8.8.8/x"])
def test_an_address_of_the_web_is_taken(url: str) -> None:
    assert fault_in_url(url, allow_private=False) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://",
        "https://[::1/",
        "https://example.com:0/",
        "https://example.com:port/",
        "https://localhost/",
        "https://api.localhost./",
        "https://127.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://[fd00::1]/",
    ],
)
def test_what_is_no_public_address_of_the_web_is_refused(url: str) -> None:
    assert fault_in_url(url, allow_private=False) is not None


async def test_a_name_is_refused_if_any_of_its_addresses_is_private() -> None:
    async def resolve(_host: str, _port: int) -> list[str]:
        return ["8.8.8.8", "10.0.0.1"]

    with pytest.raises(NotDeliveredError, match="private network"):
        await addresses_of("example.com", 443, allow_private=False, resolve=resolve)
    assert await addresses_of("example.com", 443, allow_private=True, resolve=resolve) == ["8.8.8.8", "10.0.0.1"]


async def test_a_name_that_nobody_knows_is_a_fault_of_the_target() -> None:
    async def resolve(_host: str, _port: int) -> list[str]:
        raise OSError("unknown")

    with pytest.raises(NotDeliveredError, match="cannot be resolved"):
        await addresses_of("example.invalid", 443, allow_private=False, resolve=resolve)
