"""What became of the lines of an import: counted while it runs, told while it comes and at its end."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from service.http.problems import Problem, ProblemBody, problem_body, problem_of
from service.interop.import_spool import MOST_SUPERSEDED, SupersededLine

_logger = logging.getLogger("intellog.import")


class Progress(TypedDict):
    """How far an import is: lines read, and the last position written."""

    lines: int
    position: int


class ProgressLine(TypedDict):
    """The progress of an import, sent at most once a second while the body is still coming."""

    progress: Progress


class Counts(TypedDict):
    """What became of the lines of an import, and the last position written.

    `superseded` names the first duplicates whose act is no longer in force, if there are any. Of a
    `dry_run` nothing is written: they are what the import would come to.
    """

    accepted: int
    duplicates: int
    refused: int
    position: int
    superseded: NotRequired[Annotated[list[SupersededLine], Field(max_length=MOST_SUPERSEDED)]]
    dry_run: NotRequired[Literal[True]]


class DoneLine(Counts):
    """The last line of an import that read its whole body."""

    done: Literal[True]


class FailedLine(Counts):
    """The last line of an import that could not go on; what it counts is written."""

    done: Literal[False]
    failed: ProblemBody


@dataclass(slots=True)
class Tally:
    """What became of the lines so far, or in a dry run what would become of them."""

    dry_run: bool = False
    lines: int = 0
    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    position: int = 0

    def progress(self) -> ProgressLine:
        """How far the import is."""
        return {"progress": {"lines": self.lines, "position": self.position}}

    def last_line(
        self, superseded: Sequence[SupersededLine], failed: Exception | None
    ) -> DoneLine | FailedLine:
        """The end of the answer: the counts, and why the import could not go on if it could not."""
        counts: Counts = {
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "refused": self.refused,
            "position": self.position,
        }
        if superseded:
            counts["superseded"] = list(superseded)
        if self.dry_run:
            counts["dry_run"] = True
        if failed is None:
            return {"done": True, **counts}
        return {"done": False, **counts, "failed": self._failure(failed)}

    def _failure(self, error: Exception) -> ProblemBody:
        """Why an import could not go on, and up to where it stands."""
        problem = problem_of(error)
        if problem.code == "internal":
            _logger.error("an import failed after line %d", self.lines, exc_info=error)
            problem = Problem("internal", "something went wrong here")
        if self.dry_run:
            return problem_body(problem)
        stands = f"up to line {self.lines:,} all is counted here" if self.lines else "no line was taken"
        body = problem_body(problem)
        body["detail"] += f"; {stands}, and what was accepted is written; send it again to go on"
        return body
