"""All checks of a log, in the order in which they are run.

A check is a function of one of these modules: its name says in words what is so, and it raises `Broken`
if it is not. Each gets an empty log of its own.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from inspect import isfunction
from time import monotonic
from types import ModuleType

from service.log.conformance import (
    append_only,
    appending,
    digests,
    following,
    gaps,
    keeping,
    keys,
    leaps,
    racing,
    reading,
    redacting,
    snapshots,
    timestamps,
    trees,
)
from service.log.conformance.findings import Broken
from service.log.conformance.store import Backend, Store, empty_store

Check = Callable[[Store], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: `broken` says in words what was not as it must be, None if all was."""

    check: str
    broken: str | None
    seconds: float


def _of(*modules: ModuleType) -> tuple[Check, ...]:
    """Every function of modules that takes a store alone."""
    return tuple(
        each
        for module in modules
        for name, each in vars(module).items()
        if isfunction(each) and each.__module__ == module.__name__ and not name.startswith("_")
        if list(each.__annotations__) == ["store", "return"]
    )


OF_EVERY_LOG = _of(
    *(reading, appending, keys, timestamps, leaps, digests, keeping, redacting, snapshots, trees),
    *(following, racing),
)
OF_DATABASES = _of(append_only)
"""Those that go past the log."""
OF_PROCESSES = (
    gaps.a_reader_misses_nothing_while_processes_take_turns_at_writing,
    gaps.what_was_acknowledged_survives_a_killed_writer,
)
CHECKS = (
    *OF_EVERY_LOG,
    *OF_DATABASES,
    gaps.a_reader_misses_nothing_while_eight_writers_race,
    *OF_PROCESSES,
)


def in_words(check: Check) -> str:
    """What a check says is so."""
    return check.__name__.replace("_", " ")


def checks_of(backend: Backend, words: str = "") -> tuple[Check, ...]:
    """The checks that can be run on a backend; with `words`, those that have them in their names."""
    left_out = (() if backend.database else OF_DATABASES) + (() if backend.shared else OF_PROCESSES)
    return tuple(check for check in CHECKS if check not in left_out and words in in_words(check))


def findings(backend: Backend, checks: Iterable[Check]) -> Iterator[Finding]:
    """Run checks, each on an empty log of its own; whatever one raises is a finding."""
    for check in checks:
        begun, broken = monotonic(), None
        try:
            with empty_store(backend) as store:
                check(store)
        except Broken as error:
            broken = str(error)
        except Exception as error:
            broken = f"{type(error).__name__}: {error}"
        yield Finding(in_words(check), broken, monotonic() - begun)
