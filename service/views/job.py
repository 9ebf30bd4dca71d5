"""The job that replaces the views: a rebuild from the log, or a roll back to those replaced before."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from typing_extensions import TypedDict

Kind = Literal["rebuild", "roll-back"]
State = Literal["running", "done", "failed", "cancelled"]
Step = Literal["applying", "indexing", "comparing"]
"""What a running job does: apply events, build what inserting does not need, compare the views."""

LATER: dict[Step, float] = {"indexing": 1.0, "comparing": 0.8}
"""How long the later steps take, as a multiple of the time to apply all events: measured at 0.9 to 1.0
and 0.8 for 100,000 claims, by the processor time of the busier process."""


class RebuildStatus(TypedDict):
    """A job as a line of the projector's process has it."""

    kind: Kind
    state: State
    step: Step | None
    done: int
    total: int
    error: str | None
    differs: list[str]
    not_compared: list[str]


@dataclass(slots=True)
class Rebuild:
    """A job; `done` and `total` count events, of which a roll back applies only those it misses.

    `differs` names the projections of which the new views and those that they replaced did not have
    the same rows at the same position; `not_compared` those of which that is not known.
    """

    total: int
    kind: Kind = "rebuild"
    done: int = 0
    state: State = "running"
    step: Step | None = "applying"
    error: str | None = None
    differs: list[str] = field(default_factory=list)
    not_compared: list[str] = field(default_factory=list)
    clock: Callable[[], float] = time.monotonic
    started: float = field(init=False)
    stepped: float = field(init=False)
    applied: float | None = None
    """How long it took to apply the events, once they are."""
    built: float | None = None
    """How long it took to build the views, once they are; comparing them comes after that."""
    finished: float | None = None

    def __post_init__(self) -> None:
        self.started = self.stepped = self.clock()

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.state == "running"

    def update(self, status: RebuildStatus) -> None:
        """Take over what another process says of it."""
        self.kind = status["kind"]
        self.done, self.total = status["done"], status["total"]
        self.differs, self.not_compared = status["differs"], status["not_compared"]
        self.enter(status["step"])
        if status["state"] != "running":
            self.end(status["state"], status["error"])

    def enter(self, step: Step | None) -> None:
        """Note that a step begins, if it has not yet."""
        if step == self.step:
            return
        now = self.clock()
        if self.step == "applying":
            self.applied = now - self.started
        if self.built is None and step not in ("applying", "indexing"):
            self.built = now - self.started
        self.step, self.stepped = step, now

    def end(self, state: State, error: str | None = None) -> None:
        """Note how it ended; of several endings the first counts."""
        if self.running:
            self.enter(None)
            self.finished = self.clock()
            self.error, self.state = error, state

    @property
    def status(self) -> RebuildStatus:
        """What another process is told of it."""
        return {
            "kind": self.kind,
            "state": self.state,
            "step": self.step,
            "done": self.done,
            "total": self.total,
            "error": self.error,
            "differs": self.differs,
            "not_compared": self.not_compared,
        }

    @property
    def seconds(self) -> float:
        """How long it has taken so far, or took."""
        return (self.finished or self.clock()) - self.started

    @property
    def rate(self) -> float:
        """Events per second, building what follows from them included."""
        seconds = self.built or self.seconds
        return self.done / seconds if seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds until it is done; None while that is unknown."""
        if self.step is None:
            return 0.0
        if self.step == "applying":
            if not self.done:
                return None
            whole = self.seconds * self.total / self.done
            return whole * (1 + sum(LATER.values())) - self.seconds
        steps: list[Step] = [*LATER]
        later = sum(LATER[each] for each in steps[steps.index(self.step) + 1 :])
        this = LATER[self.step] * (self.applied or 0.0) - (self.clock() - self.stepped)
        return this + later * (self.applied or 0.0) if this > 0 else None
