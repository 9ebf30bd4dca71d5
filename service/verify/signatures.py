"""The checkpoints of a log, each verified: at these sizes its tree has the root that was signed."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from service.proof.checkpoint import Checkpoint
from service.proof.keys import PublicKey
from service.verify.remembered import (
    Remembered,
    default_directory,
    file_of,
    keep_other,
    recall,
    recall_log,
    remember,
)
from service.verify.report import SignedBy
from service.verify.roots import Stop
from service.verify.trust import Trust, read_checkpoint
from service.verify.verdicts import CannotRead, Finding, NotVerified


class Stored(NamedTuple):
    """A checkpoint as it was found, the size that it is listed under if any, and its name."""

    size: Any
    note: Any
    where: str


class Memory(NamedTuple):
    """The file that remembers a log, and what stands there."""

    path: Path | None
    found: Remembered | None


@dataclass
class Signed:
    """The checkpoints with verified signatures, the newest last, and what is wrong with others."""

    trust: Trust | None
    verified: list[tuple[Checkpoint, bytes]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    cosigned: list[str] = field(default_factory=list)

    def stops(self) -> Iterator[Stop]:
        """Yield a stop for each checkpoint."""
        for checkpoint, _ in self.verified:
            yield Stop(checkpoint.size, checkpoint.root, f"checkpoint of {checkpoint.size} entries")

    def newest(self) -> SignedBy | None:
        """Return what was signed last."""
        if not self.verified or self.trust is None:
            return None
        checkpoint, _ = self.verified[-1]
        return {
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
            "keys": [each.written() for each in self.trust.keys],
            "source": self.trust.source,
            "cosigned": self.cosigned,
        }


def trust_in(given: Trust | None, memory: Memory, stated: Sequence[PublicKey]) -> Trust:
    """Return whose signatures count: of keys that were given, else remembered, else stated."""
    if given is not None:
        given.stated = list(stated)
        return given
    if memory.found is not None and memory.found.keys:
        return Trust(list(memory.found.keys), "remembered", list(stated))
    return Trust(list(stated), "stated", list(stated))


def signed_of(stored: Iterable[Stored], trust: Trust) -> Signed:
    """Verify the signatures of checkpoints, which come in the order of their sizes."""
    found = Signed(trust)
    for size, note, where in stored:
        try:
            if not isinstance(note, bytes):
                raise NotVerified("bad-signature", where, "it is stored as a value of another kind")
            checkpoint = trust.checkpoint(note, where)
            if size is not None and checkpoint.size != size:
                what = f"the note that is stored there is for {checkpoint.size} entries"
                raise NotVerified("inconsistent", where, what)
        except NotVerified as refused:
            found.findings.append(refused.finding)
        else:
            found.verified.append((checkpoint, note))
    return found


def judge(signed: Signed, note: bytes) -> None:
    """Judge the newest checkpoint, with its cosignatures, by the policy if one was given."""
    if signed.trust is None or not signed.verified:
        return
    where = f"checkpoint of {signed.verified[-1][0].size} entries"
    try:
        judgement = signed.trust.judged(note, where)
    except NotVerified as refused:
        signed.findings.append(refused.finding)
    else:
        signed.cosigned = [] if judgement is None else [each.name for each in judgement.cosigned]


def recalled(known: Path | None, note: bytes | None, log: str | None) -> Memory:
    """Find what is remembered of a log: in the file that was named, or that for its name or id.

    Raises CannotRead.
    """
    if known is not None:
        found = recall(known)
        _refuse_another(known, found, note, log)
        return Memory(known, found)
    directory = default_directory()
    if note is not None:
        try:
            _, checkpoint = read_checkpoint(note, "")
        except NotVerified:
            return Memory(None, None)
        path = file_of(checkpoint.origin, directory)
        if (found := recall(path)) is not None:
            return Memory(path, found)
        if log is None or (other := recall_log(log, directory)) is None:
            return Memory(path, None)
        return Memory(other, recall(other))
    other = None if log is None else recall_log(log, directory)
    return Memory(other, None if other is None else recall(other))


def _refuse_another(path: Path, found: Remembered | None, note: bytes | None, log: str | None) -> None:
    """Raise CannotRead for a file that remembers another log, by its name and its id."""
    if found is None or note is None or (log is not None and found.log == log):
        return
    try:
        origin = read_checkpoint(note, "")[1].origin
    except NotVerified:
        return
    if origin != found.checkpoint.origin:
        raise CannotRead(
            f"{path} remembers another log, {found.checkpoint.origin}, and this is {origin};"
            " name another file with --known"
        )


def remembered_stop(memory: Memory) -> Iterator[Stop]:
    """Yield the stop of the checkpoint that was verified last."""
    if memory.found is not None:
        checkpoint = memory.found.checkpoint
        where = f"the checkpoint of {checkpoint.size} entries that you verified before ({memory.path})"
        yield Stop(checkpoint.size, checkpoint.root, where, remembered=True)


def signed_last(directory: Path, log: str | None) -> Iterator[Stop]:
    """Yield the stop of what the signer of the log in a directory noted beside its keys, if it did."""
    path = directory / "keys" / "signed.json"
    try:
        noted = json.loads(path.read_bytes())[log]
        size, root, lost = int(noted["size"]), bytes.fromhex(noted["root"]), noted.get("lost")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return  # a copy has no keys, and what cannot be read the signer itself refuses
    if lost is None:
        yield Stop(size, root, f"the tree of {size} entries that the signer noted ({path})", True)


def settle(memory: Memory, signed: Signed, log: str | None, findings: Sequence[Finding]) -> str | None:
    """Remember the newest checkpoint if all is well; keep one that contradicts what is remembered.

    Returns the file that was written last. Raises CannotRead.
    """
    if memory.path is None or not signed.verified or signed.trust is None:
        return None if memory.path is None else str(memory.path)
    checkpoint, note = signed.verified[-1]
    before = memory.found.checkpoint if memory.found else None
    if findings:
        contradicts = before is not None and memory.found is not None and memory.found.note != note
        if contradicts and any(each.code == "inconsistent" for each in findings):
            return str(keep_other(memory.path, note))
    elif before is None or before.size < checkpoint.size:
        remember(memory.path, note, signed.trust.keys, log)
    return str(memory.path)
