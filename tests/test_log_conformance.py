"""Every log keeps the port's contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.log_conformance")

from service.log.sqlite import open_sqlite_log  # noqa: E402
from tests.log_conformance import LogConformance, OpenLog, Store  # noqa: E402

BACKENDS: dict[str, OpenLog] = {"sqlite": open_sqlite_log}


@pytest.fixture(params=BACKENDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with Store(BACKENDS[request.param], tmp_path) as store:
        yield store


class TestEveryLog(LogConformance):
    pass
