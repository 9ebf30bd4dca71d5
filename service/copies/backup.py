"""Backs a log up while it is written: a directory like that of a log, to which each backup adds."""

from contextlib import closing
from pathlib import Path

from typing_extensions import TypedDict

from service.copies.copying import Told, copy_log, verify_copy
from service.copies.files import UNLIMITED, copy_evidence, copy_files, evidence_count, evidence_faults
from service.copies.place import Place, refuse_occupied
from service.evidence.redacted import deleting_from
from service.evidence.store import EvidenceStore
from service.log import guard
from service.log.open import opened_copy, read_log
from service.log.port import CopyRefused


class BackupAnswer(TypedDict):
    """What a backup has: the id of the log, the position through which it has it, how many events this
    run added; the names of the files beside it; how many files of evidence there are and were added.

    `faults` says what is wrong with the evidence, one line for each file.
    """

    log: str
    to: str
    events: int
    added: int
    files: list[str]
    evidence: int
    evidence_added: int
    faults: list[str]


def back_up(source: Place, target: Path, told: Told) -> BackupAnswer:
    """Bring a backup to where the log is now, and verify all of it.

    The log may be written meanwhile; the backup has it as it was when it began. Raises CopyRefused
    if the target is something else than an earlier state of this log, LogLost if the log lacks what it
    acknowledged, LogDamaged if log or backup is not as it was stored.
    """
    if source.data.resolve() == target.resolve():
        raise CopyRefused(f"{target} is the directory of the log itself; name another one")
    with closing(read_log(*source)) as log:
        if lost := guard.loss(source.data, log):
            raise guard.refused(lost.detail)
        if not (target / "log.sqlite").exists():
            refuse_occupied(Place(target))
        with log.snapshot() as stored, opened_copy(target, None, log.secret, continuing=True) as copy:
            copy.log.destroying = deleting_from(copy.log, EvidenceStore(target, UNLIMITED))
            before = copy.tip.position
            copy_log(stored, copy, told)
            files = copy_files(source.data, target)
            added, faults = copy_evidence(source.data, target, told)
            verify_copy(stored, copy, told)
            copy.finish()
            faults += evidence_faults(copy.log, target)
            return {
                "log": log.id,
                "to": str(target),
                "events": copy.tip.position,
                "added": copy.tip.position - before,
                "files": files,
                "evidence": evidence_count(target),
                "evidence_added": added,
                "faults": faults,
            }
