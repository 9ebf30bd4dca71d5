"""Sums of increments as they stood at every position: their addends, and what these come to.

An addend is what one outermost cell adds, over the positions at which it did. The headline of a sum is
a row of `sum_totals` for each position that changed it. The other tables hold the present alone: the
cells by their days and group, and the voices used.
"""

import sqlite3
from typing import NamedTuple

from projections.tables.claim_rows import BY_US
from projections.tables.projection import FOREVER

_CELL_TABLE = """
CREATE TABLE sum_cells (
    indicator TEXT NOT NULL, cohort TEXT NOT NULL, incident TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, size INTEGER NOT NULL, family INTEGER NOT NULL,
    outer INTEGER NOT NULL,
    PRIMARY KEY (indicator, cohort, incident, first, last)
) WITHOUT ROWID;
"""
_CELL_INDICES = """
CREATE INDEX sum_cells_by_days ON sum_cells (indicator, size, first, last);
CREATE INDEX sum_cells_by_family ON sum_cells (indicator, family);
CREATE INDEX sum_cells_by_incident ON sum_cells (indicator, incident) WHERE incident > '';
"""
_TABLES = f"""
CREATE TABLE sum_addends (
    indicator TEXT NOT NULL, cohort TEXT NOT NULL, first INTEGER NOT NULL, back INTEGER NOT NULL,
    incident TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,
    best TEXT, low TEXT, high TEXT, used TEXT NOT NULL, voices TEXT NOT NULL, covers INTEGER,
    led INTEGER NOT NULL, support INTEGER, reasons TEXT NOT NULL, flags TEXT NOT NULL,
    clash TEXT NOT NULL, level INTEGER NOT NULL,
    PRIMARY KEY (indicator, cohort, first, back, incident, since)
) WITHOUT ROWID;
CREATE TABLE sum_days (
    indicator TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    since INTEGER NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (indicator, first, since)
) WITHOUT ROWID;
CREATE TABLE sum_totals (
    indicator TEXT NOT NULL, position INTEGER NOT NULL,
    kept INTEGER NOT NULL, addends INTEGER NOT NULL,
    best TEXT NOT NULL, low TEXT NOT NULL, high TEXT NOT NULL,
    no_best INTEGER NOT NULL, no_low INTEGER NOT NULL, no_high INTEGER NOT NULL,
    clashing INTEGER NOT NULL, noted INTEGER NOT NULL, used INTEGER NOT NULL,
    voices INTEGER NOT NULL, spans INTEGER NOT NULL, wide INTEGER NOT NULL,
    observed INTEGER NOT NULL, prospective INTEGER NOT NULL, resting INTEGER NOT NULL,
    relays INTEGER NOT NULL, by_us INTEGER NOT NULL, standing_in INTEGER NOT NULL,
    support INTEGER, reasons TEXT NOT NULL, covers INTEGER, first INTEGER, last INTEGER,
    led INTEGER NOT NULL, codes TEXT NOT NULL,
    PRIMARY KEY (indicator, position)
) WITHOUT ROWID;
{_CELL_TABLE}
CREATE TABLE sum_voices (
    indicator TEXT NOT NULL, voice TEXT NOT NULL, addends INTEGER NOT NULL,
    PRIMARY KEY (indicator, voice)
) WITHOUT ROWID;
CREATE TABLE sum_places (
    indicator TEXT NOT NULL, size INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    cohort TEXT NOT NULL, incident TEXT NOT NULL,
    PRIMARY KEY (indicator, size, first, last, cohort, incident)
) WITHOUT ROWID;
CREATE TABLE sum_lists (
    indicator TEXT NOT NULL, list TEXT NOT NULL, position INTEGER NOT NULL, first TEXT NOT NULL,
    upto TEXT NOT NULL, PRIMARY KEY (indicator, list, position)
) WITHOUT ROWID;
"""
SCHEMA = f"""{_TABLES}
CREATE TABLE sum_progress (position INTEGER NOT NULL, indicator TEXT NOT NULL);
INSERT INTO sum_progress VALUES (0, '');
"""
NOW = f"until = {FOREVER}"
"""What stands now, in the words of the partial indices, by which SQLite finds them."""
_INDICES = f"""
CREATE INDEX sum_days_now ON sum_days (indicator, first) WHERE {NOW};
CREATE INDEX sum_addends_noted ON sum_addends (indicator, cohort, first, back, incident, since, until)
    WHERE flags > '' OR clash > '';
CREATE INDEX sum_places_by_incident ON sum_places (indicator, incident) WHERE incident > '';
CREATE INDEX sum_addends_by_incident ON sum_addends (indicator, incident) WHERE incident > '';
CREATE INDEX sum_addends_now ON sum_addends (indicator, cohort, first, back, incident) WHERE {NOW};
CREATE INDEX sum_addends_flagged ON sum_addends (indicator, cohort, first, back, incident)
    WHERE {NOW} AND flags > '';
CREATE INDEX sum_addends_marked ON sum_addends (indicator, level DESC, since, until) WHERE level > 0;
CREATE INDEX sum_incidents_by_first ON sum_addends (indicator, first) WHERE {NOW} AND incident > '';
CREATE INDEX sum_incidents_by_last ON sum_addends (indicator, back) WHERE {NOW} AND incident > '';
CREATE INDEX sum_addends_by_cover ON sum_addends (indicator, covers) WHERE {NOW};
CREATE INDEX sum_addends_by_support ON sum_addends (indicator, support) WHERE {NOW};
{_CELL_INDICES}"""
INDICES = f"""
CREATE INDEX claims_by_incident ON claims (indicator, incident, cohort) WHERE incident > '';
CREATE INDEX claims_withdrawn_by_us ON claims (indicator) WHERE lane = '{BY_US}';
{_INDICES}"""
OF_EACH_SUM = f"{_TABLES}{_INDICES}"
"""The tables of which each row is of one sum, with their indices."""


class AddendRow(NamedTuple):
    """What an outermost cell adds: bounds as decimal text, and what the answer says of it.

    `back` is its last day, negative, so that the longest of two comes first. `noted` rows have `flags`,
    or clash with others: `clash` are then the claims of it, as JSON; else both are empty.
    """

    cohort: str
    first: int
    back: int
    incident: str
    best: str | None
    low: str | None
    high: str | None
    used: str
    voices: str
    covers: int | None
    led: int
    support: int | None
    reasons: str
    flags: str
    clash: str
    level: int


class TotalRow(NamedTuple):
    """What all addends come to; bounds are sums of those given, `no_...` the number of those missing.

    Where it is not `kept` the headline must be computed from claims. `spans` is the number of spans of
    covered days, `wide` that of families of cells too large to keep, `noted` that of such addends,
    `led` that of those with a leading claim; `codes` are the flags of addends by code, as JSON.
    """

    kept: int = 1
    addends: int = 0
    best: str = "0"
    low: str = "0"
    high: str = "0"
    no_best: int = 0
    no_low: int = 0
    no_high: int = 0
    clashing: int = 0
    noted: int = 0
    used: int = 0
    voices: int = 0
    spans: int = 0
    wide: int = 0
    observed: int = 0
    prospective: int = 0
    resting: int = 0
    relays: int = 0
    by_us: int = 0
    standing_in: int = 0
    support: int | None = None
    reasons: str = '["no origin"]'
    covers: int | None = None
    first: int | None = None
    last: int | None = None
    led: int = 0
    codes: str = "{}"


ADDEND = ", ".join(AddendRow._fields)
TOTAL = ", ".join(TotalRow._fields)


def total_at(db: sqlite3.Connection, indicator: str, position: int) -> TotalRow | None:
    """What the addends of an indicator came to at a position, as far as its events were followed."""
    row = db.execute(
        f"SELECT {TOTAL} FROM sum_totals WHERE indicator = ? AND position <= ? "
        "ORDER BY position DESC LIMIT 1",
        (indicator, position),
    ).fetchone()
    return TotalRow._make(row) if row else None


USED, DAYS, FLAGS = "used", "days", "flags"
"""The lists of which `sum_lists` has the first things: claims used, spans of covered days, flags."""


def list_at(db: sqlite3.Connection, indicator: str, name: str, position: int) -> tuple[str, str] | None:
    """The first things of a list at a position, and where the last one is if there are more."""
    row: tuple[str, str] | None = db.execute(
        "SELECT first, upto FROM sum_lists WHERE indicator = ? AND list = ? AND position <= ? "
        "ORDER BY position DESC LIMIT 1",
        (indicator, name, position),
    ).fetchone()
    return row


def is_followed(db: sqlite3.Connection, indicator: str, position: int) -> bool:
    """Whether the sums follow from every event up to a position that touches an indicator."""
    row = db.execute(
        "SELECT 1 FROM sum_progress p CROSS JOIN touches t ON t.indicator = :indicator "
        "AND t.position >= p.position + (:indicator <= p.indicator) "
        "AND t.position <= :position WHERE p.rowid = 1 LIMIT 1",
        {"indicator": indicator, "position": position},
    ).fetchone()
    return row is None
