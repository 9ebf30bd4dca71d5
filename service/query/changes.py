"""What changed in an estimate between two positions, and which events changed it."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from projections.answers.differences import Difference, differences, flag_keys
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.moments import CauseAnswer, cause_answer
from projections.answers.questions import Narrowing
from projections.answers.values import Instant, instant
from projections.changed.effects import EventEffect, effects
from projections.changed.flag_turns import turning_events
from projections.tables.journal import recorded_at
from service.query.difference_words import difference_lines
from service.query.differences import (
    DifferenceItem,
    DifferenceItems,
    DifferenceWords,
    OneEach,
    difference_item,
    listed_difference,
)
from service.query.estimates import estimate
from service.query.listed import MOST_ASKED, CountedEstimate, counted
from service.query.standpoint import Standpoint


class RecordMoment(TypedDict):
    """A position in the log and when it was recorded; null for position 0."""

    position: int
    recorded_at: Instant | None


class AttributedDifference(DifferenceItem):
    """A difference with the positions of the events that caused it."""

    events: Annotated[list[int], Field(max_length=MOST_ASKED)]


class ChangeEvent(CauseAnswer):
    """An event that changed an estimate, and what it changed, in data and in words."""

    recorded_at: Instant | None
    differences: DifferenceItems
    words: DifferenceWords


class ChangesAnswer(TypedDict):
    """What changed in an estimate between two positions, in data and in words."""

    indicator: str
    since: RecordMoment
    until: RecordMoment
    before: EstimateAnswer
    after: EstimateAnswer
    differences: Annotated[list[AttributedDifference], OneEach]
    words: DifferenceWords
    events: list[ChangeEvent]


class CountedChanges(ChangesAnswer):
    """What changed in an estimate, with the first of the events that changed it; all are counted."""

    before: CountedEstimate  # type: ignore[misc]  # says more than where nothing is counted
    after: CountedEstimate  # type: ignore[misc]
    events: Annotated[list[ChangeEvent], Field(max_length=MOST_ASKED)]
    n_events: int


MOST_EVENTS = 100
"""Number of events that are listed, unless more are asked for; all of them are counted."""


def changes(here: Standpoint, indicator: str, span: tuple[int, int], asked: Narrowing) -> ChangesAnswer:
    """What changed in an estimate from one position to another, each difference with its events."""
    return _changes(here, indicator, span, asked, None)[0]


def _changes(
    here: Standpoint, indicator: str, span: tuple[int, int], asked: Narrowing, most: int | None
) -> tuple[ChangesAnswer, int]:
    """What changed, by up to `most` of the events that changed it, and the number of all of them."""
    here = here.on(indicator)
    before, after = (
        estimate(here.at(position), indicator, asked, with_cohorts=False) for position in span
    )
    since, until = (here.as_of.at(position) for position in span)
    changed = effects(here.db, indicator, since, until, asked, most)

    def events(difference: Difference) -> tuple[int, ...]:
        """The events behind a difference: those that changed the field, or by which flags turned."""
        if difference.field != "flags":
            return changed.positions(difference.field)
        flags = flag_keys(before["flags"]), flag_keys(after["flags"])
        return turning_events(here.db, indicator, since, until, asked, changed.turns, flags)

    found: list[AttributedDifference] = [
        {**difference_item(each), "events": list(events(each))} for each in differences(before, after)
    ]
    body: ChangesAnswer = {
        "indicator": indicator,
        "since": _record_moment(here, span[0]),
        "until": _record_moment(here, span[1]),
        "before": before,
        "after": after,
        "differences": found,
        "words": [
            f"{line} ({_positions(each['events'])})" if each["events"] else line
            for line, each in zip(difference_lines(found), found, strict=True)
        ],
        "events": [_change_event(here, each) for each in changed.events[:most]],
    }
    return body, len(changed.events)


def counted_changes(
    here: Standpoint,
    indicator: str,
    span: tuple[int, int],
    asked: Narrowing,
    most: int = MOST_EVENTS,
) -> CountedChanges:
    """What changed in an estimate, by up to `most` of the events that changed it."""
    found, n_events = _changes(here, indicator, span, asked, most)
    of_each: list[AttributedDifference] = [
        {**listed_difference(each), "events": each["events"][:most]} for each in found["differences"]
    ]
    return {
        **found,
        "before": counted(found["before"]),
        "after": counted(found["after"]),
        "differences": of_each,
        "events": [_listed_event(each) for each in found["events"]],
        "n_events": n_events,
    }


def _listed_event(each: ChangeEvent) -> ChangeEvent:
    return {**each, "differences": [listed_difference(one) for one in each["differences"]]}


def _record_moment(here: Standpoint, position: int) -> RecordMoment:
    stamp = recorded_at(here.db, position)
    return {"position": position, "recorded_at": None if stamp is None else instant(stamp)}


def _positions(events: list[int]) -> str:
    listed = ", ".join(str(position) for position in events[:5])
    more = f" and {len(events) - 5} more" if len(events) > 5 else ""
    return f"position{'s' * (len(events) > 1)} {listed}{more}"


def _change_event(here: Standpoint, each: EventEffect) -> ChangeEvent:
    items = [difference_item(difference) for difference in each.differences]
    return {
        **cause_answer(each.cause),
        **_record_moment(here, each.cause.position),
        "differences": items,
        "words": difference_lines(items),
    }
