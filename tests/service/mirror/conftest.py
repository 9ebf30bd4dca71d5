"""A service to mirror."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.times import parse_instant
from tests.http_spec import Clock, Server
from tests.service.mirror.mirrors import STORY, Source


@pytest.fixture
def source(server: Server, tmp_path: Path) -> Iterator[Source]:
    """A service with a few reports."""
    clock = Clock(parse_instant("2025-02-01T00:00:00Z"))
    with server.over(tmp_path / "source", clock) as api:
        api.given(*STORY)
        yield Source(api, f"http://127.0.0.1:{server.address[1]}", server.address, clock)
