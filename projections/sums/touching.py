"""What an event that touches an increment changes about its sum: some cells, or all."""

import sqlite3

from domain.events import AssessmentRecorded, ReportFiled, SourceGraded
from domain.stream_names import INDICATOR, REPORT, split_stream
from projections.sums.addends import Reader
from projections.sums.counts import (
    Counted,
    all_claims,
    cells_of_claims,
    changed_claims,
    claims_by,
    with_counts,
    with_stand_ins,
)
from projections.sums.families import Key, all_keys
from projections.sums.following import follow
from projections.sums.totals import asked_of, changed_total, judged_kept, with_extremes
from projections.sums.writing import write_days, write_voices
from projections.tables.claim_rows import RELAY
from projections.tables.projection import FOREVER
from projections.tables.registry import indicator_at
from projections.tables.sums import TOTAL, TotalRow, total_at

_INSERT = (
    f"INSERT INTO sum_totals (indicator, position, {TOTAL}) "
    f"VALUES (?, ?, {', '.join('?' * len(TotalRow._fields))})"
)


def touch(db: sqlite3.Connection, indicator: str, position: int) -> None:
    """Bring the sum of an indicator up to date with the next event that touches it."""
    kind, stream = db.execute(
        "SELECT type, stream FROM journal WHERE position = ?", (position,)
    ).fetchone()
    stream_kind, name = split_stream(stream)
    if stream_kind == REPORT:
        _apply_report(db, indicator, position, name, filed=kind == ReportFiled.TYPE)
    elif kind == SourceGraded.TYPE:
        _apply_grade(db, indicator, position, name)
    elif stream_kind != INDICATOR or (name == indicator and kind != AssessmentRecorded.TYPE):
        form_again(db, indicator, position)


def _apply_report(
    db: sqlite3.Connection, indicator: str, position: int, report: str, *, filed: bool
) -> None:
    before = total_at(db, indicator, FOREVER)
    assert before is not None
    changed = changed_claims(db, indicator, report, position)
    total = with_counts(before, changed)
    if not (filed and all(claim.lane != RELAY for claim in changed)):
        total = with_stand_ins(db, indicator, position, total)
    _write(db, indicator, position, before, _summed(db, indicator, position, total, changed))


def _apply_grade(db: sqlite3.Connection, indicator: str, position: int, source: str) -> None:
    before = total_at(db, indicator, FOREVER)
    assert before is not None
    graded = claims_by(db, indicator, source, position)
    _write(db, indicator, position, before, _summed(db, indicator, position, before, graded))


def form_again(db: sqlite3.Connection, indicator: str, position: int) -> None:
    """Form all families again, as for a change of the definition or of voices."""
    before = total_at(db, indicator, FOREVER)
    claims = all_claims(db, indicator, position)
    counted = with_counts(_uncounted(before or TotalRow()), claims)
    counted = with_stand_ins(db, indicator, position, counted)
    keys = all_keys(db, indicator)
    _write(db, indicator, position, before, _summed(db, indicator, position, counted, claims, keys))


def _uncounted(total: TotalRow) -> TotalRow:
    return total._replace(observed=0, prospective=0, resting=0, relays=0, by_us=0)


def _summed(
    db: sqlite3.Connection,
    indicator: str,
    position: int,
    total: TotalRow,
    claims: list[Counted],
    more: frozenset[Key] = frozenset(),
) -> TotalRow:
    """The total after forming again the families of some claims' cells, and of more."""
    row = indicator_at(db, indicator, position)
    assert row is not None
    dirty = cells_of_claims(claims) | more
    if dirty:
        reader = Reader(db, indicator, position)
        change, wider = follow(asked_of(row.definition), reader, dirty)
        total = total._replace(wide=total.wide + wider)
        if change.ended or change.begun:
            total = changed_total(total, change)._replace(
                voices=total.voices + write_voices(db, indicator, change),
                spans=total.spans + write_days(db, indicator, position, change),
            )
            total = with_extremes(db, indicator, total)
    return judged_kept(row.definition, total)


def _write(
    db: sqlite3.Connection, indicator: str, position: int, before: TotalRow | None, total: TotalRow
) -> None:
    if total != before:
        db.execute(_INSERT, (indicator, position, *total))
