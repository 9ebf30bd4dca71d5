"""All stored files against their hashes, and against the reports that rest on them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from domain.events import ReportCorrected, ReportFiled
from service.evidence.errors import EvidenceRefused
from service.evidence.senders import SUFFIX, list_of
from service.evidence.store import INCOMING, NAME, EvidenceStore
from service.log.port import EventLog
from service.streams.upcasters import read_event

_CURE = "restore it from a backup, or send the true file again"


class Named(NamedTuple):
    """An event that names a stored copy."""

    report: str
    position: int
    actor: str
    size: int | None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a file: what it is, and a line that says it with its cure.

    `unreferenced` is no trouble: a file is sent before the report that names it is filed.
    """

    what: Literal["altered", "missing", "stray", "unreferenced"]
    path: Path
    line: str


def findings(log: EventLog, store: EvidenceStore) -> Iterator[Finding]:
    """Read every stored file; yield what is wrong, and what no report rests on."""
    named = named_copies(log)
    for path in stored_paths(store):
        if not NAME.fullmatch(path.name):
            yield Finding("stray", path, f"{path}: is no file of the store; move it elsewhere")
            continue
        by = named.pop(path.name, ())
        yield from _wrong_with(store, path, by)
    yield from _missing(store, named)


def missing(log: EventLog, store: EvidenceStore) -> Iterator[Finding]:
    """Yield the files that the log names and that are not there, without reading one."""
    named = named_copies(log).items()
    yield from _missing(store, {sha256: by for sha256, by in named if store.presence(sha256) is None})


def _missing(store: EvidenceStore, named: Mapping[str, Sequence[Named]]) -> Iterator[Finding]:
    for sha256, by in sorted(named.items()):
        if was_stored(store, sha256, by):
            line = f"evidence {sha256} is missing: {_where(by)}; {_CURE}"
            yield Finding("missing", store.path(sha256), line)


def named_copies(log: EventLog) -> dict[str, list[Named]]:
    """The stored copies that the log names, each with the events that do; raises `LogDamaged`."""
    found: dict[str, list[Named]] = {}
    after, types = 0, (ReportFiled.TYPE, ReportCorrected.TYPE)
    while batch := log.read(after, types=types):
        after = batch[-1].position
        for stored in batch:
            if not stored.body:
                continue  # it was redacted
            envelope, event = read_event(stored.body)
            assert isinstance(event, ReportFiled | ReportCorrected)
            evidence = event.provenance and event.provenance.evidence
            if evidence and evidence.sha256:
                by = Named(event.report, stored.position, envelope.actor, evidence.size)
                found.setdefault(evidence.sha256, []).append(by)
    return found


def was_stored(store: EvidenceStore, sha256: str, by: Sequence[Named]) -> bool:
    """Whether a file that is named was ever stored: some reports name one that nobody has sent."""
    return any(each.size for each in by) or bool(store.senders(sha256))


def stored_paths(store: EvidenceStore) -> Iterator[Path]:
    """Everything in the store but lists of senders and what is on its way, in order."""
    folders = sorted(store.folder.iterdir()) if store.folder.is_dir() else []
    for folder in folders:
        if folder.name == INCOMING:
            continue
        inside = sorted(folder.iterdir()) if folder.is_dir() else [folder]
        yield from (path for path in inside if path.suffix != SUFFIX)


def _wrong_with(store: EvidenceStore, path: Path, by: Sequence[Named]) -> Iterator[Finding]:
    where = _where(by) if by else "no report names it"
    try:
        file = store.opened(path.name)
    except EvidenceRefused as refused:
        what = "is altered" if refused.code == "evidence-altered" else f"cannot be read ({refused})"
        yield Finding("altered", path, f"evidence {path.name} {what}: {where}; {_CURE}")
        return
    if file is None:
        return  # deleted meanwhile
    file.close()
    sent_by = store.senders(path.name)
    if sent_by is not None and not sent_by:
        line = f"{list_of(path)}: is no list of who has sent the file: {where}; {_CURE}"
        yield Finding("altered", path, line)
    elif not any(sent_by is None or each.actor in sent_by for each in by):
        reason = f"{where}, but not by who has sent it" if by else where
        yield Finding("unreferenced", path, f"evidence {path.name} is stored, and {reason}")


def _where(by: Sequence[Named]) -> str:
    return f"report {by[-1].report} names it at position {by[-1].position}"


def sweep(found: Finding, before: float) -> bool:
    """Delete a file that no report rests on, with its list, if it was last sent before a time."""
    if found.what != "unreferenced" or found.path.lstat().st_mtime >= before:
        return False
    found.path.unlink()
    list_of(found.path).unlink(missing_ok=True)
    return True
