"""What a command would do, were it given: decided for real, tried on the views, and undone.

A dry run takes the same decision and the same projections as the command itself, so it cannot say
anything else than what would happen now.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic_core import from_json

from domain.commands import FileReport
from domain.events import ReportEvent
from domain.stream_names import split_stream
from domain.streams.report_state import Filed, Report
from domain.times import from_micros, to_micros
from domain.vocabulary import claim_id
from projections.answers.as_of import AsOf
from projections.answers.estimates import Narrowing
from projections.answers.flags import Suspect, suspicions_of
from projections.catalogue import CATALOGUE
from projections.tables.journal import recorded_at
from projections.tables.projection import Recorded
from projections.tables.registry import indicators_at
from service.log.envelope import encode
from service.log.port import EventLog
from service.query import estimates
from service.query.words import words
from service.service import Service, defined_ids
from service.streams.states import States
from service.streams.upcasters import read_event
from service.views.follower import BATCH, Reader
from service.views.store import position_of
from service.write.decisions import Batch, Decisions, Outcome, Request
from service.write.writer import Overloaded

Body = dict[str, Any]
_TRIES = 20
"""So many times a batch is taken anew where the log grew under it."""
_ASKS = ("relay-suspected", "stale-relay-suspected")
"""Flags whose first claim may be taken from the second, and should be linked to it then."""
_UNNAMED = "dry-run"
"""The id of every event that is never stored."""


@dataclass(frozen=True, slots=True)
class _Place:
    """An estimate that may change."""

    indicator: str
    cohort: str | None


def foresee(service: Service, request: Request) -> Body:
    """Say what a request would change in which estimates, and write nothing.

    Raises what the request itself would be refused with.
    """
    with service.views.trial() as db:
        head, batch = _decided(service, request)
        [outcome] = batch.outcomes
        if isinstance(outcome, Exception):
            raise outcome
        _catch_up(db, service.log, head)
        changed = _tried(service, db, batch, head) if batch.pending else []
    estimates = [_change(*each) for each in changed]
    return {**_outcome(outcome, request, batch), "estimates": estimates, **_flags(estimates)}


def _decided(service: Service, request: Request) -> tuple[int, Batch]:
    """The decision, and the head of the log that it was made at."""
    for _ in range(_TRIES):
        head = service.log.head()
        decisions = Decisions(service.log, lambda: _UNNAMED, defined_ids(service.views))
        batch = decisions.decide([replace(request, key=None)], States(service.log))
        if service.log.head() == head:
            return head, batch
    raise Overloaded("so much is being written that nothing can be foreseen")


def _catch_up(db: sqlite3.Connection, log: EventLog, head: int) -> None:
    """Bring the views of a trial to the head of the log, which grew since they were waited for."""
    reader, position = Reader(log), position_of(db)
    while position < head:
        stored = log.read(after=position, limit=BATCH, until=head)
        _apply(db, reader.recorded(stored))
        position = stored[-1].position


def _apply(db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
    for projection in CATALOGUE:
        projection.apply(db, events)


def _tried(
    service: Service, db: sqlite3.Connection, batch: Batch, head: int
) -> list[tuple[_Place, Body, Body]]:
    """The estimates that may change, each before and after."""
    stamp = max(to_micros(service.clock()), recorded_at(db, head) or 0)
    events = list(_as_if_recorded(batch, head, stamp))
    db.execute("SAVEPOINT untried")
    _apply(db, events)
    places = _places(db, head, events)
    # What is remembered of the present must never be taken from, or left by, a trial.
    after = [_estimate(db, place, AsOf(head + len(events)), suspicions_of) for place in places]
    db.execute("ROLLBACK TO untried")
    before = [_estimate(db, place, AsOf(head), service.suspects) for place in places]
    return list(zip(places, before, after, strict=True))


def _as_if_recorded(batch: Batch, head: int, stamp: int) -> Iterator[Recorded]:
    """The events that were decided, at the positions and with the stamp that they would have."""
    for position, pending in enumerate(batch.pending.values(), start=head + 1):
        _, event = read_event(encode(pending, from_micros(stamp)))
        state = batch.states[pending.stream] if isinstance(event, ReportEvent) else None
        assert state is None or isinstance(state, Report)
        yield Recorded(
            position,
            pending.type,
            pending.stream,
            pending.version,
            stamp,
            pending.actor,
            event,
            state,
        )


def _places(trial: sqlite3.Connection, head: int, events: Sequence[Recorded]) -> list[_Place]:
    """The headlines that are touched, with those whose parts are, and the cohorts reported on."""
    rows = trial.execute("SELECT DISTINCT indicator FROM touches WHERE position > ?", (head,))
    touched = {row[0] for row in rows}
    wholes = {
        row.id
        for row in (indicators_at(trial, head + len(events)) if touched else ())
        if not touched.isdisjoint(row.definition.parts)
    }
    places = [_Place(name, None) for name in sorted(touched | wholes)]
    states = [each.state for each in events if isinstance(each.state, Filed)]
    claims = [c for state in states for version in state.versions for c in version.claims.values()]
    cohorts = {(claim.indicator, claim.cohort) for claim in claims if claim.cohort}
    return [*places, *(_Place(*each) for each in sorted(cohorts))]


def _estimate(db: sqlite3.Connection, place: _Place, as_of: AsOf, suspect: Suspect) -> Body:
    asked = Narrowing(place.cohort)
    return estimates.estimate(db, place.indicator, as_of, asked, True, suspect, beside=False)


def _change(place: _Place, before: Body, after: Body) -> Body:
    changed = estimates.differences_of(before, after)
    return {
        "indicator": place.indicator,
        "cohort": place.cohort,
        "title": after["title"],
        "before": before,
        "after": after,
        "differences": changed,
        "words": words(changed),
    }


def _flags(changed: Sequence[Body]) -> Body:
    """The flags that would be new, and what they ask of the reporter."""
    flags = [
        {"indicator": each["indicator"], **flag}
        for each in changed
        if each["cohort"] is None
        for flag in _new(each["before"]["flags"], each["after"]["flags"])
    ]
    questions = [
        {
            "claim": flag["claims"][0],
            "derived_from": flag["claims"][1],
            "question": f"{flag['detail']} If so, link it with derived_from.",
        }
        for flag in flags
        if flag["code"] in _ASKS
    ]
    return {"flags": flags, "questions": questions}


def _new(before: Sequence[Body], after: Sequence[Body]) -> list[Body]:
    known = {(flag["code"], *flag["claims"]) for flag in before}
    return [flag for flag in after if (flag["code"], *flag["claims"]) not in known]


def _outcome(outcome: Outcome, request: Request, batch: Batch) -> Body:
    """What would be written."""
    _, name = split_stream(outcome.stream)
    body: Body = {
        "dry_run": True,
        "id": name,
        "version": outcome.version,
        "new": outcome.new,
        "events": [
            {"type": pending.type, "stream": pending.stream, "data": from_json(pending.data)}
            for pending in batch.pending.values()
        ],
    }
    if isinstance(request.command, FileReport):
        body["claims"] = [claim_id(name, n) for n in outcome.claims]
    return body
