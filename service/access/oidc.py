"""Bearer tokens of an identity provider (OpenID Connect): signed JWTs that say who somebody is.

Nothing in a token is believed before its signature is verified, with an algorithm that the settings
allow and a key that the provider publishes for it. What a token does not say plainly is refused: there
is no default role and no default clearance.
"""

import hashlib
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from joserfc import jwt
from joserfc.errors import (
    BadSignatureError,
    ClaimError,
    ExpiredTokenError,
    JoseError,
    MissingClaimError,
    UnsupportedAlgorithmError,
)
from joserfc.jwk import GuestProtocol, Key
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry
from pydantic import TypeAdapter, ValidationError

from domain.vocabulary import MARKINGS, ROLES, Subject
from service.access.principal import Principal
from service.access.provider import ALGORITHMS, Provider
from service.access.provider_keys import IssuerUnreachable, KeySet, ProviderKeys

__all__ = ["IssuerUnreachable", "NotVerified", "Verifier"]

LEEWAY = 60
"""Seconds by which the clock of the provider may differ from ours."""
LONGEST = 16_384
MOST_KNOWN = 1_000
"""Number of verified tokens that are remembered."""
TYPES = {"jwt", "at+jwt", "application/at+jwt"}
"""What a token may say that it is; others, as that of a logout, are signed with the same keys."""

_subject: TypeAdapter[str] = TypeAdapter(Subject)
Value = TypeVar("Value", bound=str)


class NotVerified(Exception):
    """A token that is not accepted; the message says why, in words that may be shown and logged."""


class _Known(NamedTuple):
    """Who holds the tokens that were verified with some keys."""

    keys: KeySet | None
    principals: dict[bytes, Principal]


class Verifier:
    """Verifies the tokens of one provider, for use by any thread."""

    def __init__(
        self,
        provider: Provider,
        clock: Callable[[], datetime],
        keys: ProviderKeys | None = None,
    ) -> None:
        self._provider = provider
        self._clock = clock
        self._keys = keys or ProviderKeys(provider)
        self._signatures = JWSRegistry(algorithms=provider.algorithms, strict_check_header=False)
        self._known = _Known(None, {})

    def known(self, token: str) -> Principal | None:
        """Who holds a token that was verified with the keys in use; None if it must be verified.

        Never blocks.
        """
        known, keys = self._known, self._keys.fresh
        if keys is None or keys is not known.keys:
            return None
        principal = known.principals.get(_digest(token))
        if principal is None or (principal.expires_at or self._clock()) <= self._clock():
            return None
        return principal

    def verify(self, token: str) -> Principal:
        """Who holds a token. May block while keys are fetched, so call it from a thread of its own.

        Raises `NotVerified`, and `IssuerUnreachable` if that cannot be told now.
        """
        keys = self._keys.fresh
        claims = self._claims(token)
        self._check(claims)
        principal = self._principal(claims)
        if keys is not None:
            self._remember(token, principal, keys)
        return principal

    def _claims(self, token: str) -> dict[str, Any]:
        """What a token says, once its signature is verified."""
        if len(token) > LONGEST:
            raise NotVerified(f"the token is longer than {LONGEST:,} characters")
        try:
            decoded = jwt.decode(
                token.encode("ascii"),
                self._key,
                algorithms=self._provider.algorithms,
                registry=self._signatures,
            )
        except UnsupportedAlgorithmError:
            raise NotVerified("the token is signed with an algorithm that is not accepted") from None
        except BadSignatureError:
            raise NotVerified("the signature of the token does not verify") from None
        except (JoseError, ValueError, TypeError, LookupError, RecursionError):
            raise NotVerified("the token is no JSON Web Token with a signature") from None
        if str(decoded.header.get("typ", "JWT")).lower() not in TYPES:
            raise NotVerified("the token is of a type that lets nobody in")
        return decoded.claims

    def _key(self, token: GuestProtocol) -> Key:
        """The key of the provider that a token names, for an algorithm that is allowed."""
        headers = token.headers()
        algorithm, id = headers.get("alg"), headers.get("kid")
        if algorithm not in self._provider.algorithms:
            raise UnsupportedAlgorithmError(str(algorithm))
        if id is not None and not isinstance(id, str):
            raise NotVerified("the key id of the token is no text")
        key = self._keys.find(id, ALGORITHMS[algorithm])
        if key is None:
            raise NotVerified("the token is signed with a key that the provider does not publish")
        return key

    def _check(self, claims: dict[str, Any]) -> None:
        """Whether a token is of this issuer, for this service and for now."""
        registry = JWTClaimsRegistry(
            now=int(self._clock().timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": self._provider.issuer},
            aud={"essential": True, "value": self._provider.audience},
            exp={"essential": True},
        )
        try:
            registry.validate(claims)
        except ExpiredTokenError:
            raise NotVerified("the token has expired") from None
        except MissingClaimError as missing:
            raise NotVerified(f"the token lacks the claim {missing.claim}") from None
        except ClaimError as wrong:
            raise NotVerified(_WRONG.get(wrong.claim, f"its claim {wrong.claim} is garbled")) from None

    def _principal(self, claims: dict[str, Any]) -> Principal:
        provider = self._provider
        try:
            end = datetime.fromtimestamp(claims["exp"], UTC) + timedelta(seconds=LEEWAY)
        except (OverflowError, ValueError, OSError):
            raise NotVerified("its claim exp is garbled") from None
        try:
            subject = _subject.validate_python(claims.get(provider.subject_claim), strict=True)
        except ValidationError:
            raise NotVerified(
                f"its claim {provider.subject_claim} names no subject of 1 to 200 printable characters"
            ) from None
        role = _the_one(claims, provider.role_claim, ROLES)
        clearance = _the_one(claims, provider.clearance_claim, MARKINGS)
        return Principal(subject, role, clearance, None, end)

    def _remember(self, token: str, principal: Principal, keys: KeySet) -> None:
        known = self._known
        if keys is not known.keys or len(known.principals) >= MOST_KNOWN:
            self._known = known = _Known(keys, {})
        known.principals[_digest(token)] = principal


_WRONG = {
    "iss": "the token is of another issuer",
    "aud": "the token is for another audience",
    "nbf": "the token is not valid yet",
    "iat": "the token was issued in the future",
}


def _the_one(claims: dict[str, Any], name: str, accepted: Collection[Value]) -> Value:
    """The one accepted value of a claim, which may be a list that has others in it."""
    given = claims.get(name)
    listed = given if isinstance(given, list) else [given]
    found = [value for value in accepted if value in listed]
    if len(found) != 1:
        raise NotVerified(f"its claim {name} holds not exactly one of {', '.join(accepted)}")
    return found[0]


def _digest(token: str) -> bytes:
    """What a token is remembered by, so that memory holds none."""
    return hashlib.sha256(token.encode()).digest()
