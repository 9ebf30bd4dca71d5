"""Who a request is from, and whether it may pass: the one place where roles are enforced."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import Scope

from service.access import security_log
from service.access.principal import Principal, Role
from service.http.problems import Problem

PRINCIPAL, CALLER, REFUSAL = "intellog.principal", "intellog.caller", "intellog.refusal"
"""Members of a scope: the principal and how it came; or else the problem that says why none is."""
UNAUTHENTICATED = "send a token as Authorization: Bearer, or log in at /login"


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


def admit(scope: Scope, role: Role | None) -> None:
    """Let a request pass whose principal has at least a role; anybody where that is None.

    Raises `Problem`, as well where nobody has said who asks.
    """
    if role is None:
        return
    principal: Principal | None = scope.get(PRINCIPAL)
    if principal is None:
        raise scope.get(REFUSAL) or Problem("unauthenticated", UNAUTHENTICATED)
    if not principal.may(role):
        method, path = scope["method"], scope["path"]
        security_log.forbidden(principal, role, method, path, address_of(scope))
        detail = f"this takes the role {role}; yours is {principal.role}"
        raise Problem("forbidden", detail, role=role)
