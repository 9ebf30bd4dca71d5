"""Figures of generated histories by both implementations, under every policy."""

import pytest

from domain.times import from_micros
from projections.answers.as_of import AsOf
from projections.answers.questions import Narrowing
from projections.tables.registry import indicators_at
from service.proof.standalone.claims import Times
from service.proof.standalone.periods import parse_period
from service.proof.standalone.question import Asked
from service.proof.standalone.recomputing import KNOWN, answered, differences
from service.proof.standalone.records import event_of, instant
from service.query.estimate_events import positions_behind
from service.query.estimates import estimate
from service.query.standpoint import Standpoint
from tests.histories import Desk, long_story, views_of
from tests.places import LONG
from tests.service.query.test_recomputing import LENGTH, NARROWINGS, bodies, times

POLICIES = [Narrowing(policy=name) for name in KNOWN]

SEEDS = range(100, 250 if LONG else 108)


@pytest.mark.parametrize("seed", SEEDS)
def test_both_give_the_same_figure(seed: int) -> None:
    desk = Desk().take(long_story(seed, LENGTH))
    views, stored, head = views_of(desk.recorded), bodies(desk.recorded), len(desk.recorded)
    compared = 0
    for name in [row.id for row in indicators_at(views.writer, head)]:
        for as_of in times(head):
            for asked in (*NARROWINGS, *POLICIES):
                events = {at: stored[at] for at in positions_behind(views.writer, name, as_of, asked)}
                found = again(events, name, as_of, asked)
                assert not differences(found, estimate(Standpoint(views.writer, as_of), name, asked))
                compared += 1
    views.close()
    assert compared > 100


def again(events: dict[int, bytes], name: str, as_of: AsOf, asked: Narrowing) -> dict[str, object]:
    """What the second implementation makes of some events."""
    read = {at: event_of(body) for at, body in events.items()}
    logged = [(at, event) for at, (event, _) in read.items()]
    stamps = {at: instant(envelope["recorded_at"]) for at, (_, envelope) in read.items()}
    by, until = (
        None if each is None else from_micros(each) for each in (as_of.published_by, as_of.valid_at)
    )
    period = parse_period(asked.period.text) if asked.period else None
    question = Asked(asked.cohort, period, asked.originator, asked.incident, asked.policy)
    return answered(logged, stamps, name, Times(as_of.position, by, until), question)
