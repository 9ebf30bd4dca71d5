"""The timestamps of a log: they never go back, and leap ahead only if an operator accepts it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from service.log.envelope import in_utc, timestamp
from service.log.port import ClockLeap, Leap

NEVER = datetime.min.replace(tzinfo=UTC)
"""The last timestamp of an empty log."""
LONGEST_LEAP = timedelta(days=1)


def uptime() -> float:
    """Seconds on a clock that only goes forward; where the system can, it counts sleep as well."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class Stamps:
    """Gives the timestamp of each batch.

    `last_stored` returns the last timestamp in the log. What `monotonic` has counted since that was
    stored, `since` if it is known, has passed, whatever the clock says.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        last_stored: Callable[[], datetime],
        *,
        monotonic: Callable[[], float] = uptime,
        since: float | None = None,
        accept_leap: bool = False,
    ) -> None:
        self._clock = clock
        self._last_stored = last_stored
        self._monotonic = monotonic
        self._known = True
        self._last = last_stored()
        self._passed, self._passed_at = self._last, monotonic() if since is None else since
        self.leap = self._accepted_leap() if accept_leap else None
        self._accepting = self.leap is not None

    def next(self) -> datetime:
        """Return the timestamp for a batch that is stored now; raises ClockLeap."""
        if not self._known:
            self._last = max(self._last, self._last_stored())
            self._known = True
        return self.now()

    def now(self) -> datetime:
        """Return the same from any thread, changing nothing."""
        # Only an append settles what the last timestamp is.
        last = self._last if self._known else max(self._last, self._last_stored())
        now = max(in_utc(self._clock()), last)
        if refusal := self._refusal(now, last):
            raise ClockLeap(refusal)
        return now

    def refusal(self) -> str | None:
        """Why `now` would raise, None if it would not."""
        return self._refusal(in_utc(self._clock()), self._last)

    def given(self, stamp: datetime) -> None:
        """Note the timestamp of a batch that is about to be stored."""
        self._last = stamp
        self._passed, self._passed_at = max(stamp, self._now_passed()), self._monotonic()
        self._accepting = False

    def forget(self) -> None:
        """Look the last timestamp up again: another process may have stored a later one."""
        self._known = False

    def _now_passed(self) -> datetime:
        """The time that it is at least, by the last timestamp and by what was waited since."""
        if self._passed == NEVER:
            return NEVER
        return self._passed + timedelta(seconds=self._monotonic() - self._passed_at)

    def _leaps(self, now: datetime, last: datetime) -> bool:
        # Nearly always the last timestamp says it.
        if last == NEVER or now <= last + LONGEST_LEAP:
            return False
        return now > self._now_passed() + LONGEST_LEAP

    def _refusal(self, now: datetime, last: datetime) -> str | None:
        if self._accepting or not self._leaps(now, last):
            return None
        return (
            f"the clock says {timestamp(now)}, more than a day after the last event at"
            f" {timestamp(last)}; set the clock right, or start with --accept-clock if it is"
        )

    def _accepted_leap(self) -> Leap | None:
        now = in_utc(self._clock())
        return Leap(self._last, now) if self._leaps(now, self._last) else None
