"""Time stamps of others bound the times of events: what is dated otherwise is named."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.log.sqlite import open_sqlite_log
from service.proof.keys import new_key
from service.proof.time_stamp import roots_of
from service.verify.server import Server
from service.verify.stamps import verify_times_in, verify_times_of
from service.verify.trust import Trust
from tests.http_spec import FILED, Api
from tests.service.log.append_only import event
from tests.service.proof.authority import Authority, needs_openssl, new_authority
from tests.service.verify.tampered import sign

pytestmark = needs_openssl


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A time authority of this machine."""
    return new_authority(tmp_path_factory.mktemp("stamps") / "authority")


def _told(done: int, total: int) -> None:
    """Nobody wants to know."""


def test_an_event_after_a_stamped_checkpoint_that_says_it_is_older_is_named(
    authority: Authority, tmp_path: Path
) -> None:
    years_ago, key = datetime(2020, 1, 1, tzinfo=UTC), new_key("log.example")
    log = open_sqlite_log(tmp_path / "log", lambda: years_ago)
    log.append([event("s:a")])
    sign(log, key, 1)
    [stored] = log.tree.checkpoints()
    log.tree.attach(1, "timestamp", "authority", authority.stamped(stored.note), "2020-01-01T00:00:00Z")
    log.append([event("s:b")])  # after a stamp of today, by a clock of years ago
    sign(log, key, 2)
    log.close()
    roots, trust = roots_of(authority.roots.read_bytes()), Trust([key.public], "given")
    found = verify_times_in(tmp_path / "log", roots, trust, None, _told)
    assert (found["status"], found["verdict"]) == (10, "time-wrong")
    [named] = found["findings"]
    assert named["position"] == 2 and "back-dated" in named["line"]
    assert [each["size"] for each in found["stamps"]] == [1] and found["after"] == 1


def test_a_stamp_over_other_bytes_or_of_another_authority_is_refused(
    authority: Authority, api: Api, tmp_path: Path
) -> None:
    api.given(*FILED)
    assert api.service.publisher is not None
    stored = api.service.publisher.covering(api.service.log.head())
    assert stored is not None
    api.service.log.tree.attach(
        stored.size, "timestamp", "a", authority.stamped(stored.note), stored.signed_at
    )
    roots = roots_of(authority.roots.read_bytes())
    found = verify_times_of(Server(api.client), roots, None, None, _told)
    assert (found["status"], len(found["stamps"]), found["after"]) == (0, 1, 0)
    other = new_authority(tmp_path / "other")
    strange = verify_times_of(Server(api.client), roots_of(other.roots.read_bytes()), None, None, _told)
    assert (strange["status"], strange["verdict"]) == (10, "time-wrong")
    assert "does not lead to a root" in strange["findings"][0]["line"]
