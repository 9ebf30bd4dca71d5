"""What an act settles, and whether it still does: a later act on the same matter takes its place."""

from typing import assert_never

from domain import commands
from domain.commands import Command
from domain.errors import Refused
from domain.streams.context import Context
from domain.streams.decider import State, decide, evolve
from domain.streams.report_state import Filed, in_force

Matter = tuple[str, ...]


def matter(command: Command) -> Matter | None:
    """The matter that a command settles until another says otherwise; None where it stays for good."""
    match command:
        case commands.FileReport():  # first, as most are
            return None
        case commands.HoldReport() | commands.ReleaseReport():
            return "hold", command.report
        case commands.MarkReport():
            return "marking", command.report
        case commands.CorrectReport():
            return "correction", command.report
        case commands.GradeClaim():
            return "grade", command.claim
        case commands.LinkClaim() | commands.UnlinkClaim():
            return "link", command.claim, command.derived_from
        case commands.RegisterSource():
            return "source", command.id
        case commands.GradeSource():
            return "grade", command.source
        case commands.DefineIndicator():
            return "indicator", command.id
        case commands.RecordAssessment():
            return "assessment", command.indicator
        case commands.CiteFigure():
            return None if command.id is None else ("citation", command.id)
        case commands.CloseCitation():
            return "citation", command.citation
        case commands.WithdrawReport() | commands.DisputeClaim() | commands.RedactReport():
            return None
        case commands.AcceptLoss() | commands.AcceptClock():
            return None
        case commands.IssueToken() | commands.RevokeToken():
            return None
        case commands.SetWebhook() | commands.EndWebhook():
            return None
        case commands.AddSigningKey() | commands.RetireSigningKey():
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
    if not isinstance(command, commands.CorrectReport) or not events:
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
