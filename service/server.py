"""Running the application: for everybody at an address, or for one command over a local log."""

import logging
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import httpx2
import uvicorn

from service.app import create_app
from service.service import Service, opened
from service.settings import Settings

GRACE_SECONDS = 5
BACKLOG = 2_048


class _Server(uvicorn.Server):
    """A server that ends its endless streams when it is asked to stop; it would wait for them."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.end()
        super().handle_exit(sig, frame)

    def end(self) -> None:
        self._service.stopping.set()
        self._service.follower.poke()
        self.should_exit = True


def _server(service: Service, **where: object) -> _Server:
    config = uvicorn.Config(
        create_app(service),
        log_level="warning",
        lifespan="off",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        **where,  # type: ignore[arg-type]
    )
    return _Server(config, service)


def listen(settings: Settings) -> socket.socket:
    """Take the port, before anything is opened; raises `OSError` where it is taken."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((settings.host, settings.port))
        taken.listen(BACKLOG)  # whoever comes before the server is up waits, and is not refused
    except OSError:
        taken.close()
        raise
    return taken


def serve(settings: Settings, ready: Callable[[Service, str], None]) -> None:
    """Serve a data directory until the process is asked to stop; `ready` is told the address."""
    for each in (signal.SIGINT, signal.SIGTERM):
        # The server hands a signal back once it has stopped: then everything is closed in order.
        signal.signal(each, _leave)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    taken = listen(settings)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{taken.getsockname()[1]}"
    told = settings.data / "server.url"
    with taken, opened(settings, apart=True) as service:
        told.write_text(url, "utf-8")
        try:
            ready(service, url)
            _server(service).run(sockets=[taken])
        finally:
            told.unlink(missing_ok=True)


def _leave(sig: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


@contextmanager
def running(service: Service) -> Iterator[httpx2.Client]:
    """A client of a service that runs in this process, reached by nobody else."""
    with tempfile.TemporaryDirectory(prefix="intellog-") as folder:
        path = str(Path(folder) / "socket")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as taken:
            taken.bind(path)
            taken.listen(128)
            server = _server(service)
            thread = threading.Thread(
                target=server.run, kwargs={"sockets": [taken]}, name="server", daemon=True
            )
            thread.start()
            transport = httpx2.HTTPTransport(uds=path)
            try:
                with httpx2.Client(
                    transport=transport, base_url="http://localhost", timeout=None
                ) as client:
                    yield client
            finally:
                server.end()
                thread.join()
