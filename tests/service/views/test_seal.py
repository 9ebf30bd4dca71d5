"""A view file that changes while nobody has it open differs from its seal, and is rebuilt."""

import shutil
from pathlib import Path
from random import Random

import pytest

from service.service import opened
from service.settings import Settings
from service.views import seal
from tests.places import LONG
from tests.processes import until
from tests.service.views.test_damage import Damage, flipped, garbage
from tests.service.views.test_views import STORY, caught_up, ended, submit


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A directory that a service left in good order, and the digests of its views."""
    data = tmp_path_factory.mktemp("sealed") / "data"
    with opened(Settings(data=data)) as service:
        submit(service, STORY)
        return data, caught_up(service)


def copied(data: Path, place: Path) -> tuple[Path, Path]:
    """A copy of a directory, and the view file in it."""
    shutil.copytree(data, place)
    [path] = place.glob("views-*.sqlite")
    return place, path


def flip(path: Path, at: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1 << bit]))


@pytest.mark.parametrize("small", [0, seal.SMALL_BYTES], ids=["in the background", "at once"])
@pytest.mark.parametrize("seed", range(400 if LONG else 8))
def test_a_bit_that_flips_anywhere_while_the_service_is_stopped_is_noticed(
    sealed: tuple[Path, dict[str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    small: int,
) -> None:
    monkeypatch.setattr(seal, "SMALL_BYTES", small)
    random = Random(seed)
    data, path = copied(sealed[0], tmp_path / "data")
    flip(path, random.randrange(path.stat().st_size), random.randrange(8))
    with opened(Settings(data=data)) as service:
        until(lambda: service.views.file.path, lambda found: found != path)
        assert caught_up(service) == sealed[1]


@pytest.mark.parametrize("within", [b"ABLE ", b"tracking"], ids=["a keyword", "a name"])
def test_a_schema_that_is_no_text_any_more_is_noticed(
    sealed: tuple[Path, dict[str, str]], tmp_path: Path, within: bytes
) -> None:
    data, path = copied(sealed[0], tmp_path / "data")
    flip(path, path.read_bytes().index(within), 7)
    with opened(Settings(data=data)) as service:
        assert service.views.file.path != path
        assert caught_up(service) == sealed[1]


def test_views_that_are_as_they_were_left_are_kept(
    sealed: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    data, path = copied(sealed[0], tmp_path / "data")
    for _ in range(2):
        with opened(Settings(data=data)) as service:
            assert caught_up(service) == sealed[1]
            assert service.views.file.path == path
            assert not (data / seal.FILE).exists()
        assert (data / seal.FILE).exists()


@pytest.mark.parametrize("damage", [flipped, garbage, None], ids=["pages", "garbage", "none"])
def test_views_without_a_seal_are_looked_through(
    sealed: tuple[Path, dict[str, str]], tmp_path: Path, damage: Damage | None
) -> None:
    """As a killed service leaves them."""
    data, path = copied(sealed[0], tmp_path / "data")
    (data / seal.FILE).unlink()
    if damage:
        damage(path)
    with opened(Settings(data=data)) as service:
        if damage:
            until(lambda: service.views.file.path, lambda found: found != path)
        else:
            ended("inspection")
            assert service.views.file.path == path
        assert caught_up(service) == sealed[1]
