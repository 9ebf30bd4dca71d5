"""The seeds, asked by a model's client over each transport."""

from collections.abc import Iterator

import pytest

from tests.http_spec import Api, one_server
from tests.service.model_context.models import NEW, OLD, Model, over_http, over_stdio
from tests.test_seeds import load


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service that holds the seeds; tests only read."""
    with one_server() as server, server.over(tmp_path_factory.mktemp("story")) as api:
        load(api.client)
        api.get("/v1/indicators", limit=1)
        yield api


@pytest.fixture(scope="module", params=["http", "http-legacy", "stdio", "stdio-legacy"])
def model(request: pytest.FixtureRequest, story: Api) -> Iterator[Model]:
    """A client, over each transport with each protocol."""
    url, mode = str(story.client.base_url), OLD if request.param.endswith("legacy") else NEW
    way = over_http(url, mode=mode) if "http" in request.param else over_stdio("--url", url, mode=mode)
    with way as model:
        yield model


@pytest.fixture(scope="module")
def asked(story: Api) -> Iterator[Model]:
    """One client, where the transport makes no difference."""
    with over_http(str(story.client.base_url)) as model:
        yield model
