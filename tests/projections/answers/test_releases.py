"""What was published of an indicator: the table's rows against a naive reading of all events."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import Command
from domain.times import from_micros, parse_until, to_micros
from domain.vocabulary import Marking
from projections.answers.as_of import AsOf
from projections.answers.questions import Narrowing
from projections.answers.releases import releases
from projections.answers.series import series, voice_revisions
from service.proof.standalone.accounts import accounts, standing
from tests import oracle
from tests.effort import examples
from tests.histories import (
    DAYS,
    MEASURES,
    ORIGINATORS,
    Desk,
    correct,
    define,
    desk_of,
    file,
    link,
    numbers,
    says,
    stories,
    tangles,
    views_of,
)
from tests.oracle import Logged, Times

Shown = tuple[str, datetime, tuple[float, ...], str, str | None, bool]
"""Of a release: claim, publication, figures, voice, cohort, and whether it is a correction."""
LATEST = datetime(9999, 1, 1, tzinfo=UTC)


def expected(told: Sequence[Logged], name: str, times: Times) -> set[Shown]:
    """The releases by looking at every claim at every moment at which anything was published."""
    now = oracle.claims_at(told, times)
    reports = accounts(told, times.position)
    moments = {
        wording.since
        for account in reports.values()
        for wording in account.wordings
        if wording.since <= (times.published_by or LATEST)
    }
    found = set[Shown]()
    for moment in moments:
        then = oracle.claims_at(told, Times(times.position, moment, times.valid_at, times.clearance))
        for claim in then.values():
            counts = all(
                each.standing == "active" and not each.links for each in (claim, now[claim.id])
            )
            if counts and claim.statement.indicator == name and claim.numbers:
                wording = standing(reports[claim.report], claim.n, moment)[1]
                place = claim.voice, claim.statement.cohort
                said = tuple(claim.numbers)
                found.add((claim.id, claim.published, said, *place, not wording.first))
    return found


def in_micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)


def shown(db: sqlite3.Connection, name: str, here: AsOf, **narrowed: Any) -> list[Shown]:
    """The releases that the views know of."""
    return [
        (
            each.claim.id,
            from_micros(each.claim.published),
            tuple(x for x in (each.claim.low, each.claim.best, each.claim.high) if x is not None),
            each.claim.voice,
            each.claim.cohort,
            each.corrected,
        )
        for each in releases(db, name, here, **narrowed)
        if each.claim.has_figure
    ]


@given(st.one_of(stories, tangles), numbers)
@examples(60)
def test_releases_are_what_was_published_and_still_counts(commands: list[Command], number: int) -> None:
    desk = Desk().take(commands)
    told, db, random = oracle.logged(desk.logged()), views_of(desk.recorded).writer, Random(number)
    position = random.choice((len(told), random.randrange(len(told) + 1)))
    by = random.choice((None, parse_until(random.choice(DAYS))))
    valid = random.choice((None, None, parse_until(random.choice(DAYS))))
    clearance: Marking = random.choice(("TLP:RED", "TLP:CLEAR"))
    times = Times(position, by, valid, clearance)
    here = AsOf(position, in_micros(by), in_micros(valid), clearance)
    for name, measure in MEASURES.items():
        if measure != "proposition":
            found = shown(db, name, here)
            assert len(found) == len(set(found))
            everything = expected(told, name, times)
            assert set(found) == everything
            office = random.choice(ORIGINATORS)
            voice = oracle.claims_at(told, times).voice(office)
            east = shown(db, name, here, cohort="east", originator=office)
            assert set(east) == {each for each in everything if each[3:5] == (voice, "east")}


NIS = file("a", "2025-01-17", says("nis", 500))
CORRECTED = correct("a", {"n": 1, **says("nis", 471)}, kind="publisher", published_at="2025-01-18")
MISTYPED = correct("a", {"n": 1, **says("nis", 471)}, kind="record")
DISPUTE = {"dispute_claim": {"claim": "a/1", "by": "mod", "published_at": "2025-01-17T12:00:00Z"}}


@pytest.mark.parametrize(
    ("lines", "then"),
    [
        ([NIS], [(500, False)]),
        ([NIS, CORRECTED], [(500, False), (471, True)]),
        ([NIS, MISTYPED], [(471, False)]),
        ([NIS, DISPUTE], [(500, False)]),
        ([NIS, CORRECTED, DISPUTE], [(500, False), (471, True)]),
        ([NIS, CORRECTED, {"withdraw_report": {"report": "a"}}], []),
        ([NIS, CORRECTED, {"hold_report": {"report": "a"}}], []),
        (
            [NIS, correct("a", says("us", 7), kind="publisher", published_at="2025-01-18")],
            [(7, True)],
        ),
        (
            [file("z", "2025-01-01", says("us", 1)), NIS, CORRECTED, link("a/1", "z/1")],
            [(1, False)],
        ),
    ],
)
def test_which_versions_are_releases(lines: list[Any], then: list[tuple[float, bool]]) -> None:
    desk = desk_of(define(), *lines)
    found = releases(views_of(desk.recorded).writer, "killed", AsOf(len(desk.recorded)))
    assert [(each.claim.best, each.corrected) for each in found] == then


def test_a_version_about_another_indicator_is_a_release_of_that() -> None:
    moved = {"n": 1, **says("nis", 471, indicator="casualties")}
    correction = correct("a", moved, kind="publisher", published_at="2025-01-18")
    desk = desk_of(define(), define("casualties"), NIS, correction)
    db, here = views_of(desk.recorded).writer, AsOf(len(desk.recorded))
    for name, best in (("killed", 500), ("casualties", 471)):
        [release] = releases(db, name, here)
        assert release.claim.best == best


def test_a_corrected_figure_is_the_second_release_after_a_day() -> None:
    desk = desk_of(define(), NIS, CORRECTED)
    db, here = views_of(desk.recorded).writer, AsOf(len(desk.recorded))
    for row in voice_revisions(db, "killed", here, Narrowing()):
        assert (row.values, row.n_revisions, row.spread, row.settled_days) == ((500, 471), 1, 29, 1)
    for release, best in (("first", 500), (1, 500), (2, 471), ("latest", 471)):
        [cell] = series(db, "killed", here, Narrowing(), release)  # type: ignore[arg-type]
        assert (cell["best"], cell["used"], cell["claims"]) == (best, ["a/1"], 1)
    assert series(db, "killed", here, Narrowing(), 3) == []
    before = AsOf(here.position, to_micros(parse_until("2025-01-17")))
    assert [row["best"] for row in series(db, "killed", before, Narrowing())] == [500]


def test_what_we_mistyped_was_never_published() -> None:
    desk = desk_of(define(), NIS, MISTYPED)
    db, here = views_of(desk.recorded).writer, AsOf(len(desk.recorded))
    for row in voice_revisions(db, "killed", here, Narrowing()):
        assert (row.values, row.n_revisions) == ((471,), 0)
    assert [row["best"] for row in series(db, "killed", here, Narrowing(), "first")] == [471]


def test_offices_of_one_voice_are_asked_for_by_any_of_their_names() -> None:
    desk = desk_of(
        define(),
        {"register_source": {"id": "kursk", "speaks_for": "sledkom"}},
        file("a", "2025-01-17", says("sledkom", 500, period="2025-01-10")),
        file("b", "2025-01-18", says("kursk", 471, period="2025-01-10")),
        file("c", "2025-01-18", says("us", 9, period="2025-01-10")),
    )
    db, here = views_of(desk.recorded).writer, AsOf(len(desk.recorded))
    for name in ("kursk", "sledkom"):
        rows = voice_revisions(db, "killed", here, Narrowing(originator=name))
        assert {(row.originator, row.values) for row in rows} == {("sledkom", (500, 471))}
        [row] = series(db, "killed", here, Narrowing(originator=name))
        assert (row["originator"], row["best"], row["claims"]) == ("sledkom", 471, 2)
    alone = AsOf(1)
    assert voice_revisions(db, "killed", alone, Narrowing()) == []
