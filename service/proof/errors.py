"""Why something is not proved: one small tree of exceptions, each with a code that never changes."""

from typing import ClassVar


class NotProved(ValueError):
    """What was given proves nothing; the message says in one line what is wrong with it."""

    code: ClassVar[str]


class Malformed(NotProved):
    """It is not written as its format wants it, so it says nothing."""

    code = "malformed"


class BadSignature(NotProved):
    """No key that is trusted has signed it, or the signature of one does not belong to it."""

    code = "bad-signature"


class NoQuorum(NotProved):
    """Fewer witnesses have cosigned it than the policy wants."""

    code = "no-quorum"


class NotIncluded(NotProved):
    """The entry is not in the tree of the checkpoint, or not where the receipt says."""

    code = "not-included"


class Inconsistent(NotProved):
    """Two checkpoints of a log of which one is not the beginning of the other."""

    code = "inconsistent"


class BodyAltered(NotProved):
    """The body of an event is not the one that its entry commits to."""

    code = "body-altered"
