"""The signer's guard: what was signed last, in a file beside the keys and outside the log's database.

A log that was put back to an earlier state, or rewritten with every hash computed again, is whole by
itself. Here it is noticed: it does not begin with the tree that was signed.
"""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from service.log.guard import gone
from service.log.private import private_directory, write_durably
from service.log.tree import LogTree
from service.proof.key_file import KeyUnusable

FILE = "signed.json"
RECOVER = "`intellog key recover --accept-loss` lets it go on under another name"


class SigningRefused(Exception):
    """The tree must not be signed: readers would hold two trees that do not fit each other."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The tree that was signed last for a log: under which name, its size, its root, and when.

    `lost` says what an operator accepted as lost of it: then nothing is signed under that name again.
    """

    origin: str
    size: int
    root: bytes
    signed_at: str
    lost: str | None = None


class SigningGuard:
    """The guard of one log, in the directory of its keys."""

    def __init__(self, directory: Path, log: str) -> None:
        self._directory, self._log = directory, log

    def last(self) -> Signed | None:
        """Return what was signed last, None if nothing was; raises KeyUnusable."""
        found = self._all().get(self._log)
        try:
            return None if found is None else Signed(**{**found, "root": bytes.fromhex(found["root"])})
        except (KeyError, TypeError, ValueError):
            raise self._damaged() from None

    def refuse(self, origin: str, size: int, root: bytes) -> None:
        """Raise SigningRefused for a tree that does not go on from what was signed last."""
        last = self.last()
        if last is None or last.origin != origin:
            return
        if last.lost is not None:
            raise SigningRefused(f"what {origin} has signed is lost: {last.lost}; {RECOVER}")
        if size < last.size or (size == last.size and root != last.root):
            raise SigningRefused(
                f"a tree of {last.size} entries was signed at {last.signed_at}, and this one of {size}"
                " does not go on from it"
            )

    def note(self, signed: Signed) -> None:
        """Write what is about to be signed; it is on the disk when this returns."""
        private_directory(self._directory)
        kept = {**asdict(signed), "root": signed.root.hex()}
        content = json.dumps({**self._all(), self._log: kept}, indent=1).encode() + b"\n"
        write_durably(self._directory / FILE, content)

    def accept(self, lost: str) -> None:
        """Note that an operator goes on without what was signed: nothing more is signed as before."""
        if (last := self.last()) is not None:
            self.note(replace(last, lost=lost))

    def missing(self, tree: LogTree) -> str | None:
        """Say what a log lacks of what was signed last; None if nothing, or if that was accepted."""
        last = self.last()
        return None if last is None or last.lost is not None else _missing(last, tree)

    def _all(self) -> dict[str, dict[str, Any]]:
        path = self._directory / FILE
        try:
            found = json.loads(path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except OSError as error:
            raise KeyUnusable(f"{path} cannot be read: {error.strerror}") from error
        except ValueError:
            raise self._damaged() from None
        if not isinstance(found, dict):
            raise self._damaged()
        return found

    def _damaged(self) -> KeyUnusable:
        return KeyUnusable(
            f"{self._directory / FILE} is damaged, so it is not known what was signed last; nothing is"
            " signed until it is restored"
        )


def _missing(last: Signed, tree: LogTree) -> str | None:
    size = tree.size()
    if size < last.size:
        return (
            f"a tree of {last.size} entries was signed at {last.signed_at}, and the log has {size}:"
            f" {gone(size, last.size)}"
        )
    if tree.root(last.size) != last.root:
        return (
            f"the first {last.size} events are not those whose tree was signed at {last.signed_at}:"
            " another copy of the log was put in its place, or it was rewritten"
        )
    return None
