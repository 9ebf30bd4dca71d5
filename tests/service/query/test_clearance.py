"""Every query applies the reader's clearance, although every reader has the highest one today."""

from collections.abc import Callable
from functools import partial

import httpx2
import pytest

from domain.vocabulary import Marking
from projections.answers.as_of import AsOf
from projections.answers.estimates import answer
from projections.answers.questions import Narrowing
from projections.answers.replay import replay, touches
from projections.answers.selection import Selection, positions
from projections.answers.series import series
from projections.answers.vintages import vintages
from projections.tables.sight import Sight
from service.query import estimates, reports
from service.query.board import BoardFilter, board
from service.query.chains import chain
from service.query.claims import claim
from service.query.sources import source
from service.query.standpoint import Standpoint
from service.service import Service

Serving = Callable[..., tuple[Service, httpx2.Client]]
CANARY = 987_654


def _file(client: httpx2.Client, name: str, best: int, marking: Marking, day: str) -> int:
    report = {
        "id": name,
        "publisher": "wire",
        "published_at": day,
        "marking": marking,
        "claims": [{"indicator": "killed", "originator": name, "quantity": {"best": best}}],
    }
    answered = client.post("/v1/reports", json=report)
    assert answered.status_code == 201, answered.text
    return int(answered.json()["position"])


@pytest.fixture
def desk(service: tuple[Service, httpx2.Client]) -> Service:
    """An open report of 300 and, a day later, a restricted one of another originator."""
    running, client = service
    client.put("/v1/indicators/killed", json={"title": "Killed", "measure": "cumulative"})
    _file(client, "open", 300, "TLP:CLEAR", "2025-01-13")
    last = _file(client, "secret", CANARY, "TLP:RED", "2025-01-14")
    assert running.follower.wait(last, 10)
    return running


@pytest.mark.parametrize("clearance", ["TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT"])
def test_no_query_returns_anything_marked_above_the_clearance(
    desk: Service, clearance: Marking
) -> None:
    as_of = AsOf(desk.log.head(), clearance=clearance)
    sight = Sight(clearance, operations=False)
    with desk.views.reading(sight) as db:
        here = Standpoint(db, as_of, current=True)
        found = estimates.estimate(here, "killed")
        assert (found["best"], found["high"], found["origins"], found["claims"]) == (300, 300, 1, 1)
        answers = [
            found,
            board(here, BoardFilter()),
            series(db, "killed", as_of, Narrowing()),
            [each.body for each in vintages(db, "killed", as_of, Narrowing(), "record", every=True)],
            [
                each.body
                for each in vintages(db, "killed", as_of, Narrowing(), "publication", every=True)
            ],
            list(
                replay(
                    partial(answer, db), touches(db, "killed", (0, ""), as_of.position, 100), as_of, {}
                )
            ),
            source(here, "wire"),
            reports.report(here, desk.log, "secret"),
            reports.report_events(here, desk.log, "secret"),
            claim(here, desk.log, "secret/1"),
            chain(here, "secret/1"),
        ]
        seen = positions(db, Selection(sight=sight), 0, as_of.position + 1, 100)
    assert str(CANARY) not in repr(answers)
    assert "secret/1" not in repr(answers)
    streams = [stored.stream for stored in desk.log.at(seen) if stored.stream.startswith("report:")]
    assert streams == ["report:open"]


def test_a_reader_with_full_clearance_sees_everything(desk: Service) -> None:
    as_of = AsOf(desk.log.head())
    with desk.views.reading() as db:
        assert answer(db, "killed", as_of)["high"] == CANARY
        assert len(positions(db, Selection(), 0, as_of.position + 1, 100)) == as_of.position
        assert reports.report(Standpoint(db, as_of), desk.log, "secret") is not None


def test_the_present_marking_applies_at_any_time_asked(
    service: tuple[Service, httpx2.Client],
) -> None:
    running, client = service
    client.put("/v1/indicators/killed", json={"title": "Killed", "measure": "cumulative"})
    before = _file(client, "open", 300, "TLP:CLEAR", "2025-01-13")
    marked = client.post("/v1/reports/open/marking", json={"marking": "TLP:RED"})
    assert running.follower.wait(marked.json()["position"], 10)
    as_of = AsOf(before, clearance="TLP:GREEN")
    with running.views.reading(Sight("TLP:GREEN")) as db:
        assert answer(db, "killed", as_of)["claims"] == 0
        assert reports.report(Standpoint(db, as_of), running.log, "open") is None
