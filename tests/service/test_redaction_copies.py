"""Copies of a log that was redacted: the next backup, a mirror and a move take the redaction over."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from domain.times import parse_instant
from service.copies.backup import back_up
from service.copies.move import move
from service.copies.place import Place
from service.copies.restore import restore
from service.log.open import read_log
from service.mirror.mirror import follow_once
from tests.http_spec import Api, Clock, Server, problem
from tests.service.log.postgres_server import Server as Postgres
from tests.service.redaction_spec import CANARIES, given, left_in, redact

AT = 6


def told(what: str, done: int, total: int) -> None:
    """Nobody watches."""


@pytest.fixture
def api(server: Server, tmp_path: Path) -> Iterator[Api]:
    with server.over(tmp_path / "log") as api:
        given(api)
        yield api


def test_the_next_backup_has_nothing_of_it_and_restores_what_is_left(
    api: Api, server: Server, tmp_path: Path
) -> None:
    back_up(Place(tmp_path / "log"), tmp_path / "backup", told)
    assert {each for _, each in left_in(tmp_path / "backup")} == set(CANARIES)
    redact(api)
    back_up(Place(tmp_path / "log"), tmp_path / "backup", told)
    assert left_in(tmp_path / "backup") == []
    restore(tmp_path / "backup", Place(tmp_path / "restored"), told)
    with server.over(tmp_path / "restored") as restored:
        assert restored.service.follower.wait(restored.service.log.head(), 30)
        problem(restored.client.get("/v1/reports/secret"), 410, "redacted")
        assert left_in(tmp_path / "restored") == []


def test_a_mirror_destroys_it_as_well(api: Api, server: Server, tmp_path: Path) -> None:
    clock = Clock(parse_instant("2030-01-01T00:00:00Z"))
    url = f"http://127.0.0.1:{server.address[1]}"
    follow_once(tmp_path / "mirror", url, None, clock)
    assert {each for _, each in left_in(tmp_path / "mirror")} == set(CANARIES)
    redact(api)
    follow_once(tmp_path / "mirror", url, None, clock)
    assert left_in(tmp_path / "mirror") == []
    with closing(read_log(tmp_path / "mirror", None)) as log:
        assert list(log.check()) == [] and not log.at([AT])[0].body
    follow_once(tmp_path / "later", url, None, clock)
    assert left_in(tmp_path / "later") == []


def test_a_move_takes_it_as_it_is(server: Server, postgres: Postgres, tmp_path: Path) -> None:
    with server.over(tmp_path / "log") as api:
        given(api)
        redact(api)
    there = Place(tmp_path / "log", postgres.fresh())
    move(Place(tmp_path / "log"), there, told)
    with closing(read_log(*there)) as log:
        assert list(log.check()) == [] and not log.at([AT])[0].body
        assert len(log.redactions()) == 3
