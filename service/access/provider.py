"""Which identity provider vouches for people, and which claims of its tokens say what they may do."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

ALGORITHMS: Mapping[str, str] = {
    **{f"{family}{size}": kind for family, kind in (("RS", "RSA"), ("PS", "RSA"), ("ES", "EC"))
       for size in (256, 384, 512)},
    "Ed25519": "OKP",
}  # fmt: skip
"""Signatures that can be verified with a public key, each with the type of that key.

There is none that takes a shared secret: then whoever verifies a token could make one.
"""


class BadProvider(ValueError):
    """A setting of the identity provider that cannot be used; the message names it and the remedy."""


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID Connect issuer and how its tokens are read.

    `audience` is what its tokens must name as theirs. `jwks` is the address of its keys, by default
    what its discovery document says. The claims `role_claim` and `clearance_claim` hold a role and a
    marking, or a list in which exactly one entry is one.
    """

    issuer: str
    audience: str
    jwks: str | None = None
    subject_claim: str = "sub"
    role_claim: str = "role"
    clearance_claim: str = "clearance"
    algorithms: tuple[str, ...] = ("RS256", "PS256", "ES256")

    def __post_init__(self) -> None:
        check_url("INTELLOG_OIDC_ISSUER", self.issuer)
        if self.jwks is not None:
            check_url("INTELLOG_OIDC_JWKS", self.jwks)
        if not self.audience:
            raise BadProvider(
                "INTELLOG_OIDC_AUDIENCE: is not set; without it, tokens for other services would be"
                " accepted; set it to what the provider calls this service"
            )
        for name in self.algorithms or ("",):
            if name not in ALGORITHMS:
                raise BadProvider(
                    f"INTELLOG_OIDC_ALGORITHMS: {name!r} is none of {', '.join(ALGORITHMS)}"
                )


def provider_from(environment: Mapping[str, str]) -> Provider | None:
    """The provider that `INTELLOG_OIDC_...` variables name; None if there are none.

    Raises `BadProvider`.
    """
    prefix = "INTELLOG_OIDC_"
    given = {
        each.name: text
        for each in fields(Provider)
        if (text := environment.get(prefix + each.name.upper()))
    }
    if given and "issuer" not in given:
        variables = ", ".join(prefix + name.upper() for name in given)
        raise BadProvider(f"{variables}: set {prefix}ISSUER as well, or none of them")
    if not given:
        return None
    algorithms = given.pop("algorithms", "").replace(",", " ").split()
    chosen: dict[str, Any] = {"algorithms": tuple(algorithms)} if algorithms else {}
    return Provider(**{"audience": "", **given, **chosen})


def check_url(what: str, url: str) -> None:
    """Refuse an address on which keys could be replaced on their way; raises `BadProvider`."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        secure = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))
    except ValueError:
        host, secure = "", False
    if not host or not secure:
        raise BadProvider(f"{what}: {url[:200]!r} must begin with https://")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
