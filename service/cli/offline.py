"""The log without a service: for checking it, and for a directory that cannot be written."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from service.cli.client import USAGE, fail
from service.evidence.checking import Finding, findings
from service.evidence.errors import EvidenceRefused
from service.evidence.store import EvidenceStore
from service.log import guard
from service.log.open import read_log
from service.log.port import EventLog, LogUnavailable
from service.settings import BadSetting, Settings, from_environment


def settings_of(data: Path) -> Settings:
    """The settings for a directory; a bad one ends the command with one line."""
    try:
        return from_environment(data)
    except BadSetting as error:
        fail(str(error), USAGE)


@contextmanager
def stored_log(settings: Settings) -> Iterator[EventLog]:
    """The log of a directory or database, open for reading; failures end the command with one line."""
    if settings.log is None and not (settings.data / "log.sqlite").is_file():
        fail(f"there is no log in {settings.data}; name one with --data", USAGE)
    try:
        with closing(read_log(settings.data, settings.log)) as log:
            yield log
    except (LogUnavailable, OSError) as error:
        fail(str(error))


def is_read_only(settings: Settings) -> bool:
    """Whether the log is there but no service can be opened over it."""
    return settings.data.is_dir() and not os.access(settings.data, os.W_OK)


def event_lines(settings: Settings) -> Iterator[bytes]:
    """Every event of the log, as `/v1/events` would send it."""
    with stored_log(settings) as log:
        if lost := guard.loss(settings.data, log):
            raise guard.refused(lost.detail)
        after, head = 0, log.head()
        while batch := log.read(after, until=head):
            yield from (each.wire() for each in batch)
            after = batch[-1].position


def damage_lines(log: EventLog, settings: Settings) -> Iterator[str]:
    """One line for each thing that is wrong with a log, with position and cure."""
    if lost := guard.loss(settings.data, log):
        yield str(guard.refused(lost.detail))
    yield from map(str, log.check())


def evidence_findings(log: EventLog, settings: Settings) -> Iterator[Finding]:
    """What is found in the store of evidence; a damaged log ends the command with one line."""
    try:
        yield from findings(log, EvidenceStore(settings.data, settings.evidence_limit))
    except (LogUnavailable, EvidenceRefused, OSError) as error:
        fail(f"the evidence cannot be checked: {error}")
