"""The follower over a log whose batches are short and whose appends fail although stored."""

import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from projections.catalogue import CATALOGUE
from projections.tables.projection import Projection
from service.log.open import opened_log
from service.log.port import EventLog, LogUnavailable
from service.service import Service, opened
from service.settings import Settings
from service.views import follower
from service.views.current import Views
from service.views.follower import Follower
from service.views.store import ViewFile
from service.write.decisions import WriteRequest
from tests.histories import CLOCK, long_story
from tests.service.log.nasty import nasty
from tests.service.views.test_views import PATIENCE, digests


def write(service: Service, seed: int) -> None:
    """Have a history written, each command again for as long as the log is unavailable."""
    for command in long_story(seed, 100):
        while True:
            try:
                service.writer.submit([WriteRequest(command, "analyst")]).result(PATIENCE)
                break
            except LogUnavailable:
                continue


def plain_digests(data: Path, views: Path) -> dict[str, str]:
    """The digests of new views that follow the log in a directory as it really is."""
    with (
        opened_log(data, None, lambda: CLOCK) as log,
        closing(Views(views)) as made,
        closing(Follower(log, made)) as follower,
    ):
        assert follower.wait(log.head(), PATIENCE)
        return digests(made.file)


def rebuild(service: Service) -> None:
    """Build the views again from the whole log, and wait until they are in use."""
    job, ended = service.follower.start_rebuild(), threading.Event()

    def look() -> None:
        if job.state != "running":
            ended.set()

    service.follower.listen(look)
    look()
    assert ended.wait(PATIENCE)
    assert (job.state, job.done) == ("done", service.log.head())


@pytest.mark.parametrize("seed", range(3))
def test_views_of_a_nasty_log_live_and_rebuilt_are_those_of_a_plain_one(
    tmp_path: Path, seed: int
) -> None:
    data = tmp_path / "log"
    with opened(Settings(data=data), lambda: CLOCK, open_log=nasty(seed)) as service:
        write(service, seed)
        assert service.follower.wait(service.log.head(), PATIENCE)
        live = digests(service.views.file)
        rebuild(service)
        assert digests(service.views.file) == live
        assert service.follower.error is None
    assert plain_digests(data, tmp_path / "views") == live


class Looked:
    """A log that counts how often its head is asked for."""

    def __init__(self, log: EventLog) -> None:
        self._log, self.looks = log, 0

    def head(self) -> int:
        self.looks += 1
        return self._log.head()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


@pytest.mark.parametrize(("pause", "always"), [(3_600.0, False), (0.0, True)], ids=["seldom", "always"])
def test_the_log_is_looked_at_now_and_then_while_a_row_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pause: float, always: bool
) -> None:
    monkeypatch.setattr(follower, "LOOK_SECONDS", pause)
    with (
        opened_log(tmp_path / "log", None, lambda: CLOCK) as stored,
        closing(Views(tmp_path / "views")) as views,
        closing(Follower(cast(EventLog, log := Looked(stored)), views)) as followed,
    ):
        wanted = followed._watch()
        before = log.looks
        assert not any(wanted() for _ in range(100))
        assert (log.looks - before >= 100) is always


@pytest.mark.parametrize(("overdue", "built"), [(0.0, True), (float("inf"), False)], ids=["due", "not"])
def test_deferred_rows_wait_for_a_pause_unless_they_are_overdue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overdue: float, built: bool
) -> None:
    """Whoever sends events one after the other does not wait for rows that nobody has asked for."""
    monkeypatch.setattr(follower, "PAUSE_SECONDS", PATIENCE)
    monkeypatch.setattr(follower, "OVERDUE_SECONDS", overdue)
    completed = threading.Event()

    def complete(self: ViewFile, most: int, catalogue: Sequence[Projection] = CATALOGUE) -> int:
        completed.set()
        return build(self, most, catalogue)

    build = ViewFile.complete
    with opened(Settings(data=tmp_path), lambda: CLOCK) as service:
        write(service, 1)
        assert service.follower.wait(service.log.head(), PATIENCE)
        monkeypatch.setattr(ViewFile, "complete", complete)
        for seed in range(2, 5):
            write(service, seed)
            assert service.follower.wait(service.log.head(), PATIENCE)
        assert completed.wait(PATIENCE if built else 0.0) == built
