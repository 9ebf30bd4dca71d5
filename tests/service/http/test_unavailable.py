"""A store that is busy, closed or asked too much is said so, and nothing is written."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from domain.commands import RegisterSource
from service.write.decisions import WriteRequest
from service.write.writer import MOST_WAITING, Overloaded
from tests.http_spec import Api, Ask, Server, indicator, problem, source


def test_a_store_that_does_not_answer_in_time_is_said_so(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path, write_patience=0.05) as api, held_lock(api):
        problem(api.send(indicator()), 503, "log-unavailable")
    with server.over(tmp_path) as api:
        again = api.send(indicator())
        assert (again.status_code, again.json()["position"]) == (200, 1)


def test_a_closed_store_is_said_so(api: Api) -> None:
    api.given(indicator())
    api.service.log.close()
    for ask in (indicator("more"), Ask("GET", "/v1/estimates"), Ask("GET", "/readyz")):
        problem(api.send(ask), 503, "log-unavailable")
    assert api.client.get("/healthz").json() == {"status": "ok"}


def test_too_much_at_once_is_refused_before_anything_is_written(api: Api) -> None:
    writer = api.service.writer
    with held_lock(api):
        waiting = [writer.submit([WriteRequest(RegisterSource(id="first"), "local")])]
        with pytest.raises(Overloaded):
            while True:
                waiting.append(writer.submit([]))
        assert len(waiting) == MOST_WAITING
        problem(api.send(source("second")), 503, "overloaded")
    for future in waiting:
        future.result()
    assert [stream for stream, _, _ in api.facts()] == ["source:first"]


@contextmanager
def held_lock(api: Api) -> Iterator[None]:
    """As if another program wrote to the store: it answers nobody else who writes."""
    with closing(sqlite3.connect(api.service.settings.data / "log.sqlite")) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")
