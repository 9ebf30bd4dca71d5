"""Who a request is from, and whether it may pass: the one place where roles are enforced."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import Scope

from domain.vocabulary import MARKINGS
from service.access import security_log
from service.access.principal import Principal, Role
from service.http.problems import Problem

PRINCIPAL, CALLER, REFUSAL = "intellog.principal", "intellog.caller", "intellog.refusal"
"""Members of a scope: the principal and how it came; or else the problem that says why none is.

None of them is there where a request shows nothing of who asks.
"""
UNAUTHENTICATED = "send a token as Authorization: Bearer, or log in at /login"
ANYBODY = Principal("anybody", "reader", MARKINGS[0])
"""Who asks for what is published to all, and says nothing of who asks."""


@dataclass(frozen=True, slots=True)
class Caller:
    """How a principal came in.

    Limits count by `share`, which is None where nobody needs a token. `holds` tells whether the
    principal still is who it was: a token may expire or be revoked, and a session may end.
    """

    share: str | None
    holds: Callable[[], bool]


def principal_of(request: Request) -> Principal:
    """The principal that a request is from; an error where none was admitted."""
    principal: Principal = request.scope[PRINCIPAL]
    return principal


def caller_of(request: Request) -> Caller:
    """How the principal of a request came in; an error where none was admitted."""
    caller: Caller = request.scope[CALLER]
    return caller


def address_of(scope: Scope) -> str:
    """The address of the caller, for limits and the security log; empty on a socket in a folder."""
    client = scope.get("client")
    return client[0] if client else ""


def admit(scope: Scope, role: Role | None, anybody: Principal | None = None) -> None:
    """Let a request pass whose principal has at least a role; anybody where that is None.

    One that shows nothing of who asks counts as `anybody`, if given; one with a wrong token does not,
    because its answer would have less in it than was asked for. Raises `Problem`, as well where nobody
    has said who asks.
    """
    if role is None:
        return
    if anybody is not None and PRINCIPAL not in scope and REFUSAL not in scope:
        scope[PRINCIPAL], scope[CALLER] = anybody, Caller(anybody.subject, lambda: True)
    principal: Principal | None = scope.get(PRINCIPAL)
    if principal is None:
        raise scope.get(REFUSAL) or Problem("unauthenticated", UNAUTHENTICATED)
    if not principal.may(role):
        method, path = scope["method"], scope["path"]
        security_log.forbidden(principal, role, method, path, address_of(scope))
        detail = f"this takes the role {role}; yours is {principal.role}"
        raise Problem("forbidden", detail, role=role)
