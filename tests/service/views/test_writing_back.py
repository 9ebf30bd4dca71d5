"""The WAL of the views is written back when nothing else is to do, or once it is large."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from projections.catalogue import CATALOGUE
from projections.tables.projection import Recorded
from service.service import opened
from service.settings import Settings
from service.views.store import CHANGES, UNLIMITED, ViewFile
from tests.histories import CLOCK
from tests.projections.sums.test_effort import desk
from tests.service.views.test_follower import write
from tests.service.views.test_views import PATIENCE


@pytest.fixture(scope="module")
def recorded() -> list[Recorded]:
    return desk(200, "a").recorded


@pytest.fixture
def views(tmp_path: Path) -> Iterator[ViewFile]:
    with closing(ViewFile.create(tmp_path / "views.sqlite")) as views:
        yield views


def test_events_one_by_one_do_not_wait_for_the_disk(views: ViewFile, recorded: list[Recorded]) -> None:
    before = views.path.stat().st_size
    for each in recorded:
        views.apply([each])
    assert in_wal(views) > 1_000  # the default of SQLite
    assert views.path.stat().st_size == before


def test_much_is_written_back_when_there_is_time(views: ViewFile, recorded: list[Recorded]) -> None:
    views.apply(recorded)
    views.complete(UNLIMITED)
    assert views.writer.total_changes > CHANGES
    views.write_back()
    assert views.path.stat().st_size == whole(views)


def test_little_waits_until_it_is_much(views: ViewFile, recorded: list[Recorded]) -> None:
    views.write_back()
    before = views.path.read_bytes()
    views.apply(recorded[:3])
    views.write_back()
    assert views.path.read_bytes() == before


def test_the_follower_writes_back_once_nothing_is_left_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, left = threading.Event(), list[int]()
    write_back = ViewFile.write_back

    def noted(self: ViewFile) -> None:
        write_back(self)
        left.append(sum(each.complete(self.writer, 1) for each in CATALOGUE if each.complete))
        done.set()

    monkeypatch.setattr(ViewFile, "write_back", noted)
    with opened(Settings(data=tmp_path), lambda: CLOCK) as service:
        write(service, 1)
        assert done.wait(PATIENCE)
    assert left[0] == 0


def in_wal(views: ViewFile) -> int:
    """Number of pages that the WAL holds."""
    return Path(f"{views.path}-wal").stat().st_size // 4_096


def whole(views: ViewFile) -> int:
    """Size of the file with all of its pages."""
    pages: int = views.writer.execute("PRAGMA page_count").fetchone()[0]
    return pages * 4_096
