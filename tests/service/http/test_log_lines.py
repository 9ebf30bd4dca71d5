"""The log lines of a request carry the id that its answer has in `X-Request-Id`."""

import sqlite3
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from tests.http_spec import indicator, report
from tests.processes import process, until, wait_for_views

PATH = "/v1/reports/r1"
LOGGED = {
    "in a thread, by what looked it up": (
        "ALTER TABLE journal RENAME TO gone",
        "WARNING {} intellog.views: the views in ",
    ),
    "where the answer is made": (
        "UPDATE journal SET recorded_at = 'never'",
        f"ERROR {{}} intellog: failed: GET {PATH}",
    ),
}
"""How the views are damaged, and the line that the next reader of a report causes."""
FOLLOWED = (
    "SELECT count(*) FROM changes_followed f JOIN glances g USING (indicator) "
    "WHERE f.position = (SELECT max(position) FROM touches)"
)
"""Whether the rows are there that are made when there is nothing else to do."""


@pytest.mark.parametrize(("damage", "line"), LOGGED.values(), ids=LOGGED)
def test_a_line_has_the_id_of_its_request(tmp_path: Path, damage: str, line: str) -> None:
    errors = tmp_path / "errors"
    with errors.open("wb") as written, process(tmp_path / "log", stderr=written) as server:
        for ask in (indicator(), report()):
            answer = httpx2.request(ask.method, server.url + ask.path, json=ask.body, timeout=60)
        wait_for_views(server.url, answer.raise_for_status().json()["position"])
        [views] = (tmp_path / "log").glob("views-*.sqlite")
        with closing(sqlite3.connect(views, isolation_level=None)) as db:
            # So that nobody reads them any more but who asks next.
            until(lambda: db.execute(FOLLOWED).fetchone(), lambda row: row == (1,))
            db.execute(damage)
        named = httpx2.get(server.url + PATH, timeout=60).headers["x-request-id"]
    lines = errors.read_text().splitlines()
    assert [each for each in lines if line.format(named) in each], lines
    assert {each.split()[2] for each in lines if each[:2] == "20"} <= {named, "-"}
