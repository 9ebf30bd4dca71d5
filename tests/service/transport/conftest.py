"""A server with small limits, and a service over an empty log for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http_spec import Api, Server, one_server
from tests.service.transport.wires import LIMITS, answered_promptly


@pytest.fixture(scope="module")
def bounded() -> Iterator[Server]:
    """A server with small limits."""
    with one_server(LIMITS) as server:
        yield server


@pytest.fixture
def small(bounded: Server, tmp_path: Path) -> Iterator[Api]:
    """A service with small limits over an empty log, which answers before and after each test."""
    with bounded.over(tmp_path / "log", limits=LIMITS) as api:
        answered_promptly(api)
        yield api
        answered_promptly(api)
