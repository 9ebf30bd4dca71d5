"""Why a command is refused: one exception, a flat list of stable codes, no HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Code = Literal[
    "invalid",
    "not-found",
    "unknown-indicator",
    "unknown-claim",
    "link-to-self",
    "link-to-later",
    "link-cycle",
    "id-taken",
    "report-withdrawn",
    "report-redacted",
    "measure-fixed",
    "stale-version",
    "already-there",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a body: where (a JSON pointer, RFC 6901) and what."""

    pointer: str
    message: str


class Refused(Exception):
    """A command was refused and wrote nothing.

    `detail` is one line: what, where, why, and what to do. `version` is the current version of
    the stream where the refusal is about a stale one.
    """

    def __init__(
        self, code: Code, detail: str, faults: Sequence[Fault] = (), version: int | None = None
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.faults = tuple(faults)
        self.version = version


def refuse(code: Code, pointer: str, message: str) -> Refused:
    """A refusal about one place in the body."""
    return Refused(code, f"{pointer}: {message}" if pointer else message, (Fault(pointer, message),))
