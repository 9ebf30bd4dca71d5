"""Restores a log from a backup: into an empty directory, or into a database."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from typing_extensions import TypedDict

from service.copies.copying import Told, copy_log, refuse_damaged, verify_copy
from service.copies.files import copy_evidence, copy_files, copy_guard, evidence_count, evidence_faults
from service.copies.place import Place, refuse_occupied
from service.log import guard
from service.log.open import opened_copy, read_log
from service.log.port import CopyRefused, LogDamaged


class RestoredAnswer(TypedDict):
    """What was restored: the id of the log, where it is now, how many events it has; the names of the
    files beside it and how many files of evidence.

    `lacks` says which events were acknowledged after the backup was made, None if none are known.
    `faults` says what is wrong with the evidence, one line for each file.
    """

    log: str
    to: str
    events: int
    files: list[str]
    evidence: int
    lacks: str | None
    faults: list[str]


def restore(backup: Path, target: Place, told: Told) -> RestoredAnswer:
    """Verify a backup, copy it to an empty place, verify it there, and only then let it be opened.

    What was broken off goes on where it stopped. Raises CopyRefused for a place that is not empty, or
    a backup that is damaged: nothing is written then.
    """
    if backup.resolve() == target.data.resolve():
        raise CopyRefused(f"{backup} is the backup itself; name another one")
    refuse_occupied(target)
    with closing(read_log(backup, None)) as log, log.snapshot() as stored:
        guard.refuse_other(target.data, log.id)
        with _naming(backup):
            if lost := guard.loss(backup, log):
                raise LogDamaged(lost.detail, None)
            refuse_damaged(log, told)
        with opened_copy(*target, log.secret) as copy:
            copy_log(stored, copy, told)
            files = copy_files(backup, target.data)
            _, faults = copy_evidence(backup, target.data, told)
            copy_guard(backup, target.data, copy.tip)
            verify_copy(stored, copy, told)
            copy.finish()
            lacking = guard.loss(target.data, copy.log)
            return {
                "log": log.id,
                "to": str(target),
                "events": copy.tip.position,
                "files": files,
                "evidence": evidence_count(target.data),
                "lacks": lacking.detail if lacking else None,
                "faults": [*faults, *evidence_faults(copy.log, target.data)],
            }


@contextmanager
def _naming(backup: Path) -> Iterator[None]:
    """Say of damage that it is in the backup: what to do about it is something else than in a log."""
    try:
        yield
    except LogDamaged as damage:
        where = "" if damage.position is None else f" at position {damage.position}"
        raise CopyRefused(
            f"the backup {backup} is damaged{where}: {damage.what}; nothing was restored, take another"
        ) from damage
