"""What tests share: a service in an empty directory, reached as anybody would reach it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
from hypothesis import settings

from service.service import Service, opened
from service.settings import Settings
from tests.http_spec import Api, Server, one_server
from tests.places import DATA, LONG
from tests.service.api import schema_check
from tests.service.api.schema_check import running
from tests.service.log import postgres_server
from tests.service.web.web_spec import CHROMIUM, FLAGS

# The usual run tries the same examples each time and never on the clock, so that it fails for a
# change and for nothing else; the long run looks for new examples.
settings.register_profile("usual", derandomize=True, deadline=None)
settings.register_profile("long", derandomize=False, deadline=None)
settings.load_profile("long" if LONG else "usual")


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
