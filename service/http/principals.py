"""Who makes a request, and what they may see."""

from starlette.types import Scope

from projections.tables.sight import Sight
from service.access.principal import Principal

PRINCIPAL = "intellog.principal"
"""Where a request's scope has its principal."""


def principal_of(scope: Scope) -> Principal:
    """Who makes a request; raises KeyError where nobody asked, so that nothing is answered."""
    principal: Principal = scope[PRINCIPAL]
    return principal


def sight(principal: Principal) -> Sight:
    """What a principal may see: what operators did with the log is for admins alone."""
    return Sight(principal.clearance, principal.may("admin"))
