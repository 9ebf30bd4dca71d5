"""A service that delivers, and what tests send to it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from service.webhooks.deliverer import delivering
from tests.http_spec import Api, Server

HERE = (ip_network("127.0.0.0/8"),)
Delivering = Callable[..., AbstractContextManager[Api]]


@pytest.fixture
def delivers(server: Server, tmp_path: Path) -> Delivering:
    """Serve the log of the test, and deliver, to this machine too; again if it was stopped."""

    @contextmanager
    def start(**settings: Any) -> Iterator[Api]:
        given = {"webhook_networks": HERE, "webhook_pause": 0.0, "webhook_seconds": 10.0, **settings}
        with server.over(tmp_path / "log", **given) as api, delivering(api.service):
            yield api

    return start
