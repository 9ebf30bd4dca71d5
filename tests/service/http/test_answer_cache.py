"""An answer that is kept says what a fresh one would, and none outlives what is written."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from projections.answers.as_of import AsOf
from projections.tables.registry import indicators_at
from service.http import answer_cache
from service.query import estimates
from service.query.standpoint import Standpoint
from service.views.history import position_of
from service.write.decisions import WriteRequest
from tests.histories import MEASURES, long_story
from tests.http_spec import Api, Body, Server, claim, indicator, report, views_held
from tests.processes import until

TROOPS = "/v1/estimates/troops"


@pytest.fixture
def api(server: Server, tmp_path: Path) -> Iterator[Api]:
    with server.over(tmp_path, grace=30.0) as api:
        yield api


def best(api: Api, path: str = TROOPS) -> object:
    """The figure that is answered, whatever the views hold."""
    return api.client.get(path).json()["best"]


TANKS = "UPDATE indicators SET definition = replace(definition, 'persons', 'tanks')"


def test_the_same_question_at_the_same_position_is_computed_once(api: Api) -> None:
    api.given(indicator(unit="persons"), report("r1", claim(100)))
    first = api.get(TROOPS)
    # A change behind the service's back: an answer with the old unit is one that was kept.
    alter(api, TANKS)
    assert api.get(TROOPS) == first
    assert api.get(TROOPS, published_by="2030-01-01")["unit"] == "tanks"
    api.given(indicator("other"))
    assert api.get(TROOPS)["unit"] == "tanks"


def test_a_write_is_seen_by_the_next_read(api: Api) -> None:
    api.given(indicator())
    for figure in range(1, 30):
        api.given(report(f"r{figure}", claim(figure)))
        assert [best(api), best(api)] == [figure, figure]


def test_what_is_answered_while_the_views_are_behind_is_not_kept(
    server: Server, tmp_path: Path
) -> None:
    with server.over(tmp_path, grace=0.0) as api:
        api.given(indicator(), report("r1", claim(1)))
        assert api.get(TROOPS)["best"] == 1
        with views_held(api):
            position = api.given(report("r2", claim(2)))
            assert best(api) == 1
        assert api.service.follower.wait(position, 30)
        assert best(api) == 2


def test_a_rebuild_empties_what_was_kept(api: Api) -> None:
    api.given(indicator(unit="persons"), report("r1", claim(100)))
    figure = api.get(TROOPS)
    # As if the views had been wrong, and these wrong answers are kept.
    api.given(indicator("other"))
    assert api.service.follower.wait(api.service.log.head(), 30)
    alter(api, TANKS, "UPDATE claims SET best = 5047")
    wrong = api.get(TROOPS)
    assert (wrong["best"], wrong["unit"], "5,047" in html(api)) == (5047, "tanks", True)
    rebuilt(api)
    assert {**api.get(TROOPS), "as_of": None} == {**figure, "as_of": None}
    assert "5,047" not in html(api)


def alter(api: Api, *statements: str) -> None:
    """Change the views behind the service's back, between two transactions of its follower."""
    with closing(sqlite3.connect(api.service.views.file.path, timeout=30)) as db, db:
        for statement in (*statements, "DELETE FROM headlines"):
            db.execute(statement)


def html(api: Api) -> str:
    """The page of the figure, which takes its revisions and suspicions from memory."""
    text = api.client.get("/estimates/troops", headers={"Accept": "text/html"}).text
    return text.replace("\u202f", ",")


def rebuilt(api: Api) -> None:
    """Rebuild the views from the log, and wait until they are in use."""
    path = "/v1/projections/claims/rebuild"
    assert api.client.post(path).status_code == 202
    until(lambda: api.client.get(path).json()["state"], lambda state: state == "done")


def test_a_head_and_a_query_are_told_apart(api: Api) -> None:
    api.given(indicator(), report("r1", claim(1, cohort="officers"), claim(5)))
    assert best(api) == 5
    assert best(api, f"{TROOPS}?cohort=officers") == 1
    assert api.client.head(TROOPS).content == b""
    assert best(api) == 5


def test_a_problem_is_found_anew(api: Api) -> None:
    assert api.client.get(TROOPS).status_code == 404
    api.given(indicator())
    assert api.client.get(TROOPS).status_code == 200


@pytest.mark.parametrize("kept", [0, 2_000, 32_000_000])
def test_along_a_history_every_answer_is_what_the_query_says(
    api: Api, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setattr(answer_cache, "MOST_BYTES", kept)
    for number, command in enumerate(long_story(11, 40)):
        api.service.writer.submit([WriteRequest(command, "ana")]).result(30)
        if number >= len(MEASURES):
            board(api)
            assert board(api) == expected(api)


def board(api: Api) -> list[Body]:
    """Every estimate as it is answered, twice where the first could be kept."""
    names = [item["id"] for item in api.items("/v1/indicators")]
    return [{**api.get(f"/v1/estimates/{name}"), "as_of": None} for name in names]


def expected(api: Api) -> list[Body]:
    """The same without HTTP."""
    with api.service.views.reading() as db:
        here = Standpoint(db, AsOf(position_of(db)), current=True)
        return [
            {**estimates.counted_estimate(here, row.id), "as_of": None}
            for row in indicators_at(db, here.as_of.position)
        ]
