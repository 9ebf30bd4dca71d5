"""Rebuilds and roll backs of views that are in use: compared, cancelled, kept, put back.

Each changes nothing before it is done, and says what it found.
"""

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Thread, Timer
from threading import enumerate as threads
from typing import cast, get_args

import pytest

from domain.commands import Command, RegisterSource
from projections.catalogue import CATALOGUE
from service.log.open import opened_log
from service.log.port import EventLog
from service.service import Service, opened
from service.settings import Settings
from service.views import kept, remote
from service.views.current import Views
from service.views.follower import Follower
from service.views.job import LATER, Kind, Rebuild, RebuildStatus, Step
from service.views.kept import kept_in
from service.views.projector import StatusWriter
from tests.histories import CLOCK, views_of
from tests.processes import until
from tests.service.views.test_remote import gone, heard, served
from tests.service.views.test_views import (
    PATIENCE,
    STORY,
    Gated,
    Heard,
    caught_up,
    digests,
    ended,
    on_disk,
    recorded_by,
    submit,
)

ALTERED = "UPDATE sources SET version = version + 100"
"""A value changed behind the back of SQLite's checks; it is in the digest of the registry."""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service that holds a story, its views up to date."""
    with opened(Settings(data=tmp_path)) as service:
        submit(service, STORY)
        caught_up(service)
        yield service


def done(service: Service, kind: Kind = "rebuild") -> Rebuild:
    """A job, once it has ended."""
    job = service.follower.start_rebuild(kind)
    ended("rebuild")
    assert not job.running
    return job


def files(folder: Path) -> set[str]:
    """The names of the view files in a directory."""
    return {path.name for path in folder.glob("views-*.sqlite")}


def in_use(service: Service) -> str:
    return service.views.file.path.name


def fresh(service: Service) -> dict[str, str]:
    """The digests of views built from the log at once."""
    return digests(views_of(recorded_by(service.log)))


# Compared


def test_views_that_are_as_the_log_gives_them_do_not_differ(service: Service) -> None:
    job = done(service)
    assert (job.state, job.error, job.differs, job.not_compared) == ("done", None, [], [])


def test_views_that_differ_are_replaced_and_it_is_said(service: Service, tmp_path: Path) -> None:
    before = in_use(service)
    on_disk(service.views.file, ALTERED)
    with Heard("intellog.follow") as heard:
        job = done(service)
    assert (job.state, job.differs) == ("done", ["registry"])
    [said] = [heard.said.get() for _ in range(heard.said.qsize())]
    assert "other rows than the log gives at position" in said and "in registry:" in said
    assert caught_up(service) == fresh(service)
    spare = kept_in(tmp_path)
    assert spare is not None and (spare.path.name, spare.differs) == (before, ("registry",))


def test_values_that_make_no_sense_differ_and_are_not_kept(service: Service, tmp_path: Path) -> None:
    on_disk(service.views.file, "UPDATE headlines SET body = '['")
    with Heard("intellog.views"):
        job = done(service)
    assert (job.state, job.differs, kept_in(tmp_path)) == ("done", ["estimates"], None)
    assert files(tmp_path) == {in_use(service)}


def test_views_that_cannot_be_read_are_not_compared(service: Service, tmp_path: Path) -> None:
    service.views.file.condemned = "the views are damaged"
    job = done(service)
    assert (job.state, job.differs, kept_in(tmp_path)) == ("done", [], None)
    assert job.not_compared == [each.name for each in CATALOGUE]
    assert service.views.file.condemned is None


def test_rows_that_take_long_wait_for_a_rebuild_and_are_built_after_it(tmp_path: Path) -> None:
    with ExitStack() as resources:
        service = resources.enter_context(opened(Settings(data=tmp_path)))
        log = Gated(service.log)
        views = resources.enter_context(closing(Views(tmp_path / "beside")))
        follower = resources.enter_context(closing(Follower(cast(EventLog, log), views)))
        assert follower.wait(submit(service, [RegisterSource(id="wire")]), PATIENCE)
        log.gate.clear()
        job = follower.start_rebuild()
        assert follower.wait(submit(service, STORY), PATIENCE)
        follower._complete_deferred()
        assert (job.state, on_board(views)) == ("running", 0)
        log.gate.set()
        ended("rebuild")
        assert job.state == "done"
        assert until(lambda: on_board(views), bool)


def on_board(views: Views) -> int:
    """How many indicators the views keep a row of the board of."""
    with views.reading() as db:
        [[rows]] = db.execute("SELECT count(*) FROM glances")
        return int(rows)


# Cancelled


@pytest.mark.parametrize("step", get_args(Step))
def test_a_rebuild_that_is_cancelled_changes_nothing(
    service: Service, tmp_path: Path, step: Step
) -> None:
    before, live = in_use(service), caught_up(service)

    def cancel_then() -> None:
        job = service.follower.rebuild
        if job is not None and job.step == step:
            service.follower.cancel_rebuild()

    service.follower.listen(cancel_then)
    job = done(service)
    service.follower.unlisten(cancel_then)
    assert (job.state, job.error) == ("cancelled", "it was cancelled")
    assert (files(tmp_path), in_use(service), caught_up(service)) == ({before}, before, live)
    assert done(service).state == "done"


def test_a_roll_back_that_is_cancelled_may_be_asked_for_again(service: Service, tmp_path: Path) -> None:
    before = in_use(service)
    done(service)
    spare = kept_in(tmp_path)

    def cancel() -> None:
        service.follower.cancel_rebuild()

    service.follower.listen(cancel)
    assert done(service, "roll-back").state == "cancelled"
    service.follower.unlisten(cancel)
    assert kept_in(tmp_path) == spare
    assert done(service, "roll-back").state == "done"
    assert in_use(service) == before


def test_the_end_of_the_service_cancels_a_rebuild(tmp_path: Path) -> None:
    with ExitStack() as resources:
        service = resources.enter_context(opened(Settings(data=tmp_path / "log")))
        submit(service, STORY)
        log = Gated(service.log)
        views = resources.enter_context(closing(Views(tmp_path / "beside")))
        with closing(Follower(cast(EventLog, log), views)) as follower:
            assert follower.wait(service.log.head(), PATIENCE)
            log.gate.clear()
            job = follower.start_rebuild()
            assert log.reached.wait(PATIENCE)
            with ThreadPoolExecutor(1) as pool:
                closing_down = pool.submit(follower.close)
                follower._thread.join(PATIENCE)
                log.gate.set()
                closing_down.result()
        assert (job.state, job.error) == ("cancelled", "the service stopped before it was done")
        assert files(tmp_path / "beside") == {views.file.path.name}


# Kept and put back


def test_what_was_replaced_is_brought_up_to_date_and_put_back(service: Service, tmp_path: Path) -> None:
    first, head = in_use(service), service.log.head()
    done(service)
    second = in_use(service)
    submit(service, [*STORY[:3], *under_other_names()])
    live = caught_up(service)
    for other, spare in ((first, second), (second, first)):
        job = done(service, "roll-back")
        assert (job.kind, job.state, job.differs) == ("roll-back", "done", [])
        assert (in_use(service), files(tmp_path)) == (other, {first, second})
        assert caught_up(service) == live == fresh(service)
        found = kept_in(tmp_path)
        assert found is not None and found.path.name == spare
        assert job.done <= service.log.head() - head


def under_other_names() -> list[Command]:
    return [RegisterSource(id=f"late-{n}", name=f"Late {n}") for n in range(5)]


def test_views_known_to_differ_may_be_put_back(service: Service) -> None:
    before = in_use(service)
    on_disk(service.views.file, ALTERED)
    assert done(service).differs == ["registry"]
    job = done(service, "roll-back")
    assert (job.state, job.differs, in_use(service)) == ("done", ["registry"], before)


def test_views_that_changed_while_they_were_kept_are_not_put_back(
    service: Service, tmp_path: Path
) -> None:
    spare = service.views.file
    done(service)
    now, live = in_use(service), caught_up(service)
    on_disk(spare, ALTERED)
    job = done(service, "roll-back")
    assert (job.state, job.differs) == ("failed", ["registry"])
    assert job.error is not None and "rebuild from the log instead" in job.error
    assert (in_use(service), files(tmp_path), caught_up(service)) == (now, {now}, live)
    assert done(service, "roll-back").error == "no views are kept that could be put back"


@pytest.mark.parametrize("damage", ["garbage", "version"])
def test_views_that_cannot_be_opened_are_not_put_back(
    service: Service, tmp_path: Path, damage: str
) -> None:
    spare = service.views.file
    done(service)
    if damage == "garbage":
        spare.path.write_bytes(b"garbage" * 1_000)
    else:
        on_disk(spare, "UPDATE tracking SET version = version + 1 WHERE name = 'claims'")
    job = done(service, "roll-back")
    assert job.error == "the views that were kept are damaged, or of another version"
    assert files(tmp_path) == {in_use(service)}


def test_views_of_another_history_are_not_put_back(service: Service, tmp_path: Path) -> None:
    spare = service.views.file
    done(service)
    on_disk(spare, "UPDATE history SET digest = x'00'")
    job = done(service, "roll-back")
    assert job.error == "the views that were kept hold another history than the log"
    assert files(tmp_path) == {in_use(service)}


def test_what_is_kept_outlives_the_service(tmp_path: Path) -> None:
    with opened(Settings(data=tmp_path)) as service:
        submit(service, STORY)
        live, before = caught_up(service), in_use(service)
        done(service)
        now = in_use(service)
    (tmp_path / "views-0123456789ab.sqlite").write_bytes(b"a rebuild that was cut off")
    with opened(Settings(data=tmp_path)) as service:
        assert files(tmp_path) == {before, now}
        assert done(service, "roll-back").state == "done"
        assert (in_use(service), caught_up(service)) == (before, live)


def test_what_was_kept_for_long_enough_is_deleted(tmp_path: Path) -> None:
    with opened(Settings(data=tmp_path, roll_back_seconds=0)) as service:
        submit(service, STORY)
        caught_up(service)
        done(service)
        assert files(tmp_path) == {in_use(service)}
    with opened(Settings(data=tmp_path)) as service:
        done(service)
        spare = kept_in(tmp_path)
        assert spare is not None and 23 < spare.seconds_left / 3_600 <= 24
    kept.keep(spare._replace(until=0.0))
    with opened(Settings(data=tmp_path)) as service:
        assert files(tmp_path) == {in_use(service)}
        assert done(service, "roll-back").error == "no views are kept that could be put back"


def test_what_is_kept_is_deleted_while_the_service_runs(service: Service, tmp_path: Path) -> None:
    service.views.keep_seconds = 0.01
    spare = service.views.file.path
    done(service)
    for timer in (each for each in threads() if isinstance(each, Timer)):
        timer.join(PATIENCE)
    assert (spare.exists(), files(tmp_path)) == (False, {in_use(service)})


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[1,2]", b'["log.sqlite", 0, []]', b'["../log.sqlite", 0, []]', b"\xff", b"in use"],
)
def test_a_pointer_to_something_else_keeps_and_deletes_nothing(tmp_path: Path, content: bytes) -> None:
    with opened(Settings(data=tmp_path)) as service:
        submit(service, STORY)
        live, name = caught_up(service), in_use(service)
    if content == b"in use":
        content = b'["%b", 0, []]' % name.encode()
    (tmp_path / kept.POINTER).write_bytes(content)
    assert kept_in(tmp_path) is None
    with opened(Settings(data=tmp_path)) as service:
        assert (in_use(service), caught_up(service)) == (name, live)
        assert done(service, "roll-back").state == "failed"
        assert caught_up(service) == live


# Processes that die


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start a projector again without waiting."""
    monkeypatch.setattr(remote, "RETRY_SECONDS", 0.0)


@pytest.mark.usefixtures("at_once")
def test_a_projector_that_dies_in_a_rebuild_leaves_nothing_behind(tmp_path: Path) -> None:
    left = "views-0123456789ab.sqlite"
    with served(tmp_path) as (service, follower), heard(follower) as said:
        submit(service, STORY[:20])
        caught_up(service)
        pid, before = follower.pid, in_use(service)
        os.kill(pid, signal.SIGSTOP)
        job = follower.start_rebuild()
        for name in (left, f"{left}-wal", "views-0123456789ab-sums.sqlite"):  # as a rebuild leaves it
            (tmp_path / name).write_bytes(b"half a file")
        os.kill(pid, signal.SIGKILL)
        assert gone(pid)
        while job.running:
            said.get(timeout=PATIENCE)
        assert (job.state, job.error) == ("failed", "the projector exited")
        submit(service, STORY[20:])
        assert caught_up(service) == fresh(service)
        assert (files(tmp_path), in_use(service)) == ({before}, before)
        assert not (tmp_path / f"{left}-wal").exists()


def test_a_rebuild_is_cancelled_and_rolled_back_in_another_process(tmp_path: Path) -> None:
    with served(tmp_path) as (service, follower), heard(follower) as said:

        def over(job: Rebuild) -> Rebuild:
            while job.running:
                said.get(timeout=PATIENCE)
            return job

        submit(service, STORY)
        live, before = caught_up(service), in_use(service)
        os.kill(follower.pid, signal.SIGSTOP)
        job = follower.start_rebuild()
        assert follower.start_rebuild() is job
        follower.cancel_rebuild()
        os.kill(follower.pid, signal.SIGCONT)
        assert over(job).state in ("cancelled", "done")
        assert over(follower.start_rebuild()).state == "done"
        now = in_use(service)
        back = over(follower.start_rebuild("roll-back"))
        assert (back.kind, back.state, back.differs) == ("roll-back", "done", [])
        assert (in_use(service) != now, caught_up(service)) == (True, live)
        assert len(files(tmp_path)) == 2 and before != now


class Interrupted(Follower):
    """Another thread has something to say at the moment when a job is to be begun."""

    def start_rebuild(self, kind: Kind = "rebuild") -> Rebuild:
        other = Thread(target=self.notify)
        other.start()
        other.join(0.1)  # it has to wait until the job is begun
        return super().start_rebuild(kind)


def test_no_line_gives_the_number_of_a_job_to_the_one_before(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with (
        opened_log(tmp_path / "log", None, lambda: CLOCK) as log,
        closing(Views(tmp_path / "views")) as views,
        closing(Interrupted(log, views)) as follower,
        heard(follower) as said,
    ):
        status = StatusWriter(follower, views)
        follower.listen(status.write)
        status.start_rebuild("roll-back")
        while follower.rebuild is None or follower.rebuild.running:
            said.get(timeout=PATIENCE)
        status.write()
        status.start_rebuild("rebuild")
        status.write()
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    jobs = {(line["rebuilds"], line["rebuild"]["kind"]) for line in lines if line["rebuild"]}
    assert jobs == {(1, "roll-back"), (2, "rebuild")}


# How long it takes


def test_the_time_left_is_that_of_all_steps() -> None:
    now = [0.0]
    job = Rebuild(total=1_000, clock=lambda: now[0])
    later, comparing = sum(LATER.values()), LATER["comparing"]
    assert (job.seconds_left, job.rate) == (None, 0.0)
    now[0], job.done = 5.0, 500
    assert job.rate == 100.0
    assert job.seconds_left == pytest.approx(5.0 + 10.0 * later)
    now[0], job.done = 10.0, 1_000
    job.enter("indexing")
    assert job.seconds_left == pytest.approx(10.0 * later)
    now[0] = 12.0
    job.enter("comparing")
    now[0] = 13.0
    assert job.seconds_left == pytest.approx(10.0 * comparing - 1.0)
    now[0] = 100.0
    assert job.seconds_left is None, "it takes longer than was thought"
    job.end("done")
    job.end("failed", "too late")
    assert job.status["state"] == "done"
    assert [job.seconds_left, job.seconds] == [0.0, 100.0]
    assert job.rate == pytest.approx(1_000 / 12), "comparing is no part of it"


def test_a_job_is_the_same_in_another_process() -> None:
    job, told = Rebuild(total=7, kind="roll-back"), Rebuild(total=1)
    job.done, job.differs, job.not_compared = 5, ["claims"], ["changed"]
    job.enter("comparing")
    for state in (None, "failed"):
        if state is not None:
            job.end("failed", "the disk is full")
        status: RebuildStatus = json.loads(json.dumps(job.status))
        told.update(status)
        assert told.status == job.status
