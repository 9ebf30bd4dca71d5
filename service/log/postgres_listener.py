"""Listens for commits on a log in PostgreSQL, so that a reader need not wait until it looks again.

What is heard is only a hint. A notification may be lost with its connection, and a standby of the
database sends none; so readers also look every few seconds.
"""

import logging
from collections.abc import Callable
from contextlib import closing
from threading import Event, Thread

from psycopg import Connection, Error
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow

from service.log.postgres_sessions import CONNECTING

CHANNEL = "intellog"
"""Whoever appends notifies it, with the new head and the schema of the log as payload."""
RETRY_SECONDS = 3.0
LOOK_SECONDS = 0.5
"""How often a listener sees whether it is stopped."""
CONNECT_SECONDS = "2"
"""For one host: one that fell silent does not refuse a connection."""
CLOSE_SECONDS = 1.0
_logger = logging.getLogger("intellog.nodes")


class Listener:
    """A thread that calls `heard` for each notification, and after each new connection.

    It connects again for as long as it runs. `url` may name several hosts.
    """

    def __init__(self, url: str, heard: Callable[[], None]) -> None:
        self._url, self._heard = url, heard
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening; a thread that is just connecting then ends soon, and nobody waits for it."""
        self._stopping.set()
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with closing(self._connected()) as connection:
                    self._listen(connection)
            except Error as error:
                _logger.debug("not listening: %s", error)
            self._stopping.wait(RETRY_SECONDS)

    def _connected(self) -> Connection[TupleRow]:
        given = conninfo_to_dict(self._url)
        options = {**CONNECTING, **given, "connect_timeout": CONNECT_SECONDS}
        return Connection.connect(autocommit=True, **options)  # type: ignore[arg-type]

    def _listen(self, connection: Connection[TupleRow]) -> None:
        """Listen until the connection is lost; return at once from a standby of the database."""
        if connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
            return
        connection.execute("SET idle_session_timeout = 0")
        connection.execute(f"LISTEN {CHANNEL}".encode())
        self._heard()  # what was committed while nobody listened
        while not self._stopping.is_set():
            for _ in connection.notifies(timeout=LOOK_SECONDS, stop_after=1):
                self._heard()
