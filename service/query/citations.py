"""Citations: what was cited where, what it was and is now, and what moved it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from urllib.parse import quote, urlencode

from typing_extensions import TypedDict

from domain.estimates.claims import Claim
from domain.events import FigureCited
from domain.times import show_instant
from domain.vocabulary import Marking
from projections.answers.as_of import EVERYTHING, AsOf
from projections.answers.claims import look_up
from projections.answers.values import Instant, Number, PolicyName, instant
from projections.moved.moving import CitedAnswer, MovedFigure, Watched, cited_answer, cited_estimate
from projections.moved.projection import move_of
from projections.tables.cited_figures import CitedRow, ClosedRow, citations_at, closing
from projections.tables.journal import last_position, recorded_at
from projections.tables.registry import indicator_at, source_at
from service.query.citation_words import (
    Said,
    correction,
    figure_words,
    known_words,
    moved_words,
    rule_words,
)
from service.query.standpoint import Standpoint

State = Literal["moved", "open", "closed"]
STATES: tuple[State, ...] = ("moved", "open", "closed")
"""Every state of a citation, in the order of the list."""


class CitedQuestion(TypedDict):
    """What was asked when a figure was cited; `known_at` is when its position was recorded."""

    period: str | None
    cohort: str | None
    incident: str | None
    originator: str | None
    policy: PolicyName
    position: int
    known_at: Instant | None
    published_by: Instant | None
    valid_at: Instant | None


class RuleAnswer(TypedDict):
    """When a cited figure counts as moved, and the same in words."""

    by_percent: Number
    or_support: bool
    or_flag: bool
    words: str


class MovedItem(MovedFigure):
    """What moved a cited figure, with its times and in words."""

    recorded_at: Instant | None
    originator: str | None
    published_at: Instant | None
    words: str


class ClosedItem(TypedDict):
    """When, by whom and why a citation was closed."""

    position: int
    recorded_at: Instant
    by: str
    reason: str


class CitationItem(TypedDict):
    """A citation: where a figure was used, what it was then and is now, and what moved it."""

    id: str
    state: State
    indicator: str
    title: str
    unit: str
    where: str
    note: str
    marking: Marking
    by: str
    position: int
    """That of the event that cited it."""
    recorded_at: Instant
    question: CitedQuestion
    when_it_moves: RuleAnswer
    cited: CitedAnswer
    now: CitedAnswer
    moved: MovedItem | None
    closed: ClosedItem | None
    correction: str | None
    """What to print where the figure was used, once it moved."""
    cited_page: str
    """The page that shows the figure as it was cited."""
    now_page: str


@dataclass(frozen=True)
class _Citation:
    """A citation at a standpoint on its indicator."""

    here: Standpoint
    row: CitedRow

    @property
    def event(self) -> FigureCited:
        return self.row.event

    @property
    def watched(self) -> Watched:
        return Watched(self.event, self.row.position, self.here.as_of.clearance)

    @cached_property
    def closed(self) -> ClosedRow | None:
        if self.row.until > self.here.as_of.position:
            return None
        return closing(self.here.db, self.event.citation, self.row.until)

    @cached_property
    def moved(self) -> MovedFigure | None:
        kept = self.here.as_of.clearance == EVERYTHING
        return move_of(self.here.db, self.row, self.watched, self.here.as_of.position, kept=kept)

    @property
    def state(self) -> State:
        return "closed" if self.closed else "moved" if self.moved else "open"

    @property
    def place(self) -> tuple[int, int, str]:
        """Its place in the list: moved ones first, in each state the latest one first."""
        since = self.closed.position if self.closed else self.row.position
        since = self.moved["position"] if self.state == "moved" and self.moved else since
        return STATES.index(self.state), -since, self.event.citation


def citations(
    here: Standpoint,
    state: State | None,
    indicator: str | None,
    start: int = 0,
    limit: int | None = None,
) -> list[CitationItem]:
    """At most `limit` citations from a place in the list, without it all: those that moved first."""
    found = list(_citations(here, indicator=indicator))
    wanted = sorted((each for each in found if state in (None, each.state)), key=_place)
    return [_item(each) for each in wanted[start:][:limit]]


def citation(here: Standpoint, name: str) -> CitationItem | None:
    """One citation; None where there is none."""
    return next((_item(each) for each in _citations(here, name=name)), None)


def _citations(
    here: Standpoint, name: str | None = None, indicator: str | None = None
) -> Iterator[_Citation]:
    at = here.as_of.position
    for row in citations_at(here.db, at, citation=name, indicator=indicator):
        yield _Citation(here.on(row.event.indicator), row)


def _place(found: _Citation) -> tuple[int, int, str]:
    return found.place


def _item(found: _Citation) -> CitationItem:
    here, event, row = found.here, found.event, found.row
    at, watched = here.as_of.position, found.watched
    named = indicator_at(here.db, event.indicator, at)
    rule = event.when_it_moves
    item: CitationItem = {
        "id": event.citation,
        "state": found.state,
        "indicator": event.indicator,
        "title": named.definition.title if named else event.indicator,
        "unit": named.definition.unit if named else "",
        "where": event.where,
        "note": event.note,
        "marking": event.marking,
        "by": row.actor,
        "position": row.position,
        "recorded_at": instant(row.recorded_at),
        "question": _question(here, event),
        "when_it_moves": {
            "by_percent": rule.by_percent,
            "or_support": rule.or_support,
            "or_flag": rule.or_flag,
            "words": rule_words(rule),
        },
        "cited": cited_answer(cited_estimate(here.db, watched, watched.then)),
        "now": cited_answer(cited_estimate(here.db, watched, watched.open_at(at))),
        "moved": None,
        "closed": _closed(found.closed),
        "correction": None,
        "cited_page": _page(event, _times(event)),
        "now_page": _page(event, {}),
    }
    if found.moved is not None:
        item["moved"] = _moved(here, item["cited"], found.moved)
        item["correction"] = _correction(here, item, found.moved)
    return item


def _question(here: Standpoint, event: FigureCited) -> CitedQuestion:
    by, until = event.published_by, event.valid_at
    return {
        "period": event.period,
        "cohort": event.cohort,
        "incident": event.incident,
        "originator": event.originator,
        "policy": event.policy,
        "position": event.position,
        "known_at": _recorded(here, event.position),
        "published_by": None if by is None else show_instant(by),
        "valid_at": None if until is None else show_instant(until),
    }


def _recorded(here: Standpoint, position: int) -> Instant | None:
    """When the last event up to a position that the reader may see was recorded."""
    stamp = recorded_at(here.db, last_position(here.db, position))
    return None if stamp is None else instant(stamp)


def _moved(here: Standpoint, cited: CitedAnswer, moved: MovedFigure) -> MovedItem:
    leading = _leading(here, moved["to"], moved["position"])
    return {
        **moved,
        "recorded_at": _recorded(here, moved["position"]),
        "originator": leading.originator if leading else None,
        "published_at": instant(leading.published) if leading else None,
        "words": moved_words(cited, moved),
    }


def _leading(here: Standpoint, answer: CitedAnswer, position: int) -> Claim | None:
    """The claim that leads an answer, as it was at a position."""
    if answer["leading"] is None:
        return None
    as_of = AsOf(position, clearance=here.as_of.clearance)
    return look_up(here.db, as_of)(answer["leading"]["claim"])


def _closed(closed: ClosedRow | None) -> ClosedItem | None:
    if closed is None:
        return None
    return {
        "position": closed.position,
        "recorded_at": instant(closed.recorded_at),
        "by": closed.actor,
        "reason": closed.reason,
    }


def _correction(here: Standpoint, item: CitationItem, moved: MovedFigure) -> str:
    then = _said(here, moved["to"], moved["position"])
    now = _said(here, item["now"], here.as_of.position)
    of = figure_words(item["title"], item["question"])
    return correction(of, item["cited"], known_words(item["question"]), then, now, item["unit"])


def _said(here: Standpoint, answer: CitedAnswer, position: int) -> Said:
    leading = _leading(here, answer, position)
    if leading is None:
        return Said(answer)
    source = source_at(here.db, leading.originator, here.as_of.position)
    who = (source.registered.name if source else None) or leading.originator
    return Said(answer, who, instant(leading.published))


def _times(event: FigureCited) -> dict[str, str]:
    """The times at which a figure was cited, as parameters of its page."""
    asked = {"published_by": event.published_by, "valid_at": event.valid_at}
    given = {name: show_instant(time) for name, time in asked.items() if time is not None}
    return {"known_at": str(event.position), **given}


def _page(event: FigureCited, times: Mapping[str, str]) -> str:
    """The page of the question that was cited, at some times."""
    names = ("period", "cohort", "incident", "originator", "policy")
    asked = {name: value for name in names if (value := getattr(event, name)) is not None}
    query = urlencode(dict(sorted({**asked, **times}.items())))
    return f"/estimates/{quote(event.indicator)}?{query}"
