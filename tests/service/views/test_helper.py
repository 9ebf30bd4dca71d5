"""Views that two processes build are those that one builds, whatever becomes of the second one."""

import logging
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given

from domain.commands import Command
from projections.catalogue import CATALOGUE
from projections.tables.projection import Recorded
from service.log.open import opened_log
from service.service import opened
from service.settings import Settings
from service.views import batches, helping
from service.views.current import Views
from service.views.follower import Follower
from service.views.helping import Helper, helped
from service.views.store import ViewFile
from tests.effort import examples
from tests.histories import CLOCK, Desk, long_story, stories, views_of
from tests.projections.sums.stories import histories
from tests.service.views.test_remote import gone
from tests.service.views.test_views import PATIENCE, STORY, caught_up, digests, submit

RECORDED = Desk().take(long_story(3, 60)).recorded


@pytest.fixture(scope="module")
def helper() -> Iterator[Helper]:
    """A helper for as many views as there are."""
    with closing(Helper()) as helper:
        yield helper


def unfinished(recorded: Sequence[Recorded], folder: str | Path) -> ViewFile:
    """A view file that is being built, to which all events are applied."""
    views = ViewFile.create(Path(folder) / "views-built.sqlite", building=True)
    views.apply(recorded)
    return views


CELLS = (
    "SELECT indicator, cohort, incident, first, last, size, outer, "
    "rank() OVER (PARTITION BY indicator, family ORDER BY cohort, incident, first, last) FROM sum_cells"
)
"""The cells of sums; the number of a family says nothing but which cells it has."""


def rows(views: ViewFile) -> list[list[Any]]:
    """All rows that are built in portions, in order."""
    tables = [name for each in CATALOGUE if each.portions for name in each.portions.tables]
    queries = [CELLS if name == "sum_cells" else f"SELECT * FROM {name}" for name in tables]
    return [sorted(views.writer.execute(query).fetchall(), key=repr) for query in queries]


def agree(recorded: Sequence[Recorded], helper: Helper) -> None:
    """What a helper has part in has the same rows, and nothing else is left."""
    with (
        TemporaryDirectory() as one,
        TemporaryDirectory() as two,
        closing(unfinished(recorded, one)) as alone,
        closing(unfinished(recorded, two)) as both,
    ):
        alone.finish()
        both.finish(helper=helper)
        assert rows(both) == rows(alone)
        assert digests(both) == digests(alone) == digests(views_of(recorded))
        assert [*Path(two).glob("views-built-*")] == []


@given(stories)
@examples(10)
def test_two_processes_build_what_one_builds(helper: Helper, commands: list[Command]) -> None:
    agree(Desk().take(commands).recorded, helper)


@given(histories)
@examples(10)
def test_two_processes_follow_the_sums_that_one_follows(
    helper: Helper, recorded: list[Recorded]
) -> None:
    agree(recorded, helper)


def test_both_take_part(helper: Helper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, ask = list[tuple[object, ...]](), Helper.ask

    def noted(self: Helper, *request: object) -> None:
        asked.append(request)
        ask(self, *request)

    monkeypatch.setattr(Helper, "ask", noted)
    with closing(unfinished(RECORDED, tmp_path)) as views:
        views.finish(helper=helper)
        portions = [each.portions for each in CATALOGUE if each.portions]
        assert [each.waiting(views.writer) for each in portions] == [[], [], []]
    names = [each.name for each in CATALOGUE if each.portions]
    assert [it[3] for it in asked if it[0] == "begin"] == names == ["sums", "estimates", "board"]
    assert len([it for it in asked if it[0] == "build"]) >= 6


@pytest.mark.parametrize("answers", [0, 1, 3, 6])
def test_what_a_helper_that_dies_was_to_build_is_built_without_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    answers: int,
) -> None:
    left, answer = [answers], Helper.answer

    def answer_or_die(self: Helper) -> object:
        left[0] -= 1
        if left[0] < 0:
            os.kill(self.pid, signal.SIGKILL)
            assert gone(self.pid)
        return answer(self)

    monkeypatch.setattr(Helper, "answer", answer_or_die)
    with closing(Helper()) as helper, closing(unfinished(RECORDED, tmp_path)) as views:
        views.finish(helper=helper)
        assert digests(views) == digests(views_of(RECORDED))
    [said] = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert said == "the process that helps to build views exited: building goes on without it"
    assert [each.name for each in tmp_path.iterdir()] == ["views-built.sqlite"]


def test_a_helper_ends_when_it_is_no_longer_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unwanted(Exception):
        """Somebody stops the service."""

    def proceed() -> None:
        raise Unwanted

    monkeypatch.setattr(helping, "MANY_EVENTS", 1)
    monkeypatch.setattr(helping, "_processors", lambda: 2)
    with closing(unfinished(RECORDED, tmp_path)) as views:
        with pytest.raises(Unwanted), helped(len(RECORDED), proceed) as helper:
            assert helper is not None
            pid = helper.pid
            views.finish(helper=helper)
        assert gone(pid)


@pytest.mark.parametrize(
    ("events", "processors", "expected"),
    [
        (helping.MANY_EVENTS - 1, 2, False),
        (helping.MANY_EVENTS, 1, False),
        (helping.MANY_EVENTS, 2, True),
    ],
    ids=["few events", "one processor", "many events"],
)
def test_only_many_events_are_worth_a_helper(
    monkeypatch: pytest.MonkeyPatch, events: int, processors: int, expected: bool
) -> None:
    monkeypatch.setattr(helping, "_processors", lambda: processors)
    with helped(events, lambda: None) as helper:
        assert (helper is not None) is expected


def test_views_that_hold_nothing_of_many_events_are_built_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(Settings(data=tmp_path)) as service:
        submit(service, STORY)
        before, head = caught_up(service), service.log.head()
    for path in tmp_path.glob("views*"):
        path.unlink()
    monkeypatch.setattr(helping, "MANY_EVENTS", head)
    with (
        opened_log(tmp_path, None, lambda: CLOCK) as log,
        closing(Views(tmp_path)) as views,
        closing(Follower(log, views, lasting=True)) as follower,
    ):
        assert follower.wait(head, PATIENCE)
        assert digests(views.file) == before
        job = follower.rebuild
        assert job is not None and (job.state, job.done, job.total) == ("done", head, head)
    assert any("hold nothing of the log yet" in each.getMessage() for each in caplog.records)
    assert len([*tmp_path.glob("views-*.sqlite")]) == 1


def test_a_command_follows_them_for_as_long_as_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(helping, "MANY_EVENTS", 1)
    with opened(Settings(data=tmp_path)) as service:
        submit(service, STORY)
    for path in tmp_path.glob("views*"):
        path.unlink()
    with opened(Settings(data=tmp_path)) as service:
        caught_up(service)
        assert service.follower.rebuild is None


def test_a_rebuild_of_many_events_has_a_helper_and_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(helping, "MANY_EVENTS", 1)
    monkeypatch.setattr(helping, "_processors", lambda: 2)
    pids, asked, ask = set[int](), list[object](), Helper.ask

    def noted(self: Helper, *request: object) -> None:
        pids.add(self.pid)
        asked.append(request[0])
        ask(self, *request)

    monkeypatch.setattr(Helper, "ask", noted)
    monkeypatch.setattr(batches, "BATCH", 20)
    with opened(Settings(data=tmp_path)) as service:
        submit(service, STORY)
        live = caught_up(service)
        job = service.follower.start_rebuild()
        while job.running:
            service.follower.wait(2**62, 0.05)
        assert (job.state, job.differs, caught_up(service)) == ("done", [], live)
    assert asked.count("build") >= 6
    [pid] = pids
    assert gone(pid)
