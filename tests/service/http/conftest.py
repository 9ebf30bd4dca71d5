"""What tests of the interface share: services for tests that change nothing."""

from collections.abc import Iterator

import pytest

from tests.http_spec import FILED, Api, Clock, claim, indicator, one_server, report, source


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service with a little of everything, for tests that only read."""
    clock = Clock()
    with one_server() as server, server.over(tmp_path_factory.mktemp("shown"), clock) as api:
        api.given(indicator(), source("nis", name="the service"))
        clock.set("2025-02-01T12:00:00Z")
        api.given(report("r1", claim(100), claim(5, period="2024-12")))
        clock.set("2025-02-02T12:00:00Z")
        api.given(report("r2", claim(110), published_at="2025-01-20"))
        yield api


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service with one report, for tests after which nothing has changed."""
    with one_server() as server, server.over(tmp_path_factory.mktemp("steady")) as api:
        api.given(*FILED)
        yield api
