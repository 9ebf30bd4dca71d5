"""Figures are computed again from verified events; one that is stated otherwise is named."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from projections.catalogue import CATALOGUE
from service.verify.estimates import verify_figures_in, verify_figures_of
from service.verify.remote import verify_server
from service.verify.server import Query, Server
from service.verify.trust import Trust
from service.verify.verdicts import CannotRead
from service.views.pointer import file_in_use
from tests.http_spec import FILED, Api, post, report
from tests.processes import until
from tests.service.verify.tampered import key_of_tests, write_story


def _told(done: int, total: int) -> None:
    """Nobody wants to know."""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Trust]:
    """A directory with the seeds and their views."""
    directory, key = tmp_path_factory.mktemp("story") / "log", key_of_tests()
    write_story(directory, key)
    return directory, Trust([key.public], "given")


def test_every_projection_is_as_the_verified_events_give_it(story: tuple[Path, Trust]) -> None:
    directory, trust = story
    found = verify_figures_in(directory, trust, None, _told)
    assert (found["status"], found["verdict"]) == (0, "verified")
    assert {each["name"] for each in found["projections"]} == {each.name for each in CATALOGUE}
    assert all(each["stated"] == each["computed"] for each in found["projections"])


def test_a_figure_that_was_changed_in_the_views_is_named(story: tuple[Path, Trust]) -> None:
    directory, trust = story
    views = file_in_use(directory)
    assert views is not None
    with closing(sqlite3.connect(views)) as db, db:
        db.execute("UPDATE sources SET version = version + 1 WHERE id = 'nis'")
    found = verify_figures_in(directory, trust, None, _told)
    with closing(sqlite3.connect(views)) as db, db:
        db.execute("UPDATE sources SET version = version - 1 WHERE id = 'nis'")
    assert (found["status"], found["verdict"]) == (11, "figure-differs")
    assert [each["name"] for each in found["projections"] if not each["same"]] == ["registry"]


def test_a_server_states_what_its_events_give(api: Api) -> None:
    api.given(*FILED, report("r2"))
    api.get("/v1/estimates/troops")
    found = verify_figures_of(Server(api.client), None, None, _told)
    assert (found["status"], found["position"]) == (0, api.service.log.head())

    class Liar(Server):
        def get(self, path: str, query: Query | None = None, accept: str = "*/*") -> bytes:
            content = super().get(path, query, accept)
            return (
                content.replace(b'"digest":"', b'"digest":"f', 1) if "projections" in path else content
            )

    lied = verify_figures_of(Liar(api.client), None, None, _told)
    assert (lied["status"], lied["verdict"]) == (11, "figure-differs")


def test_figures_of_which_an_event_was_redacted_follow_from_what_is_left(api: Api) -> None:
    api.given(*FILED, report("r2"))
    api.given(post("/v1/reports/r1/redaction", reason="A source is in danger.", authority="a court"))
    until(lambda: api.client.get("/v1/estimates/troops").status_code, lambda status: status == 200)
    found = verify_figures_of(Server(api.client), None, None, _told)
    assert (found["status"], found["log"]["findings"]) == (0, [])
    assert len(found["log"]["redacted"]) == 1 and all(each["same"] for each in found["projections"])


def test_a_redaction_that_no_checkpoint_covers_yet_is_one(api: Api) -> None:
    api.given(*FILED, report("r2"))
    signed = api.client.get("/checkpoint").text
    api.given(post("/v1/reports/r1/redaction", reason="A source is in danger.", authority="a court"))
    assert api.client.get("/checkpoint").text == signed
    found = verify_server(Server(api.client))
    assert (found["status"], found["findings"], len(found["redacted"])) == (0, [], 1)


def test_a_directory_without_views_is_refused_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match="there are no views"):
        verify_figures_in(tmp_path, None, None, _told)
