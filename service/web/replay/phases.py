"""Phases: each thing that a page shows, with the range of steps at which it is visible.

So a script needs one rule to play the history: show what the current step lies within, hide the rest.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Thing = TypeVar("Thing", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Phase(Generic[Thing]):
    """A thing that is visible from step `begins` to before step `ends`."""

    thing: Thing
    begins: int
    ends: int


def phases(
    states: Sequence[Sequence[Thing]], first: int, order: Callable[[Thing], object] | None = None
) -> list[Phase[Thing]]:
    """Return the phases of the things in `states`, whose first state is at step `first`.

    A thing that disappears and returns has one phase for each time.
    """
    since: dict[Thing, int] = {}
    found = list[Phase[Thing]]()
    for step, state in enumerate(states, start=first):
        present = set(state)
        found += [Phase(each, since.pop(each), step) for each in [*since] if each not in present]
        for each in state:
            since.setdefault(each, step)
    end = first + len(states)
    found += [Phase(each, begins, end) for each, begins in since.items()]
    if order is None:
        return sorted(found, key=lambda phase: phase.begins)
    return sorted(found, key=lambda phase: (order(phase.thing), phase.begins))
