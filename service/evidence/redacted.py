"""The files that only what is redacted rested on: deleted before its bytes are, which name them."""

from collections.abc import Callable, Sequence

from domain.events import ReportCorrected, ReportFiled
from service.evidence.senders import list_of
from service.evidence.store import EvidenceStore
from service.log.port import EventLog, LogUnavailable, Stored
from service.streams.upcasters import read_event

_TYPES = (ReportFiled.TYPE, ReportCorrected.TYPE)


def deleting_from(log: EventLog, store: EvidenceStore) -> Callable[[Sequence[Stored]], None]:
    """What a log calls with events before it destroys their bytes.

    Deletes the stored files that they name and no other event does. Raises LogUnavailable where one
    cannot be deleted: while the bytes are there, it is known which.
    """

    def delete(events: Sequence[Stored]) -> None:
        wanted = {name for each in events if (name := _named(each))}
        for name in wanted - _named_by_others(log, wanted, {each.position for each in events}):
            path = store.path(name)
            try:
                for each in (path, path.with_name(f"{name}.altered"), list_of(path)):
                    each.unlink(missing_ok=True)
            except OSError as error:
                raise LogUnavailable(f"evidence {name} cannot be deleted: {error}") from error

    return delete


def _named_by_others(log: EventLog, names: set[str], but: set[int]) -> set[str]:
    """Those of several files that are named by an event at another position."""
    found, after = set[str](), 0
    while names - found and (batch := log.read(after, types=_TYPES)):
        after = batch[-1].position
        for stored in batch:
            # Most name none of them, which their bytes tell sooner than their fields.
            if stored.position not in but and any(n.encode() in stored.body for n in names - found):
                found |= {name for name in (_named(stored),) if name}
    return found


def _named(stored: Stored) -> str | None:
    """The stored file that an event names."""
    if stored.type not in _TYPES or not stored.body:
        return None
    event = read_event(stored.body)[1]
    assert isinstance(event, ReportFiled | ReportCorrected)
    evidence = event.provenance.evidence if event.provenance else None
    return evidence.sha256 if evidence else None
