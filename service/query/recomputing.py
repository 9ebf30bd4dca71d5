"""An estimate computed again from some events alone, by the rules of this program."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from typing import NamedTuple

from domain.events import Destroyed, EventRedacted, ReportEvent
from domain.stream_names import report_stream
from domain.streams.decider import evolve, initial
from domain.streams.report_state import Redacted, Report
from domain.times import to_micros
from projections.answers.as_of import AsOf
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.questions import HEADLINE, Narrowing
from projections.catalogue import CATALOGUE
from projections.tables.projection import Recorded, amend_rows, apply_events
from service.query.estimates import estimate
from service.query.standpoint import Standpoint
from service.streams.upcasters import read_event


class Body(NamedTuple):
    """The stored bytes of an event at a position; of one that was redacted, when it was recorded."""

    position: int
    body: bytes
    recorded_at: datetime | None = None


def recomputed(
    events: Iterable[Body], indicator: str, as_of: AsOf, asked: Narrowing = HEADLINE
) -> EstimateAnswer:
    """The estimate that these events make, whatever else the log may hold.

    Raises ValueError if one of them is no event, and `UnknownEvent` if this program is too old for it.
    """
    with views_of(events) as db:
        return estimate(Standpoint(db, as_of), indicator, asked)


@contextmanager
def views_of(events: Iterable[Body]) -> Iterator[sqlite3.Connection]:
    """The views of some events at their own positions, which need not be dense; in memory."""
    recorded = _recorded(events)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        for each in CATALOGUE:
            db.executescript(each.schema + each.indices)
        if recorded:
            apply_events(CATALOGUE, db, recorded)
            amend_rows(CATALOGUE, db, recorded[0].position, recorded[-1].position)
        yield db


def _recorded(events: Iterable[Body]) -> list[Recorded]:
    given, states, found = sorted(events), dict[str, Report](), list[Recorded]()
    redacted, counted = _redacted(given), Counter[str]()
    for each in given:
        if not each.body:
            found.append(_destroyed(each, redacted, counted))
            continue
        envelope, event = read_event(each.body)
        stamp = to_micros(envelope.recorded_at)
        state: Report | None = None
        if isinstance(event, EventRedacted):
            state = Redacted(envelope.version, event.report, (event,))
        elif isinstance(event, ReportEvent):
            before = states.get(envelope.stream) or initial(envelope.stream)
            after = evolve(before, event)
            assert isinstance(after, Report)
            state = states[envelope.stream] = after
        where = envelope.stream, envelope.version
        row = Recorded(each.position, envelope.type, *where, stamp, envelope.actor, event, state)
        found.append(row)
    return found


def _redacted(events: Iterable[Body]) -> dict[int, Destroyed]:
    """What these events say of those that were redacted, by position."""
    found = dict[int, Destroyed]()
    for position, body, _ in events:
        if not body:
            continue
        envelope, event = read_event(body)
        if isinstance(event, EventRedacted):
            told = Destroyed(
                report=event.report,
                redaction=event,
                position=position,
                at=envelope.recorded_at,
                by=envelope.actor,
            )
            found.setdefault(event.position, told)
    return found


def _destroyed(given: Body, redacted: Mapping[int, Destroyed], counted: Counter[str]) -> Recorded:
    """A redacted event: of a report, all whose events were redacted, it has the next version."""
    destroyed = redacted.get(given.position)
    if destroyed is None or destroyed.redaction is None or given.recorded_at is None:
        raise ValueError(f"the event at position {given.position} has no body, and none says why")
    report = destroyed.report
    counted[report] += 1
    stamp = to_micros(given.recorded_at)
    where, state = (report_stream(report), counted[report]), Redacted(counted[report], report)
    return Recorded(given.position, destroyed.redaction.event, *where, stamp, "", destroyed, state)
