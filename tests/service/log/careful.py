"""A log as a careful caller sees it: one that does what the port asks of callers."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from service.log.envelope import decode_envelope, has_id
from service.log.port import (
    Appended,
    ClockLeap,
    Destroying,
    EventLog,
    Key,
    LogDamaged,
    LogUnavailable,
    Pending,
    Stored,
    VersionConflict,
)

TRIES = 20


class CarefulLog:
    """A log whose appends are decided again on a conflict, and looked up if their result is unknown.

    Every other method is that of the log.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    @property
    def destroying(self) -> Destroying:
        """That of the log, which calls it."""
        return self._log.destroying

    @destroying.setter
    def destroying(self, call: Destroying) -> None:
        self._log.destroying = call

    def append(
        self, batch: Sequence[Pending], keys: Sequence[Key] = (), *, idempotent: bool = False
    ) -> Appended:
        conflicts: Counter[tuple[str, int]] = Counter()
        for _ in range(TRIES):
            try:
                return self._log.append(batch, keys, idempotent=idempotent)
            except VersionConflict as conflict:
                if not idempotent and not _continues(batch, conflict):
                    raise
                conflicts[conflict.stream, conflict.version] += 1
            except (ClockLeap, LogDamaged):
                raise
            except LogUnavailable:
                stored = [self._stored(pending) for pending in batch]
                if found := [each for each in stored if each]:
                    assert len(found) == len(batch), "a batch was stored in part"
                    given = decode_envelope(found[-1].body).recorded_at
                    return Appended([each.position for each in found], given)
        # A conflict that is none goes away; the one that stays is named most often.
        raise VersionConflict(*conflicts.most_common(1)[0][0])

    def _stored(self, pending: Pending) -> Stored | None:
        found = self._log.stream(pending.stream, pending.version - 1)[:1]
        return next((each for each in found if has_id(each.body, pending.id)), None)


def _continues(batch: Sequence[Pending], conflict: VersionConflict) -> bool:
    """Whether a batch continues the stream that a conflict names, from the version that it names."""
    versions = [each.version for each in batch if each.stream == conflict.stream]
    return versions == list(range(conflict.version + 1, conflict.version + 1 + len(versions)))
