"""The board is what asking every estimate, filtering and sorting gives, whether it is kept or not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from sqlite3 import Connection
from typing import get_args

import pytest

from domain.commands import DefineIndicator
from domain.estimates.flags import FlagCode
from domain.estimates.support import Level
from domain.times import parse_instant, to_micros
from projections.answers.as_of import AsOf
from projections.answers.glance import glance
from projections.answers.kept_sums import MOST_FLAGS
from projections.answers.open_flags import standing_flags
from projections.answers.recent import recent
from projections.board import FIRST, kept_glance
from projections.kept_flags import kept_flags
from projections.tables.projection import FOREVER, Projection
from projections.tables.registry import IndicatorRow, indicators_at
from service.query.board import Board, BoardFilter, BoardItem, Order, Place, board
from service.query.estimates import estimate
from service.query.memo import Memo
from service.query.standpoint import Standpoint
from service.views.store import ViewFile
from tests.histories import MEASURES, ORIGINATORS, Desk, define, desk_of, long_story, views_of
from tests.places import LONG

SEEDS = range(60 if LONG else 2)
LENGTH, DAY = 40, 86_400_000_000
ORDERS: tuple[Order, ...] = ("id", "title", "revised", "topic")
TOPICS = ((), ("front",), ("rear", "front"), ("Air",))


def told(seed: int) -> Desk:
    """A history whose indicators have topics in the end."""
    random, desk = Random(seed), Desk().take(long_story(seed, LENGTH))
    for name in MEASURES:
        definition = desk.definition(name)
        if definition is not None:
            more = {"title": random.choice(("a", "B", "c")), "topics": random.choice(TOPICS)}
            body = {"id": name, **vars(definition), **more}
            desk.take([DefineIndicator.model_validate(body)])
    return desk


def kept(file: ViewFile, most: int) -> None:
    """Build at most so many of the rows that take long."""
    while most and file.idle(lambda: False):
        most -= 1


def standpoints(db: Connection, head: int) -> Iterator[Standpoint]:
    yield Standpoint(db, AsOf(head), current=True)
    yield Standpoint(db, AsOf(head - 2))
    yield Standpoint(db, AsOf(head // 2))
    yield Standpoint(db, AsOf(head, 20_170 * DAY))
    yield Standpoint(db, AsOf(head, None, 20_160 * DAY))


def matters(here: Standpoint, row: IndicatorRow, wanted: BoardFilter) -> bool:
    """Whether an indicator matches a filter, by its own estimate and claims."""
    body = estimate(Standpoint(here.db, here.as_of), row.id)
    claims = here.db.execute(
        "SELECT indicator, originator FROM claims WHERE since <= ? AND pub_from <= ? AND valid <= ?",
        (here.as_of.position, here.as_of.by, here.as_of.until),
    )
    text = " ".join((row.id, row.definition.title, *row.definition.topics))
    return (
        wanted.flag in (None, *(flag["code"] for flag in body["flags"]))
        and wanted.support in (None, body["support"]["level"])
        and wanted.measure in (None, row.definition.measure)
        and wanted.topic in (None, *row.definition.topics)
        and (wanted.source is None or (row.id, wanted.source) in claims.fetchall())
        and (wanted.q is None or wanted.q in text.lower())
    )


def expected(here: Standpoint, wanted: BoardFilter, order: Order) -> list[str]:
    def revised(row: IndicatorRow) -> int:
        found = recent(here.db, row.id, here.as_of).revised
        return -to_micros(parse_instant(found["published_at"])) if found else FOREVER

    def group(row: IndicatorRow) -> tuple[bool, str]:
        first = wanted.topic or next(iter(row.definition.topics), None)
        return first is None, first or ""

    keys = {
        "id": lambda row: row.id,
        "title": lambda row: (row.definition.title.casefold(), row.id),
        "revised": lambda row: (revised(row), row.id),
        "topic": lambda row: (group(row), row.definition.title.casefold(), row.id),
    }
    rows = [row for row in indicators_at(here.db, here.as_of.position) if matters(here, row, wanted)]
    return [row.id for row in sorted(rows, key=keys[order])]


def filters(random: Random) -> Iterator[BoardFilter]:
    yield BoardFilter()
    yield BoardFilter(support=random.choice(get_args(Level)))
    yield BoardFilter(flag=random.choice(get_args(FlagCode)))
    yield BoardFilter(flag="relay-suspected", support=random.choice(get_args(Level)))
    yield BoardFilter(source=random.choice(ORIGINATORS))
    yield BoardFilter(topic=random.choice(("front", "rear", "Air")))
    yield BoardFilter(measure=random.choice(("stock", "cumulative")), q=random.choice("abc"))


def names(found: list[tuple[Place, BoardItem]]) -> list[str]:
    return [item["indicator"] for _, item in found]


@pytest.mark.parametrize("built", [2, FOREVER])
@pytest.mark.parametrize("seed", SEEDS)
def test_filters_and_orders_are_those_of_the_estimates(seed: int, built: int) -> None:
    desk, random = told(seed), Random(seed)
    file = views_of(desk.recorded)
    kept(file, built)
    for here in standpoints(file.writer, len(desk.recorded)):
        for wanted in filters(random):
            order = random.choice(ORDERS)
            found = names(board(here, wanted, order))
            assert found == expected(here, wanted, order), (here.as_of, wanted, order)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_item_is_the_estimate_with_its_flags_in_short(seed: int) -> None:
    desk = told(seed)
    file = views_of(desk.recorded)
    kept(file, 3)
    for here in standpoints(file.writer, len(desk.recorded)):
        for _, item in board(here, BoardFilter()):
            name = item["indicator"]
            one = estimate(Standpoint(here.db, here.as_of), name, with_cohorts=False)
            shown = {key: value for key, value in item.items() if key in one}
            assert shown == {**one, "flags": one["flags"][:MOST_FLAGS]}
            assert sum(item["flag_counts"].values()) == len(one["flags"])


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("seed", SEEDS)
def test_pages_fit_together_while_the_log_grows(seed: int, order: Order) -> None:
    recorded = told(seed).recorded
    half = len(recorded) * 2 // 3
    file = views_of(recorded[:half])
    kept(file, FOREVER)
    whole = board(Standpoint(file.writer, AsOf(half), current=True), BoardFilter(), order)
    found, place, position = list[tuple[Place, BoardItem]](), tuple[int | str, ...](), half
    while page := board(Standpoint(file.writer, AsOf(half)), BoardFilter(), order, place, 2):
        found += page
        place = page[-1][0]
        file.apply(recorded[position : position + 4])
        position = min(position + 4, len(recorded))
        kept(file, 1)
    assert found == whole


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_kept_is_what_is_computed_at_every_position_at_which_it_is_right(seed: int) -> None:
    recorded, file, random = told(seed).recorded, views_of([]), Random(seed)
    for each in recorded:
        file.apply([each])
        kept(file, random.choice((0, 0, 1, 3)))
        for position in (each.position, each.position - 1, each.position - 3):
            for row in indicators_at(file.writer, position):
                seen = kept_glance(file.writer, row.id, position)
                flags = kept_flags(file.writer, row.id, position)
                if seen is not None:
                    assert seen == glance(file.writer, row.id, AsOf(position))
                if flags is not None:
                    assert flags == standing_flags(file.writer, row.id, AsOf(position))


def shown(file: ViewFile) -> list[str]:
    """The indicators of which the views keep what the board shows, in the order in which they came."""
    return [name for (name,) in file.writer.execute("SELECT indicator FROM glances ORDER BY rowid")]


def test_views_made_again_have_the_rows_of_the_page_before_they_are_read() -> None:
    """All of them; the others come when there is nothing else to do."""
    desk = Desk()
    for n in range(FIRST + 20):
        topics = ("front",) if n % 2 else ()
        desk.take([DefineIndicator(id=f"n{n:03}", title=f"{-n}", measure="stock", topics=topics)])
    file = ViewFile.create(Path(":memory:"), building=True)
    file.apply(desk.recorded)
    file.finish()
    here = Standpoint(file.writer, AsOf(len(desk.recorded)), current=True)
    assert sorted(shown(file)) == sorted(names(board(here, BoardFilter(), "topic", limit=FIRST)))
    assert kept_flags(file.writer, "n000", FOREVER) is None
    kept(file, FOREVER)
    assert sorted(shown(file)) == names(board(here, BoardFilter(), limit=FIRST + 20))
    assert kept_flags(file.writer, "n000", FOREVER) == []


def test_what_an_event_touches_on_the_page_is_built_before_all_else() -> None:
    file = views_of(told(1).recorded)
    kept(file, FOREVER)
    head, before = file.position(), shown(file)
    [touched, *_] = desk_of(define("fresh")).recorded
    file.apply([replace(touched, position=head + 1)])
    kept(file, 1)
    assert shown(file) == [*before, "fresh"]


def test_a_row_that_is_being_built_is_taken_back_when_something_else_is_wanted() -> None:
    file = views_of(told(1).recorded)
    while file.idle(lambda: True):
        pass
    rows = file.writer.execute("SELECT count(*) FROM glances").fetchone()[0]
    assert not file.writer.in_transaction
    kept(file, FOREVER)
    assert rows < file.writer.execute("SELECT count(*) FROM glances").fetchone()[0]


def test_a_change_that_is_interrupted_is_taken_back() -> None:
    def endless(db: Connection) -> bool:
        db.execute("CREATE TABLE numbers (n)")
        series = "WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s) SELECT n FROM s"
        db.execute(f"INSERT INTO numbers {series}")
        return True

    file = views_of(told(1).recorded)
    slow = Projection("slow", 1, "", apply=lambda db, events: None, digested=(), idle=endless)
    assert not file.idle(lambda: True, [slow])
    assert not file.writer.in_transaction
    assert not file.writer.execute("SELECT 1 FROM sqlite_master WHERE name = 'numbers'").fetchall()


def test_rows_that_take_long_are_left_for_later_until_who_asks_again_has_them() -> None:
    db = views_of(desk_of(*(define(name) for name in "abc")).recorded).writer
    here = Standpoint(db, AsOf(3), current=True, glance=Memo(glance))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.query.board.AT_ONCE", 1)
        left = list[set[str]]()
        for _ in range(4):
            shown = Board(here)
            rows = [*shown.rows(BoardFilter())]
            left.append(shown.later(rows))
            for row in rows:
                if row.indicator not in left[-1]:
                    shown.item(row)
    assert left == [{"b", "c"}, {"c"}, set(), set()]


def test_no_row_is_left_that_is_kept_or_that_nobody_would_keep() -> None:
    file = views_of(desk_of(*(define(name) for name in "abc")).recorded)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.query.board.AT_ONCE", 1)
        for as_of, built, left in ((AsOf(3), 0, 2), (AsOf(3, DAY), 0, 0), (AsOf(3), 2, 0)):
            kept(file, built)
            shown = Board(Standpoint(file.writer, as_of, current=True))
            assert len(shown.later([*shown.rows(BoardFilter())])) == left, (as_of, built)
