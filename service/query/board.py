"""The board: the estimate of every indicator in short, filtered, in one of several orders, in pages.

What an indicator is filtered and ordered by is kept in the views (`projections.board`), so that a page
costs one short row for each indicator and the estimates of its own rows. It is computed where other
times are asked, where something is hidden from the reader, and where it is not kept yet.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from sqlite3 import Connection
from typing import Literal, NamedTuple, TypeVar

from domain.estimates.flags import FlagCode
from domain.estimates.support import Level
from domain.events import Definition
from domain.vocabulary import Measure, restriction
from projections.answers.as_of import EVERYTHING
from projections.answers.claims import indicators_voiced_by
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.glance import Glance, claims_to_read
from projections.answers.recent import RevisedAnswer
from projections.board import Outline, kept_glance, kept_outlines, outline_of
from projections.tables.projection import FOREVER
from projections.tables.registry import definitions_at
from projections.tables.restrictions import affected
from service.query.estimates import headline_of, with_elsewhere
from service.query.indicators import Names
from service.query.listed import CountedEstimate, listed_fields
from service.query.memo import Memo
from service.query.standpoint import Standpoint

AT_ONCE = 10_000
"""Number of claims that are read for rows which are not kept before others are left for later."""
Order = Literal["id", "title", "revised", "topic"]
T = TypeVar("T")
Place = tuple[int | str, ...]
"""Where an indicator stands in an order; the last part is its id."""


class BoardItem(CountedEstimate):
    """An estimate on the board, with the topics of its indicator and when its figure last changed."""

    topics: Names
    revised: RevisedAnswer | None


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """What narrows the board."""

    q: str | None = None
    measure: Measure | None = None
    flag: FlagCode | None = None
    source: str | None = None
    topic: str | None = None
    support: Level | None = None
    indicator: str | None = None


class Row(NamedTuple):
    """An indicator that matches a filter, and where it stands in the order."""

    place: Place
    indicator: str
    definition: Definition


class Board:
    """The board at a standpoint; what is computed of an indicator is computed once."""

    def __init__(self, here: Standpoint) -> None:
        self._here = here
        self._outlines = right_at(here, kept_outlines)
        self._glances = dict[str, Glance]()

    def rows(self, wanted: BoardFilter, order: Order = "id", after: Place = ()) -> Iterator[Row]:
        """The indicators that match a filter, in an order, starting after a place."""
        place_of = self._places(order, wanted.topic)
        defined = [row for row in self._definitions(wanted) if _is_defined_as(*row, wanted)]
        rows = sorted(Row(place_of(*row), *row) for row in defined)
        return (row for row in rows if row.place > after and self._stands_as(row.indicator, wanted))

    def item(self, row: Row) -> BoardItem:
        """What the board shows of an indicator."""
        here = self._here.on(row.indicator)
        seen = self.glance(row.indicator)
        found = with_elsewhere(here, headline_of(here, row.indicator))
        body: BoardItem = {
            **found,
            **listed_fields(found, seen.flags, seen.flag_counts),
            "topics": list(row.definition.topics),
            "revised": seen.revised,
        }
        if here.knows_withheld:
            body["withheld"] = True
        return body

    def short_item(self, row: Row) -> EstimateAnswer:
        """The estimate of an indicator alone, as it is kept or computed."""
        here = self._here.on(row.indicator)
        return with_elsewhere(here, headline_of(here, row.indicator))

    def later(self, rows: Sequence[Row]) -> set[str]:
        """The indicators of those rows that take long together, beyond the first ones.

        What was computed once is kept for a while, so that who asks again sees more.
        """
        found, read = set[str](), 0
        for name in (row.indicator for row in rows if not self._is_at_hand(row.indicator)):
            if read >= AT_ONCE:
                found.add(name)
            else:
                read += claims_to_read(self._here.db, name, self._here.on(name).as_of)
        return found

    def _is_at_hand(self, indicator: str) -> bool:
        """Whether a glance was computed before, or would not be kept for who asks again."""
        here = self._here.on(indicator)
        if indicator in self._glances or indicator in self._outlines or not here.plain:
            return True
        return isinstance(here.glance, Memo) and here.glance.has(here.db, indicator, here.as_of)

    def glance(self, indicator: str) -> Glance:
        """What is kept of an indicator for the board, or computed."""
        if indicator not in self._glances:
            self._glances[indicator] = glance_of(self._here, indicator)
        return self._glances[indicator]

    def _definitions(self, wanted: BoardFilter) -> list[tuple[str, Definition]]:
        found = definitions_at(self._here.db, self._here.as_of.position)
        if wanted.source is None:
            return found
        voiced = indicators_voiced_by(self._here.db, wanted.source, self._here.as_of)
        return [row for row in found if row[0] in voiced]

    def _stands_as(self, indicator: str, wanted: BoardFilter) -> bool:
        if (wanted.flag, wanted.support) == (None, None):
            return True
        outline = self._outline(indicator)
        return wanted.support in (None, outline.support) and (
            wanted.flag is None or wanted.flag in outline.codes
        )

    def _outline(self, indicator: str) -> Outline:
        return self._outlines.get(indicator) or outline_of(self.glance(indicator))

    def _places(self, order: Order, topic: str | None) -> Callable[[str, Definition], Place]:
        def by_revision(name: str, definition: Definition) -> Place:
            revised = self._outline(name).revised
            return (FOREVER if revised is None else -revised, name)

        def by_topic(name: str, definition: Definition) -> Place:
            group = group_of(definition, topic)
            return (group is None, group or "", definition.title.casefold(), name)

        return {
            "id": lambda name, definition: (name,),
            "title": lambda name, definition: (definition.title.casefold(), name),
            "revised": by_revision,
            "topic": by_topic,
        }[order]


def board(
    here: Standpoint,
    wanted: BoardFilter,
    order: Order = "id",
    after: Place = (),
    limit: int = 100,
) -> list[tuple[Place, BoardItem]]:
    """At most `limit` items of the board in an order, each with its place, starting after a place."""
    shown = Board(here)
    rows = islice(shown.rows(wanted, order, after), limit)
    return [(row.place, shown.item(row)) for row in rows]


def group_of(definition: Definition, topic: str | None) -> str | None:
    """The topic under which the board groups an indicator: the one that is asked, or its first."""
    return topic or next(iter(definition.topics), None)


def glance_of(here: Standpoint, indicator: str) -> Glance:
    """What the board shows of an indicator beside its estimate: kept, or computed."""
    here = here.on(indicator)
    if here.plain and here.as_of.clearance == EVERYTHING:
        kept = kept_glance(here.db, indicator, here.as_of.position)
        if kept is not None:
            return kept
    return here.glance(here.db, indicator, here.as_of)


def right_at(here: Standpoint, kept: Callable[[Connection, int], dict[str, T]]) -> dict[str, T]:
    """What is kept of indicators and right at a standpoint."""
    if not here.plain:
        return {}
    found = kept(here.db, here.as_of.position)
    if here.as_of.clearance != EVERYTHING:
        for indicator in affected(here.db, restriction(here.as_of.clearance)):
            found.pop(indicator, None)
    return found


def _is_defined_as(indicator: str, definition: Definition, wanted: BoardFilter) -> bool:
    if wanted.indicator not in (None, indicator) or wanted.measure not in (None, definition.measure):
        return False
    if wanted.topic is not None and wanted.topic not in definition.topics:
        return False
    described = (indicator, definition.title, definition.definition)
    text = " ".join((*described, *definition.terms, *definition.topics)).lower()
    return wanted.q is None or all(word in text for word in wanted.q.lower().split())
