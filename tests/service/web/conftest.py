"""What the tests of pages share: a service that holds the seed story."""

from collections.abc import Iterator

import pytest

from tests.http_spec import Api, one_server
from tests.test_seeds import load


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service that holds the seeds; one for all tests of a process, which only read."""
    with one_server() as server, server.over(tmp_path_factory.mktemp("story")) as api:
        load(api.client)
        api.get("/v1/estimates", limit=1)
        yield api
