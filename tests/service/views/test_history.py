"""Views know the history that they hold: another one is begun anew, a lost one is told."""

import logging
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue

import pytest

from domain.events import LossAccepted
from service.log.port import LogLost
from service.service import Service, opened
from service.settings import Settings
from service.views.current import Views
from service.views.follower import Follower
from tests.histories import long_story, views_of
from tests.service.views.test_views import (
    PATIENCE,
    STORY,
    caught_up,
    digests,
    logged_by,
    recorded_by,
    submit,
)

OTHER = long_story(8, 60)
"""What the log holds on another branch; more than the views do."""


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A directory with a log of some events and its views, and beside it a backup of the log then."""
    with opened(Settings(data=tmp_path / "data")) as service:
        submit(service, STORY[:12])
        caught_up(service)
    save(tmp_path)
    with opened(Settings(data=tmp_path / "data")) as service:
        submit(service, STORY[12:])
        caught_up(service)
    return tmp_path


def logs(directory: Path) -> Iterator[Path]:
    """The files of a directory that are the log's and not the views'."""
    return (path for path in directory.iterdir() if not path.name.startswith("views"))


def save(place: Path) -> None:
    """Copy the log of a stopped service, without its views, into a backup."""
    (place / "backup").mkdir()
    for path in logs(place / "data"):
        shutil.copy2(path, place / "backup")


def restore(place: Path) -> None:
    """Bring the log back to its backup, with its guard; the views stay as they are."""
    for path in list(logs(place / "data")):
        path.unlink()
    for path in logs(place / "backup"):
        shutil.copy2(path, place / "data")


def grow_elsewhere(place: Path) -> Path:
    """Let the backup grow on another branch, past where the views stand; return its directory."""
    with opened(Settings(data=place / "backup")) as service:
        submit(service, OTHER)
    return place / "backup"


def fresh_digests(service: Service) -> dict[str, str]:
    """The digests of new views of a service's log."""
    return digests(views_of(recorded_by(service.log)))


def test_views_store_the_event_and_the_digest_at_their_position(tmp_path: Path) -> None:
    with opened(Settings(data=tmp_path)) as service:
        for part in (STORY[:12], STORY[12:]):
            submit(service, part)
            caught_up(service)
            stand = service.views.file.stand()
            assert stand.position == service.log.head()
            assert stand.digest == service.log.digest_at(stand.position)
            assert stand.event.encode() in service.log.at([stand.position])[0].body


def test_views_of_another_branch_are_begun_anew(before: Path, caplog: pytest.LogCaptureFixture) -> None:
    grow_elsewhere(before)
    restore(before)
    with opened(Settings(data=before / "data")) as service:
        assert caught_up(service) == fresh_digests(service)
    warned = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert [record.name for record in warned if "another history" in record.message] == [
        "intellog.views"
    ]


def test_views_that_the_log_continues_are_kept(before: Path) -> None:
    with opened(Settings(data=before / "data")) as service:
        name = service.views.file.path.name
    with opened(Settings(data=before / "data")) as service:
        assert service.views.file.path.name == name


def test_a_log_that_ends_before_its_views_is_refused(before: Path) -> None:
    with opened(Settings(data=before / "data")) as service:
        reached, last = service.log.head(), service.views.file.stand().event
    restore(before)
    with pytest.raises(LogLost) as refused, opened(Settings(data=before / "data")):
        pass
    told = str(refused.value)
    assert f"to {reached} are gone" in told and last in told
    assert "--accept-loss" in told and "\n" not in told


def test_a_loss_is_refused_as_often_as_it_is_met(before: Path) -> None:
    restore(before)
    for _ in range(2):
        with pytest.raises(LogLost), opened(Settings(data=before / "data")):
            pass


def test_an_accepted_loss_is_an_event_and_the_views_begin_anew(before: Path) -> None:
    with opened(Settings(data=before / "data")) as service:
        reached = service.log.head()
    restore(before)
    with opened(Settings(data=before / "data"), accept_loss=True) as service:
        [(_, event)] = logged_by(service.log)[-1:]
        assert event.TYPE == LossAccepted.TYPE
        assert (event.head, event.known) == (service.log.head() - 1, reached)
        assert caught_up(service) == fresh_digests(service)
        submit(service, OTHER)
    with opened(Settings(data=before / "data")) as service:
        assert caught_up(service) == fresh_digests(service)


def test_nothing_is_recorded_where_nothing_is_lost(before: Path) -> None:
    with opened(Settings(data=before / "data"), accept_loss=True) as service:
        assert not [e for _, e in logged_by(service.log) if e.TYPE == LossAccepted.TYPE]


@pytest.mark.parametrize("left", [("views",), ("views", "secret")])
def test_a_log_that_is_missing_beside_its_views_is_refused(before: Path, left: tuple[str, ...]) -> None:
    data = before / "data"
    for path in list(data.iterdir()):
        if not path.name.startswith(left):
            path.unlink()
    for _ in range(2):
        with pytest.raises(LogLost, match="--accept-loss"), opened(Settings(data=data)):
            pass
    with opened(Settings(data=data), accept_loss=True) as service:
        assert service.log.head() == 1
        assert caught_up(service) == fresh_digests(service)


def test_following_that_resumes_checks_the_history(before: Path) -> None:
    """Views brought forward from one branch, then given another one that has grown past them."""
    with (
        opened(Settings(data=before / "data")) as service,
        opened(Settings(data=grow_elsewhere(before))) as elsewhere,
        closing(Views(before / "data", shared=True)) as views,
    ):
        assert views.file.position() == service.log.head() < elsewhere.log.head()
        with closing(Follower(elsewhere.log, views)) as follower:
            assert follower.wait(elsewhere.log.head(), PATIENCE)
            assert digests(views.file) == fresh_digests(elsewhere)


def test_a_log_that_falls_behind_its_views_while_followed_serves_no_figures(before: Path) -> None:
    with (
        opened(Settings(data=before / "data")) as service,
        opened(Settings(data=before / "backup")) as shorter,
        closing(Views(before / "data", shared=True)) as views,
        closing(Follower(shorter.log, views)) as follower,
    ):
        heard = SimpleQueue[str | None]()
        follower.listen(lambda: heard.put(follower.damage))
        heard.put(follower.damage)
        while (told := heard.get(timeout=PATIENCE)) is None:
            pass
        assert f"had reached {service.log.head()}" in told and "--accept-loss" in told
