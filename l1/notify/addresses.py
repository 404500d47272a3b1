"""Which addresses of the network a target may have: without leave, none inside the network of the worker."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from l1.notify.faults import NotDeliveredError

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a host's name and a port to its addresses. Raises OSError."""

_NAT64 = IPv6Network("64:ff9b::/96")
"""Addresses that a translator turns into the IPv4 address in their last four bytes (RFC 6052)."""
_PORTS = {"https": 443, "http": 80}


async def resolve(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for _family, _type, _protocol, _name, address in found))


def is_public(address: str) -> bool:
    """Tell whether an address, and each IPv4 address that it stands for, is one of the public Internet."""
    try:
        ip = ip_address(address)
    except ValueError:  # with a scope, such as fe80::1%eth0: of this network alone
        return False
    return all(one.is_global and not one.is_multicast for one in (ip, *_inside(ip)))


def _inside(ip: IPv4Address | IPv6Address) -> list[IPv4Address]:
    if isinstance(ip, IPv4Address):
        return []
    inside = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if ip in _NAT64:
        inside.append(IPv4Address(ip.packed[-4:]))
    return [one for one in inside if one is not None]


def fault_in_url(url: str, *, allow_private: bool) -> str | None:
    """Say what is wrong with the URL of a target as it stands; what its name leads to is looked at when it is used."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "is no address of the web"
    if parts.scheme not in _PORTS or not host or port == 0:
        return "must be an address of the web that begins with https://"
    if parts.scheme == "http" and not allow_private:
        return "must begin with https:// (http:// needs L1_NOTIFY_PRIVATE_ADDRESSES)"
    if parts.username is not None or parts.password is not None:
        return "must hold neither user nor password"
    if parts.fragment:
        return "must have no fragment (#)"
    if not allow_private and _is_private_literal(host):
        return "leads into a private network, which needs L1_NOTIFY_PRIVATE_ADDRESSES"
    return None


def _is_private_literal(host: str) -> bool:
    """Whether a host is written as an address that is not public, in any of the ways in which one may write it."""
    name = host.rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return not is_public(socket.inet_ntoa(socket.inet_aton(name)))  # also 127.1, 0x7f000001 and 2130706433
    except (OSError, UnicodeError):
        pass
    try:
        ip_address(name)
    except ValueError:
        return False
    return not is_public(name)


async def addresses_of(host: str, port: int, *, allow_private: bool, resolve: Resolve = resolve) -> Sequence[str]:
    """Resolve a name once, so that what was checked is what is connected to. Raises NotDeliveredError."""
    try:
        found = await resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise NotDeliveredError("the host's name cannot be resolved") from error
    if not found:
        raise NotDeliveredError("the host's name leads to no address")
    if not allow_private and not all(is_public(address) for address in found):
        raise NotDeliveredError("the host's name leads into a private network")
    return found


def port_of(scheme: str, port: int | None) -> int:
    return _PORTS[scheme] if port is None else port
