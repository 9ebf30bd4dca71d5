"""Who writes a log: the holder publishes the address at which it takes writes."""

from typing import NamedTuple, Protocol


class Holder(NamedTuple):
    """A process that began to write a log, the n-th; `url` is empty where it gave no address."""

    n: int
    url: str


class Holders(Protocol):
    """What a log knows of its holders; only a log in a database that several machines reach does."""

    def publish(self, url: str) -> Holder:
        """Note that this process, which holds the log, takes writes at a URL."""
        ...

    def latest(self) -> Holder | None:
        """Return the last holder that has published itself, None if none has."""
        ...

    def current(self) -> str | None:
        """Return the URL of the holder; None if nobody holds the log or it gave no address.

        On a standby of the database the lock of the holder cannot be seen, and the last one counts.
        """
        ...
