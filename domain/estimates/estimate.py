"""A question about an indicator, and the estimate that answers it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from domain.estimates.cells import meet, span
from domain.estimates.claims import Cell, Claim, cell_text, cutoff_date
from domain.estimates.figures import UNKNOWN, Figure
from domain.estimates.flags import Flag
from domain.estimates.independence import NOTHING, Resting, independent_voices
from domain.estimates.origins import Relay
from domain.estimates.support import NO_ORIGIN, Support
from domain.vocabulary import Confidence, Marking, Measure, restriction

Reason = Literal[
    "no-figure",
    "relay",
    "superseded",
    "weak",
    "stale",
    "outgrown",
    "prospective",
    "replanned",
    "other-target",
    "overlaps",
    "straddles",
    "not-asked",
    "cannot-be-judged",
    "doubtful",
    "not-cited",
]
Verdict = Literal["corroborated", "reported", "disputed", "denied"]
AnsweredFrom = Literal["claims", "parts"]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of an indicator: without a cell its headline, without a cohort the whole.

    `originator` is a voice. `minimum` is what an unknown addend of a sum is at least; None where
    figures may go below 0.
    """

    measure: Measure
    policy: str
    fresh_days: int
    cohort: str | None = None
    cell: Cell | None = None
    originator: str | None = None
    incident: str | None = None
    minimum: float | None = 0

    @property
    def headline(self) -> bool:
        """Whether nothing narrower than the indicator's headline is asked."""
        narrower = (self.cohort, self.cell, self.originator, self.incident)
        return narrower == (None, None, None, None)


@dataclass(frozen=True, slots=True)
class Assessment:
    """An analyst's judgement as recorded: its figure, confidence, reasons and the claims it cites."""

    position: int
    recorded_at: int
    analyst: str
    confidence: Confidence
    low: float | None
    best: float | None
    high: float | None
    rationale: str
    claims: tuple[str, ...]
    marking: Marking


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A claim that was left out, and why; `by` is the claim that replaced it, if one did."""

    claim: Claim
    reason: Reason
    by: str | None = None


@dataclass(frozen=True, slots=True)
class PartsSum:
    """The sum of the headlines of an indicator's parts, which it names."""

    figure: Figure
    parts: tuple[str, ...]


@dataclass(slots=True)
class Estimate:
    """An answer: the figure or the verdict, the claims used and left out, and the support.

    Of a sum, `summed` are the spans of its outermost cells, `covered` the days that they cover and
    `gaps` the days between that none of them covers. `targets` are those of prospective claims.
    `behind` are the parts whose claims are behind an answer from parts.
    """

    figure: Figure = UNKNOWN
    verdict: Verdict | None = None
    used: tuple[Claim, ...] = ()
    leading: Claim | None = None
    excluded: list[Exclusion] = field(default_factory=list)
    relays: list[Relay] = field(default_factory=list)
    support: Support = NO_ORIGIN
    flags: list[Flag] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    targets: tuple[Cell, ...] = ()
    is_sum: bool = False
    summed: tuple[Cell, ...] = ()
    covered: tuple[Cell, ...] = ()
    gaps: tuple[Cell, ...] = ()
    resting: Resting = NOTHING
    assessment: Assessment | None = None
    answered_from: AnsweredFrom = "claims"
    from_parts: PartsSum | None = None
    behind: tuple[str, ...] = ()
    independent: int | None = None

    @property
    def origins(self) -> int:
        """The number of independent voices that the figure rests on."""
        if self.independent is not None:
            return self.independent
        return independent_voices(self.used, self.resting)

    @property
    def marking(self) -> Marking:
        """The most restrictive marking among the claims used and the assessment, if it is from one."""
        judged = [self.assessment.marking] if self.assessment else []
        marked = [*judged, *(claim.marking for claim in self.used)]
        return max(marked, key=restriction, default="TLP:CLEAR")

    @property
    def cutoff_day(self) -> int:
        """The latest UTC day that its information covers, from 1970-01-01; 0 without any."""
        leading = [self.leading] if self.leading else self.used
        return max((claim.cutoff_day for claim in leading), default=0)

    def leave_out(self, claims: Iterable[Claim], reason: Reason) -> None:
        """Note claims as left out for a reason."""
        self.excluded += [Exclusion(claim, reason) for claim in claims]


def concerns(question: Question, claim: Claim) -> bool:
    """Whether a claim is about the cohort, the cell and the voice that were asked for.

    A claim of an increment is about every period with which it shares a day.
    """
    if question.originator not in (None, claim.voice):
        return False
    if question.measure == "increment":
        return (
            question.cohort in (None, claim.cohort)
            and question.incident in (None, claim.incident)
            and (question.cell is None or meet(span(claim.cell), span(question.cell)))
        )
    return question.cohort == claim.cohort and question.cell in (None, claim.cell)


def period_text(question: Question, result: Estimate) -> str | None:
    """The period of a figure as EDTF text; None for all time.

    Of a sum it is the span of its cells, None where there is a gap within.
    """
    if result.assessment:
        return None
    leading = result.leading or next(iter(result.used), None)
    if not result.is_sum:
        if leading is None:
            return None
        if question.measure != "cumulative" or leading.prospective:
            return leading.period
        return cell_text(question.measure, leading.cell)
    firsts = [first for first, _ in result.summed if first is not None]
    lasts = [last for _, last in result.summed if last is not None]
    begins = min(firsts) if firsts and len(firsts) == len(result.summed) else None
    ends = max(lasts) if lasts and len(lasts) == len(result.summed) else None
    if any(meet(span(gap), span((begins, ends))) for gap in result.gaps):
        return None
    return cell_text(question.measure, (begins, ends))


def cutoff_text(result: Estimate) -> str | None:
    """The latest date that the information of a figure covers, as it was written."""
    if result.assessment:
        return cutoff_date(result.assessment.recorded_at).isoformat()
    covering = result.used if result.is_sum or result.answered_from == "parts" else result.used[:1]
    days = [claim.covers_until for claim in covering]
    return date.fromordinal(max(days)).isoformat() if days else None
