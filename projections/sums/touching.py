"""What events that touch an increment change about its sum: some cells, or all."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import groupby
from typing import NamedTuple

from domain.events import AssessmentRecorded, ReportFiled, SourceGraded
from domain.stream_names import INDICATOR, REPORT, split_stream
from projections.sums.addends import Reader
from projections.sums.counts import (
    Changed,
    Counted,
    all_claims,
    cells_of_claims,
    changed_claims,
    claims_by,
    with_counts,
    with_stand_ins,
)
from projections.sums.families import Key
from projections.sums.running import RunningSum
from projections.sums.stored import all_keys
from projections.sums.totals import asked_of, judged_kept
from projections.tables.claim_rows import RELAY
from projections.tables.projection import FOREVER
from projections.tables.registry import indicator_at
from projections.tables.sums import TOTAL, TotalRow, total_at

_INSERT = (
    f"INSERT INTO sum_totals (indicator, position, {TOTAL}) "
    f"VALUES (?, ?, {', '.join('?' * len(TotalRow._fields))})"
)


class Touch(NamedTuple):
    """An event that touches an increment: its position, type and stream."""

    position: int
    type: str
    stream: str


class _Step(NamedTuple):
    """What an event changes: the counts of claims, and which cells may have another figure.

    `again` counts all claims, of which those given are all; `alone` is false where relays may stand in.
    """

    position: int
    claims: Sequence[Counted] = ()
    dirty: Set[Key] = frozenset()
    again: bool = False
    alone: bool = True


def follow(db: sqlite3.Connection, indicator: str, touches: Iterable[Touch]) -> None:
    """Bring the sum of an indicator up to date with the next events that touch it."""
    for of_reports, some in groupby(touches, lambda touch: split_stream(touch.stream)[0] == REPORT):
        if of_reports:
            _follow(db, indicator, *_reported(db, indicator, [*some]))
        else:
            for touch in some:
                _follow(db, indicator, [*_other(db, indicator, touch)])


def _reported(
    db: sqlite3.Connection, indicator: str, touches: Sequence[Touch]
) -> tuple[list[_Step], Changed]:
    """What events of reports change, step by step and all together."""
    reports = [split_stream(touch.stream)[1] for touch in touches]
    first, last = touches[0].position, touches[-1].position
    changed = changed_claims(db, indicator, reports, first, last)
    found = list[_Step]()
    for touch in touches:
        claims = changed.claims.get(touch.position, ())
        filed = touch.type == ReportFiled.TYPE
        alone = filed and all(claim.lane != RELAY for claim in claims)
        found.append(_Step(touch.position, claims, cells_of_claims(claims), alone=alone))
    return found, changed


def _other(db: sqlite3.Connection, indicator: str, touch: Touch) -> Iterator[_Step]:
    """What an event of a source or an indicator changes."""
    position, (kind, name) = touch.position, split_stream(touch.stream)
    if touch.type == SourceGraded.TYPE:
        graded = claims_by(db, indicator, name, position)
        yield _Step(position, dirty=cells_of_claims(graded))
    elif kind != INDICATOR or (name == indicator and touch.type != AssessmentRecorded.TYPE):
        # The definition or whose voice a claim is may be another: all families are formed again.
        # Every event that adds claims touches the indicator, so at the first touch there are none.
        is_first = total_at(db, indicator, position) is None
        claims = [] if is_first else all_claims(db, indicator, position)
        keys = cells_of_claims(claims) | all_keys(db, indicator)
        yield _Step(position, claims, keys, again=True, alone=False)


def _follow(
    db: sqlite3.Connection,
    indicator: str,
    steps: Sequence[_Step],
    changed: Changed | None = None,
) -> None:
    if not steps:
        return
    first, last = steps[0].position, steps[-1].position
    row = indicator_at(db, indicator, last)
    assert row is not None
    question, dirty = asked_of(row.definition), set[Key]().union(*(step.dirty for step in steps))
    total, rows = total_at(db, indicator, FOREVER), list[tuple[object, ...]]()
    reader = (
        Reader(db, indicator, first, last, changed.begun, changed.voices)
        if changed
        else Reader(db, indicator, first, last)
    )
    running = RunningSum(question, reader, dirty, total or TotalRow()) if dirty else None
    for step in steps:
        after = _counted(db, indicator, step, total or TotalRow())
        if running and step.dirty:
            after = running.follow(step.position, step.dirty, after)
        after = judged_kept(row.definition, after)
        if after != total:
            rows.append((indicator, step.position, *after))
        total = after
    if running:
        running.write()
    db.executemany(_INSERT, rows)


def _counted(db: sqlite3.Connection, indicator: str, step: _Step, total: TotalRow) -> TotalRow:
    if step.again:
        total = total._replace(observed=0, prospective=0, resting=0, relays=0, by_us=0)
    total = with_counts(total, step.claims)
    return total if step.alone else with_stand_ins(db, indicator, step.position, total)
