"""What a service is to its log: the one that writes it, a reader, or one that waits to write it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from service.log.port import EventLog
from service.nodes.followed import FollowedLog

Role = Literal["writer", "reader", "standby"]
ROLES: tuple[Role, ...] = ("writer", "reader", "standby")


@dataclass(frozen=True, slots=True)
class Node:
    """The place of a service among those over one log.

    `followed` is its log where another process writes that. `own` are the addresses of this service:
    nobody is sent from it to itself. `hindrance` says why a standby would not take over now, if so.
    """

    role: Role = "writer"
    followed: FollowedLog | None = None
    own: tuple[str, ...] = ()
    hindrance: Callable[[], str | None] = lambda: None

    @property
    def writes(self) -> bool:
        """Whether this service takes writes."""
        return self.followed is None

    @property
    def writer(self) -> str | None:
        """The address of the service that takes writes, None if it is not known or is this one."""
        url = None if self.followed is None else self.followed.writer
        return None if url in self.own else url

    @property
    def heard_seconds(self) -> float:
        """For how long the log has not answered; 0 for the writer, which asks it with each write."""
        return 0.0 if self.followed is None else self.followed.heard_seconds

    def head(self, log: EventLog) -> int:
        """Return the last position that is known to be stored, here or where the log comes from."""
        return log.head() if self.followed is None else self.followed.source_head()

    def look_up_head(self, log: EventLog) -> int:
        """Return the same, looked up where the log is followed, which may block."""
        return log.head() if self.followed is None else self.followed.look_now()
