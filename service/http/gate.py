"""Who a request is from: its token or session, judged before the request is routed.

A request that nobody answers for is routed all the same, with the reason; only addresses that take no
role answer it (`admit` in `service/http/admission.py`).
"""

import math
import re
from base64 import b64decode
from functools import partial
from typing import NamedTuple

import anyio
import anyio.to_thread
from starlette.types import Scope

from service.access import security_log
from service.access.access import Access, share
from service.access.memory import Memory
from service.access.oidc import IssuerUnreachable, NotVerified, Verifier
from service.access.principal import Principal, local
from service.access.security_log import Way
from service.access.token_store import TokensUnavailable
from service.access.tokens import Refusal, TokenFile
from service.http.admission import (
    CALLER,
    PRINCIPAL,
    REFUSAL,
    Caller,
    address_of,
)
from service.http.elsewhere import READING
from service.http.feed_token import FEED_TOKEN, take_feed_token
from service.http.problems import Problem
from service.http.routing import header
from service.http.taxii_errors import is_taxii
from service.log.port import LogUnavailable
from service.service import Service
from service.write.writer import Overloaded

COOKIE = "intellog_session"
OURS = "intellog_"
"""How a token begins that is not one of the identity provider."""
VERIFYING = 4
"""How many tokens are verified with the identity provider, or with the writer, at the same time."""
_SHOWN = (b"authorization", b"cookie")
_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*) *", re.IGNORECASE)
_BASIC = re.compile(r"basic +([A-Za-z0-9+/]+=*) *", re.IGNORECASE)
_UNJUDGED = (TokensUnavailable, LogUnavailable, Overloaded, TimeoutError)
"""What keeps a token from being judged."""
_WORDS = {"revoked": "the token is revoked", "expired": "the token has expired"}
_NO_FEED_TOKEN = "only a token of the role feed may stand in an address; revoke this one"
_UNKNOWN = "the token is not one of this service"


class Shown(NamedTuple):
    """By what a request says who it is from."""

    way: Way
    text: str


class Seen(NamedTuple):
    """Whom a token or session stood for; `way` is None for a token of the identity provider."""

    way: Way | None
    principal: Principal
    caller: Caller


class _NothingShown(Exception):
    """A request says nothing of who it is from."""


class Gate:
    """Finds the principal of each request of a service.

    With `local`, every request is from whoever runs this process, as the command line on a directory.
    """

    def __init__(self, service: Service, *, local_only: bool = False) -> None:
        self._access = service.access
        self._memory: Memory[Seen] = service.access.memory
        self._everybody = local(service.settings.actor)
        self._here = Caller(None, self._still_local)
        self._local_only = local_only
        self._verifying = anyio.CapacityLimiter(VERIFYING)

    async def identify(self, scope: Scope) -> None:
        """Put into a scope who the request is from, or the problem that says why nobody is.

        Nothing is put there where it says nothing of that.
        """
        if self._local_only or not self._access.on:
            scope[PRINCIPAL], scope[CALLER] = self._everybody, self._here
            return
        try:
            take_feed_token(scope)
            principal, caller = await self._known(scope)
            if wait := self._access.wait(caller.share or ""):
                security_log.limited(principal, "rate", address_of(scope))
                raise _too_many("you send more requests than one may", wait)
            scope[PRINCIPAL], scope[CALLER] = principal, caller
        except _NothingShown:
            return  # which `admit` answers
        except Problem as problem:
            scope[REFUSAL] = problem
        except _UNJUDGED as error:
            scope[REFUSAL] = Problem("tokens-unavailable", str(error) or "the log did not answer")

    def _still_local(self) -> bool:
        return self._local_only or not self._access.on

    async def _known(self, scope: Scope) -> tuple[Principal, Caller]:
        """The principal and how it came; raises `Problem`.

        A token or session of ours that was accepted is not judged again while it holds.
        """
        shown = [each for each in scope["headers"] if each[0] in _SHOWN]
        alone = shown[0] if len(shown) == 1 and FEED_TOKEN not in scope else None
        found = self._memory.get(alone) if alone else None
        if found is None or self._is_over(found):
            found = await self._found(scope)
            if alone and found.way is not None:
                self._memory.keep(alone, found)
        way, principal, caller = found
        if way == "session" and scope["method"] not in READING and header(scope, b"origin") is None:
            raise Problem("cross-origin", "there is no Origin; in a session only pages change things")
        return principal, caller

    def _is_over(self, seen: Seen) -> bool:
        """Whether a token or session that was accepted is to be judged again."""
        due = seen.way != "session" and self._access.is_due(seen.principal)
        return due or not self._access.tokens.comes_again(seen.principal)

    async def _found(self, scope: Scope) -> Seen:
        """What a request shows, judged; raises `Problem`."""
        shown, address, tokens = shown_by(scope), address_of(scope), self._access.tokens
        if shown is None:
            raise _NothingShown
        way, text = shown
        verifier = None if text.startswith(OURS) or way == "feed" else self._access.verifier
        if way == "session":
            principal = self._of_session(text, address)
            return Seen(way, principal, Caller(share(principal), partial(_lasts, tokens, text)))
        if way == "feed":
            principal = await self._of_feed_token(text, address)
        elif verifier is None:
            principal = await self._of_token(text, address)
        else:
            principal = await self._of_provider(verifier, text, address)
        caller = Caller(share(principal), partial(tokens.holds, principal))
        return Seen(way if verifier is None else None, principal, caller)

    def _of_session(self, text: str, address: str) -> Principal:
        principal = self._access.tokens.session(text)
        if principal is not None:
            return principal
        if not self._access.wait_after_wrong(address):
            security_log.not_recognised("session", "ended", address)
        raise Problem("unauthenticated", "your session has ended; log in again at /login")

    async def _of_token(self, text: str, address: str, way: Way = "bearer") -> Principal:
        found = await judged(self._access, text, self._verifying)
        if isinstance(found, Principal):
            return found
        words = _WORDS.get(found.reason, _UNKNOWN)
        raise self._wrong(found.reason, words, address, found.id, way)

    async def _of_feed_token(self, text: str, address: str) -> Principal:
        principal = await self._of_token(text, address, "feed")
        if principal.role != "feed":
            raise self._wrong("no-feed-token", _NO_FEED_TOKEN, address, principal.id, "feed")
        return principal

    async def _of_provider(self, verifier: Verifier, text: str, address: str) -> Principal:
        known = verifier.known(text)
        if known is not None:
            return known
        try:
            return await anyio.to_thread.run_sync(verifier.verify, text, limiter=self._verifying)
        except NotVerified as refused:
            raise self._wrong(str(refused), str(refused), address) from None
        except IssuerUnreachable as error:
            security_log.issuer_unreachable(str(error), address)
            raise Problem("issuer-unavailable", "the token cannot be checked now") from None

    def _wrong(
        self, reason: str, words: str, address: str, id: str | None = None, way: Way = "bearer"
    ) -> Problem:
        if wait := self._access.wait_after_wrong(address):
            return _too_many("too many tokens from your address were wrong", wait)
        security_log.not_recognised(way, reason, address, id)
        return Problem("unauthenticated", words)


async def judged(
    access: Access, text: str, asking: anyio.CapacityLimiter | None = None
) -> Principal | Refusal:
    """Who holds a token, or why it is not accepted; the log learns of it first.

    A node that does not write the log asks the one that does; `asking` limits how often at a time.
    """
    if access.vouching is not None:
        return await anyio.to_thread.run_sync(access.vouching.judge, text, limiter=asking)
    found = access.tokens.judged(text)
    if isinstance(found, Principal) or found.reason != "unrecorded":
        return found
    await anyio.to_thread.run_sync(access.record)
    return access.tokens.judged(text)


async def end_session(access: Access, text: str) -> None:
    """End a session, if it is one."""
    await anyio.to_thread.run_sync(access.tokens.close_session, text)
    # Here, where no other request can be between judging a session and remembering it.
    access.memory.forget()


def shown_by(scope: Scope) -> Shown | None:
    """By what a request says who it is from; raises `Problem` if that cannot be read or is too much."""
    given = [str(value, "latin-1") for name, value in scope["headers"] if name == b"authorization"]
    sessions, in_address = session_texts(scope), scope.get(FEED_TOKEN, [])
    if len(given) + len(sessions) + len(in_address) > 1:
        raise Problem("bad-request", "it says more than once who asks: send one token or one session")
    if sessions:
        return Shown("session", sessions[0])
    if in_address:
        return Shown("feed", in_address[0])
    if not given:
        return None
    if is_taxii(scope) and (password := _password(given[0])):
        return Shown("bearer", password)
    bearer = _BEARER.fullmatch(given[0])
    if bearer is None:
        raise Problem("unauthenticated", "Authorization must be the word Bearer, a space and a token")
    return Shown("bearer", bearer[1])


def _password(given: str) -> str | None:
    """The token that a TAXII client sends as its password, since many know no bearer tokens.

    Only there: a browser sends a password to every address of a site, whoever links to it.
    """
    basic = _BASIC.fullmatch(given)
    try:
        return b64decode(basic[1]).decode().partition(":")[2] if basic else None
    except ValueError:
        return None


def session_texts(scope: Scope) -> list[str]:
    """The session cookies of a request, of which there should be one at most."""
    lines = [str(value, "latin-1") for name, value in scope["headers"] if name == b"cookie"]
    pairs = (each.strip().partition("=") for line in lines for each in line.split(";"))
    return [text for name, _, text in pairs if name == COOKIE]


def _lasts(tokens: TokenFile, text: str) -> bool:
    return tokens.session(text) is not None


def _too_many(what: str, wait: float) -> Problem:
    seconds = math.ceil(wait)
    return Problem("too-many-requests", f"{what}; wait {seconds} s", retry_after=seconds)
