"""Every act: its command, what is so once it is recorded, and what takes it back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from domain import commands
from domain.commands import DeskCommand
from service.access.principal import Role

Target = Literal["indicator", "source", "report", "claim", "citation"]


@dataclass(frozen=True, slots=True)
class Undo:
    """The act that takes another one back, on the same target.

    The fields in `given` are those of the act that it takes back, those in `fixed` are always the same,
    and those in `earlier` have the values from before it; where it is `whole`, all have them. In
    `words` `{target}` and the fields of the act stand for what was given.
    """

    command: type[DeskCommand]
    words: str
    given: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """A command that a desk may give: what it is done to, who may give it, and what takes it back.

    `field` names the target in the command, where that is not left to the log; `done` says what is so
    afterwards, with `{target}` and the fields for what was given. `undo` is a sentence where nothing
    takes it back.
    """

    command: type[DeskCommand]
    verb: str
    target: Target
    title: str
    field: str | None
    done: str
    undo: Undo | str
    role: Role = "analyst"

    def target_of(self, given: Mapping[str, Any]) -> str:
        """What the act is done to, by the fields of its command."""
        return str(given[self.field or "id"])


_ACTS: tuple[Act, ...] = (
    Act(
        commands.FileReport,
        "post",
        "report",
        "Post a report",
        None,
        "report {target} is filed",
        Undo(
            commands.WithdrawReport,
            "withdraw {target} from this log, as if it had never been filed",
            fixed={"kind": "record"},
        ),
        role="reporter",
    ),
    Act(
        commands.DefineIndicator,
        "define",
        "indicator",
        "Revise the definition",
        "id",
        "indicator {target} is defined",
        Undo(commands.DefineIndicator, "define {target} again, as it was before", whole=True),
    ),
    Act(
        commands.RecordAssessment,
        "assess",
        "indicator",
        "Assess the indicator",
        "indicator",
        "{target} is assessed with {confidence} confidence",
        Undo(
            commands.RecordAssessment,
            "assess {target} again: the later assessment takes its place",
            whole=True,
        ),
    ),
    Act(
        commands.CiteFigure,
        "cite",
        "citation",
        "Cite a figure",
        None,
        "a figure of {indicator} is cited in {where}",
        Undo(commands.CloseCitation, "close citation {target}"),
        role="reporter",
    ),
    Act(
        commands.CloseCitation,
        "uncite",
        "citation",
        "Close the citation",
        "citation",
        "citation {target} is closed",
        "nothing takes it back: cite the figure again",
        role="reporter",
    ),
    Act(
        commands.RegisterSource,
        "source",
        "source",
        "Describe the source",
        "id",
        "source {target} is described",
        Undo(commands.RegisterSource, "describe {target} again, as it was before", whole=True),
    ),
    Act(
        commands.GradeSource,
        "grade",
        "source",
        "Grade the source",
        "source",
        "source {target} is graded {reliability}",
        Undo(commands.GradeSource, "grade {target} again", whole=True),
    ),
    Act(
        commands.CorrectReport,
        "correct",
        "report",
        "Correct the report",
        "report",
        "report {target} is corrected",
        Undo(
            commands.CorrectReport,
            "correct {target} again, with what it said before",
            fixed={"kind": "record"},
            whole=True,
        ),
    ),
    Act(
        commands.WithdrawReport,
        "withdraw",
        "report",
        "Withdraw the report",
        "report",
        "report {target} is withdrawn",
        "nothing takes it back: a withdrawn report takes nothing more; file a new one",
    ),
    Act(
        commands.RedactReport,
        "redact",
        "report",
        "Redact the report",
        "report",
        "what report {target} said is destroyed",
        "nothing takes it back: what it said is destroyed",
        role="admin",
    ),
    Act(
        commands.HoldReport,
        "hold",
        "report",
        "Hold the report",
        "report",
        "report {target} is held",
        Undo(commands.ReleaseReport, "release {target}"),
    ),
    Act(
        commands.ReleaseReport,
        "release",
        "report",
        "Release the report",
        "report",
        "report {target} is released",
        Undo(commands.HoldReport, "hold {target}"),
    ),
    Act(
        commands.MarkReport,
        "mark",
        "report",
        "Mark the report",
        "report",
        "report {target} is {marking}",
        Undo(commands.MarkReport, "mark {target} as it was before", earlier=("marking",)),
    ),
    Act(
        commands.GradeClaim,
        "grade",
        "claim",
        "Grade the claim",
        "claim",
        "claim {target} is graded {credibility}",
        Undo(commands.GradeClaim, "grade {target} again", whole=True),
    ),
    Act(
        commands.LinkClaim,
        "link",
        "claim",
        "Link the claim",
        "claim",
        "claim {target} is derived from {derived_from}",
        Undo(commands.UnlinkClaim, "unlink {target} from {derived_from}", given=("derived_from",)),
    ),
    Act(
        commands.UnlinkClaim,
        "unlink",
        "claim",
        "Unlink the claim",
        "claim",
        "claim {target} is not derived from {derived_from}",
        Undo(commands.LinkClaim, "link {target} to {derived_from}", given=("derived_from",)),
    ),
    Act(
        commands.DisputeClaim,
        "dispute",
        "claim",
        "Dispute the claim",
        "claim",
        "claim {target} is disputed by {by}",
        "nothing takes it back: a dispute stays; a later one stands beside it",
    ),
)

ACTS: Mapping[type[Any], Act] = {act.command: act for act in _ACTS}
"""Every act by its command."""
