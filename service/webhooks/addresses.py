"""Where a message may go: an address that everybody can reach, unless an operator allows another.

Names are resolved once for each attempt, and the connection is made to what was found, so that a name
that changes its meaning in between leads nowhere else.
"""

import asyncio
import socket
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from service.settings import Network

MOST = 4
"""Addresses of a name that are tried."""
_TRANSLATED = ip_network("64:ff9b::/96")
"""Addresses that lead to those of IPv4 in their last four bytes (RFC 6052)."""
_SPECIAL = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "fec0::/10")))
"""Addresses that are nobody's own, of which the library says that they are."""
Address = IPv4Address | IPv6Address


class NotAllowed(Exception):
    """A target to which nothing is sent; the message says why."""


def check_target(url: str, networks: Sequence[Network]) -> None:
    """Refuse an address of which is plain already that nothing will be sent there.

    Raises `NotAllowed`.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise NotAllowed("is no address that can be reached") from None
    if not host:
        raise NotAllowed("names no host")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise NotAllowed("must have no user, password or fragment")
    if parts.scheme != "https" and not networks:
        raise NotAllowed("must begin with https://")
    literal = _literal(host)
    if literal is not None:
        check_address(literal, parts.scheme, networks)
    elif host == "localhost" and not networks:
        raise NotAllowed(_PRIVATE)


async def resolved(host: str, port: int, scheme: str, networks: Sequence[Network]) -> list[str]:
    """The addresses of a host, each of them allowed; raises `NotAllowed`, `OSError`."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    for each in addresses:
        check_address(ip_address(each), scheme, networks)
    return addresses[:MOST]


def check_address(address: Address, scheme: str, networks: Sequence[Network]) -> None:
    """Refuse an address, for itself or for one that it leads to; raises `NotAllowed`."""
    meant = list(_meant(address))
    if all(any(each in network for network in networks) for each in meant):
        return
    if not all(map(_is_public, meant)):
        raise NotAllowed(_PRIVATE)
    if scheme != "https":
        raise NotAllowed("must begin with https://, but for what INTELLOG_WEBHOOK_NETWORKS allows")


def _is_public(address: Address) -> bool:
    if any(address in network for network in _SPECIAL):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


_PRIVATE = "leads to an address that is not public; INTELLOG_WEBHOOK_NETWORKS may allow it"


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _meant(address: Address) -> Iterator[Address]:
    """An address, or those of IPv4 that it stands for."""
    if isinstance(address, IPv4Address):
        yield address
    elif address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    elif address in _TRANSLATED:
        yield IPv4Address(address.packed[-4:])
    else:
        inner = [address.sixtofour, *(address.teredo or ())]
        yield from (IPv6Address(address.packed), *(each for each in inner if each is not None))
