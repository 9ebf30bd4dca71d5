"""Open flags over all indicators."""

from projections.answers.estimate_answer import FlagAnswer, flag_answer
from projections.answers.flags import all_flags
from projections.tables.registry import indicators_at
from service.query.standpoint import Standpoint


class OpenFlag(FlagAnswer):
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


def _flags_of(
    here: Standpoint, name: str, code: str | None, after: int
) -> list[tuple[FlagPlace, OpenFlag]]:
    flags = enumerate(all_flags(here.db, name, here.as_of, here.suspect), start=1)
    return [
        ((name, n), {"indicator": name, **flag_answer(flag)})
        for n, flag in flags
        if n > after and code in (None, flag.code)
    ]
