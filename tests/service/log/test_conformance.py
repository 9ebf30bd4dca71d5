"""Every log keeps the port's contract: all checks of `service.log.conformance` on all backends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from service.log.conformance.checks import (
    CHECKS,
    OF_DATABASES,
    OF_PROCESSES,
    Check,
    checks_of,
    in_words,
)
from service.log.conformance.postgres_place import postgres_backend
from service.log.conformance.sqlite_place import sqlite_backend
from service.log.conformance.store import Backend, Place, empty_store
from tests.places import LONG
from tests.service.log.careful import CarefulLog
from tests.service.log.memory import Memory
from tests.service.log.mirror_spec import MirroredLog
from tests.service.log.nasty import NastyLog, Rates

NUMBERS: dict[str, Any] = {"events": 1_000_000 if LONG else 50_000, "processes": 8 if LONG else 3}
FAULTS = Rates(conflict=0.25, stored=0.25, unstored=0.1)


def sqlite(request: pytest.FixtureRequest) -> Backend:
    folder: Path = request.getfixturevalue("tmp_path")
    return sqlite_backend(folder, **NUMBERS)


def postgres(request: pytest.FixtureRequest) -> Backend:
    return postgres_backend(request.getfixturevalue("postgres").url(), **NUMBERS)


def memory(request: pytest.FixtureRequest) -> Backend:
    """Memory that does the worst that the port permits, and a caller who is ready for it."""
    folder: Path = request.getfixturevalue("tmp_path")
    logs, seeds = Memory(), count()

    def open_log(place: Place, clock: Callable[[], datetime], **opening: Any) -> Any:
        log = logs.open_log(place, clock, **opening)
        return CarefulLog(NastyLog(log, next(seeds), FAULTS))

    @contextmanager
    def empty() -> Iterator[Place]:
        with TemporaryDirectory(dir=folder) as directory:
            yield Place(Path(directory))

    return Backend(empty, open_log, shared=False, events=NUMBERS["events"] // 10)


def mirror(request: pytest.FixtureRequest) -> Backend:
    folder: Path = request.getfixturevalue("tmp_path")
    few = NUMBERS["events"] // 10
    return replace(
        sqlite_backend(folder, events=few), open_log=MirroredLog, shared=False, database=None
    )


BACKENDS: dict[str, Callable[[pytest.FixtureRequest], Backend]] = {
    "memory": memory,
    "sqlite": sqlite,
    "postgres": postgres,
    "mirror": mirror,
}
"""Every kind of log by its name; a new one is a row here."""
WITHOUT = dict.fromkeys(("memory", "mirror"), (*OF_DATABASES, *OF_PROCESSES))
"""Checks that a kind of log cannot be put to: it has no database, or no other process can open it."""


@pytest.mark.parametrize(
    ("check", "backend"),
    [(check, name) for check in CHECKS for name in BACKENDS if check not in WITHOUT.get(name, ())],
    ids=lambda each: each if isinstance(each, str) else in_words(each),
)
def test_every_log(check: Check, backend: str, request: pytest.FixtureRequest) -> None:
    given = BACKENDS[backend](request)
    assert check in checks_of(given)
    with empty_store(given) as store:
        check(store)
