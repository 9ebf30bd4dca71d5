"""Who a request is from, and whether it may pass: the one place where roles are enforced."""

from starlette.requests import Request
from starlette.types import Scope

from service.access.principal import Principal, Role
from service.http.problems import Problem

PRINCIPAL, REFUSAL = "intellog.principal", "intellog.refusal"
"""Members of a scope: the principal, or, where there is none, the problem that says why."""
UNAUTHENTICATED = "send a token as Authorization: Bearer, or log in at /login"


def principal_of(request: Request) -> Principal:
    """The principal that a request is from; an error where none was admitted."""
    principal: Principal = request.scope[PRINCIPAL]
    return principal


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
        raise Problem(
            "forbidden",
            f"{scope['method']} {scope['path'][:200]} takes the role {role}; yours is {principal.role}",
            role=role,
        )
