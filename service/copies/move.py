"""Moves a log to another place: a directory, or a database. The original stays as it was."""

from datetime import UTC, datetime

from typing_extensions import TypedDict

from service.copies.copying import Told, copy_log, refuse_damaged, verify_copy
from service.copies.files import copy_evidence, copy_files, copy_guard, evidence_count, evidence_faults
from service.copies.place import Place, refuse_occupied
from service.log.open import opened_copy, opened_log, read_log
from service.log.port import CopyRefused


class MovedAnswer(TypedDict):
    """What was moved: the id of the log, where it is now, how many events and keys it has.

    `files` are the names of the files that were copied beside it, `evidence` the number of files that
    reports rest on; both are empty where the directory stays the same. `faults` says what is wrong
    with the evidence.
    """

    log: str
    to: str
    events: int
    files: list[str]
    evidence: int
    faults: list[str]


def move(source: Place, target: Place, told: Told) -> MovedAnswer:
    """Copy a log that nobody writes meanwhile to an empty place, verify it there, and open it for use.

    What was broken off goes on where it stopped. Raises CopyRefused for a place that is not empty,
    LogLocked if the log is being written, LogDamaged if original or copy is not as it was stored.
    """
    if source == target:
        raise CopyRefused(f"the log is in {target} already")
    elsewhere = source.data.resolve() != target.data.resolve()
    refuse_occupied(target, beside=elsewhere)
    read_log(*source).close()  # opening it for writing would create or upgrade it
    with opened_log(*source, lambda: datetime.now(UTC)) as log, log.snapshot() as stored:
        refuse_damaged(log, told)
        with opened_copy(*target, log.secret, locked=not elsewhere) as copy:
            copy_log(stored, copy, told)
            files, faults = list[str](), list[str]()
            if elsewhere:
                files = copy_files(source.data, target.data)
                _, faults = copy_evidence(source.data, target.data, told)
                faults += evidence_faults(copy.log, target.data)
                copy_guard(source.data, target.data, copy.tip)
            verify_copy(stored, copy, told)
            copy.finish()
            return {
                "log": log.id,
                "to": str(target),
                "events": copy.tip.position,
                "files": files,
                "evidence": evidence_count(target.data) if elsewhere else 0,
                "faults": faults,
            }
