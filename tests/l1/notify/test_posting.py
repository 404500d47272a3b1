"""Posting to addresses that somebody else chose."""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from l1.notify.addresses import Resolve, resolve
from l1.notify.faults import NotDeliveredError
from l1.notify.posting import MOST_RETRY_AFTER, Poster
from tests.receivers import answer, hang, receiver

HEADERS = {"Content-Type": "application/json"}


@asynccontextmanager
async def poster(
    *, allow_private: bool = True, limit: float = 5, names: Resolve = resolve, verify: ssl.SSLContext | bool = False
) -> AsyncIterator[Poster]:
    found = Poster(allow_private=allow_private, limit=limit, resolve=names, verify=verify)
    try:
        yield found
    finally:
        await found.close()


def leads_to(*addresses: str) -> Resolve:
    async def known(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return known


async def fault_of(sender: Poster, url: str) -> NotDeliveredError:
    with pytest.raises(NotDeliveredError) as caught:
        await sender.post(url, b"{}", HEADERS)
    return caught.value


async def test_a_name_is_resolved_once_and_its_address_is_what_is_connected_to() -> None:
    """A second look would let the name lead elsewhere after it was checked."""
    asked: list[str] = []

    async def once(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    async with receiver() as hook, poster(names=once) as sender:
        await sender.post(f"http://hooks.example.com:{hook.port}/a?b=c", b"{}", HEADERS)
    assert asked == ["hooks.example.com"]
    [post] = hook.posts
    assert (post.path, post.headers["host"]) == ("/a?b=c", f"hooks.example.com:{hook.port}")


async def test_a_name_that_leads_into_a_private_network_is_not_connected_to() -> None:
    async with receiver() as hook, poster(allow_private=False, names=leads_to("127.0.0.1")) as sender:
        fault = await fault_of(sender, f"https://hooks.example.com:{hook.port}/")
        assert "private network" in fault.fault
        assert not hook.posts


async def test_a_dead_address_of_a_host_is_passed_over_for_the_next() -> None:
    async with receiver() as hook, poster(names=leads_to("127.0.0.2", "127.0.0.1")) as sender:
        await sender.post(f"http://hooks.example.com:{hook.port}/", b"{}", HEADERS)
    assert len(hook.posts) == 1


async def test_a_receiver_that_hangs_is_cut_off() -> None:
    async with receiver(hang) as hook, poster(limit=0.3) as sender:
        assert (await fault_of(sender, hook.url)).fault == "no answer within 0.3 s"
        assert len(hook.posts) == 1


async def test_what_a_receiver_says_is_told() -> None:
    async with receiver() as hook, poster() as sender:
        hook.behave = answer(410)
        assert (await fault_of(sender, hook.url)).is_gone
        hook.behave = answer(302, Location="http://127.0.0.1:1/")
        assert (await fault_of(sender, hook.url)).fault == "the receiver answered 302"
        hook.behave = answer(429, Retry_After="7")
        assert (await fault_of(sender, hook.url)).retry_after == 7
        hook.behave = answer(503, Retry_After="999999")
        assert (await fault_of(sender, hook.url)).retry_after == MOST_RETRY_AFTER


async def test_no_fault_repeats_the_address() -> None:
    async with poster() as sender:
        for url in ("http://127.0.0.1:1/QuxSecret", "http://qux.invalid/QuxSecret", "http://[::1/QuxSecret"):
            assert "qux" not in (await fault_of(sender, url)).fault.lower()


async def test_the_certificate_is_checked_against_the_name_and_not_the_address(tmp_path: Path) -> None:
    """The address is what is connected to; who stands there must prove to be the host."""
    server = certified_for("hooks.example.com", tmp_path)
    trusting = ssl.create_default_context(cafile=str(tmp_path / "certificate.pem"))
    async with receiver(tls=server) as hook, poster(names=leads_to("127.0.0.1"), verify=trusting) as sender:
        await sender.post(f"https://hooks.example.com:{hook.port}/", b"{}", HEADERS)
        fault = await fault_of(sender, f"https://other.example.com:{hook.port}/")
    assert fault.fault == "the connection failed (ConnectError)"
    assert len(hook.posts) == 1


def certified_for(name: str, folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "certificate.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = folder / "key.pem"
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    return context
