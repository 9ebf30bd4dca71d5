"""The public views say what the program answers to somebody who may see everything."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.commands import Command
from domain.streams.report_state import Filed, in_force, report_status
from domain.times import from_micros, show_instant
from domain.vocabulary import MARKINGS, restriction
from projections.answers.as_of import AsOf
from projections.answers.claims import look_up
from projections.answers.values import instant
from projections.catalogue import CATALOGUE
from projections.headlines import headline
from projections.public import PUBLIC, VERSION, publish
from projections.tables.projection import state_digest
from projections.tables.registry import sources_at
from projections.tables.restrictions import AFFECTED
from projections.tables.sight import Sight, narrow, showing
from service.views.store import UNLIMITED, ViewFile
from tests.histories import Desk, define, desk_of, file, long_story, says, views_of

Row = dict[str, Any]
HISTORIES = [long_story(seed, 150) for seed in (3, 5, 8, 13)]
FIGURE = ("best", "low", "high", "open_low", "open_high", "verdict")
PLAIN = ("period", "cutoff", "qualifier", "status", "origins", "claims", "reports", "n_used", "policy")


def rows(db: sqlite3.Connection, query: str) -> list[Row]:
    cursor = db.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


@pytest.fixture(params=range(len(HISTORIES)))
def told(request: pytest.FixtureRequest) -> Iterator[tuple[Desk, ViewFile]]:
    commands: list[Command] = HISTORIES[request.param]
    desk = Desk().take(commands)
    views = views_of(desk.recorded, 20)
    views.complete(UNLIMITED)
    yield desk, views
    views.close()


def test_estimates_are_those_of_the_answers(told: tuple[Desk, ViewFile]) -> None:
    _, views = told
    found = rows(views.writer, "SELECT * FROM public_estimates ORDER BY indicator")
    assert len(found) == 8 and any(each["best"] is not None for each in found)
    for row in found:
        answer = headline(views.writer, row["indicator"])
        assert answer is not None
        assert {name: row[name] for name in (*FIGURE, *PLAIN)} == {
            name: answer[name]  # type: ignore[literal-required]
            for name in (*FIGURE, *PLAIN)
        }
        assert (row["title"], row["unit"], row["measure"], row["support"], json.loads(row["used"])) == (
            *(answer["title"], answer["unit"], answer["measure"]),
            *(answer["support"]["level"], answer["used"]),
        )
        assert (row["state"], row["figure_marking"]) == ("current", answer["marking"])
        assert row["position"] == views.position()


def test_a_figure_that_is_not_computed_yet_is_pending_and_shows_none(
    told: tuple[Desk, ViewFile],
) -> None:
    desk, _ = told
    views = views_of(desk.recorded)
    [missing] = {row["pending"] for row in rows(views.writer, "SELECT * FROM public_version")}
    found = rows(views.writer, "SELECT * FROM public_estimates")
    assert missing == sum(row["state"] == "pending" for row in found) > 0
    for row in found:
        if row["state"] == "pending":
            computed = (*FIGURE, *PLAIN, "support", "used", "figure_marking")
            assert {row[name] for name in computed} == {None}
            assert row["title"] and row["marking"] in MARKINGS


def test_claims_are_what_a_look_up_finds_at_any_times(told: tuple[Desk, ViewFile]) -> None:
    desk, views = told
    claims = rows(views.writer, "SELECT * FROM public_claims")
    assert claims
    for position in range(10, len(desk.recorded), 17):
        for by in {row["published_from"] for row in claims[::40]}:
            known = [
                row
                for row in claims
                if row["known_from"] <= position < (row["known_to"] or 10**9)
                and row["published_from"] <= by < (row["published_to"] or "9")
            ]
            assert len({row["claim"] for row in known}) == len(known)
            moment = _micros(views.writer, by)
            find = look_up(views.writer, AsOf(position, moment))
            for row in known[::5]:
                _same_claim(row, find(row["claim"]))


def _micros(db: sqlite3.Connection, text: str) -> int:
    query = "SELECT DISTINCT pub_from FROM claims"
    return next(int(value) for (value,) in db.execute(query) if instant(value) == text)


def _same_claim(row: Row, found: Any) -> None:
    names = (
        "report",
        "n",
        "indicator",
        "cohort",
        "incident",
        "originator",
        "basis",
        "status",
        "period",
    )
    assert {name: row[name] for name in names} == {name: getattr(found, name) for name in names}
    figure = ("low", "best", "high", "qualifier", "credibility", "standing")
    assert {name: row[name] for name in figure} == {name: getattr(found, name) for name in figure}
    for name, values in (
        ("derived_from", found.links),
        ("rests_on", found.rests_on),
        ("disputed_by", found.disputed_by),
    ):
        assert json.loads(row[name]) == list(values)
    assert (row["stated_at"], row["published_at"]) == (instant(found.stated), instant(found.published))


def test_reports_are_as_they_stand_now(told: tuple[Desk, ViewFile]) -> None:
    desk, views = told
    found = {row["report"]: row for row in rows(views.writer, "SELECT * FROM public_reports")}
    reports = {each.state.id: each.state for each in desk.recorded if isinstance(each.state, Filed)}
    assert found.keys() == reports.keys() and len({row["status"] for row in found.values()}) > 1
    for name, state in reports.items():
        row, version = found[name], in_force(state)
        assert version is not None
        events = [each for each in desk.recorded if each.stream == f"report:{name}"]
        assert (row["status"], row["version"]) == (report_status(state, version), state.version)
        assert (row["position"], row["changed_position"]) == (
            events[0].position,
            events[-1].position,
        )
        stamps = [show_instant(from_micros(each.recorded_at)) for each in (events[0], events[-1])]
        assert [row["recorded_at"], row["changed_at"]] == stamps
        assert row["actor"] == events[0].actor
        assert (row["publisher"], row["title"]) == (
            version.provenance.publisher,
            version.provenance.title,
        )
        assert restriction(row["marking"]) >= restriction(state.marking)


def test_sources_and_events_are_all_there(told: tuple[Desk, ViewFile]) -> None:
    desk, views = told
    found = {row["source"]: row for row in rows(views.writer, "SELECT * FROM public_sources")}
    there = sources_at(views.writer, len(desk.recorded))
    assert found.keys() == {each.id for each in there}
    for each in there:
        row, registered = found[each.id], each.registered
        assert (row["name"], row["kind"], row["country"], row["note"], row["version"]) == (
            *(registered.name or each.id, registered.kind, registered.country, registered.note),
            each.version,
        )
        assert row["reliability"] == (each.graded.reliability if each.graded else None)
        assert (json.loads(row["aliases"]), row["speaks_for"]) == (
            list(registered.aliases),
            registered.speaks_for,
        )
    events = rows(views.writer, "SELECT * FROM public_events ORDER BY position")
    assert [(each["position"], each["type"], f"{each['kind']}:{each['id']}") for each in events] == [
        (each.position, each.type, each.stream) for each in desk.recorded
    ]


def test_a_row_that_bears_a_low_marking_shows_its_reader_nothing_but_what_it_may_see(
    told: tuple[Desk, ViewFile],
) -> None:
    """Whoever hands on the rows of a marking hands on nothing of a higher one."""
    _, views = told
    db = views.writer
    for marking in MARKINGS[:-1]:
        level = restriction(marking)
        cleared = f"marking IN {(*MARKINGS[: level + 1], '')}"
        with showing(db, Sight(marking, operations=False)):
            positions = {row[0] for row in db.execute("SELECT position FROM journal")}
            visible = {row[0] for row in db.execute("SELECT claim FROM claims")}
            open_ones = {row[0] for row in db.execute("SELECT id FROM sources")}
        shown = rows(db, f"SELECT position FROM public_events WHERE {cleared}")
        assert {row["position"] for row in shown} == positions
        for row in rows(db, f"SELECT * FROM public_claims WHERE {cleared}"):
            assert row["claim"] in visible
            assert set(json.loads(row["derived_from"])) <= visible
            assert set(json.loads(row["disputed_by"])) <= open_ones
        for row in rows(db, f"SELECT indicator FROM public_estimates WHERE {cleared}"):
            assert db.execute(AFFECTED, (row["indicator"], level)).fetchone() is None


def test_they_are_whole_on_a_connection_that_is_narrowed(told: tuple[Desk, ViewFile]) -> None:
    """They name the tables themselves, so no clearance applies to them: they are for files alone."""
    _, views = told
    count = "SELECT count(*) FROM public_claims"
    (all_of_them,) = views.writer.execute(count).fetchone()
    narrow(views.writer, Sight(MARKINGS[0], operations=False))
    assert views.writer.execute(count).fetchone() == (all_of_them,)


def test_events_of_operators_are_not_among_them() -> None:
    desk = desk_of(define(), file("r1", "2025-01-01", says("nis", 5)))
    views = views_of(desk.recorded)
    views.writer.execute("INSERT INTO journal VALUES (99, 'TokenIssued', 'log:operations', 'ana', 0)")
    found = rows(views.writer, "SELECT * FROM public_events WHERE kind = 'log'")
    assert found == []


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (-86_400_000_000, "1969-12-31T00:00:00Z"),
        (1_735_689_600_000_001, "2025-01-01T00:00:00.000001Z"),
    ],
)
def test_instants_are_written_as_the_interface_writes_them(micros: int, text: str) -> None:
    desk = desk_of(define(), file("r1", "2025-01-01", says("nis", 5)))
    views = views_of(desk.recorded)
    views.writer.execute("UPDATE claims SET stated = ?", (micros,))
    assert rows(views.writer, "SELECT stated_at FROM public_claims") == [{"stated_at": text}]
    assert instant(micros) == text


def test_a_title_of_several_lines_is_cut_after_the_first() -> None:
    desk = desk_of(define(), file("r1", "2025-01-01", says("nis", 5), title="One\nTwo"))
    [row] = rows(views_of(desk.recorded).writer, "SELECT publisher, title FROM public_reports")
    assert row == {"publisher": "wire", "title": "One"}


def test_publishing_writes_only_what_is_not_there(told: tuple[Desk, ViewFile]) -> None:
    _, views = told
    before = [state_digest(each, views.writer) for each in CATALOGUE]
    changes = views.writer.total_changes
    version = "PRAGMA schema_version"
    (schema,) = views.writer.execute(version).fetchone()
    publish(views.writer)
    assert views.writer.execute(version).fetchone() == (schema,)
    views.writer.execute("DROP VIEW public_claims")
    views.writer.execute("CREATE VIEW public_old AS SELECT 1 AS one")
    publish(views.writer)
    names = "SELECT name FROM sqlite_schema WHERE type = 'view' AND name GLOB 'public_*'"
    assert {row[0] for row in views.writer.execute(names)} == {view.name for view in PUBLIC}
    assert [state_digest(each, views.writer) for each in CATALOGUE] == before
    assert views.writer.total_changes == changes


def test_the_columns_are_those_of_the_table() -> None:
    views = ViewFile.create(Path(":memory:"))
    for view in PUBLIC:
        cursor = views.writer.execute(f"SELECT * FROM {view.name}")
        assert [column[0] for column in cursor.description] == [each.name for each in view.columns]
    assert rows(views.writer, "SELECT version, position FROM public_version") == [
        {"version": VERSION, "position": 0}
    ]
