"""A service notices at its start and on a schedule what was done to its log: it serves no figure."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest

from service.log.background import checked_in_background
from service.log.port import LogUnavailable
from service.log.sqlite import open_sqlite_log
from service.proof.keys import new_key
from service.service import opened
from service.settings import Settings
from tests.places import SEEDS
from tests.processes import until
from tests.service.api.schema_check import running
from tests.service.log.append_only import event, noon
from tests.service.verify.tampered import Tampered, sign
from tests.service.verify.tampering import AT_EACH_EVENT

POSITION = 60
AT_THE_START = (
    *("flipped", "deleted", "removed", "with_the_next", "back_dated"),
    *("back_dated_with_all_hashes", "dated_in_its_entry", "emptied", "other_salt", "other_commitment"),
    *("other_digest", "listed_elsewhere", "replaced"),
)
STORED_TREE = {
    "a hash of a tile": "UPDATE subtrees SET hash = zeroblob(32)",
    "a hash is gone": "DELETE FROM subtrees",
    "a root that was signed": "UPDATE checkpoints SET note = replace(CAST(note AS TEXT), '=', 'A=')",
}


class Served(NamedTuple):
    """A directory that a service has written and signed, and the number of its events."""

    directory: Path
    size: int


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    """The seeds and more, signed by the service's own key."""
    directory = tmp_path_factory.mktemp("served") / "log"
    with opened(Settings(data=directory)) as service, running(service) as http:
        for seed in sorted(SEEDS.glob("*.ndjson")):
            headers = {"Content-Type": "application/x-ndjson"}
            http.post("/v1/import", content=seed.read_bytes(), headers=headers)
        for n in range(30):
            http.put(f"/v1/indicators/more-{n}", json={"title": f"More {n}", "measure": "stock"})
        assert service.publisher is not None and service.publisher.covering(service.log.head())
        return Served(directory, service.log.head())


def _disarm(db: sqlite3.Connection) -> None:
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")


def _refused(http: httpx2.Client) -> bool:
    answer = http.get("/v1/estimates/dprk-killed")
    return answer.status_code == 503 and answer.json()["type"] == "/problems/log-damaged"


def _expect_noticed(directory: Path, said: str = "") -> None:
    """A service does not open the log, or it does and serves no figure from it."""
    try:
        with opened(Settings(data=directory)) as service, running(service) as http:
            assert _refused(http)
            assert said in str(service.log.damage)
    except LogUnavailable as refused:
        assert said in str(refused)


@pytest.mark.parametrize("tampering", AT_THE_START)
def test_what_was_done_while_it_was_stopped_is_noticed_at_the_start(
    served: Served, tmp_path: Path, tampering: str
) -> None:
    directory = shutil.copytree(served.directory, tmp_path / "log")
    with closing(sqlite3.connect(directory / "log.sqlite", isolation_level=None)) as db:
        _disarm(db)
        AT_EACH_EVENT[tampering](Tampered(db, new_key("unused"), served.size), POSITION)
    _expect_noticed(directory)


@pytest.mark.parametrize("statement", STORED_TREE.values(), ids=[*STORED_TREE])
def test_what_was_done_to_the_stored_tree_is_noticed_soon_after(
    served: Served, tmp_path: Path, statement: str
) -> None:
    directory = shutil.copytree(served.directory, tmp_path / "log")
    with closing(sqlite3.connect(directory / "log.sqlite", isolation_level=None)) as db:
        _disarm(db)
        db.execute(statement)
    with opened(Settings(data=directory)) as service, running(service) as http:
        assert until(lambda: _refused(http), bool)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stored_events SET state = zeroblob(9) WHERE position = 2",
        "UPDATE entries SET recorded_at = '2001-01-01T00:00:00Z' WHERE position = 2",
        STORED_TREE["a hash is gone"],
        STORED_TREE["a root that was signed"],
    ],
)
def test_what_is_done_while_it_runs_is_noticed_by_the_next_check(
    tmp_path: Path, statement: str
) -> None:
    with closing(open_sqlite_log(tmp_path, noon)) as log:
        log.append([event("s:a", n + 1) for n in range(300)])
        sign(log, new_key("log.example"), 300)
        with checked_in_background(log, again=0.01):
            until(lambda: log.checked, lambda checked: checked == 300)
            assert log.damage is None
            with closing(sqlite3.connect(tmp_path / "log.sqlite", isolation_level=None)) as db:
                _disarm(db)
                db.execute(statement)
            assert until(lambda: log.damage, bool)


def _forget(directory: Path) -> None:
    """Remove all that a service keeps beside its log to notice this, but what it signed."""
    for path in (*directory.glob("views*"), directory / "log.head"):
        path.unlink()


def test_an_older_copy_that_is_put_back_is_known_by_what_was_signed(
    served: Served, tmp_path: Path
) -> None:
    directory = shutil.copytree(served.directory, tmp_path / "log")
    older = (directory / "log.sqlite").read_bytes()
    with opened(Settings(data=directory)) as service, running(service) as http:
        http.put("/v1/indicators/later", json={"title": "Later", "measure": "stock"})
        assert service.publisher is not None and service.publisher.covering(served.size + 1)
    (directory / "log.sqlite").write_bytes(older)
    _forget(directory)
    _expect_noticed(directory, f"a tree of {served.size + 1} entries was signed")


def test_a_log_that_was_rewritten_with_all_hashes_is_known_by_what_was_signed(
    served: Served, tmp_path: Path
) -> None:
    directory = shutil.copytree(served.directory, tmp_path / "log")
    with closing(sqlite3.connect(directory / "log.sqlite", isolation_level=None)) as db:
        _disarm(db)
        AT_EACH_EVENT["replaced"](Tampered(db, new_key("unused"), served.size), POSITION)
        db.execute("DELETE FROM checkpoints")
        db.execute("DELETE FROM attachments")
    _forget(directory)
    _expect_noticed(directory, "it was rewritten")
