"""The order of the times at which events were recorded: positions and times ascend together."""

import re
from collections.abc import Sequence

from service.verify.verdicts import Finding, at

_FORM = (
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{6})?Z"
)
_TIME, _TIMES = re.compile(_FORM), re.compile(f"(?:{_FORM})*")


class Order:
    """Follows the times of entries, position by position."""

    def __init__(self) -> None:
        self._text = ""
        self._latest = ""

    def follow(self, times: Sequence[str]) -> bool:
        """Take the times of the next entries if all are as they should be; nothing if one is not."""
        some = [*dict.fromkeys(times)]
        if _TIMES.fullmatch("".join(some)) is None:
            return False
        comparable = [*map(sortable, some)]
        if [self._latest, *comparable] != sorted([self._latest, *comparable]):
            return False
        self._text, self._latest = some[-1], comparable[-1]
        return True

    def fault(self, position: int, recorded_at: str) -> Finding | None:
        """Return what is wrong with the time of the next entry."""
        if recorded_at == self._text:  # the events of one batch have one time
            return None
        if _TIME.fullmatch(recorded_at) is None:
            return Finding("time-wrong", at(position), "its time of recording is no time", position)
        self._text, comparable = recorded_at, sortable(recorded_at)
        if comparable < self._latest:
            before = f"{self._latest[:19]}Z"
            what = f"recorded at {recorded_at}, but an event before it at {before}: one was back-dated"
            return Finding("time-wrong", at(position), what, position)
        self._latest = comparable
        return None


def sortable(time: str) -> str:
    """Return a time of recording so that texts compare as times do."""
    return time if "." in time else f"{time[:-1]}.000000Z"
