"""What a verification can come to: the codes, exit statuses and words, in one table."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, get_args

Code = Literal[
    "entry-missing",
    "entry-inserted",
    "entry-moved",
    "body-altered",
    "body-withheld",
    "time-wrong",
    "bad-signature",
    "inconsistent",
    "not-included",
    "no-quorum",
    "figure-differs",
    "body-redacted",
]
"""What can be found, in the order in which the first that was found decides the exit status.

What names its event most exactly comes first: a root that differs may be the consequence of it.
"""


class Verdict(NamedTuple):
    """The exit status for a code, what it means, and what to do about it."""

    status: int
    meaning: str
    cure: str


VERIFIED, REFUSED, USAGE = 0, 1, 2
_ASK = "keep both copies, and ask whoever runs the log"
VERDICTS: Mapping[Code, Verdict] = {
    "bad-signature": Verdict(
        3, "no signature of a known key is right", "name the right key with --key, or keep the note"
    ),
    "no-quorum": Verdict(
        4, "fewer witnesses have signed than the policy asks for", "ask for a newer checkpoint"
    ),
    "not-included": Verdict(
        5, "the proof does not lead from the event to the checkpoint", "ask the server for it again"
    ),
    "inconsistent": Verdict(
        6, "a log that was rewritten, rolled back, or shown to others otherwise", _ASK
    ),
    "body-altered": Verdict(
        7, "an event is not what was committed to", "restore the event from a backup or a mirror"
    ),
    "body-withheld": Verdict(
        8, "an event that should be there is not, and no redaction says why", _ASK
    ),
    "body-redacted": Verdict(
        9, "an event was redacted, and a later event says so", "read that later event for the reason"
    ),
    "time-wrong": Verdict(
        10, "an event is back-dated, or a time stamp is wrong", "trust no date of the log before then"
    ),
    "figure-differs": Verdict(
        11, "the events do not give the figure that is stated", "rebuild the views, and ask again"
    ),
    "entry-missing": Verdict(
        12, "an event was deleted", "restore the log from a backup or a mirror"
    ),
    "entry-moved": Verdict(
        13, "events were put in another order", "restore the log from a backup or a mirror"
    ),
    "entry-inserted": Verdict(
        14, "an event was put between others later", "restore the log from a backup or a mirror"
    ),
}  # fmt: skip


class Finding(NamedTuple):
    """One thing that is wrong: its code, where it is, and why. `position` if it is at one event."""

    code: Code
    where: str
    what: str
    position: int | None = None

    def line(self) -> str:
        """Return it in one line: what, where, why, what to do."""
        return f"{self.code}: {self.where}: {self.what}; {VERDICTS[self.code].cure}"


class NotVerified(Exception):
    """A verification found something wrong that leaves nothing else to verify."""

    def __init__(self, code: Code, where: str, what: str, position: int | None = None) -> None:
        self.finding = Finding(code, where, what, position)
        super().__init__(self.finding.line())


class CannotRead(Exception):
    """What is to be verified cannot be read; the message says what, where and why."""


def at(position: int) -> str:
    """Return the words for the place of an event."""
    return f"position {position} (index {position - 1})"


def by_cause(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with those first that decide, and then by position."""
    return sorted(
        findings, key=lambda each: (_ORDER[each.code], each.position is None, each.position or 0)
    )


_ORDER = {code: n for n, code in enumerate(get_args(Code))}
