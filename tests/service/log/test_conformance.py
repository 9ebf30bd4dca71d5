"""Every log keeps the port's contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.service.log.conformance")

from service.log.sqlite import open_sqlite_log  # noqa: E402
from tests.service.log.conformance import LogConformance, OpenLog, Store  # noqa: E402

BACKENDS = ("sqlite", "postgres")


@pytest.fixture(params=BACKENDS)
def open_log(request: pytest.FixtureRequest) -> OpenLog:
    if request.param == "sqlite":
        return open_sqlite_log
    opening: OpenLog = request.getfixturevalue("postgres").open_in
    return opening


@pytest.fixture
def store(open_log: OpenLog, tmp_path: Path) -> Iterator[Store]:
    with Store(open_log, tmp_path) as store:
        yield store


class TestEveryLog(LogConformance):
    pass
