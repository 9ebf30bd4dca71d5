"""What a projector has done since it started: batches by how long they took, events, seconds."""

from bisect import bisect_left
from dataclasses import dataclass, field

from service.metrics.table import FAST

WorkStatus = tuple[int, float, list[int]]
"""Events, seconds, and the number of batches in each bucket of duration, the last without an end."""


@dataclass(slots=True)
class Work:
    """The work so far; a projector that starts again counts from nothing."""

    events: int = 0
    seconds: float = 0.0
    counts: list[int] = field(default_factory=lambda: [0] * (len(FAST) + 1))

    def note(self, events: int, seconds: float) -> None:
        """Note that a batch of events was applied."""
        self.events += events
        self.seconds += seconds
        self.counts[bisect_left(FAST, seconds)] += 1

    @property
    def status(self) -> WorkStatus:
        """As a line of the projector's process has it."""
        return self.events, round(self.seconds, 6), self.counts
