"""What an act settles, and whether it still does: a later act on the same matter takes its place."""

from typing import assert_never

from domain.commands import (
    AcceptClock,
    AcceptLoss,
    Command,
    CorrectReport,
    DefineIndicator,
    DisputeClaim,
    FileReport,
    GradeClaim,
    GradeSource,
    HoldReport,
    IssueToken,
    LinkClaim,
    MarkReport,
    RecordAssessment,
    RegisterSource,
    ReleaseReport,
    RevokeToken,
    UnlinkClaim,
    WithdrawReport,
)
from domain.errors import Refused
from domain.streams.context import Context
from domain.streams.decider import State, decide, evolve
from domain.streams.report_state import Filed, in_force

Matter = tuple[str, ...]


def matter(command: Command) -> Matter | None:
    """The matter that a command settles until another says otherwise; None where it stays for good."""
    match command:
        case HoldReport() | ReleaseReport():
            return "hold", command.report
        case MarkReport():
            return "marking", command.report
        case CorrectReport():
            return "correction", command.report
        case GradeClaim():
            return "grade", command.claim
        case LinkClaim() | UnlinkClaim():
            return "link", command.claim, command.derived_from
        case RegisterSource():
            return "source", command.id
        case GradeSource():
            return "grade", command.source
        case DefineIndicator():
            return "indicator", command.id
        case RecordAssessment():
            return "assessment", command.indicator
        case FileReport() | WithdrawReport() | DisputeClaim():
            return None
        case AcceptLoss() | AcceptClock() | IssueToken() | RevokeToken():
            return None
        case _:
            assert_never(command)


def still_holds(command: Command, state: State, context: Context) -> bool:
    """Whether what a command did, when it was taken, is in force: to do it again changes nothing.

    What could not be done again, on a withdrawn report, counts as in force: nothing took its place.
    """
    try:
        events = decide(command, state, context)
    except Refused:
        return True
    if not isinstance(command, CorrectReport) or not events:
        return not events
    assert isinstance(state, Filed)
    if any(claim.n is None for claim in command.claims or ()):
        return True  # its new claims have numbers by now, and would get others
    after = evolve(state, events[-1])
    assert isinstance(after, Filed)
    return _words(after) == _words(state)


def _words(report: Filed) -> tuple[object, ...]:
    """What a report says in the version in force."""
    version = in_force(report)
    return (version.provenance, version.claims) if version else ()
