"""A briefing as the interface and the page ask for it: its span, and the addresses of its sentences."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from domain.times import LAST_MOMENT, from_micros, to_micros
from domain.vocabulary import Marking
from projections.answers.as_of import NOW
from projections.answers.moments import Axis
from projections.answers.values import Instant, instant
from service.http.parameters import BOARD_FILTERS, Asked, bad_parameter
from service.http.permalinks import figure_then
from service.http.times import between
from service.query.board import BoardFilter
from service.query.briefing import Sentence, Span, briefing
from service.query.briefing_kinds import RULE, Kind
from service.query.listed import MOST_ASKED
from service.query.standpoint import Standpoint
from service.query.words import day_of

QUERY = ("known_at", "min_position", *BOARD_FILTERS, "since", "until", "axis")
MOST_SENTENCES = 200
"""Maximum number of sentences, unless more are asked for; all of them are counted."""


class BriefingItem(TypedDict):
    """A sentence: about which indicator, of what kind, and the event that it tells of.

    `at` is when that was recorded, or published; `permalink` the page of the answer as it was then.
    """

    topic: str | None
    indicator: str
    title: str
    kind: Kind
    importance: int
    words: str
    position: int
    at: Instant | None
    event: str
    permalink: str
    marking: Marking


class BriefingAnswer(TypedDict):
    """What changed in a span, in sentences; those about one indicator follow each other.

    The first are listed, and all are counted.
    """

    axis: Axis
    since: str
    until: str
    rule: str
    items: Annotated[list[BriefingItem], Field(max_length=MOST_ASKED)]
    n_items: int


def briefed(asked: Asked, here: Standpoint, base: str = "") -> BriefingAnswer:
    """The briefing for a span of a request; addresses are below `base`. Raises `Problem`."""
    span = _published(asked, here) if asked.get("axis") == "publication" else _recorded(asked, here)
    wanted = BoardFilter(*(asked.get(name) for name in BOARD_FILTERS))
    found, most = briefing(span, wanted), asked.get("limit", MOST_SENTENCES)
    return {
        "axis": span.axis,
        "since": _shown(span, span.since),
        "until": _shown(span, _end(span)),
        "rule": RULE,
        "items": [_item(span, each, base) for each in found[:most]],
        "n_items": len(found),
    }


def _recorded(asked: Asked, here: Standpoint) -> Span:
    since, until = between(here, asked)
    then = here if until == here.as_of.position else here.at(until)
    return Span("record", since, here.at(since), then)


def _published(asked: Asked, here: Standpoint) -> Span:
    since, until = (_published_at(asked, name) for name in ("since", "until"))
    begin, end = 0 if since is None else since, LAST_MOMENT if until is None else until
    if begin > end:
        raise bad_parameter("since", "comes after until")
    return Span("publication", begin, _published_by(here, begin), _published_by(here, until))


def _published_by(here: Standpoint, moment: int | None) -> Standpoint:
    return replace(here, as_of=replace(here.as_of, published_by=moment))


def _published_at(asked: Asked, name: str) -> int | None:
    given = asked.get(name)
    if isinstance(given, int):
        raise bad_parameter(name, "a position says nothing of publication; give a date or an instant")
    return to_micros(given) if isinstance(given, datetime) else None


def _end(span: Span) -> int:
    return span.here.as_of.position if span.axis == "record" else span.here.as_of.by


def _shown(span: Span, end: int) -> str:
    """An end of a span: a position, or a day; empty where there is no such end."""
    if span.axis == "record":
        return f"position {end}"
    return "" if end in (0, NOW.by) else day_of(instant(end))


def _item(span: Span, each: Sentence, base: str) -> BriefingItem:
    asked: Asked = {}
    position = each.position
    if span.axis == "publication":
        position = span.here.as_of.position
        if each.moment is not None:
            asked["published_by"] = from_micros(each.moment)
    return {
        "topic": each.topic,
        "indicator": each.indicator,
        "title": each.title,
        "kind": each.kind,
        "importance": each.importance,
        "words": each.words,
        "position": each.position,
        "at": None if each.moment is None else instant(each.moment),
        "event": f"{base}/events/{each.position}",
        "permalink": figure_then(base, each.indicator, asked, position),
        "marking": each.marking,
    }
