"""What a command would change: decided as usual, applied to a copy of the views, and rolled back.

A dry run uses the same decision and the same projections as the command itself, so it returns exactly
what would happen now.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from sys import maxsize
from typing import Annotated, NamedTuple, NotRequired

from pydantic import Field
from pydantic_core import from_json
from typing_extensions import TypedDict

from domain.clearance import cleared
from domain.commands import MOST_CLAIMS, FileReport
from domain.estimates.flags import RELAYS, FlagCode
from domain.events import ReportEvent
from domain.stream_names import split_stream
from domain.streams.report_state import Filed, Report
from domain.times import from_micros, to_micros
from domain.vocabulary import claim_id
from projections.answers.as_of import AsOf
from projections.answers.estimate_answer import EstimateAnswer, FlagAnswer
from projections.answers.flags import Suspect, suspicions_of
from projections.answers.questions import Narrowing
from projections.answers.replay import touches
from projections.answers.values import EventType
from projections.catalogue import CATALOGUE
from projections.tables.projection import Recorded, amend_rows, apply_events
from projections.tables.redactions import NotDestroyed, refuse_not_destroyed
from projections.tables.sight import ReadersConnection, Sight, hidden_in, showing, sight_of
from service.http.questions import interruptible
from service.log.envelope import encode
from service.log.port import EventLog, Pending
from service.query.difference_words import difference_lines
from service.query.differences import (
    DifferenceItems,
    DifferenceWords,
    difference_items,
    listed_difference,
)
from service.query.estimates import estimate
from service.query.events import EventData
from service.query.flags import OpenFlag
from service.query.listed import CountedEstimate, counted, listed_flag
from service.query.standpoint import Standpoint
from service.service import Service, alike_in
from service.streams.states import States
from service.streams.upcasters import encode_event, read_event
from service.views.batches import BATCH
from service.views.faults import ViewsUnusable
from service.views.history import position_of
from service.views.reader import Reader
from service.write.decisions import Batch, Decisions, Outcome, WriteRequest
from service.write.rehearsed_redaction import as_withdrawal
from service.write.writer import Overloaded

_TRIES = 20
"""Maximum number of decisions, each made again because the log grew during the one before."""
_UNSTORED = "dry-run"
"""The id of every event of a dry run; none is ever stored."""
MOST_TRIED = 100
"""Maximum number of events, estimates, flags and questions that a dry run lists; it counts all."""
_MOST = Field(max_length=MOST_TRIED)


class DryRunEvent(TypedDict):
    """An event that the command would add to the log."""

    type: EventType
    stream: str
    data: EventData


class DryRunEstimate(TypedDict):
    """An estimate that the command would touch: before, after, and what differs."""

    indicator: str
    cohort: str | None
    title: str | None
    before: CountedEstimate
    after: CountedEstimate
    differences: DifferenceItems
    words: DifferenceWords


class DryRunQuestion(TypedDict):
    """A question to the reporter: whether a claim is derived from another one."""

    claim: str
    derived_from: str
    question: str


class DryRunOutcome(TypedDict):
    """What the command would add to the log; `claims` are the ids of a new report's claims."""

    dry_run: bool
    id: str
    version: int
    new: bool
    events: Annotated[list[DryRunEvent], _MOST]
    n_events: int
    claims: NotRequired[Annotated[list[str], Field(max_length=MOST_CLAIMS)]]


class DryRunAnswer(DryRunOutcome):
    """What a command would change: events, estimates, new flags, and questions to the reporter."""

    estimates: Annotated[list[DryRunEstimate], _MOST]
    n_estimates: int
    flags: Annotated[list[OpenFlag], _MOST]
    flag_counts: dict[FlagCode, int]
    questions: Annotated[list[DryRunQuestion], _MOST]
    n_questions: int


@dataclass(frozen=True, slots=True)
class _Place:
    """An estimate that may change."""

    indicator: str
    cohort: str | None


class _Changed(NamedTuple):
    """An estimate that may change, before and after."""

    place: _Place
    before: EstimateAnswer
    after: EstimateAnswer


def dry_run(
    service: Service, request: WriteRequest, published_by: datetime | None = None
) -> DryRunAnswer:
    """The events, estimates and flags that a request would change; writes nothing.

    With `published_by` the estimates are those of what was published by then. Raises the refusal that
    the request itself would get.
    """
    with service.views.trial() as db, interruptible(db):
        head, batch = _decision_at_head(service, request)
        [outcome] = batch.outcomes
        if isinstance(outcome, Exception):
            raise outcome
        _catch_up(db, service.log, head)
        sight = Sight(request.clearance, operations=False)
        by = None if published_by is None else to_micros(published_by)
        as_of = AsOf(head, by, clearance=sight.clearance)
        changed = _changed_estimates(service, db, batch, as_of, sight) if batch.pending else []
        with showing(db, sight):
            events = [_dry_run_event(db, pending) for pending in batch.pending.values()]
    flags = _new_flags(changed)
    questions = _questions(flags)
    return {
        **_dry_run_outcome(outcome, request, events),
        "estimates": [_dry_run_estimate(*each) for each in changed[:MOST_TRIED]],
        "n_estimates": len(changed),
        "flags": [{"indicator": flag["indicator"], **listed_flag(flag)} for flag in flags[:MOST_TRIED]],
        "flag_counts": dict(Counter(flag["code"] for flag in flags)),
        "questions": questions[:MOST_TRIED],
        "n_questions": len(questions),
    }


def _decision_at_head(service: Service, request: WriteRequest) -> tuple[int, Batch]:
    """The batch, and the head of the log at which it was made."""
    for _ in range(_TRIES):
        head = service.log.head()
        decisions = Decisions(service.log, lambda: _UNSTORED, alike_in(service.views))
        batch = decisions.decide([request._replace(key=None)], States(service.log))
        if service.log.head() == head:
            return head, batch
    raise Overloaded("the log keeps growing, so that a dry run cannot finish")


def _catch_up(db: sqlite3.Connection, log: EventLog, head: int) -> None:
    """Bring the views of a trial up to the head of the log, which may have grown since."""
    reader, position = Reader(log), position_of(db)
    while position < head:
        stored = log.read(after=position, limit=BATCH, until=head)
        try:
            refuse_not_destroyed(db, recorded := reader.recorded(stored))
        except NotDestroyed as redacted:
            raise ViewsUnusable(
                f"the views are made again without what is destroyed: {redacted}"
            ) from None
        _apply(db, recorded)
        position = stored[-1].position


def _apply(db: sqlite3.Connection, events: Sequence[Recorded]) -> None:
    apply_events(CATALOGUE, db, events)
    amend_rows(CATALOGUE, db, events[0].position, events[-1].position)


def _changed_estimates(
    service: Service, db: ReadersConnection, batch: Batch, now: AsOf, sight: Sight
) -> list[_Changed]:
    """The estimates that may change, each before and after the batch."""
    stamp, head = to_micros(service.log.now()), now.position
    events = list(_recorded_events(as_withdrawal(batch, States(service.log)), head, stamp))
    db.execute("SAVEPOINT before")
    _apply(db, events)
    then = now.at(head + len(events))
    with showing(db, sight):
        places = _places(db, head, events)
        # The memo is for recorded positions only: a trial must neither read it nor add to it.
        after = [_estimate(db, place, then, suspicions_of) for place in places]
    db.execute("ROLLBACK TO before")
    with showing(db, sight):
        before = [_estimate(db, place, now, service.suspects) for place in places]
    return [_Changed(*each) for each in zip(places, before, after, strict=True)]


def _recorded_events(batch: Batch, head: int, stamp: int) -> Iterator[Recorded]:
    """The decided events, at the positions and with the time that they would have."""
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
    """The headlines touched directly or through a part, and the cohorts reported on."""
    end = head + len(events)
    touched = {name for _, name in touches(trial, None, (head + 1, ""), end, maxsize)}
    places = [_Place(name, None) for name in sorted(touched)]
    states = [each.state for each in events if isinstance(each.state, Filed)]
    claims = [c for state in states for version in state.versions for c in version.claims.values()]
    cohorts = {(claim.indicator, claim.cohort) for claim in claims if claim.cohort}
    return [*places, *(_Place(*each) for each in sorted(cohorts))]


def _estimate(db: sqlite3.Connection, place: _Place, as_of: AsOf, suspect: Suspect) -> EstimateAnswer:
    here = Standpoint(db, as_of, current=True, suspect=suspect)
    return estimate(here, place.indicator, Narrowing(place.cohort), with_cohorts=False)


def _dry_run_estimate(place: _Place, before: EstimateAnswer, after: EstimateAnswer) -> DryRunEstimate:
    changed = difference_items(before, after)
    return {
        "indicator": place.indicator,
        "cohort": place.cohort,
        "title": after["title"],
        "before": counted(before),
        "after": counted(after),
        "differences": [listed_difference(each) for each in changed],
        "words": difference_lines(changed),
    }


def _new_flags(changed: Sequence[_Changed]) -> list[OpenFlag]:
    """The flags of headlines that would be new."""
    return [
        {"indicator": place.indicator, **flag}
        for place, before, after in changed
        if place.cohort is None
        for flag in _added(before["flags"], after["flags"])
    ]


def _questions(flags: Sequence[OpenFlag]) -> list[DryRunQuestion]:
    """What new flags ask of the reporter."""
    return [
        {
            "claim": flag["claims"][0],
            "derived_from": flag["claims"][1],
            "question": f"{flag['detail']} If so, link it with derived_from.",
        }
        for flag in flags
        if flag["code"] in RELAYS
    ]


def _added(before: Sequence[FlagAnswer], after: Sequence[FlagAnswer]) -> list[FlagAnswer]:
    known = {(flag["code"], *flag["claims"]) for flag in before}
    return [flag for flag in after if (flag["code"], *flag["claims"]) not in known]


def _dry_run_event(db: ReadersConnection, pending: Pending) -> DryRunEvent:
    """An event as its author would see it, of whom it may keep hidden what is there already."""
    stamp = from_micros(0)  # no part of what is shown
    _, event = read_event(encode(pending, stamp))
    shown = encode_event(cleared(event, hidden_in(db), sight_of(db).clearance))
    return {"type": pending.type, "stream": pending.stream, "data": from_json(shown)}


def _dry_run_outcome(
    outcome: Outcome, request: WriteRequest, events: list[DryRunEvent]
) -> DryRunOutcome:
    """What would be added to the log."""
    name = split_stream(outcome.stream)[1]
    body: DryRunOutcome = {
        "dry_run": True,
        "id": name,
        "version": outcome.version,
        "new": outcome.new,
        "events": events[:MOST_TRIED],
        "n_events": len(events),
    }
    if isinstance(request.command, FileReport):
        body["claims"] = [claim_id(name, n) for n in outcome.claims]
    return body
