"""Changed estimates: each change of a default answer, over all indicators, in order."""

from collections.abc import Iterator
from heapq import merge
from itertools import islice

from domain.estimates.flags import FlagCode
from domain.events import Definition
from domain.vocabulary import Marking
from projections.answers.as_of import EVERYTHING
from projections.answers.glance import in_short
from projections.answers.replay import last_touch
from projections.answers.values import Instant, instant
from projections.changed.begun import had_begun
from projections.changed.history import ChangedEstimate
from projections.changed.projection import (
    Place,
    changes_of,
    followed_to,
    kept_changes,
    kept_changes_on,
    kept_vintages_on,
)
from projections.tables.journal import recorded_at
from service.query.board import Board, BoardFilter
from service.query.change_marking import change_marking
from service.query.change_words import change_words
from service.query.listed import ListedFlags, listed_flag
from service.query.standpoint import Standpoint


class ChangedItem(ChangedEstimate):
    """A changed estimate: what it was and is, which event did it, and all of it in a sentence."""

    indicator: str
    title: str
    unit: str
    position: int
    recorded_at: Instant | None
    marking: Marking
    words: str


class ListedChange(ChangedItem):
    """A changed estimate with its first flags, and how many were raised and cleared of each code."""

    flags_raised: ListedFlags
    flags_cleared: ListedFlags
    raised_counts: dict[FlagCode, int]
    cleared_counts: dict[FlagCode, int]


def listed_change(item: ChangedItem) -> ListedChange:
    """A changed estimate with its first flags, and how many there are of each code."""
    raised, cleared = in_short(item["flags_raised"]), in_short(item["flags_cleared"])
    return {
        **item,
        "flags_raised": [*map(listed_flag, raised["flags"])],
        "flags_cleared": [*map(listed_flag, cleared["flags"])],
        "raised_counts": raised["flag_counts"],
        "cleared_counts": cleared["flag_counts"],
    }


def changed(
    here: Standpoint,
    wanted: BoardFilter,
    span: tuple[int, int],
    after: Place | None,
    limit: int,
    *,
    latest_first: bool,
) -> list[tuple[Place, ChangedItem]]:
    """At most `limit` changes after one position, up to another, each with its place in the order.

    `after` is the place of the last one that was given before.
    """
    definitions = {row.indicator: row.definition for row in Board(here).rows(wanted)}
    low, high = (span[0], _LAST), (span[1], _LAST)
    if after is not None:
        low, high = (low, after) if latest_first else (after, high)
    kept = {name for name in definitions if _is_kept(here.on(name))}
    of_kept = kept_changes(here.db, kept, (low, high), limit, latest_first=latest_first)
    of_others = sorted(
        (each for name in definitions for each in _computed(here.on(name), name, name in kept, low[0])),
        key=_place,
        reverse=latest_first,
    )
    others = (each for each in of_others if low < each[0] < high)
    found = merge(of_kept, others, key=_place, reverse=latest_first)
    return [
        (place, _item(here, place, change, definitions[place[1]]))
        for place, change in islice(found, limit)
    ]


def changes_since(here: Standpoint, indicator: str, since: int) -> list[ChangedEstimate]:
    """How the default answer about one indicator changed after a position, in order."""
    here, until = here.on(indicator), here.as_of.position
    if last_touch(here.db, indicator, until) <= since:
        return []
    kept = _is_kept(here)
    of_kept = kept_changes_on(here.db, indicator, since, until) if kept else []
    others = [change for _, change in _computed(here, indicator, kept, since)]
    return [*of_kept, *(each for each in others if each["cause"]["position"] > since)]


def kept_vintages(
    here: Standpoint, indicator: str, part: slice
) -> list[tuple[int, ChangedEstimate]] | None:
    """A part of the changes of an indicator's figure at a standpoint `on` it, each with its time.

    None where not all of its changes are kept.
    """
    until = here.as_of.position
    if not _is_kept(here) or followed_to(here.db, indicator)[0] < last_touch(here.db, indicator, until):
        return None
    return kept_vintages_on(here.db, indicator, until, part)


_LAST = "\U0010ffff"
"""Comes after the id of every indicator."""


def _place(one: tuple[Place, ChangedEstimate]) -> Place:
    return one[0]


def _is_kept(here: Standpoint) -> bool:
    """Whether what is kept of an indicator is right at a standpoint `on` it."""
    return here.plain and here.as_of.clearance == EVERYTHING


def _computed(
    here: Standpoint, indicator: str, kept: bool, since: int
) -> Iterator[tuple[Place, ChangedEstimate]]:
    """The changes of an indicator from a position on that are not kept, at a standpoint `on` it."""
    followed = followed_to(here.db, indicator) if kept else (0, False)
    last = last_touch(here.db, indicator, here.as_of.position)
    if last <= followed[0] or last < since:
        return
    before = max(0, since - 1)  # a change at the position itself counts too
    if followed[0] < before:
        followed = before, had_begun(here.db, indicator, here.as_of.at(before))
    for change in changes_of(here.db, indicator, here.as_of, followed):
        yield (change["cause"]["position"], indicator), change


def _item(
    here: Standpoint, place: Place, change: ChangedEstimate, definition: Definition
) -> ChangedItem:
    position, indicator = place
    stamp = recorded_at(here.db, position)
    return {
        **change,
        "indicator": indicator,
        "title": definition.title,
        "unit": definition.unit,
        "position": position,
        "recorded_at": None if stamp is None else instant(stamp),
        "marking": change_marking(here, indicator, change),
        "words": change_words(change),
    }
