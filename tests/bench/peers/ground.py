"""What the event stores share: a directory, and a PostgreSQL server for those that need one."""

from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.service.log.postgres_server import running


@dataclass
class Ground:
    """A directory, a PostgreSQL server that starts when first used, and the stack that stops all."""

    directory: Path
    resources: ExitStack

    @cached_property
    def postgres(self) -> str:
        """The URL of a PostgreSQL server that syncs each commit to the disk."""
        import psycopg

        # Some clients do not connect without a password; the server does not check it.
        url = self.resources.enter_context(running()).url(password="any")
        with psycopg.connect(url) as connection:
            for setting in ("fsync", "synchronous_commit"):
                row = connection.execute(f"SHOW {setting}").fetchone()
                if row != ("on",):
                    raise RuntimeError(f"PostgreSQL runs with {setting} {row}, not on")
        return url

    def schema(self, name: str) -> str:
        """Create a schema on that server; return the URL with which it is used."""
        import psycopg
        from psycopg.sql import SQL, Identifier

        with psycopg.connect(self.postgres, autocommit=True) as connection:
            connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(name)))
        return f"{self.postgres}&options=-csearch_path%3D{name}"

    @cached_property
    def postgres_version(self) -> str:
        """The version of that server, such as `18.6`."""
        import psycopg

        with psycopg.connect(self.postgres) as connection:
            version = connection.info.server_version
        return f"{version // 10_000}.{version % 10_000}"
