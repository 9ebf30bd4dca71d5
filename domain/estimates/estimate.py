"""From claims to an estimate: origins, one vintage each, cells, freshness, policy, support.

`estimate` is the only entry point. It takes any set of claims that includes all that can matter: a
caller with an index passes a handful, an explanation passes all.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Literal

from domain.estimates.cells import Place, tile, total, within
from domain.estimates.claims import (
    Cell,
    Claim,
    cell_text,
    cutoff_date,
    headline_order,
    in_headline,
    vintage_order,
)
from domain.estimates.figures import UNKNOWN, Figure
from domain.estimates.flags import (
    Flag,
    disagreements,
    newer_elsewhere,
    nothing_in_common,
    overlap,
    rests_on_withdrawn,
    unsupported_grades,
)
from domain.estimates.origins import LookUp, Origins, Relay, resolve
from domain.estimates.policies import (
    ASSESSMENT,
    DEFAULT_POLICY,
    LATEST_PUBLICATION,
    POLICIES,
    Judgement,
    preference,
    reliability_rank,
)
from domain.estimates.support import Support, support, weakest
from domain.vocabulary import Confidence, Marking, Measure, restriction

Reason = Literal[
    "no-figure",
    "relay",
    "superseded",
    "weak",
    "stale",
    "overlaps",
    "not-asked",
    "cannot-be-judged",
    "doubtful",
    "not-cited",
]
Verdict = Literal["corroborated", "reported", "disputed", "denied"]
AGEING: frozenset[Measure] = frozenset({"stock", "cumulative"})
"""Measures whose headlines grow stale."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of an indicator: without a cell its headline, without a cohort the whole."""

    measure: Measure
    policy: str
    fresh_days: int
    cohort: str | None = None
    cell: Cell | None = None
    originator: str | None = None

    @property
    def headline(self) -> bool:
        """Whether nothing narrower than the indicator's headline is asked."""
        return (self.cohort, self.cell, self.originator) == (None, None, None)


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


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A claim that was left out, and why; `by` is the claim that replaced it, if one did."""

    claim: Claim
    reason: Reason
    by: str | None = None


@dataclass(slots=True)
class Estimate:
    """An answer: the figure or the verdict, the claims used and left out, and the support."""

    figure: Figure = UNKNOWN
    verdict: Verdict | None = None
    used: tuple[Claim, ...] = ()
    excluded: list[Exclusion] = field(default_factory=list)
    relays: list[Relay] = field(default_factory=list)
    support: Support = field(default_factory=lambda: support("stock", ()))
    flags: list[Flag] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    summed: tuple[Place, ...] = ()
    assessment: Assessment | None = None
    independent: int | None = None

    @property
    def origins(self) -> int:
        """The number of independent originators that the figure rests on."""
        if self.independent is not None:
            return self.independent
        return len({claim.originator for claim in self.used})

    @property
    def marking(self) -> Marking:
        """The most restrictive marking among the claims used."""
        return max((claim.marking for claim in self.used), key=restriction, default="TLP:CLEAR")

    @property
    def leading(self) -> Claim | None:
        """The claim whose figure is the best; None for a sum."""
        return None if self.summed or self.assessment or not self.used else self.used[0]


def estimate(question: Question, claims: Iterable[Claim], look_up: LookUp) -> Estimate:
    """Answer a question from active claims of its indicator."""
    figures, without = with_figure(question.measure, claims)
    if question.policy == LATEST_PUBLICATION:
        return _as_a_reader_of_feeds(question, figures)
    result = estimate_of(question, resolve(figures, look_up))
    result.excluded += [Exclusion(claim, "no-figure") for claim in without]
    return result


def estimate_of(question: Question, resolved: Origins) -> Estimate:
    """Answer a question from the origins that are about what is asked."""
    if question.policy == ASSESSMENT:
        return Estimate(steps=["an assessment is of the headline only: unknown"])
    result = Estimate(relays=resolved.relays)
    result.excluded += [Exclusion(relay.claim, "relay") for relay in resolved.relays]
    origins = _asked(question, resolved.origins, result)
    if question.measure == "increment":
        _sum(question, origins, result)
    else:
        _headline_or_cell(question, origins, result)
    asked = {claim.id for claim in origins}
    result.flags += rests_on_withdrawn([c for c in resolved.rests_on_withdrawn if c.id in asked])
    return result


def _as_a_reader_of_feeds(question: Question, claims: Iterable[Claim]) -> Estimate:
    """The estimate of a reader of feeds: the claim published last, ignoring links and freshness."""
    result = Estimate()
    judgement = _judge(question, _asked(question, claims, result), result)
    result.figure, result.used = judgement.figure, judgement.used
    result.support = support(question.measure, result.used)
    if question.measure == "proposition":
        result.figure, result.verdict = UNKNOWN, verdict_of(result.used)
    return result


def with_figure(measure: Measure, claims: Iterable[Claim]) -> tuple[list[Claim], list[Claim]]:
    """Claims with a number or a stance, and claims without, which are neither origin nor vintage."""
    figures, without = list[Claim](), list[Claim]()
    for claim in claims:
        given = measure == "proposition" or not claim.low is claim.best is claim.high is None
        (figures if given else without).append(claim)
    return figures, without


def _asked(question: Question, origins: Iterable[Claim], result: Estimate) -> list[Claim]:
    kept = []
    for claim in origins:
        if _is_asked(question, claim):
            kept.append(claim)
        else:
            result.excluded.append(Exclusion(claim, "not-asked"))
    return kept


def _is_asked(question: Question, claim: Claim) -> bool:
    any_cell = question.measure == "increment" or question.cell is not None
    return concerns(question, claim) and (any_cell or in_headline(question.measure, claim.cell))


def concerns(question: Question, claim: Claim) -> bool:
    """Whether a claim is about the cohort, the cell and the originator that were asked for."""
    if question.originator not in (None, claim.originator):
        return False
    if question.measure == "increment":
        in_cohort = question.cohort in (None, claim.cohort)
        return in_cohort and (question.cell is None or within(claim.cell, question.cell))
    return question.cohort == claim.cohort and question.cell in (None, claim.cell)


def _headline_or_cell(question: Question, origins: list[Claim], result: Estimate) -> None:
    headline = question.cell is None
    order = headline_order if headline else vintage_order
    vintages = _vintages(_firm(origins, result), order, result)
    if headline and question.measure in AGEING:
        vintages = _fresh(question, vintages, result)
    judgement = _judge(question, vintages, result)
    result.figure, result.used = judgement.figure, judgement.used
    if question.measure == "proposition":
        result.figure, result.used, result.verdict = UNKNOWN, tuple(vintages), verdict_of(vintages)
    result.support = support(question.measure, result.used)
    result.flags += disagreements(question.measure, result.used)
    result.flags += unsupported_grades(result.used)
    if headline and question.measure in AGEING and question.policy == DEFAULT_POLICY and vintages:
        best, *others = vintages
        result.flags += newer_elsewhere(best, others, question.fresh_days)


def _sum(question: Question, origins: list[Claim], result: Estimate) -> None:
    by_place: dict[Place, list[Claim]] = {}
    for claim in origins:
        by_place.setdefault((claim.cohort, claim.cell), []).append(claim)
    tiling = tile(by_place)
    for place in tiling.inside:
        result.excluded += [Exclusion(claim, "overlaps") for claim in by_place[place]]
    figures, supports, used = list[Figure](), list[Support](), list[Claim]()
    for place in tiling.added:
        vintages = _vintages(_firm(by_place[place], result), vintage_order, result)
        judgement = _judge(question, vintages, result)
        figures.append(judgement.figure)
        supports.append(support(question.measure, judgement.used))
        used += judgement.used
        result.flags += disagreements(question.measure, judgement.used)
        result.flags += unsupported_grades(judgement.used)
    result.figure, result.used, result.summed = total(figures), tuple(used), tiling.added
    result.support = weakest(supports)
    result.steps.append(f"sum of {len(figures)} cells")
    if tiling.clashing:
        result.figure, clashing = UNKNOWN, set(tiling.clashing)
        result.flags.append(overlap([c.id for c in used if (c.cohort, c.cell) in clashing]))


def _judge(question: Question, vintages: Sequence[Claim], result: Estimate) -> Judgement:
    judgement = POLICIES[question.policy](vintages)
    result.steps += judgement.steps
    result.excluded += [Exclusion(claim, reason) for claim, reason in judgement.left_out]
    if judgement.irreconcilable:
        result.flags.append(nothing_in_common(judgement.irreconcilable))
    return judgement


Order = Callable[[Claim], tuple[int, ...]]


def _vintages(origins: Iterable[Claim], order: Order, result: Estimate) -> list[Claim]:
    """The greatest claim of each originator, best first; its other claims are superseded."""
    ranked: dict[str, list[Claim]] = {}
    for claim in origins:
        ranked.setdefault(claim.originator, []).append(claim)
    vintages = []
    for same in ranked.values():
        latest = max(same, key=order)
        vintages.append(latest)
        result.excluded += [
            Exclusion(claim, "superseded", latest.id) for claim in same if claim is not latest
        ]
    return sorted(vintages, key=preference)


def _firm(origins: list[Claim], result: Estimate) -> list[Claim]:
    """Weak claims are used only where nothing else is."""
    firm = [claim for claim in origins if not claim.weak]
    if not firm:
        return origins
    result.excluded += [Exclusion(claim, "weak") for claim in origins if claim.weak]
    return firm


def _fresh(question: Question, vintages: list[Claim], result: Estimate) -> list[Claim]:
    """Leave out an origin if a source at least as good has much later information."""
    latest: dict[int, Claim] = {}
    for claim in vintages:
        rank = reliability_rank(claim)
        latest[rank] = max(latest.get(rank, claim), claim, key=headline_order)
    ranks = sorted(latest)
    leading = dict(zip(ranks, accumulate((latest[r] for r in ranks), _later), strict=True))
    fresh = list[Claim]()
    for claim in vintages:
        by = leading[reliability_rank(claim)]
        if by.cutoff_day - claim.cutoff_day > question.fresh_days:
            result.excluded.append(Exclusion(claim, "stale", by.id))
        else:
            fresh.append(claim)
    return fresh


def _later(one: Claim, other: Claim) -> Claim:
    return max(one, other, key=headline_order)


def verdict_of(origins: Sequence[Claim]) -> Verdict | None:
    """The verdict of independent origins on a proposition; None without an origin."""
    asserting = [claim for claim in origins if claim.asserts]
    denying = [claim for claim in origins if claim.asserts is False]
    if denying:
        return "disputed" if asserting else "denied"
    if not asserting:
        return None
    firm = [claim for claim in asserting if not claim.weak]
    return "corroborated" if len(firm) > 1 else "reported"


def period_text(question: Question, result: Estimate) -> str | None:
    """The period of a figure as EDTF text, for a sum the span of its cells; None for all time."""
    if result.assessment:
        return None
    cells = [cell for _, cell in result.summed] or [claim.cell for claim in result.used[:1]]
    if not cells:
        return None
    leading = result.leading
    if leading is not None and question.measure != "cumulative":
        return leading.period
    firsts = [first for first, _ in cells if first is not None]
    lasts = [last for _, last in cells if last is not None]
    begins = min(firsts) if len(firsts) == len(cells) else None
    ends = max(lasts) if len(lasts) == len(cells) else None
    return cell_text(question.measure, (begins, ends))


def cutoff_text(result: Estimate) -> str | None:
    """The latest UTC date that the information of a figure covers, as text."""
    if result.assessment:
        return cutoff_date(result.assessment.recorded_at).isoformat()
    cutoffs = [claim.cutoff for claim in (result.used if result.summed else result.used[:1])]
    return cutoff_date(max(cutoffs)).isoformat() if cutoffs else None
