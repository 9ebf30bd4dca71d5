"""Views that another process brings forward: the same views, whatever becomes of that process."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue

import pytest

from service.log.port import LogUnavailable, Pending
from service.log.sqlite import open_sqlite_log, read_sqlite_log
from service.service import Service, opened
from service.settings import Settings
from service.views import remote
from service.views.history import position_of
from service.views.kept import kept_in
from service.views.progress import Progress
from service.views.remote import RemoteProjector
from tests.histories import views_of
from tests.service.views.test_views import (
    STORY,
    break_at,
    caught_up,
    digests,
    on_disk,
    recorded_by,
    submit,
)

PATIENCE = 60.0
EVENT = Pending("a", "ReportHeld", 1, "report:a", 1, "local", b"{}")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again without waiting."""
    monkeypatch.setattr(remote, "RETRY_SECONDS", 0.0)


@contextmanager
def served(folder: Path) -> Iterator[tuple[Service, RemoteProjector]]:
    """A service whose views a process of its own updates."""
    with opened(Settings(data=folder), separate_projector=True) as service:
        assert isinstance(service.follower, RemoteProjector)
        yield service, service.follower


@contextmanager
def heard(follower: Progress) -> Iterator["SimpleQueue[tuple[int, str | None]]"]:
    """What is said of the views whenever something is: position and error."""
    said: SimpleQueue[tuple[int, str | None]] = SimpleQueue()

    def hear() -> None:
        said.put((follower.position, follower.error))

    follower.listen(hear)
    try:
        yield said
    finally:
        follower.unlisten(hear)


def now() -> datetime:
    return datetime.now(UTC)


def gone(pid: int) -> bool:
    """Whether a process ends in time."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], PATIENCE)[0])
    finally:
        os.close(handle)


def test_the_views_are_those_that_a_thread_would_make(tmp_path: Path) -> None:
    with served(tmp_path) as (service, follower):
        submit(service, STORY[:20])
        caught_up(service)
        submit(service, STORY[20:])
        assert caught_up(service) == digests(views_of(recorded_by(service.log)))
        pid = follower.pid
    assert gone(pid)
    with opened(Settings(data=tmp_path)) as service:
        assert service.follower.position == service.log.head()


def test_a_rebuild_swaps_the_file_under_the_readers(tmp_path: Path) -> None:
    with served(tmp_path) as (service, follower), heard(follower) as said:
        submit(service, STORY)
        live = caught_up(service)
        for _ in range(3):
            before = service.views.file
            with service.views.reading() as db:
                job = follower.start_rebuild()
                while job.state == "running":
                    said.get(timeout=PATIENCE)
                assert position_of(db) == service.log.head()  # who reads the old file may finish
            assert (job.state, job.error, job.done) == ("done", None, service.log.head())
            assert service.views.file.path != before.path
            spare = kept_in(tmp_path)
            assert spare is not None and spare.path == before.path
            assert len(list(tmp_path.glob("views-*.sqlite"))) == 2
            assert digests(service.views.file) == live
        submit(service, STORY[:3])
        submit(service, STORY[20:])
        caught_up(service)


def test_the_log_is_the_one_that_the_service_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the environment names: a demo does not look there."""
    monkeypatch.setenv("INTELLOG_LOG", "postgresql://127.0.0.1:1/nowhere")
    with served(tmp_path) as (service, _):
        submit(service, STORY[:20])
        caught_up(service)


def test_a_projector_that_dies_is_said_so_and_begun_again(tmp_path: Path) -> None:
    with served(tmp_path) as (service, follower), heard(follower) as said:
        submit(service, STORY[:20])
        caught_up(service)
        pid = follower.pid
        os.kill(pid, signal.SIGKILL)
        assert gone(pid)
        submit(service, STORY[20:])
        assert caught_up(service) == digests(views_of(recorded_by(service.log)))
        assert follower.error is None and follower.pid != pid
        errors = [said.get()[1] for _ in range(said.qsize())]
        assert any(error and "the projector exited" in error for error in errors)


def test_a_projector_that_got_on_is_begun_again_without_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "RETRY_SECONDS", 10 * PATIENCE)
    with served(tmp_path) as (service, follower):
        submit(service, STORY[:20])
        caught_up(service)
        os.kill(follower.pid, signal.SIGKILL)
        submit(service, STORY[20:])
        assert caught_up(service) == digests(views_of(recorded_by(service.log)))


def test_views_that_stand_still_say_why(tmp_path: Path) -> None:
    with served(tmp_path) as (service, follower), heard(follower) as said:
        broken = submit(service, STORY[:20]) + 3
        caught_up(service)
        break_at(service.views.file, broken)
        submit(service, STORY[20:])
        while (heard_now := said.get(timeout=PATIENCE))[1] is None:
            pass
        assert heard_now == (broken - 1, f"stopped after position {broken - 1}: the disk has a fault")
        on_disk(service.views.file, "DROP TRIGGER fault")
        assert caught_up(service) == digests(views_of(recorded_by(service.log)))
        assert follower.error is None


def test_a_projector_ends_with_its_service_whatever_became_of_that(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib, service.service, service.settings\n"
        "settings = service.settings.Settings(data=pathlib.Path(sys.argv[1]))\n"
        "with service.service.opened(settings, separate_projector=True) as opened:\n"
        "    print(opened.follower.pid, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=env,
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.kill()
        assert gone(pid)


def test_a_log_that_is_open_for_reading_takes_nothing(tmp_path: Path) -> None:
    with closing(open_sqlite_log(tmp_path, now)) as log, closing(read_sqlite_log(tmp_path)) as reading:
        log.append([EVENT])
        assert [each.position for each in reading.read()] == [1]
        with pytest.raises(LogUnavailable, match="for reading only"):
            reading.append([EVENT._replace(id="b", version=2)])
        with reading.subscribe(after=1) as following:
            log.append([EVENT._replace(id="b", version=2)])
            reading.announce()
            assert [each.position for each in next(following)] == [2]
    with pytest.raises(LogUnavailable):
        read_sqlite_log(tmp_path / "nothing")
