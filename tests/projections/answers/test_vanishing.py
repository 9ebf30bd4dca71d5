"""What a raised marking takes away: exactly where a list of events lost one, and nowhere else."""

import sqlite3
from collections.abc import Iterator

import pytest

from domain.events import SourceRegistered
from domain.stream_names import split_stream
from domain.vocabulary import Marking
from projections.answers.selection import Selection, positions
from projections.answers.vanishing import has_vanished, levels_changed
from projections.tables.projection import Recorded
from projections.tables.sight import ReadersConnection, Sight, showing
from tests.histories import views_of
from tests.places import LONG
from tests.service.query.test_unseen import marked_story

SEEDS = range(60) if LONG else (1, 3)
TABLES = {"level_changes", "journal", "j", "levels", "l", "subjects", "s", "mentions", "m", "touches"}


def selections(streams: set[str], sight: Sight) -> Iterator[Selection]:
    """The whole log, and what is about each thing in it."""
    yield Selection(sight=sight)
    for kind, name in sorted(map(split_stream, streams)):
        if kind in ("report", "source", "indicator"):
            yield Selection(**{kind: name}, sight=sight)


def listed(db: ReadersConnection, selection: Selection, until: int) -> set[int]:
    with showing(db, selection.sight):
        return set(positions(db, selection, 0, until + 1, 10_000))


@pytest.mark.parametrize("clearance", ["TLP:CLEAR", "TLP:AMBER"])
@pytest.mark.parametrize("seed", SEEDS)
def test_something_vanished_exactly_where_a_list_lost_an_event(seed: int, clearance: Marking) -> None:
    desk, sight = marked_story(seed), Sight(clearance, operations=False)
    views = views_of(desk.recorded[:1])
    asked = list(selections({each.stream for each in desk.recorded}, sight))
    lost = 0
    db, before = views.writer, {each: listed(views.writer, each, 1) for each in asked}
    after, together = 1, list[Recorded]()
    for event in desk.recorded[1:]:
        together.append(event)
        if event.event == SourceRegistered(source=split_stream(event.stream)[1]):
            continue  # stored with what names it
        views.apply(together)
        together.clear()
        at = event.position
        for each in asked:
            now = listed(db, each, at)
            gone = bool(before[each] - now)
            told = has_vanished(db, each, after, at)
            # Of an indicator only reports are told of that name it, or a part of it.
            assert told == gone or (gone and each.indicator), (at, each)
            assert levels_changed(db, after, at) or not gone
            lost += gone
            before[each] = now
        after = at
    assert lost


def test_what_vanished_is_found_by_index() -> None:
    db, steps = views_of(marked_story(0).recorded).writer, list[str]()
    db.set_trace_callback(steps.append)
    levels_changed(db, 1, 9)
    for selection in (Selection(), Selection(indicator="x"), Selection(type="ReportFiled")):
        has_vanished(db, selection, 1, 9)
    db.set_trace_callback(None)
    assert len(steps) == 4
    for statement in steps:
        assert not scanned(db, statement), statement


def scanned(db: sqlite3.Connection, statement: str) -> list[str]:
    """The tables, as the statement calls them, that it reads from end to end."""
    plan = [row[3].split() for row in db.execute(f"EXPLAIN QUERY PLAN {statement}")]
    return [words[1] for words in plan if words[0] == "SCAN" and words[1] in TABLES]
