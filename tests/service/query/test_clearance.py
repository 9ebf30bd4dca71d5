"""Every query takes the reader's clearance: above it nothing is seen, though all may see all today."""

from collections.abc import Callable
from functools import partial

import httpx2
import pytest

from domain.vocabulary import Marking
from projections.answers.as_of import AsOf
from projections.answers.estimates import Narrowing, answer
from projections.answers.replay import replay, touches
from projections.answers.selection import Selection, positions
from projections.answers.series import series
from projections.answers.vintages import vintages
from projections.tables.registry import source_at
from service.query import estimates, reports
from service.query.sources import source_page
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
def test_what_is_marked_above_the_clearance_is_not_there(desk: Service, clearance: Marking) -> None:
    as_of = AsOf(desk.log.head(), clearance=clearance)
    with desk.views.reading() as db:
        found = estimates.estimate(db, "killed", as_of, Narrowing(), True)
        assert (found["best"], found["high"], found["origins"], found["claims"]) == (300, 300, 1, 1)
        row = source_at(db, "wire", as_of.position)
        assert row is not None
        answers = [
            found,
            estimates.board(db, as_of, estimates.Board(), "", 10, True),
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
            source_page(db, row, as_of),
            reports.report(desk.log, "secret", as_of),
            reports.report_events(desk.log, "secret", as_of),
            reports.claim(desk.log, db, "secret/1", as_of),
            reports.chain(db, "secret/1", as_of),
        ]
        seen = positions(db, Selection(clearance=clearance), 0, as_of.position + 1, 100)
    assert str(CANARY) not in repr(answers)
    assert "secret/1" not in repr(answers)
    streams = [stored.stream for stored in desk.log.at(seen) if stored.stream.startswith("report:")]
    assert streams == ["report:open"]


def test_who_may_see_all_sees_all(desk: Service) -> None:
    as_of = AsOf(desk.log.head())
    with desk.views.reading() as db:
        assert answer(db, "killed", as_of)["high"] == CANARY
        assert len(positions(db, Selection(), 0, as_of.position + 1, 100)) == as_of.position
    assert reports.report(desk.log, "secret", as_of) is not None


def test_the_marking_now_decides_whatever_time_is_asked(
    service: tuple[Service, httpx2.Client],
) -> None:
    running, client = service
    client.put("/v1/indicators/killed", json={"title": "Killed", "measure": "cumulative"})
    before = _file(client, "open", 300, "TLP:CLEAR", "2025-01-13")
    marked = client.post("/v1/reports/open/marking", json={"marking": "TLP:RED"})
    assert running.follower.wait(marked.json()["position"], 10)
    as_of = AsOf(before, clearance="TLP:GREEN")
    with running.views.reading() as db:
        assert answer(db, "killed", as_of)["claims"] == 0
    assert reports.report(running.log, "open", as_of) is None
