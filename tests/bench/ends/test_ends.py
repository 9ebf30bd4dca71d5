"""The services beside ours take the bodies that ours takes, and store each report once."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import to_json

from tests.bench.ends import emmett, library
from tests.bench.ends.end import End
from tests.bench.peers.ground import Ground
from tests.bench.posts import independent
from tests.bench.server import get

FIRST, SECOND = islice(independent("r"), 2)
CREATED, CONFLICT, UNPROCESSABLE = 201, 409, 422


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    with ExitStack() as resources:
        yield Ground(tmp_path, resources)


def posted(end: End, report: dict[str, Any]) -> int:
    """The status of the answer to a report."""
    connection = HTTPConnection("127.0.0.1", end.server.port)
    connection.request("POST", "/v1/reports", to_json(report), {"Content-Type": "application/json"})
    status = connection.getresponse().status
    connection.close()
    return status


def test_eventsourcing_stores_each_report_once_and_checks_its_body(ground: Ground) -> None:
    with library.on_sqlite(ground) as end:
        wrong = {**SECOND, "publishes": "what no report has"}
        statuses = [posted(end, each) for each in (FIRST, FIRST, wrong, SECOND)]
        state = json.loads(get(end.server.port, "/readyz")[1])
    assert statuses == [CREATED, CONFLICT, UNPROCESSABLE, CREATED]
    assert state == {"head": 2, "position": 2}


def test_the_packages_of_emmett_are_pinned_and_no_address_is_named() -> None:
    text = (emmett.SOURCE / emmett.PACKAGES).read_text()
    pins = json.loads(text)["dependencies"]
    assert all(version[0].isdigit() for version in pins.values())
    assert "://" not in text
    assert sorted(path.name for path in emmett.SOURCE.iterdir()) == ["package.json", "server.mjs"]


def test_without_node_emmett_is_left_out_with_the_reason(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FileNotFoundError, match="there is no node here"), emmett.on_sqlite(ground):
        pass
