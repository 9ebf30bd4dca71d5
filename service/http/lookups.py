"""What addresses and filters name, found or refused with the similar names that exist.

A filter that names what was never there is refused, because its empty answer would read as a fact. One
that names something which has nothing to show, or not at the times asked, is answered.
"""

import sqlite3
from collections.abc import Mapping

from starlette.requests import Request

from domain.near import did_you_mean
from domain.times import from_micros, show_instant
from projections.answers.questions import Narrowing
from projections.tables.journal import visible
from projections.tables.redactions import Redaction, destroyed_of, redaction_of
from projections.tables.registry import indicator_at
from service.http.parameters import Asked
from service.http.problems import Near, Problem
from service.query.indicators import ever_defined
from service.query.names import KINDS, Names, is_there, similar, similar_claims
from service.query.standpoint import Standpoint

NAMES: Mapping[str, Names] = {
    **{name: each for name, each in KINDS.items() if name != "citation"},
    "originator": KINDS["source"],
}
"""Every query parameter whose value names something recorded; the others have values of their own."""


def check_names(db: sqlite3.Connection, asked: Asked, indicator: str | None = None) -> None:
    """Refuse filters that name what was never there; `indicator` is the one that the address names.

    Raises `Problem` with the similar names that exist.
    """
    for parameter, names in NAMES.items():
        name = asked.get(parameter)
        if name is not None and not is_there(db, names, name, indicator):
            found = similar(db, names, name, indicator)
            hint = did_you_mean(found, f"; {names.listed_by}")
            detail = f"{parameter}: there is no {names.what} '{_short(name)}'{names.of}{hint}"
            near = Near(names.what, tuple(found), parameter)
            raise Problem("not-found", detail, near=near, parameter=parameter)


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


def event_named(request: Request, here: Standpoint) -> int:
    """The position that the address names, of an event that the reader may see; raises `Problem`."""
    text = request.path_params["position"]
    position = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
    if position > here.as_of.position or position not in visible(here.db, [position]):
        raise Problem("not-found", f"there is no event at position {text[:20]}")
    return position


def nothing(what: str, name: str, here: Standpoint) -> Problem:
    """The problem that nothing of this name exists at the times asked for.

    It names the similar ones that exist, where this one never did.
    """
    report = name.partition("/")[0]
    if what in ("report", "claim") and (redaction := redaction_of(here.db, report)):
        return redacted(report, redaction, here)
    found, listed = _near(what, name, here)
    hint = did_you_mean(found, listed)
    detail = f"there is no {what} '{_short(name)}' at the times asked{hint}"
    return Problem("not-found", detail, near=Near(what, tuple(found)))


def redacted(report: str, redaction: Redaction, here: Standpoint) -> Problem:
    """The problem that a report was redacted: by whom, when, why and under which authority."""
    at = show_instant(from_micros(redaction.recorded_at))
    return Problem(
        "redacted",
        f"report '{report}' was redacted on {at[:10]} by {redaction.actor} under the authority "
        f"{redaction.authority}: {redaction.reason}",
        redaction={
            "report": report,
            "position": redaction.position,
            "recorded_at": at,
            "actor": redaction.actor,
            "reason": redaction.reason,
            "authority": redaction.authority,
            "destroyed": destroyed_of(here.db, report),
        },
    )


def _near(what: str, name: str, here: Standpoint) -> tuple[list[str], str]:
    """What may have been meant by a name that never was, and what to say if that is nothing."""
    if what == "claim":
        found = similar_claims(here.db, name)
        return [] if name in found else found, ""
    names = KINDS[what]
    if is_there(here.db, names, name):
        return [], ""
    return similar(here.db, names, name), f"; {names.listed_by}"


def _short(name: str) -> str:
    return name if len(name) <= 140 else name[:137] + "..."


def no_indicator(name: str, here: Standpoint) -> Problem:
    """The problem that there is no such indicator, with the similar ids that exist."""
    names = KINDS["indicator"]
    found = similar(here.db, names, name)
    hint = did_you_mean(found, f"; {names.listed_by}")
    detail = f"there is no indicator '{name[:60]}' at the times asked{hint}"
    return Problem("not-found", detail, near=Near("indicator", tuple(found)))


def no_plan(name: str) -> Problem:
    """The problem that an indicator plans for no other, with what to do about it."""
    return Problem(
        "not-found",
        f"'{name[:60]}' is no plan at the times asked: its definition has no `plans_for`; revise it "
        f"with PUT /v1/indicators/{name[:60]} to name the indicator in which the plan is fulfilled",
    )
