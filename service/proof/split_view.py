"""Two checkpoints of one log, from two readers: does the log show both of them the same history?"""

from collections.abc import Callable, Iterable, Sequence

from service.proof.checkpoint import refuse_inconsistent, verified_checkpoint
from service.proof.errors import Inconsistent
from service.proof.keys import PublicKey

Path = Callable[[int, int], Sequence[bytes]]
"""Asks the log for the proof that the tree of one size is the beginning of that of a larger one."""


class SplitView(Inconsistent):
    """A log has signed two trees, and neither is shown to be the beginning of the other.

    `notes` are both checkpoints as they were signed. Of one size, they are evidence by themselves for
    everybody who has the key of the log; of two sizes, as long as the log shows no path that fits.
    """

    def __init__(self, message: str, notes: tuple[bytes, bytes]) -> None:
        super().__init__(message)
        self.notes = notes


def refuse_split(one: bytes, other: bytes, keys: Iterable[PublicKey], path: Path) -> None:
    """Raise SplitView unless one checkpoint is of a tree that is the beginning of the other's.

    Raises Malformed where they are of two logs, Malformed or BadSignature where they are not both
    checkpoints that one of these keys has signed. The log is asked for a path where sizes differ.
    """
    known = tuple(keys)
    checkpoints = [verified_checkpoint(note, known) for note in (one, other)]
    old, new = sorted(checkpoints, key=lambda each: each.size)
    hashes = path(old.size, new.size) if 0 < old.size < new.size else ()
    try:
        refuse_inconsistent(old, new, hashes)
    except Inconsistent as error:
        raise SplitView(str(error), (one, other)) from None
