"""What tests share: a service in an empty directory, reached as anybody would reach it."""

import gc
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from functools import cache
from pathlib import Path

import httpx2
import pytest
import typer.testing

from service.service import Service, opened
from service.settings import Settings
from tests.effort import load_profile
from tests.http_spec import Api, Server, one_server
from tests.oracles import Go, built_go
from tests.places import DATA, MEMORY, is_roomy
from tests.service.api import schema_check
from tests.service.api.schema_check import running
from tests.service.log import postgres_server
from tests.service.web.web_spec import CHROMIUM, FLAGS

SLOW_SECONDS = 30.0
"""A test that takes longer is named, as one that fails is."""
load_profile()
# Tests invoke the program a thousand times, and making its commands takes longer than most of them.
typer.testing._get_command = cache(typer.testing._get_command)  # type: ignore[attr-defined]


def pytest_configure() -> None:
    """Keep what tests write in memory: on a slow disk the flushes of ten thousand logs take an hour."""
    if "TMPDIR" not in os.environ and is_roomy(MEMORY):
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Say at once which test fails or takes long, because a run that is cut off has no summary."""
    if "PYTEST_XDIST_WORKER" in os.environ:  # whose reports come here as well
        return
    if report.failed or report.duration > SLOW_SECONDS:
        took = f"{report.outcome} in {report.when} after {report.duration:.0f} s"
        print(f"\n{datetime.now():%H:%M:%S} {report.nodeid} {took}", file=sys.stderr, flush=True)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what lives as long as the process: all modules and all tests."""
    gc.freeze()


@pytest.fixture(autouse=True)
def answers_fit_their_schemas() -> Iterator[None]:
    """Every answer that a test receives has the schema that `/openapi.json` promises."""
    schema_check.FAULTS.clear()
    yield
    assert schema_check.FAULTS == []


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """The machine's own Chromium; nothing is downloaded."""
    return {"executable_path": CHROMIUM, "args": list(FLAGS)}


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_server.Server]:
    """A PostgreSQL server, one for all tests of a process."""
    with ExitStack() as resources:
        try:
            server = resources.enter_context(postgres_server.running())
        except postgres_server.NoServer as reason:
            pytest.skip(str(reason))
        yield server


@pytest.fixture(scope="session")
def go(tmp_path_factory: pytest.TempPathFactory) -> Go:
    """A program over the packages of the Go project that check checkpoints, receipts and tiles."""
    directory = tmp_path_factory.mktemp("go")
    several = "PYTEST_XDIST_WORKER" in os.environ
    return built_go(directory, (directory.parents[1] if several else directory) / "go-cache")


@pytest.fixture
def shared_data() -> Path:
    """The folder of real figures, which the project does not ship."""
    if not DATA.is_dir():
        pytest.skip("the real figures are not beside the project")
    return DATA


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Callable[..., tuple[Service, httpx2.Client]]]:
    """Start a service over a directory, and give it with a client of it."""
    with ExitStack() as resources:

        def start(name: str = "log", **settings: object) -> tuple[Service, httpx2.Client]:
            given = Settings(data=tmp_path / name, **settings)  # type: ignore[arg-type]
            service = resources.enter_context(opened(given))
            return service, resources.enter_context(running(service))

        yield start


@pytest.fixture
def service(serving: Callable[..., tuple[Service, httpx2.Client]]) -> tuple[Service, httpx2.Client]:
    """A service over an empty log, and a client of it."""
    return serving()


@pytest.fixture
def client(service: tuple[Service, httpx2.Client]) -> httpx2.Client:
    """A client of a service over an empty log."""
    return service[1]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server a module, under which each test opens a log of its own."""
    with one_server() as server:
        yield server


@pytest.fixture
def api(server: Server, tmp_path: Path) -> Iterator[Api]:
    """A service over an empty log, with requests as data."""
    with server.over(tmp_path / "log") as api:
        yield api
