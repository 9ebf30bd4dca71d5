"""A log in PostgreSQL with its writer, and nodes that follow it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.log.postgres_server import Server
from tests.service.nodes.nodes_spec import Placed, Start, nodes_over


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.fresh()


@pytest.fixture
def starts(url: str, tmp_path: Path) -> Iterator[tuple[Start, Start]]:
    with nodes_over(url, tmp_path) as starts:
        yield starts


@pytest.fixture
def writer(starts: tuple[Start, Start]) -> Placed:
    """The service that writes the log."""
    return starts[0]()


@pytest.fixture
def start_node(starts: tuple[Start, Start]) -> Start:
    """Start a node that follows the log."""
    return starts[1]


@pytest.fixture
def node(writer: Placed, start_node: Start) -> Placed:
    """A node that follows the log of the writer."""
    return start_node()
