"""What a log raises: refusals that a caller decides on, and stores that do not answer."""

RESTORE = "stop the service, restore the log from a backup, and run `intellog check`"
"""What to do about a damaged log."""


class VersionConflict(Exception):
    """The batch does not continue `stream`, whose last stored version is `version` (0: no events)."""

    def __init__(self, stream: str, version: int) -> None:
        super().__init__(f"stream {stream!r} is at version {version}")
        self.stream = stream
        self.version = version


class KeyConflict(Exception):
    """The key `name` is stored already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"key {name!r} is stored already")
        self.name = name


class LogUnavailable(Exception):
    """The store does not answer: its disk is full, or it is locked, damaged, too new or closed.

    An append that raises this is stored either whole or not at all, and the caller does not know
    which: it drops what it remembers of the log. Sending the same events again with
    `idempotent=True` finds out; so does reading the log and deciding again.
    """


class LogDamaged(LogUnavailable):
    """What is stored is not what was written: `position` is that of the event, if it is known."""

    def __init__(self, what: str, position: int | None, cure: str = RESTORE) -> None:
        where = "" if position is None else f" at position {position}"
        super().__init__(f"the log is damaged{where}: {what}; {cure}")
        self.what, self.position, self.cure = what, position, cure


class CopyUnfinished(LogUnavailable):
    """The log is a copy that was broken off."""


class CopyRefused(Exception):
    """A log cannot be copied there: something else is there, or it does not fit its original."""


class LogLost(LogUnavailable):
    """The log does not hold what it acknowledged before: its end, or all of it, is gone."""


class ClockLeap(LogUnavailable):
    """The clock is more than a day ahead of the last timestamp; nothing is stored."""


class LogLocked(Exception):
    """Another process writes this log; a log has only one writing process."""


class NotTheWriter(LogUnavailable):
    """This process follows the log, which another one writes; nothing is stored."""
