"""Where messages may go: nowhere that is not public, whatever a name says, unless it is allowed."""

import socket
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from service.webhooks.addresses import NotAllowed, check_address, check_target, resolved
from tests import loops

PRIVATE = [
    *("127.0.0.1", "10.0.0.7", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
    *("224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.0.8", "198.18.0.1"),
    *("::1", "::", "fe80::1", "fe80::1%1", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
]
PUBLIC = ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
HERE = [ip_network("127.0.0.0/8")]


@pytest.mark.parametrize("text", PRIVATE)
def test_what_is_not_public_is_refused(text: str) -> None:
    with pytest.raises(NotAllowed, match="not public"):
        check_address(ip_address(text), "https", [])


@pytest.mark.parametrize("text", PUBLIC)
def test_what_is_public_is_reached_by_https_alone(text: str) -> None:
    check_address(ip_address(text), "https", [])
    with pytest.raises(NotAllowed, match="https"):
        check_address(ip_address(text), "http", HERE)


def test_a_network_that_is_allowed_is_reached_by_either() -> None:
    for text in ("127.0.0.1", "127.9.9.9", "::ffff:127.0.0.1"):
        check_address(ip_address(text), "http", HERE)
    with pytest.raises(NotAllowed):
        check_address(ip_address("10.0.0.1"), "https", HERE)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hooks.example/", "https"),
        ("https://127.0.0.1/", "not public"),
        ("https://[::1]:8443/x", "not public"),
        ("https://localhost/", "not public"),
        ("https://ana:pw@hooks.example/", "user"),
        ("https://hooks.example/#part", "fragment"),
        ("https://:443/", "host"),
        ("https://hooks.example:99999/", "reached"),
    ],
)
def test_what_an_address_shows_by_itself_is_refused_at_once(url: str, why: str) -> None:
    with pytest.raises(NotAllowed, match=why):
        check_target(url, [])


@pytest.mark.parametrize("name", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1"])
def test_another_way_to_write_an_address_leads_nowhere_else(name: str) -> None:
    with pytest.raises(NotAllowed, match="not public"):
        loops.run(resolved(name, 443, "https", []))


def test_one_private_address_among_those_of_a_name_refuses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def names(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        found = {"mixed.example": ["93.184.216.34", "10.0.0.1"], "open.example": ["93.184.216.34"]}
        kind = socket.AF_INET, socket.SOCK_STREAM, 6, ""
        return [(*kind, (address, port)) for address in found[host]]

    monkeypatch.setattr(socket, "getaddrinfo", names)

    assert loops.run(resolved("open.example", 443, "https", [])) == ["93.184.216.34"]
    with pytest.raises(NotAllowed, match="not public"):
        loops.run(resolved("mixed.example", 443, "https", []))
