"""Events as import lines: the same event again, with each date on the day that was written."""

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from domain.commands import CorrectReport, DeskCommand, FileReport
from domain.errors import Refused
from domain.events import ClockAccepted, Event
from service.interop.export import command_line
from service.interop.import_lines import command_of
from tests.spec import KNOWN, World, a, claim, filed


def exported(kind: type[DeskCommand], /, *before: Event, **body: Any) -> dict[str, Any]:
    """The fields of the line that makes the event of a command again, which it must do."""
    [event] = World([*KNOWN, *before]).decide(a(kind, **body))
    line = command_line(event)
    assert World([*KNOWN, *before]).decide(command_of(to_json(line))[1]) == [event]
    return line[kind.NAME]


FILE = {"id": "wire-1", "publisher": "wire"}


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("2025-01-13", "2025-01-13T00:00:00Z"),
        ("2025-01-13T18:00:00+09:00", "2025-01-13T09:00:00Z"),
        ("2025-01-13T08:00:00+09:00", "2025-01-13T00:00:00+01:00"),
        ("2025-01-13T22:00:00-05:00", "2025-01-13T23:59:00-03:01"),
        ("2025-11", "2025-11"),
        ("2025", "2025"),
    ],
)
def test_a_publication_is_exported_on_the_day_that_was_written(written: str, line: str) -> None:
    assert exported(FileReport, **FILE, published_at=written, claims=[claim()]) == {
        **FILE,
        "published_at": line,
        "marking": "TLP:CLEAR",
        "claims": [command_line(filed())["file_report"]["claims"][0]],
    }
    corrects = {"report": "wire-1", "kind": "record", "provenance": {"published_at": written}}
    line_of = exported(CorrectReport, filed(published_at="2024-12-01"), **corrects)
    assert line_of["provenance"] == {"published_at": line}


def test_a_statement_is_exported_on_the_day_that_was_written() -> None:
    said = claim(stated_at="2025-01-13T08:00:00+09:00")
    line = exported(FileReport, **FILE, published_at="2025-01-13", claims=[said, claim()])

    assert line["claims"][0]["stated_at"] == "2025-01-13T00:00:00+01:00"
    assert "stated_on" not in line["claims"][0] and "stated_at" not in line["claims"][1]


offsets = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda m: timezone(timedelta(minutes=m)))
instants = st.datetimes(datetime(2023, 1, 1), datetime(2024, 12, 31), timezones=offsets)
days = st.dates(date(2023, 1, 1), date(2024, 12, 31)).map(date.isoformat)
statements = instants.map(datetime.isoformat) | days
publications = statements | days.map(lambda day: day[:7]) | days.map(lambda day: day[:4])
acts = st.sampled_from([{"kind": "record"}, {"kind": "publisher", "published_at": "2026-01"}])


@given(publications, st.lists(st.none() | statements, min_size=1, max_size=3))
def test_a_report_is_exported_as_it_was_filed(published: str, stated: list[str | None]) -> None:
    claims = [claim(stated_at=moment) for moment in stated]
    world = World(KNOWN)
    try:
        [event] = world.decide(a(FileReport, **FILE, published_at=published, claims=claims))
    except Refused:
        return

    again = command_of(to_json(command_line(event)))[1]
    assert world.decide(again) == [event]
    world.record([event])
    assert world.decide(again) == []


@given(acts, publications, statements)
def test_a_correction_is_exported_as_it_was_made(
    act: dict[str, str], published: str, stated: str
) -> None:
    body = {**act, "report": "wire-1", "provenance": {"published_at": published}}
    world = World([*KNOWN, filed("wire-1", published_at="2023-01-01")])
    try:
        [event] = world.decide(a(CorrectReport, **body, claims=[claim(n=1, stated_at=stated)]))
    except Refused:
        return

    assert world.decide(command_of(to_json(command_line(event)))[1]) == [event]


def test_what_an_operator_accepted_is_no_fact_of_another_log() -> None:
    event = a(
        ClockAccepted, operator="ana", before="2025-01-13T09:00:00Z", after="2025-03-01T09:00:00Z"
    )
    with pytest.raises(ValueError, match="ClockAccepted is no fact"):
        command_line(event)
