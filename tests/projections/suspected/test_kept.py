"""What is kept of suspicions is what judging all claims finds, at every position, for any question."""

from collections.abc import Iterator, Sequence
from itertools import count, pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import Command
from domain.estimates.flags import Flag
from domain.estimates.suspicions.suspicion import flags_about
from domain.period import parse_period
from domain.times import parse_until, to_micros
from projections.answers.as_of import AsOf
from projections.answers.flags import flags, suspicions_of
from projections.answers.kept_suspicions import MOST_EVENTS, kept_suspicions
from projections.answers.questions import Narrowing, question_of
from projections.suspected import projection
from projections.suspected.projection import AT_ONCE, FEW, SUSPECTED
from projections.tables.projection import Recorded, state_digest
from projections.tables.registry import indicator_at, voices_at
from service.views.store import ViewFile
from tests.effort import examples
from tests.histories import (
    DAYS,
    MEASURES,
    ORIGINATORS,
    Desk,
    Line,
    define,
    desk_of,
    file,
    long_story,
    says,
    stories,
    views_of,
)
from tests.projections.sums.stories import NAMES, histories
from tests.projections.suspected.redacted import without_some
from tests.work import calls

PERIODS = ("2025-02", "2025-01/2025-06", "../2025-03-15", "2025-01-02/2025-01-05")
PUBLISHED = ("2025-01-05", "2025-02-12", "2025-03-15", "2025-05-15")
EVERY = (*MEASURES, *(name for name in NAMES if name not in MEASURES))


def made(views: ViewFile, most: int = -1) -> None:
    """Make the rows of indicators, one after another."""
    while most and views.idle(lambda: False, [SUSPECTED]):
        most -= 1


def live(recorded: Sequence[Recorded], random: Random) -> ViewFile:
    """Views that received events a few at a time, with rows made now and then."""
    views, start = ViewFile.create(Path(":memory:")), 0
    while start < len(recorded):
        end = start + random.choice((1, 1, 2, 12))
        views.apply(recorded[start:end])
        made(views, random.choice((-1, -1, 0, 2)))
        start = end
    return views


def judged(views: ViewFile, name: str, as_of: AsOf) -> list[Flag]:
    """The flags about claims, from all claims."""
    return [each.flag for each in suspicions_of(views.writer, name, as_of) if each.about]


def agree(views: ViewFile, head: int) -> int:
    """Kept is judged, at every position for which rows are there or nearly; return how many."""
    kept_at = 0
    for name in EVERY:
        for position in range(head + 1):
            expected = judged(views, name, AsOf(position))
            for most in (None, 2):
                kept = kept_suspicions(views.writer, name, AsOf(position), most)
                if kept is not None:
                    codes = [flag.code for flag in expected]
                    assert kept.flags == expected[:most], (name, position)
                    assert kept.counts == {code: codes.count(code) for code in codes}
                    kept_at += 1
    return kept_at


@given(stories, st.randoms(use_true_random=False))
@examples(40)
def test_what_is_kept_is_what_all_claims_arouse(commands: list[Command], random: Random) -> None:
    recorded = Desk().take(commands).recorded
    views = live(recorded, random)
    agree(views, len(recorded))
    made(views)
    assert agree(views, len(recorded)) == 2 * len(EVERY) * (len(recorded) + 1)


@given(histories, st.randoms(use_true_random=False))
@examples(40)
def test_it_is_so_of_incidents_and_redefinitions(recorded: list[Recorded], random: Random) -> None:
    views = live(recorded, random)
    agree(views, len(recorded))
    made(views)
    agree(views, len(recorded))


@given(stories, st.randoms(use_true_random=False))
@examples(30)
def test_it_is_so_where_reports_were_redacted(commands: list[Command], random: Random) -> None:
    recorded = without_some(Desk().take(commands).recorded, random)
    views = live(recorded, random)
    agree(views, len(recorded))
    made(views)
    agree(views, len(recorded))


@pytest.mark.parametrize("few", [0, 1_000])
@pytest.mark.parametrize("seed", range(2))
def test_following_claims_and_judging_groups_make_the_same_rows(
    seed: int, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection, "FEW", few)
    recorded = Desk().take(long_story(4_000 + seed, 80)).recorded
    views, at_once = live(recorded, Random(seed)), views_of(recorded)
    assert state_digest(SUSPECTED, views.writer) == state_digest(SUSPECTED, at_once.writer)
    made(views)
    assert state_digest(SUSPECTED, views.writer) == state_digest(SUSPECTED, at_once.writer)


@given(
    st.one_of(stories.map(lambda some: Desk().take(some).recorded), histories), st.integers(0, 2**32)
)
@examples(60)
def test_a_narrow_question_is_answered_from_all_claims(recorded: list[Recorded], number: int) -> None:
    random, views = Random(number), views_of(recorded)
    db = views.writer
    for name in EVERY:
        period = random.choice((None, *DAYS, *PERIODS))
        asked = Narrowing(
            cohort=random.choice((None, "east", "west")),
            period=None if period is None else parse_period(period),
            originator=random.choice((None, None, *ORIGINATORS)),
            incident=random.choice((None, None, "raid", "strike")),
        )
        by = random.choice((None, None, *PUBLISHED))
        as_of = AsOf(
            random.randint(0, len(recorded)), None if by is None else to_micros(parse_until(by))
        )
        row = indicator_at(db, name, as_of.position)
        if row is not None:
            question = question_of(row.definition, asked, voices=voices_at(db, as_of.position))
            expected = flags_about(question, suspicions_of(db, name, as_of))
            found = [(flag["code"], flag["detail"]) for flag in flags(db, name, as_of, asked)]
            assert found == [(flag.code, flag.detail) for flag in expected], (name, asked, as_of)


def test_rows_that_lag_far_behind_are_found_out_from_the_first_events() -> None:
    reports = (
        file(f"r{number}", "2025-01-05", says("nis", number)) for number in range(3 * MOST_EVENTS)
    )
    desk = desk_of(define(measure="stock"), *reports)
    views = views_of(desk.recorded)
    with calls() as counted:
        assert kept_suspicions(views.writer, "killed", AsOf(len(desk.recorded))) is None
    assert counted["_cause"] == MOST_EVENTS + 1


def one_by_one(numbers: range) -> Iterator[Line]:
    """Reports of one claim each on a level."""
    for number in numbers:
        yield file(f"r{number}", "2025-01-05", says("nis", number % 7))


def test_claims_are_read_once_for_a_long_history() -> None:
    desk = desk_of(define(measure="stock"), *one_by_one(range(2 * AT_ONCE + 10)))
    views = views_of(desk.recorded)
    with calls() as counted:
        made(views)
    assert counted["bare_claims"] == 1
    unmade = views_of(desk.recorded)
    assert state_digest(SUSPECTED, views.writer) == state_digest(SUSPECTED, unmade.writer)


def test_a_row_that_was_given_up_is_made_from_the_start() -> None:
    desk = desk_of(define(measure="stock"), *one_by_one(range(AT_ONCE + 10)))
    views, expected = views_of(desk.recorded), views_of(desk.recorded)
    assert views.idle(lambda: False, [SUSPECTED])
    looks = count()
    assert not views.idle(lambda: next(looks) > 3, [SUSPECTED])
    made(views)
    assert state_digest(SUSPECTED, views.writer) == state_digest(SUSPECTED, expected.writer)


def test_what_is_wanted_meanwhile_waits_for_no_more_than_a_few_claims() -> None:
    many = file("many", "2025-01-05", *(says("nis", number % 7) for number in range(300)))
    desk = desk_of(define(measure="stock"), *one_by_one(range(20)), many)
    views, looks = views_of(desk.recorded), list[int]()
    with calls() as counted:

        def wanted() -> bool:
            looks.append(counted["Watch._set"])
            return False

        made_one = views.idle(wanted, [SUSPECTED])
    assert made_one
    assert max(after - before for before, after in pairwise(looks)) <= 1


def test_claims_of_a_report_about_other_indicators_are_not_looked_up() -> None:
    other = [says("nis", number, indicator="wounded") for number in range(200)]
    desk = desk_of(
        define(measure="stock"),
        define("wounded", measure="stock"),
        *one_by_one(range(FEW)),
        file("both", "2025-01-06", says("nis", 3), *other),
    )
    views = views_of(desk.recorded)
    with calls() as counted:
        assert views.idle(lambda: False, [SUSPECTED])
    assert counted["look_up.<locals>.find"] < 3 * FEW
