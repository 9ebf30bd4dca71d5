"""A check that a log does not pass says in words what the log did."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from service.log.conformance.checks import CHECKS, checks_of, findings, in_words
from service.log.conformance.store import Backend, Place
from service.log.port import Appended, EventLog, LogUnavailable, Stored
from tests.service.log.memory import Memory


class Altered:
    """A log in memory of which one thing is not as it must be."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


class Skipping(Altered):
    """Shows the second of two events before the first, as transactions that overlap would."""

    def read(self, after: int = 0, *rest: Any, **options: Any) -> list[Stored]:
        found = self._log.read(after, *rest, **options)
        return found[1:] if len(found) > 1 else found


class Doubling(Altered):
    """Gives each batch the positions of the one before."""

    def append(self, batch: Any, *rest: Any, **options: Any) -> Appended:
        appended = self._log.append(batch, *rest, **options)
        return replace(appended, positions=[max(1, p - len(batch)) for p in appended.positions])


class Hurried(Altered):
    """Dates each batch a second later than it stored."""

    def append(self, *rest: Any, **options: Any) -> Appended:
        appended = self._log.append(*rest, **options)
        return replace(appended, recorded_at=appended.recorded_at + timedelta(seconds=1))


class Mute(Altered):
    """Answers no question about keys."""

    def stored_keys(self, names: Any) -> Any:
        raise LogUnavailable("the disk is full")


class Open(Altered):
    """Answers after it was closed."""

    def close(self) -> None:
        pass


class Hoarding(Altered):
    """Cannot rid its files of what is redacted."""

    def destroy(self) -> bool:
        return False


class Deaf(Altered):
    """Does not call what is to be called before bytes are destroyed."""

    destroying: Any = None


LEFT = "what was left when a writer died the next one destroys"
EIGHT = "a reader misses nothing while eight writers race"
ALTERED = [
    (Skipping, EIGHT, "a reader that remembers its position missed something: after position"),
    (Doubling, EIGHT, "it is not so that the writers were given every position from 1 to 800 once"),
    (
        Doubling,
        "positions ascend in the order of the batch",
        "the positions of a batch: expected [1, 2, 3, 4, 5], found [1, 1, 1, 1, 1]",
    ),
    (Hurried, "a batch has one timestamp in six digits of utc", "the timestamp: expected datetime"),
    (Mute, "many keys are looked up at once", "LogUnavailable: the disk is full"),
    (Open, "a closed log is unavailable", "append on a closed log was not refused with a LogUnav"),
    (Hoarding, "no file has what is redacted", "it is not so that nothing of what is redacted is left"),
    (Deaf, LEFT, "it is not so that an event stays while what is called before is not done"),
    (Open, "everything is there after reopening", "LogLocked: another process writes the log in"),
]


def backend(alter: Callable[[EventLog], Any]) -> Backend:
    logs = Memory()

    @contextmanager
    def empty() -> Iterator[Place]:
        with TemporaryDirectory() as folder:
            yield Place(Path(folder))

    def open_log(*place: Any, **opening: Any) -> Any:
        return alter(logs.open_log(*place, **opening))

    return Backend(empty, open_log, shared=False, events=800)


@pytest.mark.parametrize(("altered", "check", "said"), ALTERED)
def test_what_a_log_does_wrong_is_said_in_words(altered: type[Altered], check: str, said: str) -> None:
    of = backend(altered)
    [finding] = findings(of, checks_of(of, check))
    assert finding.check == check
    assert finding.broken is not None and finding.broken.startswith(said), finding.broken


@pytest.mark.parametrize("check", sorted({check for _, check, _ in ALTERED}))
def test_a_log_that_does_it_right_passes_the_same_check(check: str) -> None:
    of = backend(lambda log: log)
    assert [finding.broken for finding in findings(of, checks_of(of, check))] == [None]


def test_every_check_has_a_name_of_its_own() -> None:
    assert len({in_words(check) for check in CHECKS}) == len(CHECKS) > 70


def test_what_needs_a_database_or_processes_is_left_out_where_there_are_none() -> None:
    left_out = [in_words(each) for each in CHECKS if each not in checks_of(backend(Altered))]
    assert left_out == [
        "the database refuses every change",
        "the database refuses every change of the tree",
        "the entry of a redacted event stays",
        "indices and positions have no gaps whatever fails between",
        "a redaction takes body and salt and leaves the rest",
        "only an event that names the position permits its redaction",
        "no table has what is redacted",
        "a reader misses nothing while processes take turns at writing",
        "what was acknowledged survives a killed writer",
    ]
