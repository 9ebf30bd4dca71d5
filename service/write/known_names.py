"""What the writer remembers of indicators and sources to save look-ups: never more than a number of
them."""

from collections.abc import Callable, Iterable

from domain.stream_names import INDICATOR, split_stream
from service.log.port import Consulted

MOST_NAMES = 50_000
"""Maximum number of indicators, and of sources, remembered: each by an id of up to 128 bytes."""
Suggest = Callable[[str], Iterable[str]]
"""Returns the ids of things of the same kind to compare that of a stream with, for hints only."""


class KnownNames:
    """Which indicators have claims in the log, which were defined here, which sources are there."""

    def __init__(self, log: Consulted, suggest: Suggest) -> None:
        self._log = log
        self._suggest = suggest
        self.with_claims = set[str]()
        """Indicators that are known to have claims in the log."""
        self.registered = set[str]()
        """Sources that are known to be in the log."""
        self._defined_here = set[str]()

    def has_claims(self, name: str) -> bool:
        """Whether an indicator has claims in the log."""
        if name in self.with_claims:
            return True
        has = self._log.key(claims_key(name)) is not None
        if has:
            _remember(self.with_claims, name)
        return has

    def alike(self, stream: str) -> set[str]:
        """The ids to compare that of a stream with, for hints only."""
        # The views may not hold yet what was defined a moment ago.
        here = self._defined_here if split_stream(stream)[0] == INDICATOR else set[str]()
        return here.union(self._suggest(stream))

    def register(self, name: str) -> None:
        """Remember a source that is stored: nothing ever takes it from the log."""
        _remember(self.registered, name)

    def define(self, name: str) -> None:
        """Remember an indicator that is being defined."""
        _remember(self._defined_here, name)


def _remember(names: set[str], name: str) -> None:
    """Add a name; where there are too many, begin again."""
    if len(names) >= MOST_NAMES:
        names.clear()
    names.add(name)


def claims_key(name: str) -> str:
    """The key under which the log knows that an indicator has claims."""
    return f"claims:{name}"
