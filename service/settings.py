"""What an operator may set: from the command line or the environment, typed and checked once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

MEGABYTE = 1_048_576


class BadSetting(ValueError):
    """A setting that the service cannot run with; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the log is and how the service answers.

    `log` is the address of a PostgreSQL database, which may hold a password and is therefore never
    shown; without one the log is a file in `data`, where the views are in either case. `body_limit`
    is the largest body, and the longest import line, in bytes. `grace` is how many seconds a read
    waits for the views to reach what is already written before it answers with what they hold;
    `patience` how long it waits for a position that was asked for.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 8000
    actor: str = "local"
    body_limit: int = 8 * MEGABYTE
    grace: float = 0.5
    patience: float = 5.0
    write_patience: float = 30.0
    log: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not _is_loopback(self.host):
            raise BadSetting(
                f"--host {self.host}: without access control the service answers this machine "
                "only; use 127.0.0.1, ::1 or localhost"
            )
        if not 0 <= self.port <= 65_535:
            raise BadSetting(f"--port {self.port}: a port lies between 0 and 65535")
        if self.log is not None and not _is_postgres(self.log):
            raise BadSetting(
                "INTELLOG_LOG: must read postgresql://user:password@host:port/database, with any"
                " of :/?#@ in the password percent-encoded"
            )

    @property
    def url(self) -> str:
        """Where the service is reached."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def from_environment(data: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings for a data directory, the rest from `INTELLOG_...` or as they are by default."""
    text = environment.get("INTELLOG_BODY_LIMIT", "")
    if (text and not text.isascii()) or (text and not text.isdigit()):
        raise BadSetting(f"INTELLOG_BODY_LIMIT={text}: must be a number of bytes")
    return Settings(
        data=data,
        actor=environment.get("INTELLOG_ACTOR") or "local",
        body_limit=int(text) if text else 8 * MEGABYTE,
        log=environment.get("INTELLOG_LOG") or None,
    )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _is_postgres(url: str) -> bool:
    # A password with an @ or a / of its own would be taken for a host, and told as one.
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    rest = parts.path + parts.query + parts.fragment
    known = parts.scheme in ("postgresql", "postgres")
    return known and parts.netloc.count("@") < 2 and "@" not in rest and not parts.fragment
