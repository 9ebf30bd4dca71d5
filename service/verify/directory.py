"""Verifies the directory of a log, or a copy of it: every entry, body, hash and signature."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from service.proof.errors import Malformed
from service.proof.note import parse_note
from service.proof.signature import signature_of
from service.verify.listeners import NOBODY, Listeners
from service.verify.report import LogReport, report_of
from service.verify.roots import Roots, Stop
from service.verify.signatures import (
    Signed,
    Stored,
    judge,
    recalled,
    remembered_stop,
    settle,
    signed_last,
    signed_of,
    trust_in,
)
from service.verify.stated import stated_in
from service.verify.stored import StoredFile, stored_file
from service.verify.trust import Trust
from service.verify.walk import Walk


def verify_directory(
    directory: Path,
    given: Trust | None = None,
    known: Path | None = None,
    listeners: Listeners = NOBODY,
) -> LogReport:
    """Verify a log in a directory and return what was found.

    `given` are keys and a policy that the user trusts, `known` the file that remembers this log (by
    default the one for its name). Raises CannotRead.
    """
    with stored_file(directory) as stored:
        noted = signed_last(directory, stored.log_id())
        return verify_file(stored, given, known, listeners, tuple(noted))


def verify_file(
    stored: StoredFile,
    given: Trust | None = None,
    known: Path | None = None,
    listeners: Listeners = NOBODY,
    noted: Iterable[Stop] = (),
) -> LogReport:
    """Verify an open file, as `verify_directory` does; `noted` are sizes that its signer noted."""
    checkpoints = list(_checkpoints(stored))
    newest = checkpoints[-1].note if checkpoints else None
    log = stored.log_id()
    memory = recalled(known, newest if isinstance(newest, bytes) else None, log)
    trust = trust_in(given, memory, stated_in(value for _, _, value, _ in stored.attachments("keys")))
    signed = signed_of(checkpoints, trust)
    judge(signed, _cosigned(stored, signed))
    roots = Roots([*signed.stops(), *remembered_stop(memory), *noted], stored.subtrees())
    walk, total = Walk(roots, listeners), stored.count()
    for batch in stored.batches():
        walk.take(batch)
        listeners.told(walk.position, total)
    findings = [*walk.end(), *signed.findings]
    remembered = settle(memory, signed, log, findings)
    size = signed.verified[-1][0].size if signed.verified else 0
    return report_of(
        {
            "entries": roots.tree.size,
            "root": roots.tree.root().hex(),
            "bodies": walk.bodies,
            "redacted": walk.gone.redacted(),
            "withheld": 0,
            "checkpoints": len(signed.verified),
            "unsigned": max(walk.position - size, 0),
        },
        signed.newest(),
        remembered,
        findings,
    )


def _checkpoints(stored: StoredFile) -> Iterator[Stored]:
    for size, note, _ in stored.checkpoints():
        yield Stored(size, note, f"checkpoint of {size} entries")


def _cosigned(stored: StoredFile, signed: Signed) -> bytes:
    """The newest checkpoint with the cosignatures that are stored for it."""
    if not signed.verified:
        return b""
    checkpoint, note = signed.verified[-1]
    rows = [row for row in stored.attachments("cosignature") if row[0] == checkpoint.size]
    more = [each for _, _, value, _ in rows for each in _signatures(value)]
    return parse_note(note).with_signatures(more).encode()


def _signatures(value: Any) -> Iterator[Any]:
    if isinstance(value, bytes):
        for line in value.decode("utf-8", "replace").splitlines():
            try:
                yield signature_of(line)
            except Malformed:
                continue
