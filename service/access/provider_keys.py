"""The public keys of an identity provider, fetched when needed and kept for a while."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2
from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key
from pydantic_core import from_json

from service.access.provider import ALGORITHMS, BadProvider, Provider, check_url

KEPT_SECONDS = 300.0
"""For how long keys are used before they are fetched again."""
UNKNOWN_SECONDS = 30.0
"""Seconds from one fetch to the next, at least, when a token names a key that is not there."""
FAILED_SECONDS = 5.0
"""Seconds after a failed fetch in which no other is tried."""
REPLY_SECONDS, WHOLE_SECONDS = 5.0, 10.0
"""How long a fetch waits for a part of a document, and for all of it."""
MOST_BYTES = 1_048_576
SMALLEST_MODULUS = 2_048 // 6
"""Characters of an RSA modulus of 2,048 bits in base64; a smaller key is not used."""

_UNREADABLE = (JoseError, ValueError, TypeError, LookupError, UnsupportedAlgorithm)


class IssuerUnreachable(Exception):
    """The keys of the issuer cannot be had: nobody can say whether a token is genuine."""


@dataclass(frozen=True)
class KeySet:
    """The keys as they were fetched at a moment."""

    keys: Sequence[Key]
    fetched: float

    def find(self, id: str | None, kind: str) -> Key | None:
        """The key of a kind that an id names; without an id, the only one there is."""
        fitting = [key for key in self.keys if key.key_type == kind]
        if id is None:
            return fitting[0] if len(fitting) == 1 else None
        return next((key for key in fitting if key.kid == id), None)


class ProviderKeys:
    """The keys of one provider, for use by any thread; may block while they are fetched."""

    def __init__(self, provider: Provider, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._provider = provider
        self._monotonic = monotonic
        self._fetching = threading.Lock()
        self._current: KeySet | None = None
        self._tried = float("-inf")
        self._failure: str | None = None

    @property
    def fresh(self) -> KeySet | None:
        """The keys, if they may still be used; costs no fetch."""
        keys = self._current
        return keys if keys and self._monotonic() - keys.fetched < KEPT_SECONDS else None

    def find(self, id: str | None, kind: str) -> Key | None:
        """The key that a token names; raises `IssuerUnreachable`."""
        keys = self.fresh
        if keys is not None and (key := keys.find(id, kind)):
            return key
        with self._fetching:
            if self._must_fetch(id, kind):
                self._fetch()
            keys = self.fresh
            if self._failure is not None:
                raise IssuerUnreachable(self._failure)
            return keys.find(id, kind) if keys else None

    def _must_fetch(self, id: str | None, kind: str) -> bool:
        """Whether no fresh key has this name, and the last fetch is long enough ago."""
        keys = self.fresh
        if keys is not None and keys.find(id, kind):
            return False  # another thread has fetched it
        pause = FAILED_SECONDS if keys is None else UNKNOWN_SECONDS
        if keys is None and self._failure is None:
            return True
        return self._monotonic() - self._tried >= pause

    def _fetch(self) -> None:
        begun = self._monotonic()
        try:
            found = _keys_of(_document(self._address()))
        except (httpx2.HTTPError, httpx2.InvalidURL, BadProvider, ValueError) as error:
            reason = str(error) or type(error).__name__
            self._failure = f"the keys of {self._provider.issuer} cannot be fetched: {reason}"
        else:
            self._failure = None
            self._current = KeySet(found, begun)
        # Counted from the end: who waited while it failed slowly does not try in turn.
        self._tried = self._monotonic()

    def _address(self) -> str:
        """Where the keys are."""
        if self._provider.jwks is not None:
            return self._provider.jwks
        issuer = self._provider.issuer
        found = _document(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            raise ValueError(f"its discovery document is that of {str(found.get('issuer'))[:200]!r}")
        address = found.get("jwks_uri")
        if not isinstance(address, str):
            raise ValueError("its discovery document names no jwks_uri")
        check_url("jwks_uri", address)
        return address


def _document(url: str) -> Mapping[str, Any]:
    """A JSON object from an address; redirects are not followed."""
    until = time.monotonic() + WHOLE_SECONDS
    body = bytearray()
    with (
        httpx2.Client(timeout=REPLY_SECONDS, follow_redirects=False) as client,
        client.stream("GET", url, headers={"Accept": "application/json"}) as answer,
    ):
        if answer.status_code != 200:
            raise ValueError(f"{url} answers with status {answer.status_code}")
        for chunk in answer.iter_bytes():
            body += chunk
            if len(body) > MOST_BYTES or time.monotonic() > until:
                raise ValueError(f"{url} sends too much, or too slowly")
    document = from_json(bytes(body))
    if not isinstance(document, dict):
        raise ValueError(f"{url} is no JSON object")
    return document


def _keys_of(document: Mapping[str, Any]) -> list[Key]:
    """The keys that verify signatures and that this program can read; others are not for it."""
    found = list[Key]()
    given = document.get("keys")
    for each in given if isinstance(given, list) else []:
        if isinstance(each, dict) and _verifies(each):
            try:
                found.append(JWKRegistry.import_key(each))
            except _UNREADABLE:
                continue
    if not found:
        raise ValueError("there is no key among them that verifies a signature")
    return found


def _verifies(key: Mapping[str, Any]) -> bool:
    if key.get("kty") not in ALGORITHMS.values() or key.get("use", "sig") != "sig":
        return False
    return key["kty"] != "RSA" or len(str(key.get("n", ""))) >= SMALLEST_MODULUS
