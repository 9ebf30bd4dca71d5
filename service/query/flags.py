"""Open flags over all indicators."""

from collections.abc import Sequence

from projections.answers.as_of import EVERYTHING
from projections.answers.open_flags import StandingFlag
from projections.kept_flags import kept_flags
from projections.tables.registry import indicators_at
from service.query.listed import ListedFlag, listed_flag
from service.query.standpoint import Standpoint


class OpenFlag(ListedFlag):
    """A flag with the indicator that it is about."""

    indicator: str


FlagPlace = tuple[str, int]
"""An indicator, and the number of a flag among its open ones, counted from 1."""


def open_flags(
    here: Standpoint,
    indicator: str | None,
    code: str | None,
    after: FlagPlace = ("", 0),
    limit: int = 100,
) -> list[tuple[FlagPlace, OpenFlag]]:
    """At most `limit` open flags by indicator id, each with its place, starting after a place.

    `indicator` and `code` narrow them where they are given.
    """
    found, (first, n) = list[tuple[FlagPlace, OpenFlag]](), after
    rows = indicators_at(here.db, here.as_of.position, first)
    for name in [*([first] if first else ()), *(row.id for row in rows)]:
        if len(found) >= limit:
            break
        if indicator in (None, name):
            found += _flags_of(here, name, code, n if name == first else 0)
    return found[:limit]


def flags_on(here: Standpoint, indicator: str) -> Sequence[StandingFlag]:
    """Every open flag of an indicator with its age: kept, or computed."""
    here = here.on(indicator)
    if here.plain and here.as_of.clearance == EVERYTHING:
        kept = kept_flags(here.db, indicator, here.as_of.position)
        if kept is not None:
            return kept
    return here.flags(here.db, indicator, here.as_of)


def _flags_of(
    here: Standpoint, name: str, code: str | None, after: int
) -> list[tuple[FlagPlace, OpenFlag]]:
    return [
        ((name, n), {"indicator": name, **listed_flag(flag)})
        for n, (flag, _) in enumerate(flags_on(here, name), start=1)
        if n > after and code in (None, flag["code"])
    ]
