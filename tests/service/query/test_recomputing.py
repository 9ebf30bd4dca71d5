"""An estimate computed again from the events that it depends on alone is the estimate."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

import pytest

from domain.clearance import cleared
from domain.period import parse_period
from domain.vocabulary import Marking
from projections.answers.as_of import EVERYTHING, AsOf
from projections.answers.questions import HEADLINE, Narrowing
from projections.tables.journal import last_position
from projections.tables.projection import Recorded
from projections.tables.registry import indicators_at
from projections.tables.sight import Sight, hidden_in, showing
from service.query.estimate_events import positions_behind
from service.query.estimates import estimate
from service.query.recomputing import Body, recomputed
from service.query.standpoint import Standpoint
from tests.histories import Desk, DeskLog, define, file, long_story, says, views_of
from tests.places import LONG
from tests.service.query.test_unseen import marked_story

SEEDS = range(150 if LONG else 12)
LENGTH = 60
DAY = 86_400_000_000
NARROWINGS = (
    HEADLINE,
    Narrowing(period=parse_period("2025")),
    Narrowing(cohort="east"),
    Narrowing(originator="nis"),
    *(Narrowing(policy=name) for name in ("envelope/1", "assessment/1", "latest-publication/1")),
)
"""What is asked; the policy of each indicator of a history is a random one besides."""


def bodies(recorded: Sequence[Recorded]) -> dict[int, bytes]:
    """The stored bytes of each event of a history, by position."""
    log, streams = DeskLog(recorded), {each.stream for each in recorded}
    stored = chain.from_iterable(map(log.stream, streams))
    return {each.position: each.body for each in stored}


def times(head: int, clearance: Marking = EVERYTHING) -> Iterator[AsOf]:
    """Now, and as of earlier times on each axis."""
    yield AsOf(head, clearance=clearance)
    yield AsOf(head // 2, clearance=clearance)
    yield AsOf(head, 20_200 * DAY, None, clearance)
    yield AsOf(head, None, 20_150 * DAY, clearance)
    yield AsOf(2 * head // 3, 20_200 * DAY, 20_100 * DAY, clearance)


@pytest.mark.parametrize("seed", SEEDS)
def test_it_is_the_estimate(seed: int) -> None:
    desk = Desk().take(long_story(seed, LENGTH))
    stored, head = bodies(desk.recorded), len(desk.recorded)
    views = views_of(desk.recorded)
    for name in [row.id for row in indicators_at(views.writer, head)]:
        for as_of in times(head):
            for asked in NARROWINGS:
                behind = positions_behind(views.writer, name, as_of, asked)
                found = recomputed([Body(at, stored[at]) for at in behind], name, as_of, asked)
                assert found == estimate(Standpoint(views.writer, as_of), name, asked)
    views.close()


@pytest.mark.parametrize("clearance", ["TLP:CLEAR", "TLP:AMBER"])
@pytest.mark.parametrize("seed", SEEDS)
def test_it_is_what_a_reader_may_see(seed: int, clearance: Marking) -> None:
    desk = marked_story(seed)
    stored, events = bodies(desk.recorded), dict(desk.logged())
    views, head = views_of(desk.recorded), len(desk.recorded)
    compared = 0
    with showing(views.writer, Sight(clearance, operations=False)):
        hidden = hidden_in(views.writer)
        for name in [row.id for row in indicators_at(views.writer, head)]:
            for as_of in times(last_position(views.writer, head), clearance):
                behind = positions_behind(views.writer, name, as_of, HEADLINE)
                if any(cleared(events[at], hidden, clearance) != events[at] for at in behind):
                    continue  # of such an event the reader has no bytes
                found = recomputed(
                    [Body(at, stored[at]) for at in behind], name, replace(as_of, clearance=EVERYTHING)
                )
                assert found == estimate(Standpoint(views.writer, as_of), name)
                compared += 1
    views.close()
    assert compared


def test_a_voice_behind_voices_that_no_report_names_is_part_of_it() -> None:
    desk = Desk()
    desk.accept(define(measure="stock"))
    for source, root in (("press", "office"), ("office", "ministry"), ("desk", "ministry")):
        desk.accept({"register_source": {"id": source, "speaks_for": root}})
    desk.accept(file("r1", "2025-01-01", says("press", 100)))
    desk.accept(file("r2", "2025-01-02", says("desk", 120)))
    stored, as_of = bodies(desk.recorded), AsOf(len(desk.recorded))
    views = views_of(desk.recorded)
    for asked in (HEADLINE, Narrowing(originator="ministry"), Narrowing(originator="office")):
        behind = positions_behind(views.writer, "killed", as_of, asked)
        found = recomputed([Body(at, stored[at]) for at in behind], "killed", as_of, asked)
        assert found == estimate(Standpoint(views.writer, as_of), "killed", asked)
        assert found["used"] == ["r2/1"]
    views.close()
