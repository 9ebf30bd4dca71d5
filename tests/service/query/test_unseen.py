"""What is above a reader's clearance might as well not be there: no answer differs.

A generated history is read twice: by a reader from whom some of it is hidden, and by one who may see
everything of a history in which those events never were (others stand at their positions). Relays of
hidden claims are left out here, because they are counted as one origin; `test_clearance` has them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from random import Random
from typing import Any, cast, get_args

import pytest

from domain.clearance import cleared, cleared_report, is_cleared, named_by, subjects
from domain.commands import Command, DefineIndicator, MarkReport, RegisterSource
from domain.estimates.support import Level
from domain.events import AssessmentRecorded, Destroyed, LossAccepted, ReportMarked, SourceRegistered
from domain.period import parse_period
from domain.stream_names import OPERATIONS, source_stream, split_stream
from domain.streams.report_state import Filed
from domain.streams.source import Source
from domain.vocabulary import MARKINGS, Marking, restriction
from projections.answers.as_of import AsOf
from projections.answers.questions import HEADLINE, Narrowing
from projections.answers.replay import replay, touches
from projections.answers.selection import Selection, positions
from projections.tables.journal import last_position
from projections.tables.projection import Recorded
from projections.tables.registry import indicators_at, sources_at
from projections.tables.search import found
from projections.tables.sight import Sight, showing
from service.log.port import EventLog
from service.query.board import BoardFilter, board
from service.query.changes import changes
from service.query.claims import claim
from service.query.comparison import comparison
from service.query.corrections import corrections
from service.query.estimates import estimate, used
from service.query.explanations import explained_claims, explanation
from service.query.flags import open_flags
from service.query.history import revision_rows, series_rows, vintage_rows
from service.query.impact import impact
from service.query.indicators import indicators
from service.query.open_matters import what_is_open
from service.query.reports import report, report_events
from service.query.slippage import slippage_rows
from service.query.sources import source, sources
from service.query.standpoint import Standpoint
from tests.histories import Desk, DeskLog, long_story, views_of
from tests.places import LONG

SEEDS = range(100 if LONG else 6)
LENGTH = 40
FILLER = LossAccepted(operator="nobody", head=0, known=0, evidence="")


def marked_story(seed: int) -> Desk:
    """A history in which reports, a source and an indicator were restricted at the end, or before."""
    random = Random(seed)
    desk = Desk().take(long_story(seed, LENGTH))
    reports = sorted(s for s, state in desk.states.items() if isinstance(state, Filed))
    names = [split_stream(stream)[1] for stream in random.sample(reports, max(1, len(reports) // 4))]
    desk.take(MarkReport(report=name, marking=random.choice(MARKINGS)) for name in names)
    desk.take(restricted(desk, random))
    hide_relays(desk)
    return desk


def restricted(desk: Desk, random: Random) -> Iterator[Command]:
    """A source and an indicator of the history, restricted."""
    kinds = [split_stream(stream) for stream in sorted(desk.states)]
    if random.random() < 0.5:
        name = random.choice([name for kind, name in kinds if kind == "source"])
        yield RegisterSource(id=name, marking="TLP:AMBER")
    if random.random() < 0.5:
        name = random.choice([name for kind, name in kinds if kind == "indicator"])
        definition = desk.definition(name)
        assert definition is not None
        yield DefineIndicator.model_validate({"id": name, **vars(definition), "marking": "TLP:RED"})


def hide_relays(desk: Desk) -> None:
    """Restrict the reports that name a claim of a restricted one, and those that name them."""
    for clearance in MARKINGS[:-1]:
        while True:
            hidden = hidden_from(desk, clearance)
            seen = [s for s in desk.states if s.startswith("report:") and not hidden(s)]
            telling = [s for s in seen if tells(desk, s, hidden)]
            if not telling:
                break
            names = (split_stream(stream)[1] for stream in telling)
            # Without a decision, since nothing more can be recorded of a withdrawn report.
            desk.add(*(ReportMarked(report=name, marking="TLP:RED", reason="") for name in names))


def tells(desk: Desk, stream: str, hidden: Any) -> bool:
    state = desk.states[stream]
    assert isinstance(state, Filed)
    shown = cleared_report(state, hidden)
    return (shown.versions, shown.linked) != (state.versions, state.linked)


def hidden_from(desk: Desk, clearance: Marking) -> Any:
    """Whether a stream is above a clearance, or a source that nothing names which is not."""

    def above(stream: str) -> bool:
        return not is_cleared(clearance, stream, desk.state)

    known = set[str]()
    for stream, state in desk.states.items():
        if isinstance(state, Filed) and not above(stream):
            known |= named_by(state)
            known.update(source_stream(dispute.disputed.by) for dispute in state.disputes)
        if isinstance(state, Source) and state.registered and not above(stream):
            described = (state.version, state.registered) != (1, bare(stream))
            known.update([stream] if described else [])
            named = state.registered.speaks_for
            known.update([source_stream(named)] if named else [])
    sources = {stream for stream, state in desk.states.items() if isinstance(state, Source)}
    return lambda stream: above(stream) or (stream in sources and stream not in known)


def bare(stream: str) -> SourceRegistered:
    return SourceRegistered(source=split_stream(stream)[1])


def without_hidden(desk: Desk, clearance: Marking) -> list[Recorded]:
    """The history as the reader may know it; what an operator did stands for each hidden event."""
    hidden, kept, fillers = hidden_from(desk, clearance), list[Recorded](), 0
    for each in desk.recorded:
        above = any(hidden(stream) for stream in (each.stream, *subjects(each.event)))
        marking = getattr(each.event, "marking", MARKINGS[0])
        if above or (
            each.type == "AssessmentRecorded" and MARKINGS.index(marking) > MARKINGS.index(clearance)
        ):
            fillers += 1
            filler = Recorded(
                each.position, FILLER.TYPE, OPERATIONS, fillers, each.recorded_at, "nobody", FILLER
            )
            kept.append(filler)
        else:
            state = each.state
            shown = cleared_report(state, hidden) if isinstance(state, Filed) else state
            assert not isinstance(each.event, Destroyed)
            kept.append(replace(each, event=cleared(each.event, hidden, clearance), state=shown))
    return kept


def is_above(assessment: AssessmentRecorded, clearance: Marking) -> bool:
    return restriction(assessment.marking) > restriction(clearance)


def answers(here: Standpoint, log: EventLog) -> Iterator[tuple[str, object]]:
    """Everything that can be asked at a standpoint."""
    head = here.as_of.position
    names = [row.id for row in indicators_at(here.db, head)]
    yield "indicators", indicators(here, "", 100)
    yield "sources", sources(here)
    for order in ("id", "title", "revised", "topic"):
        yield f"board by {order}", board(here, BoardFilter(), order)
    for who in ("nis", "tass"):
        yield f"board of {who}", board(here, BoardFilter(source=who))
    for support in get_args(Level):
        yield f"board of {support}", board(here, BoardFilter(support=support))
    yield "open", what_is_open(here)
    yield "flags", open_flags(here, None, None)
    yield "comparison", comparison(here, (None, "consensus/1"), "record", None, "", 100)
    yield "events", positions(here.db, Selection(), 0, head + 1, 10_000)
    for name in names:
        yield from ((f"{what} {name}", each) for what, each in about_indicator(here, name))
    for row in sources_at(here.db, head):
        yield f"source {row.id}", source(here, row.id)
        yield f"events of {row.id}", positions(here.db, Selection(source=row.id), 0, head + 1, 10_000)
    for stream in sorted(each for each in cast(Any, log).streams() if each.startswith("report:")):
        name = split_stream(stream)[1]
        yield f"report {name}", report(here, log, name)
        yield f"history {name}", report_events(here, log, name)
        yield f"corrections {name}", corrections(here, log, name)
        for n in (1, 2):
            yield f"claim {name}/{n}", claim(here, log, f"{name}/{n}")
            yield f"impact {name}/{n}", impact(here, f"{name}/{n}")
    for word in ("a", "r", "wire", "nis", "killed"):
        for kind in ("report", "indicator"):
            yield f"search {kind} {word}", found(here.db, kind, word, head)


def about_indicator(here: Standpoint, name: str) -> Iterator[tuple[str, object]]:
    head = here.as_of.position
    year = Narrowing(period=parse_period("2025"))
    for asked in (HEADLINE, year, Narrowing(cohort="east"), Narrowing(policy="envelope/1")):
        yield f"estimate {asked}", estimate(here, name, asked)
        yield f"explanation {asked}", explanation(here, name, asked)
        yield f"claims {asked}", explained_claims(here, name, asked, None, slice(1_000))
        yield f"used {asked}", used(here, name, asked, 0, 1_000)
    yield "series", series_rows(here, name, HEADLINE)
    yield "first releases", series_rows(here, name, HEADLINE, "first")
    yield "record", vintage_rows(here, name, HEADLINE, "record", every=True)
    yield "publication", vintage_rows(here, name, HEADLINE, "publication", every=True)
    yield "revisions", revision_rows(here, name, HEADLINE)
    yield "slippage", slippage_rows(here, name)
    yield "changes", changes(here, name, (head // 2, head), HEADLINE)
    yield "frames", list(frames(here, name))


def frames(here: Standpoint, name: str) -> Iterable[object]:
    def headline(indicator: str, as_of: AsOf) -> Any:
        return estimate(Standpoint(here.db, as_of), indicator, with_cohorts=False)

    return replay(headline, touches(here.db, name, (0, ""), here.as_of.position, 100), here.as_of, {})


def standpoints(db: Any, clearance: Marking, head: int) -> Iterator[Standpoint]:
    last, half = last_position(db, head), last_position(db, head // 2)
    day = 86_400_000_000
    yield Standpoint(db, AsOf(last, clearance=clearance), current=True)
    yield Standpoint(db, AsOf(half, clearance=clearance))
    yield Standpoint(db, AsOf(last, 20_200 * day, 20_100 * day, clearance))


class Log(DeskLog):
    """The streams of a history, as the queries read them."""

    def streams(self) -> list[str]:
        return list(self._streams)


@pytest.mark.parametrize("clearance", ["TLP:CLEAR", "TLP:AMBER"])
@pytest.mark.parametrize("seed", SEEDS)
def test_every_answer_is_that_of_a_history_without_what_is_hidden(
    seed: int, clearance: Marking
) -> None:
    desk = marked_story(seed)
    restrictive, open_ = desk.recorded, without_hidden(desk, clearance)
    reader, everybody = Sight(clearance, operations=False), Sight(operations=False)
    both = []
    for recorded, sight in ((restrictive, reader), (open_, everybody)):
        file = views_of(recorded, 20)
        log = cast(EventLog, Log(recorded))
        streams = Log(restrictive)
        cast(Any, log).streams = streams.streams
        while file.idle(lambda: False):
            pass
        with showing(file.writer, sight):
            here = standpoints(file.writer, sight.clearance, len(recorded))
            both.append([each for stand in here for each in answers(stand, log)])
        file.close()
    for (what, mine), (_, theirs) in zip(*both, strict=True):
        assert mine == theirs, what
