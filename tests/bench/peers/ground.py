"""Where everybody is measured: a directory, and one PostgreSQL for those who need it."""

from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.service.log.postgres_server import running


@dataclass
class Ground:
    """A directory for files, a server that starts when it is asked for, and what ends all."""

    directory: Path
    resources: ExitStack

    @cached_property
    def postgres(self) -> str:
        """The URL of a PostgreSQL that answers no commit before it is on the disk."""
        import psycopg

        # A password, because some will not connect without; the server asks for none.
        url = self.resources.enter_context(running()).url(password="any")
        with psycopg.connect(url) as connection:
            for setting in ("fsync", "synchronous_commit"):
                row = connection.execute(f"SHOW {setting}").fetchone()
                if row != ("on",):
                    raise RuntimeError(f"PostgreSQL runs with {setting} {row}, not on")
        return url

    @cached_property
    def postgres_version(self) -> str:
        """The version of that PostgreSQL, such as `18.6`."""
        import psycopg

        with psycopg.connect(self.postgres) as connection:
            version = connection.info.server_version
        return f"{version // 10_000}.{version % 10_000}"
