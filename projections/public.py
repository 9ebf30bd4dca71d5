"""The views that other programs may query: stable names and columns, made from the tables as they are.

They are computed when they are read and cost nothing when events are applied; no digest covers them.
A column that is renamed, removed or means something else makes a new `VERSION`; a column that is added
does not. Each row bears the most restrictive marking of all that it shows or rests on.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from domain.events import ReportFiled, ReportHeld, ReportReleased, ReportWithdrawn
from domain.stream_names import INDICATOR, OPERATIONS, REPORT, SOURCE
from domain.vocabulary import MARKINGS
from projections.tables.claim_rows import NO_INCIDENT, WHOLE
from projections.tables.projection import FOREVER

VERSION = 1
"""Of the names, the columns and their meaning."""


class Column(NamedTuple):
    """A column: its name, its type, and the SQL that it is."""

    name: str
    type: Literal["TEXT", "INTEGER", "REAL"]
    sql: str


@dataclass(frozen=True, slots=True)
class PublicView:
    """A view: its name, its columns in order, and what it is selected from."""

    name: str
    columns: tuple[Column, ...]
    source: str

    @property
    def statement(self) -> str:
        """The statement that makes it, as SQLite keeps it."""
        columns = ", ".join(f"CAST({each.sql} AS {each.type}) AS {each.name}" for each in self.columns)
        return f"CREATE VIEW {self.name} AS SELECT {columns} FROM {self.source}"


def _texts(**columns: str) -> tuple[Column, ...]:
    return tuple(Column(name, "TEXT", sql) for name, sql in columns.items())


def _integers(**columns: str) -> tuple[Column, ...]:
    return tuple(Column(name, "INTEGER", sql) for name, sql in columns.items())


def _reals(**columns: str) -> tuple[Column, ...]:
    return tuple(Column(name, "REAL", sql) for name, sql in columns.items())


def _instant(micros: str) -> str:
    """SQL of an instant given in microseconds: RFC 3339 in UTC, a fraction only where there is one."""
    fraction = f"(({micros}) % 1000000 + 1000000) % 1000000"
    seconds = f"(({micros}) - {fraction}) / 1000000"
    shown = f"strftime('%Y-%m-%dT%H:%M:%S', {seconds}, 'unixepoch')"
    return f"{shown} || CASE {fraction} WHEN 0 THEN 'Z' ELSE printf('.%06dZ', {fraction}) END"


def _unless_open(end: str) -> str:
    return f"nullif({end}, {FOREVER})"


def _recorded(position: str) -> str:
    """SQL of the record time of a position."""
    return f"(SELECT {_instant('j.recorded_at')} FROM journal j WHERE j.position = {position})"


def _level(stream: str) -> str:
    return f"coalesce((SELECT l.level FROM levels l WHERE l.stream = {stream}), 0)"


def _marking(level: str, *more: str) -> str:
    """SQL of the most restrictive of some levels by its name."""
    worst = f"max({', '.join((level, *more))})" if more else level
    named = " ".join(f"WHEN {level} THEN '{name}'" for level, name in enumerate(MARKINGS))
    return f"CASE {worst} {named} END"


def _named_level(names: str, stream: str) -> str:
    """SQL of the most restrictive level of the streams that a JSON array names, `n.value` each."""
    return (
        f"coalesce((SELECT max(l.level) FROM json_each(nullif({names}, '')) n "
        f"JOIN levels l ON l.stream = {stream}), 0)"
    )


_ITS_REPORT = f"'{REPORT}:' || substr(n.value, 1, instr(n.value, '/') - 1)"
_RESTING = "coalesce((SELECT max(r.level) FROM _public_resting r WHERE r.indicator = i.id), 0)"
_STAND = "(SELECT min(position) AS position FROM tracking)"


def _of_body(name: str) -> str:
    return f"json_extract(h.body, '$.{name}')"


def _defined(name: str) -> str:
    return f"json_extract(i.definition, '$.{name}')"


ESTIMATES = PublicView(
    "public_estimates",
    (
        *_texts(indicator="i.id", title=_defined("title"), unit=_defined("unit")),
        *_texts(measure=_defined("measure")),
        *_texts(state="CASE WHEN h.body IS NULL THEN 'pending' ELSE 'current' END"),
        *_reals(best=_of_body("best"), low=_of_body("low"), high=_of_body("high")),
        *_integers(open_low=_of_body("open_low"), open_high=_of_body("open_high")),
        *_texts(verdict=_of_body("verdict"), period=_of_body("period"), cutoff=_of_body("cutoff")),
        *_texts(qualifier=_of_body("qualifier"), status=_of_body("status")),
        *_texts(support=_of_body("support.level")),
        *_integers(origins=_of_body("origins"), claims=_of_body("claims")),
        *_integers(reports=_of_body("reports"), n_used=_of_body("n_used")),
        *_texts(used=_of_body("used"), policy=_of_body("policy")),
        *_texts(figure_marking=_of_body("marking")),
        *_texts(marking=_marking(_level(f"'{INDICATOR}:' || i.id"), _RESTING)),
        *_integers(position="t.position"),
    ),
    f"indicators i LEFT JOIN headlines h ON h.indicator = i.id, {_STAND} t WHERE i.until = {FOREVER}",
)
CLAIMS = PublicView(
    "public_claims",
    (
        *_texts(claim="c.claim", report="c.report"),
        *_integers(n="c.n", known_from="c.since", known_to=_unless_open("c.until")),
        *_texts(known_from_time=_recorded("c.since"), known_to_time=_recorded("c.until")),
        *_texts(published_from=_instant("c.pub_from")),
        *_texts(published_to=_instant(_unless_open("c.pub_to"))),
        *_integers(is_current=f"c.until = {FOREVER} AND c.pub_to = {FOREVER}"),
        *_texts(standing="c.standing", indicator="c.indicator"),
        *_texts(cohort=f"nullif(c.cohort, '{WHOLE}')", incident=f"nullif(c.incident, '{NO_INCIDENT}')"),
        *_texts(originator="c.originator", spokesperson="c.spokesperson", basis="c.basis"),
        *_texts(status="c.status", period="c.period", stated_at=_instant("c.stated")),
        *_texts(published_at=_instant("c.published")),
        *_reals(low="c.low", best="c.best", high="c.high"),
        *_texts(qualifier="c.qualifier"),
        *_integers(asserts="c.asserts"),
        *_texts(likelihood="c.likelihood"),
        *_integers(credibility="c.credibility"),
        *_texts(derived_from="iif(c.links = '', '[]', c.links)"),
        *_texts(rests_on="iif(c.rests_on = '', '[]', c.rests_on)"),
        *_texts(disputed_by="iif(c.disputed_by = '', '[]', c.disputed_by)"),
        *_texts(quote="nullif(c.quote, '')"),
        *_texts(
            marking=_marking(
                _level(f"'{REPORT}:' || c.report"),
                _named_level("c.links", _ITS_REPORT),
                _named_level("c.rests_on", _ITS_REPORT),
                _named_level("c.disputed_by", f"'{SOURCE}:' || n.value"),
            )
        ),
    ),
    "claims c",
)


def _line(text: str, number: int) -> str:
    """SQL of a line of a text, which has more of them; `char(10)` is a type to DuckDB."""
    for _ in range(number):
        text = f"substr({text}, instr({text}, '\n') + 1)"
    return f"substr({text}, 1, instr({text} || '\n', '\n') - 1)"


_EVENTS = "FROM journal e WHERE e.stream = j.stream"
_OPEN = f"FROM claims c WHERE c.report = d.id AND c.until = {FOREVER}"
REPORTS = PublicView(
    "public_reports",
    (
        # The words of a report begin with lines of its id, its publisher and its title.
        *_texts(report="d.id", publisher=_line("d.text", 1), title=f"nullif({_line('d.text', 2)}, '')"),
        *_texts(
            status=f"CASE WHEN EXISTS (SELECT 1 {_EVENTS} AND e.type = '{ReportWithdrawn.TYPE}') "
            f"THEN 'withdrawn' WHEN (SELECT e.type {_EVENTS} AND e.type IN "
            f"('{ReportHeld.TYPE}', '{ReportReleased.TYPE}') ORDER BY e.position DESC LIMIT 1) = "
            f"'{ReportHeld.TYPE}' THEN 'held' ELSE 'open' END"
        ),
        *_integers(version=f"(SELECT count(e.position) {_EVENTS})"),
        *_integers(claims=f"(SELECT count(DISTINCT c.n) {_OPEN})"),
        *_texts(published_from=f"(SELECT {_instant('min(c.pub_from)')} {_OPEN})"),
        *_integers(position="j.position"),
        *_texts(recorded_at=_instant("j.recorded_at"), actor="j.actor"),
        *_integers(changed_position=f"(SELECT max(e.position) {_EVENTS})"),
        *_texts(changed_at=f"(SELECT {_instant('max(e.recorded_at)')} {_EVENTS})"),
        *_texts(marking=_marking(_level("j.stream"))),
    ),
    f"documents d JOIN journal j ON j.stream = '{REPORT}:' || d.id AND j.type = '{ReportFiled.TYPE}' "
    f"WHERE d.kind = '{REPORT}' AND d.until = {FOREVER}",
)


def _registered(name: str) -> str:
    return f"json_extract(s.registered, '$.{name}')"


SOURCES = PublicView(
    "public_sources",
    (
        *_texts(source="s.id", name=f"coalesce({_registered('name')}, s.id)"),
        *_texts(kind=_registered("kind"), country=_registered("country"), note=_registered("note")),
        *_texts(aliases=f"coalesce({_registered('aliases')}, '[]')"),
        *_texts(speaks_for=_registered("speaks_for"), reliability="s.reliability"),
        *_integers(version="s.version", changed_position="s.since"),
        *_texts(changed_at=_recorded("s.since")),
        *_texts(
            marking=_marking(
                _level(f"'{SOURCE}:' || s.id"),
                _level(f"'{SOURCE}:' || {_registered('speaks_for')}"),
            )
        ),
    ),
    f"sources s WHERE s.until = {FOREVER}",
)
EVENTS = PublicView(
    "public_events",
    (
        *_integers(position="j.position"),
        *_texts(recorded_at=_instant("j.recorded_at"), type="j.type"),
        *_texts(kind="substr(j.stream, 1, instr(j.stream, ':') - 1)"),
        *_texts(id="substr(j.stream, instr(j.stream, ':') + 1)", actor="j.actor"),
        *_texts(
            marking=_marking(
                _level("j.stream"),
                "coalesce((SELECT max(l.level) FROM subjects s JOIN levels l ON l.stream = s.stream "
                "WHERE s.position = j.position AND s.hides = 1), 0)",
            )
        ),
    ),
    f"journal j WHERE j.stream <> '{OPERATIONS}'",
)
STAND = PublicView(
    "public_version",
    (
        *_integers(version=str(VERSION), position="t.position"),
        *_texts(recorded_at=_recorded("t.position")),
        *_integers(
            pending=f"(SELECT count(i.id) FROM indicators i WHERE i.until = {FOREVER} AND NOT EXISTS "
            "(SELECT 1 FROM headlines h WHERE h.indicator = i.id))"
        ),
    ),
    f"{_STAND} t",
)
RESTING = """CREATE VIEW _public_resting AS WITH RECURSIVE these (indicator, id) AS (
    SELECT DISTINCT id, id FROM indicators
    UNION SELECT t.indicator, p.part FROM these t JOIN parts p ON p.whole = t.id
) SELECT t.indicator, r.level FROM these t JOIN restrictions r ON r.indicator = t.id"""
"""How restricted is what an estimate rests on, with those of its parts.

It stands in a view of its own because DuckDB writes the text of a view that it reads again, and makes
no valid one of a recursion.
"""
PUBLIC: tuple[PublicView, ...] = (ESTIMATES, CLAIMS, REPORTS, SOURCES, EVENTS, STAND)
"""Every public view."""


def publish(db: sqlite3.Connection, views: Sequence[PublicView] = PUBLIC) -> None:
    """Make the public views of a file what they should be; write nothing if they are that."""
    wanted = {"_public_resting": RESTING, **{view.name: view.statement for view in views}}
    found = "SELECT name, sql FROM sqlite_schema WHERE type = 'view' AND name GLOB '*public_*'"
    there = dict(db.execute(found).fetchall())
    if there == wanted:
        return
    db.execute("SAVEPOINT publishing")
    for name in there:
        db.execute(f'DROP VIEW "{name}"')
    for statement in wanted.values():
        db.execute(statement)
    db.execute("RELEASE publishing")
