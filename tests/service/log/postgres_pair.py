"""Two PostgreSQL servers of the tests' own: a primary, and a standby that confirms every commit.

The primary acknowledges nothing that the standby does not have on its disk. When it is killed, the
standby is promoted, and the other joins again as its standby.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.processes import until
from tests.service.log.postgres_server import NoServer, Server, as_nobody, free_port, programs


class Pair:
    """A primary and its synchronous standby, which change places at a failover."""

    def __init__(self, primary: Server, standby: Server) -> None:
        self.primary = primary
        self.standby = standby

    @property
    def url(self) -> str:
        """The address of both servers; libpq connects to the one that takes writes."""
        hosts = f"127.0.0.1:{self.primary.port},127.0.0.1:{self.standby.port}"
        return f"postgresql://postgres@{hosts}/postgres?target_session_attrs=read-write"

    def kill(self) -> None:
        """Kill every process of the primary at once, as if its machine were gone."""
        kill(self.primary.pid)

    def promote(self) -> None:
        """Make the standby the primary."""
        self.standby.run("pg_ctl", "-w", "promote")
        self.primary, self.standby = self.standby, self.primary

    def join(self) -> None:
        """Make the standby from a copy of the primary; from here on commits wait for it."""
        folder = self.standby.folder
        shutil.rmtree(folder / "data", ignore_errors=True)
        for left in folder.glob(".s.PGSQL.*"):  # a killed server leaves its socket
            left.unlink()
        copied_from = f"host=127.0.0.1 port={self.primary.port} user=postgres application_name=pair"
        self.standby.run("pg_basebackup", "-d", copied_from, "-R", "-X", "stream", "-c", "fast", "-N")
        self.standby.start()
        with self._connected() as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'pair'")
            connection.execute("SELECT pg_reload_conf()")
        self.wait_for_standby()

    def wait_for_standby(self) -> None:
        """Wait until commits wait for the standby, and get its answer."""
        with self._connected() as connection:
            state = "SELECT sync_state FROM pg_stat_replication"
            until(lambda: connection.execute(state).fetchall(), lambda found: found == [("sync",)])

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        import psycopg

        with psycopg.connect(self.primary.url(), autocommit=True) as connection:
            yield connection


@contextmanager
def paired_here() -> Iterator[Pair]:
    """A running pair; the test is skipped, with the reason, where that cannot be."""
    try:
        with paired() as pair:
            yield pair
    except NoServer as reason:
        pytest.skip(str(reason))


@contextmanager
def paired() -> Iterator[Pair]:
    """A running pair, which is gone in the end; NoServer where that cannot be."""
    with programs() as (binaries, folder):
        pair = Pair(_server(binaries, folder / "one"), _server(binaries, folder / "two"))
        pair.primary.make()
        with (folder / "one" / "data" / "postgresql.conf").open("a") as settings:
            # A standby without its primary notices its promotion only after this time; usual are 5 s.
            settings.write("wal_retrieve_retry_interval = 100ms\n")
        pair.primary.start()
        try:
            pair.join()
            yield pair
        finally:
            for server in pair.standby, pair.primary:
                with suppress(NoServer, OSError):
                    server.stop()


def kill(pid: int) -> None:
    """Kill a process and its children, the parent first, so that it cannot tell them."""
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    for each in pid, *children:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


def _server(binaries: Path, folder: Path) -> Server:
    folder.mkdir()
    if as_whom := as_nobody():
        shutil.chown(folder, as_whom["user"], as_whom["group"])
    return Server(binaries, folder, free_port())
