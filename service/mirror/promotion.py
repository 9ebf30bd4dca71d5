"""A mirror becomes a log of its own: what is still to be had is taken, what it may lack is said."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from service.acceptance import record_accepted
from service.evidence.checking import named_copies, was_stored
from service.evidence.errors import EvidenceRefused
from service.evidence.store import EvidenceStore
from service.log.envelope import decode_envelope, timestamp
from service.log.mirror_note import MirrorNote, keep_note, mirror_note, remove_note
from service.log.open import opened_promoted
from service.log.port import EventLog, Loss
from service.mirror.background import waited_for
from service.mirror.files import Files
from service.mirror.following import Following
from service.mirror.lines import BadLine
from service.mirror.mirror import Clock, opened_mirror
from service.mirror.source import HistoryEnded, Source, SourceAway
from service.settings import Settings


class NoMirror(Exception):
    """The log of a directory is no mirror, so there is nothing to promote."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a mirror would be as a log of its own.

    It ends at `position`, recorded at `recorded_at`. `taken` is how many events came from its source
    just now, None if not all that it has could be taken, for the reason `why`. `writes` says whether
    the source still answers as one that is written to. `lacking` says in words what may not be here.
    """

    source: str
    position: int
    recorded_at: str | None
    taken: int | None
    why: str | None
    writes: bool
    lacking: tuple[str, ...]


def prospect(settings: Settings, token: str | None, clock: Clock) -> Prospect:
    """Take what the source still has, and say what the mirror then is.

    Raises `NoMirror`, `LogLocked` if another process uses the directory, and `LogUnavailable`.
    """
    note = _note(settings.data)
    if note.loss is not None:
        return Prospect(note.source, int(note.loss["head"]), None, 0, None, False, ())
    with opened_mirror(settings.data, note.source, token, clock) as following:
        before = following.copy.tip.position
        why, writes = waited_for(_last_round(following, token))
        log, end = following.copy.log, following.copy.tip.position
        last = log.read_back(end + 1, 1)
        lacking = (*_of_source(following.note, end, why), *_beside(settings, log))
        at = timestamp(decode_envelope(last[0].body).recorded_at) if last and last[0].body else None
        taken = end - before if why is None else None
        return Prospect(note.source, end, at, taken, why, writes, lacking)


def promote(
    settings: Settings,
    found: Prospect,
    clock: Clock,
    new_id: Callable[[], str],
    *,
    accept_clock: bool = False,
) -> int:
    """Make a mirror a log of its own, and return the position of the event that says so.

    Broken off, it is finished by the same call. Raises `ClockLeap` and what else the log raises.
    """
    note = _note(settings.data)
    if note.loss is None:
        loss = Loss(max(found.position, note.head), found.position, _evidence(found, note))
        note = replace(note, loss=asdict(loss))
        keep_note(settings.data, note)
    assert note.loss is not None
    loss = Loss(**note.loss)
    with opened_promoted(settings.data, clock, accept_clock=accept_clock) as log:
        if log.head() == loss.head:  # else it is recorded already
            record_accepted(log, loss, settings.actor, new_id)
        remove_note(settings.data)
        return log.head()


async def _last_round(following: Following, token: str | None) -> tuple[str | None, bool]:
    """Take what there is; return why it may not be all, and whether the source is written to."""
    async with Source(following.note.source, token) as source:
        why = None
        try:
            await following.round(source)
        except (SourceAway, HistoryEnded, BadLine) as error:
            why = str(error)
        # What is lacking of the files is counted afterwards.
        with suppress(SourceAway, HistoryEnded, BadLine, EvidenceRefused, OSError):
            await Files(following.directory, following.copy.log.id).round(source)
        try:
            return why, await source.may_be_written()
        except SourceAway:
            return why or "it answers no more", False


def _of_source(note: MirrorNote, end: int, why: str | None) -> Iterator[str]:
    """What of the log itself may be missing."""
    if why is None:
        return
    if note.head > end:
        yield f"events {end + 1:,} to {note.head:,}, which {note.source} is known to have had"
    if note.caught_up_at is None:
        yield "other events: the mirror never held all that its source had"
    else:
        yield f"events that {note.source} acknowledged after {note.caught_up_at}"
    yield f"keys of requests that changed nothing, since {note.keys_at or 'the beginning'}"


def _beside(settings: Settings, log: EventLog) -> Iterator[str]:
    """What a source keeps beside its log, and no mirror of it has."""
    yield "tokens and sessions: make tokens with `intellog token create`; subjects keep their names"
    yield "webhooks: set them again"
    store = EvidenceStore(settings.data, settings.evidence_limit)
    named = [each for each, by in named_copies(log).items() if was_stored(store, each, by)]
    missing = sum(store.presence(each) is None for each in named)
    if missing:
        yield f"{missing:,} of {len(named):,} files that reports rest on: copy the folder evidence"


def _note(directory: Path) -> MirrorNote:
    note = mirror_note(directory)
    if note is None:
        raise NoMirror(f"the log in {directory} is no mirror; there is nothing to promote")
    return note


def _evidence(found: Prospect, note: MirrorNote) -> str:
    """What the event says that records a promotion."""
    how = f"the mirror of {found.source} was promoted at position {found.position}"
    if found.why is None:
        state = "it had just taken all that its source had"
    else:
        state = (
            f"it last held all that its source had at {note.caught_up_at or 'no time'} ({found.why})"
        )
    return f"{how}: {state}{'; the source still answered as a writer' if found.writes else ''}"
