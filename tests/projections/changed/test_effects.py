"""What each event changed of a sum, however it is narrowed: as if it were asked for after each."""

from random import Random

import pytest
from hypothesis import given

from domain.period import parse_period
from domain.times import parse_until, to_micros
from projections.answers import sweep
from projections.answers.as_of import EVERYTHING, AsOf
from projections.answers.differences import differences
from projections.answers.estimates import answer
from projections.answers.moments import touching
from projections.answers.questions import Narrowing
from projections.changed.effects import EventEffect, effects
from projections.tables.projection import Recorded
from tests.effort import examples
from tests.histories import ORIGINATORS, define, desk_of, file, numbers, says, views_of
from tests.projections.sums.stories import NAMES, histories
from tests.work import calls

POLICIES = (
    "envelope/1",
    "weighted-median/1",
    "consensus/1",
    "most-conservative/1",
    "latest-publication/1",
)
MOMENTS = (None, None, *map(to_micros, map(parse_until, ("2025-01-13", "2025-01-20", "2025-02-02"))))


def asked_of(random: Random) -> Narrowing:
    """Anything that narrows a sum, or its headline by some policy."""
    return Narrowing(
        cohort=random.choice((None, None, "east")),
        period=random.choice((None, None, None, parse_period("2025-01"))),
        originator=random.choice((None, None, None, "nis", "spokesman")),
        policy=random.choice((None, *POLICIES)),
        incident=random.choice((None, None, None, "raid")),
    )


def known_at(random: Random, head: int) -> AsOf:
    """Any times, and perhaps not all that is marked."""
    clearance = random.choice((EVERYTHING, EVERYTHING, "TLP:GREEN"))
    return AsOf(head, random.choice(MOMENTS), random.choice(MOMENTS), clearance)


@given(histories, numbers)
@examples(200)
def test_it_is_as_if_the_sum_were_asked_for_after_each_event(
    recorded: list[Recorded], number: int
) -> None:
    db, random = views_of(recorded).writer, Random(number)
    until, asked = known_at(random, len(recorded)), asked_of(random)
    since = until.at(random.randint(0, len(recorded) // 2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep, "FEW", 0)
        for name in NAMES:
            expected, before = list[EventEffect](), answer(db, name, since, asked)
            for cause in touching(db, name, since.position, until.position):
                after = answer(db, name, until.at(cause.position), asked)
                if found := differences(before, after):
                    fields = tuple(each.field for each in found)
                    expected.append(EventEffect(cause, fields, found))
                before = after
            assert effects(db, name, since, until, asked).events == expected


@pytest.mark.parametrize(
    "asked",
    [Narrowing(), Narrowing(policy="envelope/1"), Narrowing(originator=ORIGINATORS[0])],
    ids=["headline", "policy", "originator"],
)
@pytest.mark.parametrize("by", [None, to_micros(parse_until("2030-01-01"))], ids=["now", "published"])
def test_the_changes_of_a_sum_cost_by_the_events(asked: Narrowing, by: int | None) -> None:
    work = list[int]()
    for claims in (60, 480):
        told = (
            file(
                str(n),
                "2025-03-01",
                says(ORIGINATORS[n % 3], 9 + 80 * (n % 2), indicator="lost", period=f"{1000 + n // 2}"),
            )
            for n in range(claims)
        )
        desk = desk_of(define("lost", "increment"), *told)
        db, until = views_of(desk.recorded).writer, AsOf(len(desk.recorded), by)
        with calls() as counted:
            assert len(effects(db, "lost", until.at(0), until, asked, 20).events) >= claims // 3
        work.append(counted.total())
    few, many = work
    assert many < 11 * few, work
