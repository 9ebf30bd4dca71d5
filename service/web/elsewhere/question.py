"""The question that a figure elsewhere answers: read from its address, and written into others."""

from collections.abc import Iterable
from urllib.parse import quote

from starlette.requests import Request

from service.http.lookups import check_names, indicator_named, narrowing
from service.http.parameters import NARROWING, TIMES, Asked, bad_parameter
from service.http.permalinks import pinned
from service.http.problems import Problem
from service.query.standpoint import Standpoint
from service.web.elsewhere.shown import Shown, shown
from service.web.links import address

KEPT = ("published_by", "valid_at", *NARROWING)
"""The parameters that a figure has wherever it is shown."""
ASKED = (*KEPT, "min_position", "at", "written_at")
"""The parameters of a badge and of a frame."""
PAGE = (*TIMES, *NARROWING, "axis", "compare")
"""The parameters of an estimate's page."""
Pairs = Iterable[tuple[str, str]]


def pin(asked: Asked) -> None:
    """Have a question answered at the position that it is pinned to, once the views hold it.

    Raises `Problem` where it is pinned and also to be compared with another position.
    """
    if "at" in asked and "written_at" in asked:
        raise bad_parameter("written_at", "`at` pins a figure, so it is not revised; leave one out")
    if "at" in asked:
        asked["known_at"] = asked["at"]


def figure(request: Request, asked: Asked, here: Standpoint) -> Shown:
    """The figure that the address of a badge or a frame asks for; raises `Problem`."""
    name = indicator_named(request, here)
    check_names(here.db, asked, name)
    written_at = asked.get("written_at")
    return shown(here, name, narrowing(asked), pinned="at" in asked, written_at=written_at)


def kept(query: Pairs) -> dict[str, str]:
    """What of a query is carried to wherever the figure is shown."""
    return {name: value for name, value in sorted(query) if name in KEPT and value}


def elsewhere(what: str, indicator: str, query: Pairs, **more: object) -> str:
    """The path of a figure elsewhere: of a `badge` or an `embed`."""
    end = ".svg" if what == "badge" else ""
    return address(f"/{what}/{quote(indicator, safe='')}{end}", {**kept(query), **more})


def full_page(given: Shown, query: Pairs) -> str:
    """The path of the page that shows an estimate whole, as it is here, for good."""
    policy = {"policy": given.policy} if given.policy else {}
    asked = pinned(kept(query).items(), given.position, **policy)
    return address(f"/estimates/{quote(given.indicator, safe='')}", asked)


def no_page(url: str) -> Problem:
    """The problem that an address is not that of a figure of this service."""
    detail = f"url: '{url[:200]}' is no page of an estimate of this service"
    return Problem("not-found", detail, parameter="url")
