"""A series reads the last words of each voice alone, and says what all claims together say."""

import sqlite3
from random import Random

import pytest
from hypothesis import given

from domain.commands import Command
from domain.estimates.cell_figures import days_of
from domain.estimates.cells import Place, cell_of_span
from domain.estimates.cells import place_of as place_of_claim
from domain.estimates.claims import Claim, cell_text
from domain.estimates.estimation import estimate_cell, with_figure
from domain.estimates.origins import Origins, resolve
from domain.times import parse_until, to_micros
from domain.vocabulary import MARKINGS
from projections.answers.as_of import AsOf
from projections.answers.cell_estimates import SeriesRow
from projections.answers.claims import active, look_up
from projections.answers.estimate_answer import DefinedEstimate, estimate_answer
from projections.answers.questions import Narrowing, question_of
from projections.answers.series import series
from projections.tables.registry import indicator_at, voices_at
from projections.tables.sight import Sight, showing
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
    views_of,
)
from tests.work import calls


def from_all_claims(
    db: sqlite3.Connection, name: str, as_of: AsOf, asked: Narrowing
) -> list[SeriesRow]:
    """The rows as all active claims make them, in no order."""
    row = indicator_at(db, name, as_of.position)
    assert row is not None
    question = question_of(row.definition, asked, voices=voices_at(db, as_of.position))
    claims = list(active(db, question, name, as_of, every_cohort=True))
    resolved = resolve(with_figure(question.measure, claims)[0], look_up(db, as_of))
    said, origins = dict[Place, list[Claim]](), dict[Place, list[Claim]]()
    for found, each in ((said, claims), (origins, resolved.origins)):
        for claim in each:
            if question.originator in (None, claim.voice):
                found.setdefault(place_of_claim(claim), []).append(claim)
    rows = list[SeriesRow]()
    for place, here in origins.items():
        cell = cell_of_span(days_of(place, here))
        about = question_of(row.definition, Narrowing(place.cohort, None, question.originator), cell)
        result = estimate_cell(about, Origins(here, resting=resolved.resting))
        counted = len(said[place]), len({claim.report for claim in said[place]})
        body = estimate_answer(name, DefinedEstimate(row.definition, about, result), counted)
        body["incident"] = place.incident
        if place.incident is not None or not body["used"]:
            body["period"] = cell_text(question.measure, cell)
        rows.append({**body, "prospective": place.prospective, "derived": False})
    return rows


def in_order(rows: list[SeriesRow]) -> list[str]:
    return sorted(map(str, rows))


@given(stories, numbers)
@examples(80)
def test_the_last_words_say_what_all_claims_say(commands: list[Command], number: int) -> None:
    desk, random = Desk().take(commands), Random(number)
    db, clearance = views_of(desk.recorded).writer, random.choice((MARKINGS[-1], *MARKINGS[:2]))
    by, until = (random.choice((None, to_micros(parse_until(random.choice(DAYS))))) for _ in range(2))
    as_of = AsOf(random.choice((len(desk.recorded), len(desk.recorded) // 2)), by, until, clearance)
    asked = Narrowing(random.choice((None, "east")), None, random.choice((None, *ORIGINATORS)))
    with showing(db, Sight(clearance)):
        for name in MEASURES:
            if indicator_at(db, name, as_of.position) is None:
                continue
            rows = series(db, name, as_of, asked, suspect=lambda *_: [])
            assert in_order(rows) == in_order(from_all_claims(db, name, as_of, asked)), name


def revised(times: int) -> tuple[sqlite3.Connection, AsOf]:
    """Views of three cells, of which two originators have each revised their figure so often."""
    filed = [
        file(f"{month}-{who}-{n}", f"20{n // 300:02}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}", claim)
        for n in range(times)
        for month in (1, 2, 3)
        for who in ("nis", "us")
        for claim in [says(who, n + month, period=f"1999-0{month}")]
    ]
    desk = desk_of(define(measure="increment"), *filed)
    return views_of(desk.recorded).writer, AsOf(len(desk.recorded))


@pytest.mark.parametrize("asked", ["now", "as of a day"])
def test_claims_that_were_revised_since_are_not_read(asked: str) -> None:
    for times in (3, 90):
        db, now = revised(times)
        by = to_micros(parse_until("2000-01-03")) if asked == "as of a day" else None
        with calls() as called:
            rows = series(db, "killed", AsOf(now.position, by), Narrowing(), suspect=lambda *_: [])
        assert [row["claims"] for row in rows] == [2 * (times if by is None else 3)] * 3
        assert called["claim_of"] == 6


def test_of_a_page_only_its_rows_are_read() -> None:
    db, now = revised(5)
    with calls() as called:
        [row] = series(db, "killed", now, Narrowing(), suspect=lambda *_: [], part=slice(1, 2))
    assert row["period"] == "1999-02"
    assert called["claim_of"] == 2
