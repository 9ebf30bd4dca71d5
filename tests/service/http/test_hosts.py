"""By which names a service goes, which origins may change things, and which proxies it believes."""

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from service.http.hosts import Hosts
from service.settings import BadSetting, Settings, from_environment

PUBLIC = "https://intel.example"
HERE = Hosts("127.0.0.1", None, ())
PROXIED = Hosts("127.0.0.1", PUBLIC, (ip_network("127.0.0.1"), ip_network("10.1.0.0/16")))
ALL = Hosts("0.0.0.0", None, ())
NAMED = Hosts("intel.local", None, ())


def scope(
    host: str = "localhost",
    *,
    at: tuple[str, int | None] = ("127.0.0.1", 8000),
    origin: str | None = None,
    client: str = "127.0.0.1",
    **headers: str,
) -> dict[str, Any]:
    """A change that came in at an address of ours."""
    given = {"host": host, **({"origin": origin} if origin else {}), **headers}
    listed = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()]
    end = {"server": at, "client": (client, 5_000)}
    return {"method": "POST", "scheme": "http", "headers": listed, **end}


@pytest.mark.parametrize(
    ("hosts", "host", "at", "ours"),
    [
        (HERE, "localhost:8000", "127.0.0.1", True),
        (HERE, "[::1]", "127.0.0.1", True),
        (HERE, "intel.example", "127.0.0.1", False),
        (PROXIED, "intel.example", "127.0.0.1", True),
        (PROXIED, "INTEL.example", "127.0.0.1", True),
        (PROXIED, "intel.example:8000", "127.0.0.1", False),
        (PROXIED, "localhost", "127.0.0.1", True),
        (ALL, "192.0.2.2:8000", "192.0.2.2", True),
        (ALL, "192.0.2.3:8000", "192.0.2.2", False),
        (ALL, "localhost", "192.0.2.2", False),
        (ALL, "localhost", "127.0.0.1", True),
        (ALL, "0.0.0.0", "192.0.2.2", False),
        (ALL, "192.0.2.2", "::ffff:192.0.2.2", True),
        (ALL, "[fd00::2]:80", "fd00::2", True),
        (NAMED, "intel.local", "192.0.2.2", True),
        (NAMED, "other.local", "192.0.2.2", False),
    ],
)
def test_a_host_is_a_name_of_ours_or_refused(hosts: Hosts, host: str, at: str, ours: bool) -> None:
    refused = hosts.refused(scope(host, at=(at, 8000)))
    assert (refused is None) == ours
    if refused is not None:
        assert refused.code == "host-not-allowed"


@pytest.mark.parametrize(
    ("hosts", "host", "origin", "ours"),
    [
        (HERE, "localhost:8000", "http://localhost:8000", True),
        (HERE, "localhost:8000", "http://localhost:3000", False),
        (HERE, "localhost", "null", False),
        (PROXIED, "intel.example", PUBLIC, True),
        (PROXIED, "intel.example", "http://intel.example", False),
        (PROXIED, "intel.example", "https://evil.example", False),
        (PROXIED, "127.0.0.1:8000", PUBLIC, True),
        (PROXIED, "127.0.0.1:8000", "http://127.0.0.1:8000", True),
    ],
)
def test_only_pages_of_ours_change_things(hosts: Hosts, host: str, origin: str, ours: bool) -> None:
    refused = hosts.refused(scope(host, origin=origin))
    assert (refused is None) == ours
    if refused is not None:
        assert refused.code == "cross-origin"


@pytest.mark.parametrize(
    ("client", "said", "believed"),
    [
        ("127.0.0.1", "192.0.2.9", "192.0.2.9"),
        ("127.0.0.1", "198.51.100.1, 192.0.2.9", "192.0.2.9"),
        ("127.0.0.1", "198.51.100.1, 192.0.2.9, 10.1.0.4", "192.0.2.9"),
        ("127.0.0.1", "10.1.0.5, 10.1.0.4", "10.1.0.5"),
        ("127.0.0.1", "192.0.2.9, unknown", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("192.0.2.1", "10.9.9.9", "192.0.2.1"),
    ],
)
def test_a_trusted_proxy_says_who_calls(client: str, said: str, believed: str) -> None:
    given = scope(client=client, x_forwarded_for=said, x_forwarded_proto="https")
    PROXIED.believe_proxy(given)
    assert given["client"][0] == believed
    assert given["scheme"] == ("https" if client == "127.0.0.1" else "http")


def test_without_trusted_proxies_nobody_is_believed() -> None:
    given = scope(x_forwarded_for="192.0.2.9", x_forwarded_proto="https")
    HERE.believe_proxy(given)
    assert (given["client"][0], given["scheme"]) == ("127.0.0.1", "http")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("PUBLIC_URL", url) for url in ("intel.example", "ftp://intel.example", "https://")),
        *(("PUBLIC_URL", url) for url in ("https://a.example/path", "https://me@a.example")),
        ("PUBLIC_URL", "https://a.example:port"),
        *(("TRUSTED_PROXIES", text) for text in ("proxy", "10.0.0.0/33", "10.0.0.1;10.0.0.2")),
        ("RATE", "0"),
        ("SESSION_SECONDS", "a day"),
        ("OIDC_ISSUER", "http://issuer.example"),
        ("OIDC_AUDIENCE", "intellog"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(BadSetting) as refused:
        from_environment(tmp_path, {f"INTELLOG_{name}": value})
    assert str(refused.value).startswith(f"INTELLOG_{name}") and "\n" not in str(refused.value)


def test_settings_are_read_from_the_environment(tmp_path: Path) -> None:
    given = {
        "INTELLOG_PUBLIC_URL": "https://Intel.example/",
        "INTELLOG_TRUSTED_PROXIES": "10.0.0.7, 10.1.0.0/16,::1",
        "INTELLOG_SESSION_SECONDS": "600",
        "INTELLOG_RATE": "5",
    }
    settings = from_environment(tmp_path, given)
    assert settings.public_url == PUBLIC and settings.exposed and settings.secure
    assert [str(each) for each in settings.trusted_proxies] == ["10.0.0.7/32", "10.1.0.0/16", "::1/128"]
    assert (settings.session_seconds, settings.limits.rate) == (600, 5)


@pytest.mark.parametrize(
    ("given", "exposed"),
    [
        ({}, False),
        ({"host": "::1"}, False),
        ({"public_url": "http://localhost:8000"}, False),
        ({"host": "0.0.0.0"}, True),
        ({"host": "intel.local"}, True),
        ({"public_url": PUBLIC}, True),
        ({"trusted_proxies": (ip_network("127.0.0.1"),)}, True),
    ],
)
def test_who_may_reach_it_decides_whether_tokens_are_needed(
    tmp_path: Path, given: dict[str, Any], exposed: bool
) -> None:
    settings = Settings(data=tmp_path, **given)
    assert settings.exposed == exposed
