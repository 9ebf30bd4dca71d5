"""What an address names, found or refused with the similar names that exist."""

from starlette.requests import Request

from domain.near import did_you_mean
from projections.answers.questions import Narrowing
from projections.tables.registry import indicator_at
from service.http.parameters import Asked
from service.http.problems import Problem
from service.query.indicators import ever_defined, nearest_indicators
from service.query.standpoint import Standpoint


def narrowing(asked: Asked) -> Narrowing:
    """What a caller asks of an indicator beside the times."""
    names = ("cohort", "period", "originator", "policy", "incident")
    return Narrowing(**{name: asked.get(name) for name in names})


def claim_named(request: Request) -> str:
    """The id of the claim that the address names."""
    return f"{request.path_params['report']}/{request.path_params['n']}"


def indicator_named(request: Request, here: Standpoint) -> str:
    """The id of the indicator that the address names.

    Raises `Problem` if it was never defined, or is asked for an incident and is no increment.
    """
    name = str(request.path_params["indicator"])
    if not ever_defined(here, name):
        raise no_indicator(name, here)
    row = indicator_at(here.db, name, here.as_of.position)
    if "incident" in request.query_params and row and row.definition.measure != "increment":
        detail = f"incident: '{name}' is a {row.definition.measure}; only increments have incidents"
        raise Problem("bad-parameter", detail, parameter="incident")
    return name


def nothing(what: str, name: str) -> Problem:
    """The problem that nothing of this name exists at the times asked for."""
    shown = name if len(name) <= 140 else name[:137] + "..."
    return Problem("not-found", f"there is no {what} '{shown}' at the times asked")


def no_indicator(name: str, here: Standpoint) -> Problem:
    """The problem that there is no such indicator, with the similar ids that exist."""
    hint = did_you_mean(nearest_indicators(here, name), "; /v1/indicators lists them")
    return Problem("not-found", f"there is no indicator '{name[:60]}' at the times asked{hint}")


def no_plan(name: str) -> Problem:
    """The problem that an indicator plans for no other, with what to do about it."""
    return Problem(
        "not-found",
        f"'{name[:60]}' is no plan at the times asked: its definition has no `plans_for`; revise it "
        f"with PUT /v1/indicators/{name[:60]} to name the indicator in which the plan is fulfilled",
    )
