"""By which events flags came or went: found at once, and as a search by whole answers finds them."""

from bisect import bisect_left
from functools import cache
from pathlib import Path
from random import Random

from hypothesis import given

from domain.commands import Command
from domain.estimates.flags import FlagKey
from domain.period import parse_period
from domain.times import parse_instant, to_micros
from domain.vocabulary import MARKINGS
from projections.answers.as_of import AsOf
from projections.answers.differences import flag_keys
from projections.answers.moments import touching
from projections.answers.questions import Narrowing
from projections.changed.projection import CHANGED
from projections.suspected.projection import SUSPECTED
from projections.tables.sight import Sight, showing
from service.query.changes import changes
from service.query.estimates import estimate
from service.query.standpoint import Standpoint
from service.views.store import UNLIMITED, ViewFile
from tests.effort import examples
from tests.histories import (
    DAYS,
    MEASURES,
    ORIGINATORS,
    Desk,
    define,
    desk_of,
    file,
    numbers,
    says,
    stories,
)
from tests.work import calls


def asked_by(random: Random) -> Narrowing:
    """The headline, mostly, or a narrower question."""
    return Narrowing(
        random.choice((None, None, "east")),
        random.choice((None, None, None, parse_period("2025-01"))),
        random.choice((None, None, *ORIGINATORS)),
        random.choice((None, None, "envelope/1", "consensus/1")),
    )


def searched(here: Standpoint, indicator: str, span: tuple[int, int], asked: Narrowing) -> list[int]:
    """One event for each flag that differs, by which it came or went, found by halving the span."""

    @cache
    def flags(position: int) -> frozenset[FlagKey]:
        body = estimate(here.at(position), indicator, asked, with_cohorts=False)
        return frozenset(flag_keys(body["flags"]))

    touched = [each.position for each in touching(here.db, indicator, *span)]
    known = flags(span[0])
    found = {
        bisect_left(touched, True, key=lambda at: (flag in flags(at)) != (flag in known))
        for flag in known ^ flags(span[1])
    }
    return [touched[index] for index in sorted(found) if index < len(touched)]


def turning(here: Standpoint, indicator: str, span: tuple[int, int], asked: Narrowing) -> list[int]:
    """The same as an answer has it."""
    found = changes(here, indicator, span, asked)["differences"]
    return next((each["events"] for each in found if each["field"] == "flags"), [])


def partly_kept(desk: Desk, random: Random) -> ViewFile:
    """Views of which nothing, a part or all is kept of flags."""
    views = ViewFile.create(Path(":memory:"))
    some = random.randint(0, len(desk.recorded))
    for part in (desk.recorded[:some], desk.recorded[some:]):
        views.apply(part)
        if random.random() < 0.7:
            while views.idle(lambda: False, [SUSPECTED, CHANGED]):
                pass
    return views


@given(stories, numbers)
@examples(120)
def test_they_are_those_that_a_search_by_whole_answers_finds(
    commands: list[Command], number: int
) -> None:
    desk, random = Desk().take(commands), Random(number)
    views = partly_kept(desk, random)
    head, clearance = len(desk.recorded), random.choice((MARKINGS[-1], *MARKINGS[:2]))
    by = random.choice((None, None, to_micros(parse_instant(random.choice(DAYS)))))
    with showing(views.writer, Sight(clearance)):
        for name in MEASURES:
            here = Standpoint(views.writer, AsOf(head, by, clearance=clearance))
            first, last = sorted(random.randint(0, head) for _ in range(2))
            asked = asked_by(random)
            given_ = here, name, (first, last), asked
            assert turning(*given_) == searched(*given_)


def fallen(claims: int) -> ViewFile:
    """Views of a total of which each figure falls below the one before it, all of it kept."""
    told = (
        file(f"{n}", "2025-03-01", says(ORIGINATORS[n % 3], 9_000 - n, period=f"{1000 + n}"))
        for n in range(claims)
    )
    views = ViewFile.create(Path(":memory:"))
    views.apply(desk_of(define(), *told).recorded)
    while views.complete(UNLIMITED) or views.idle(lambda: False, [SUSPECTED, CHANGED]):
        pass
    return views


def asked_over_all(views: ViewFile) -> int:
    """The calls that the changes from the beginning to the end take."""
    head = views.writer.execute("SELECT max(position) FROM journal").fetchone()[0]
    here = Standpoint(views.writer, AsOf(head))
    with calls() as counted:
        assert len(turning(here, "killed", (0, head), Narrowing())) > head // 2
    return counted.total()


def test_changes_cost_by_the_events_however_many_flags_they_raise() -> None:
    few, many = asked_over_all(fallen(60)), asked_over_all(fallen(480))
    assert many < 9 * few, (few, many)
