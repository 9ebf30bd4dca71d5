"""What the one who makes a request may see."""

from functools import cache

from starlette.types import Scope

from domain.vocabulary import MARKINGS, Marking
from projections.tables.sight import Sight
from service.access.principal import Principal
from service.http.admission import PRINCIPAL

LEAST = Sight(MARKINGS[0], operations=False)


def sight_for(scope: Scope) -> Sight:
    """What the principal of a request may see; the least where nobody has said who asks.

    What operators did with the log is for admins alone.
    """
    principal: Principal | None = scope.get(PRINCIPAL)
    return LEAST if principal is None else _sight(principal.clearance, principal.may("admin"))


@cache  # there are ten of them
def _sight(clearance: Marking, operations: bool) -> Sight:
    return Sight(clearance, operations)
