"""How a request came here: by which host name, from which origin, through which proxies."""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from starlette.types import Scope

from service.http.elsewhere import READING
from service.http.problems import Problem
from service.http.routing import header
from service.settings import Network, Settings, is_loopback


@dataclass(frozen=True, slots=True)
class Hosts:
    """The names that the service goes by.

    They are the address that a connection came in at, any loopback name if that is one, the host
    that the service is bound to, and those of its public URL and of its URL as a node.
    """

    bound: str
    public_url: str | None
    trusted: tuple[Network, ...]
    node_url: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Hosts":
        """The names that settings give."""
        given = settings.public_url, settings.trusted_proxies, settings.node_url
        return cls(settings.host.lower(), *given)

    def refused(self, scope: Scope) -> Problem | None:
        """Why a request is not for this service, or a change not from its own pages; None if it is."""
        hosts, origin = _named_in(scope)
        if len(hosts) > 1:
            return Problem("bad-request", "Host is given twice")
        host = hosts[0].lower() if hosts else ""
        if not _names_us(self, host, _reached_at(scope)):
            return Problem("host-not-allowed", f"Host '{host[:60]}' is not {self._known_as()}")
        if scope["method"] in READING or origin is None or self.ours(origin, host):
            return None
        return Problem("cross-origin", f"Origin '{origin[:60]}' is not this service at '{host}'")

    def ours(self, origin: str, host: str) -> bool:
        """Whether a page of this origin is one of this service, reached as `host`."""
        if self.node_url is not None and origin == self.node_url:
            return True
        if self.public_url is None:
            return origin.partition("://")[2] == host
        public = urlsplit(self.public_url).netloc
        return origin == self.public_url or (host != public and origin.partition("://")[2] == host)

    def believe_proxy(self, scope: Scope) -> None:
        """Take a caller's address and scheme from a trusted proxy; nobody else is believed."""
        client = scope.get("client")
        if not self.trusted or client is None or not _within(client[0], self.trusted):
            return
        said = [str(value, "latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
        for hop in reversed([each.strip() for each in ",".join(said).split(",")]):
            if _parsed(hop) is None:
                break
            scope["client"] = (hop, 0)
            if not _within(hop, self.trusted):
                break
        proto = (header(scope, b"x-forwarded-proto") or "").rpartition(",")[2].strip().lower()
        if proto in ("http", "https"):
            scope["scheme"] = proto

    def _known_as(self) -> str:
        return f"this machine or {self.public_url}" if self.public_url else "this machine"


def _named_in(scope: Scope) -> tuple[list[str], str | None]:
    """Every `Host` of a request, and its first `Origin`; each request is looked at once."""
    hosts, origin = list[str](), None
    for name, value in scope["headers"]:
        if name == b"host":
            hosts.append(str(value, "latin-1"))
        elif name == b"origin" and origin is None:
            origin = str(value, "latin-1")
    return hosts, origin


def _reached_at(scope: Scope) -> str:
    """The address of this machine that a request came in at."""
    server = scope.get("server")
    return server[0] if server and server[1] is not None else "localhost"


@lru_cache(maxsize=256)
def _names_us(hosts: Hosts, host: str, reached_at: str) -> bool:
    """Whether a `Host` means this service; an IP address cannot be made to mean another one."""
    if host in [urlsplit(url).netloc for url in (hosts.public_url, hosts.node_url) if url]:
        return True
    name, colon, port = host.rpartition(":")
    name = (name if colon and port.isdigit() else host).strip("[]")
    if is_loopback(reached_at):
        return is_loopback(name)
    if _parsed(name) is not None:
        return _parsed(name) == _parsed(reached_at)
    return name == hosts.bound


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a text is, None if it is none; one of IPv4 also where IPv6 wraps it."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _within(address: str, networks: tuple[Network, ...]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in each for each in networks)
