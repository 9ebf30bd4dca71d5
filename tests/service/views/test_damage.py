"""Damaged views are noticed and rebuilt by themselves; meanwhile reads are 503, never wrong or 500."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import httpx2
import pytest

from projections.catalogue import CATALOGUE
from service.http import answer_cache
from service.http.problems import problem_of
from service.service import Service, opened
from service.settings import Settings
from service.views import follower, remote
from service.views.current import Views
from service.views.doubts import Doubts, note
from service.views.faults import ViewsUnusable
from service.views.follower import Follower
from service.views.history import file_of
from tests.histories import views_of
from tests.service.api.schema_check import running
from tests.service.views.test_views import (
    PATIENCE,
    STORY,
    caught_up,
    digests,
    on_disk,
    recorded_by,
    submit,
)

PAGE = 4_096
Damage = Callable[[Path], None]
PATHS = ("/v1/estimates", "/v1/conflicts", "/v1/sources", "/v1/reports?q=wire", "/")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again without waiting, and answer from the views and not from what was kept."""
    monkeypatch.setattr(answer_cache, "LARGEST", -1)
    monkeypatch.setattr(remote, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(follower, "RETRY_SECONDS", 0.0)


def garbage(path: Path) -> None:
    """Random bytes in the place of all pages but the first."""
    with path.open("r+b") as file:
        file.seek(PAGE)
        file.write(Random(1).randbytes(path.stat().st_size - PAGE))


def first_page(path: Path) -> None:
    """Random bytes in the place of the header."""
    with path.open("r+b") as file:
        file.write(Random(2).randbytes(PAGE))


def cut_short(path: Path) -> None:
    """A file that ends after some of its pages."""
    os.truncate(path, 5 * PAGE)


def flipped(path: Path) -> None:
    """A bit of every kind of page: the first byte, which says what kind it is."""
    with path.open("r+b") as file:
        for at in range(PAGE, path.stat().st_size, PAGE):
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 0x10]))


def other_database(path: Path) -> None:
    """A sound database without our tables."""
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE other (a)")


DAMAGES = (garbage, first_page, cut_short, flipped)


def settled(service: Service) -> dict[str, str]:
    """The digests of a service's views once nothing is left to write to them."""
    found, left = caught_up(service), 1
    while left:
        with service.views.trial() as db:
            left = sum(each.complete(db, 1) for each in CATALOGUE if each.complete is not None)
    return found


def checkpointed(service: Service) -> Path:
    """The view file of a service, all of it in the file itself and none in its WAL."""
    path = service.views.file.path
    on_disk(service.views.file, "PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def answers(client: httpx2.Client) -> dict[str, tuple[int, bytes]]:
    """Status and body of many questions."""
    found = {path: client.get(path) for path in PATHS}
    return {path: (answer.status_code, answer.content) for path, answer in found.items()}


def asked_again(client: httpx2.Client) -> Iterator[dict[str, tuple[int, bytes]]]:
    """The answers, again and again until the caller is content."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        yield answers(client)
    raise AssertionError(f"still not right after {PATIENCE} s: {answers(client)!s:.2000}")


@pytest.fixture(params=[False, True], ids=["thread", "process"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Service, httpx2.Client]]:
    """A service with a story, whose views a thread or a process brings forward."""
    with (
        opened(Settings(data=tmp_path, grace=0.0), separate_projector=request.param) as service,
        running(service) as client,
    ):
        submit(service, STORY)
        caught_up(service)
        yield service, client


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda each: each.__name__)
def test_views_damaged_while_they_are_served_are_rebuilt(
    served: tuple[Service, httpx2.Client], damage: Damage
) -> None:
    service, client = served
    before, file = answers(client), service.views.file
    damage(checkpointed(service))
    for found in asked_again(client):
        assert {status for status, _ in found.values()} <= {200, 503}
        right = {path: answer for path, answer in found.items() if answer[0] == 200}
        assert right.items() <= before.items()
        if service.views.file is not file and right == before:
            break
    assert caught_up(service) == digests(views_of(recorded_by(service.log)))
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("damage", [*DAMAGES, other_database], ids=lambda each: each.__name__)
def test_views_damaged_while_the_service_is_stopped_are_rebuilt(tmp_path: Path, damage: Damage) -> None:
    with opened(Settings(data=tmp_path)) as service:
        submit(service, STORY)
        before, path = caught_up(service), checkpointed(service)
    damage(path)
    with opened(Settings(data=tmp_path), separate_projector=True) as service:
        with running(service) as client:
            for found in asked_again(client):
                assert {status for status, _ in found.values()} <= {200, 503}
                if {status for status, _ in found.values()} == {200}:
                    break
        assert caught_up(service) == before


def test_the_projector_replaces_views_that_it_cannot_write(tmp_path: Path) -> None:
    with opened(Settings(data=tmp_path), separate_projector=True) as service:
        submit(service, STORY[:20])
        caught_up(service)
        first_page(checkpointed(service))
        submit(service, STORY[20:])
        assert service.follower.wait(service.log.head(), PATIENCE)
        assert caught_up(service) == digests(views_of(recorded_by(service.log)))


def test_a_value_that_cannot_be_read_is_rebuilt_once_and_then_a_fault(
    served: tuple[Service, httpx2.Client],
) -> None:
    service, client = served
    path = "/v1/estimates"
    before, file = client.get(path).content, service.views.file
    on_disk(file, "UPDATE headlines SET body = '[' || body")
    for found in asked_again(client):
        assert found[path][0] in (200, 503)
        if found[path][0] == 200:
            break
    assert found[path][1] == before and service.views.file is not file
    on_disk(service.views.file, "UPDATE headlines SET body = '[' || body")
    assert client.get(f"{path}?limit=999").status_code == 500


def test_who_reads_replaced_views_to_their_end_finds_no_fault_of_the_program(
    served: tuple[Service, httpx2.Client],
) -> None:
    service, _ = served
    doubts, late, again = Doubts(service.follower), ValueError(), ValueError()
    note(late, service.views.file.path)
    assert doubts.may_be_damage(late)
    job = service.follower.rebuild
    while job is None or job.running:
        job = service.follower.rebuild
    assert job.state == "done" and doubts.may_be_damage(late)
    note(again, Path("views-of-another-name.sqlite"))
    assert not doubts.may_be_damage(again)


def test_condemned_views_are_not_read(tmp_path: Path) -> None:
    with closing(Views(tmp_path)) as views:
        with views.reading() as db:
            assert file_of(db) == views.file.path.name
        views.condemn(views.file, "are damaged")
        with pytest.raises(ViewsUnusable, match="are damaged") as refused, views.reading():
            pass
        problem = problem_of(refused.value)
        assert (problem.code, problem.detail) == ("not-caught-up", str(refused.value))
        views.swap(views.new_file())
        with views.reading():
            pass


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"../views-0123456789ab.sqlite", b"/etc/passwd", b"log.sqlite", b""]
)
def test_a_pointer_that_names_no_view_file_is_not_followed(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "views-0123456789ab.sqlite").write_bytes(b"")
    inner = tmp_path / "inner"
    with opened(Settings(data=inner)) as service:
        submit(service, STORY)
        before = caught_up(service)
    (inner / "views.current").write_bytes(content)
    with opened(Settings(data=inner)) as service:
        assert caught_up(service) == before
        assert service.views.file.path.parent == inner


def test_only_the_user_may_read_the_views(tmp_path: Path) -> None:
    with opened(Settings(data=tmp_path), separate_projector=True) as service:
        submit(service, STORY)
        caught_up(service)
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.glob("views*")}
    assert set(modes.values()) == {0o600}, modes
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    for path in tmp_path.glob("views*"):
        path.chmod(0o644)
    with opened(Settings(data=tmp_path)) as service:
        assert service.views.file.path.stat().st_mode & 0o777 == 0o600
    assert tmp_path.stat().st_mode & 0o777 == 0o700


# Power failures


def test_a_torn_checkpoint_is_made_good_from_the_wal(tmp_path: Path) -> None:
    """What a power failure leaves of a checkpoint: a synced WAL, and some of the pages written."""
    with opened(Settings(data=tmp_path)) as service:
        submit(service, STORY)
        live, path = settled(service), service.views.file.path
        assert isinstance(service.follower, Follower)
        with service.follower.applying:  # it still builds rows, and writes the WAL back after that
            wal = Path(f"{path}-wal").read_bytes()
            before = path.read_bytes()
            after = checkpointed(service).read_bytes().ljust(len(before), b"\0")
        assert service.views.file.writer.execute("PRAGMA synchronous").fetchone() == (1,)
    for seed in range(14):
        torn, random = bytearray(before.ljust(len(after), b"\0")), Random(seed)
        for at in range(0, len(after), PAGE):
            if random.random() < 0.5:
                torn[at : at + PAGE] = after[at : at + PAGE]
        path.write_bytes(torn)
        Path(f"{path}-wal").write_bytes(wal)
        with closing(Views(tmp_path)) as views:
            assert views.file.path == path
            assert digests(views.file) == live
