"""Runs the application: `serve` on a port, `running` in this process for one command or test."""

import asyncio
import logging
import signal
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import Unpack

import httpx2
import uvicorn
from starlette.types import ASGIApp

from domain.vocabulary import MARKINGS
from service.access.access import any_token
from service.app import create_app
from service.attestation.attesting import attesting
from service.nodes.announcing import announced, own_urls
from service.nodes.node import Node
from service.nodes.standby import Standby
from service.service import Accepted, Service, opened
from service.settings import BadSetting, Limits, Settings, is_loopback
from service.signing.publisher import publishing
from service.transport.connection import connections_of
from service.transport.connections import Connections
from service.webhooks.deliverer import delivering

_logger = logging.getLogger("intellog")
GRACE_SECONDS = 5
BACKLOG = 2_048
SWEEP_TICKS = 10
"""The server ticks ten times a second; connections whose time is over are closed once a second."""


class CannotListen(Exception):
    """The address or the port cannot be listened on; the message is that of the system."""


class Server(uvicorn.Server):
    """A server that bounds its connections, and breaks off what is not done soon after it stops."""

    def __init__(
        self,
        app: ASGIApp,
        limits: Limits,
        stopping: Callable[[], None],
        tls: tuple[Path, Path] | None = None,
        reading: Callable[[asyncio.AbstractEventLoop], AbstractContextManager[None]] | None = None,
    ) -> None:
        self._connections = Connections(limits, time.monotonic)
        self._stopping = stopping
        self._reading = reading
        config = uvicorn.Config(
            app,
            http=connections_of(self._connections),  # type: ignore[arg-type]
            ws="none",
            log_config=None,
            log_level="warning",
            lifespan="off",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=limits.idle_seconds,
            timeout_graceful_shutdown=2 * GRACE_SECONDS,
            ssl_certfile=tls[0] if tls else None,
            ssl_keyfile=tls[1] if tls else None,
        )
        super().__init__(config)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.stop()
        super().handle_exit(sig, frame)

    def stop(self) -> None:
        """Stop soon; may be called from any thread."""
        self._stopping()
        self.should_exit = True

    async def main_loop(self) -> None:
        """Answer until it stops; what the loop reads beside connections it reads meanwhile."""
        loop = asyncio.get_running_loop()
        with nullcontext() if self._reading is None else self._reading(loop):
            await super().main_loop()

    async def on_tick(self, counter: int) -> bool:
        if counter % SWEEP_TICKS == 0:
            self._connections.sweep()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let requests finish for a while, then break off the others."""
        loop = asyncio.get_running_loop()
        late = loop.call_later(GRACE_SECONDS, self._break_off)
        try:
            await super().shutdown(sockets)
        finally:
            late.cancel()

    def _break_off(self) -> None:
        self._connections.drop_all()
        for task in list(self.server_state.tasks):
            task.cancel()


def _server(service: Service, app: ASGIApp, tls: tuple[Path, Path] | None = None) -> Server:
    def stopping() -> None:
        service.stopping.set()
        service.follower.notify()

    return Server(app, service.settings.limits, stopping, tls, service.follower.read_in)


def listen(settings: Settings) -> socket.socket:
    """Bind the port and listen on it; raises `CannotListen` if it is in use."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(BACKLOG)  # connections that come before the server is up wait in the backlog
    except OSError as error:
        listener.close()
        raise CannotListen(error.strerror or str(error)) from None
    return listener


def serve(
    settings: Settings, ready: Callable[[Service, str], None], **accepted: Unpack[Accepted]
) -> None:
    """Serve a data directory until the process receives SIGINT or SIGTERM.

    `ready` is called with the service and its URL once the log is open. While the server runs, the
    file `server.url` in the directory contains that URL.
    """
    listener, url = _listening(settings)
    place = Node(own=own_urls(settings, url))
    with (
        listener,
        opened(settings, separate_projector=True, place=place, **accepted) as service,
        announced(service, url),
    ):
        ready(service, url)
        with _delivering(service), publishing(service.publisher), attesting(service):
            _server(service, create_app(service), settings.tls).run(sockets=[listener])


def stand_by(settings: Settings, said: Callable[[str], None], **accepted: Unpack[Accepted]) -> None:
    """Wait to write a log, and then serve it, until the process receives SIGINT or SIGTERM.

    `said` is called with what this process does, each time that changes.
    """
    listener, url = _listening(settings)
    standby = Standby(settings, url, said=said, **accepted)
    with listener, closing(standby):
        standby.start()
        Server(standby.app, settings.limits, standby.stop, settings.tls).run(sockets=[listener])


def _listening(settings: Settings) -> tuple[socket.socket, str]:
    """The port of a service that is about to be opened, and its URL; raises `BadSetting`."""
    for each in (signal.SIGINT, signal.SIGTERM):
        # uvicorn raises the signal again after it stopped; exiting then closes everything in order.
        signal.signal(each, _exit)
    _require_tokens(settings)
    _check_tls(settings.tls)
    if settings.exposed and not settings.secure:
        _logger.warning(
            "tokens travel unencrypted to %s; give --tls-cert and --tls-key, or let a proxy speak TLS"
            " and set INTELLOG_PUBLIC_URL",
            settings.host,
        )
    # The port first: a port in use must not cost the time to open a log.
    listener = listen(settings)
    return listener, _url(settings, listener.getsockname()[1])


def _delivering(service: Service) -> AbstractContextManager[None]:
    """Deliver webhooks, where this service writes the log: of several nodes one does."""
    return delivering(service) if service.node.writes else nullcontext()


def _url(settings: Settings, port: int) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{'https' if settings.tls else 'http'}://{host}:{port}"


def _require_tokens(settings: Settings) -> None:
    """Refuse to be reached by others where nobody needs a token; raises `BadSetting`."""
    if not settings.exposed or settings.provider is not None or any_token(settings.data):
        return
    if settings.follow is not None:
        return  # the writer has the tokens
    how = f"--host {settings.host}"
    if is_loopback(settings.host):
        how = "INTELLOG_PUBLIC_URL" if settings.public_url else "INTELLOG_TRUSTED_PROXIES"
    raise BadSetting(
        f"{how}: without a token the service only answers this machine; make the first one with:"
        f" intellog token create --data {settings.data} --subject NAME --role admin"
        f" --clearance {MARKINGS[-1]}"
    )


def _check_tls(tls: tuple[Path, Path] | None) -> None:
    """Refuse a certificate that cannot be used; raises `BadSetting`."""
    if tls is None:
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(*tls)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or str(error)
        raise BadSetting(
            f"--tls-cert {tls[0]} --tls-key {tls[1]}: {reason}; give a certificate chain and its key,"
            " as PEM without a password"
        ) from None


def _exit(sig: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def local_app(service: Service) -> ASGIApp:
    """The application for whoever runs this process, who needs no token."""
    return create_app(service, local_only=True)


@contextmanager
def running(
    service: Service, application: Callable[[Service], ASGIApp] = local_app
) -> Iterator[httpx2.Client]:
    """A client of a service that runs in this process, on a socket that only this process knows."""
    with tempfile.TemporaryDirectory(prefix="intellog-") as folder:
        path = str(Path(folder) / "socket")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(path)
            listener.listen(128)
            server = _server(service, application(service))
            thread = threading.Thread(
                target=server.run, kwargs={"sockets": [listener]}, name="server", daemon=True
            )
            thread.start()
            # Nothing is encrypted here, and loading the certificates takes longer than a request.
            transport = httpx2.HTTPTransport(uds=path, verify=False)
            try:
                with httpx2.Client(
                    transport=transport, base_url="http://localhost", timeout=None
                ) as client:
                    yield client
            finally:
                server.stop()
                thread.join()
