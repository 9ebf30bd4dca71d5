"""One cell or one headline: who counts, the policy, the support and the flags."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import combinations

from domain.events import Definition
from tests.oracle.claims import PLANS, Said, World
from tests.oracle.figures import (
    Days,
    apart,
    below,
    cell_of,
    hull,
    share_a_day,
    text_of,
    widened,
)
from tests.oracle.origins import agree, independent, support
from tests.oracle.policies import (
    DEFAULT,
    LATEST_PUBLICATION,
    POLICIES,
    Figure,
    Origin,
    origin_of,
    source_rank,
)

TIMED = ("stock", "cumulative")
Flags = list[tuple[str, tuple[str, ...]]]
Choose = Callable[[Sequence[Said]], list[Said]]
"""The claims that speak for their voices, at most one a voice."""


class Reasons(defaultdict[str, set[str]]):
    """Why claims are not used, by claim."""

    def __init__(self) -> None:
        super().__init__(set)

    def add(self, reason: str, claims: Iterable[Said]) -> None:
        """Give a reason for some claims."""
        for claim in claims:
            self[claim.id].add(reason)

    def take(self, other: "Reasons") -> None:
        """Take over the reasons of a part."""
        for claim, reasons in other.items():
            self[claim] |= reasons


@dataclass(frozen=True)
class Context:
    """What every step has to know beside the claims."""

    definition: Definition
    world: World
    policy: str
    headline: bool

    @property
    def measure(self) -> str:
        """The measure of the indicator."""
        return self.definition.measure


@dataclass
class Part:
    """What one cell, one headline or one sum comes to.

    `silent` is whether nobody gives a figure, `known` whether there is a range, perhaps open; `own`
    whether there is an origin with a figure; `inside` whether what lies inside is part of the figure;
    `by` are the claims of a cell and of what lies inside it.
    """

    best: Fraction | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    silent: bool = True
    known: bool = False
    own: bool = False
    inside: bool = False
    used: list[Said] = field(default_factory=list)
    by: list[Said] = field(default_factory=list)
    level: str | None = None
    flags: Flags = field(default_factory=list)
    leading: Origin | None = None
    excluded: Reasons = field(default_factory=Reasons)
    targets: list[str] = field(default_factory=list)
    covered: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    cutoff: date | None = None
    counted: list[Said] = field(default_factory=list)


# One claim a voice


def by_voice(claims: Sequence[Said]) -> list[list[Said]]:
    """The claims of each voice."""
    return [[c for c in claims if c.voice == voice] for voice in sorted({c.voice for c in claims})]


def latest(claims: Sequence[Said]) -> list[Said]:
    """The latest claim of each voice."""
    return [max(said, key=lambda c: c.vintage) for said in by_voice(claims)]


def latest_cutoff(claims: Sequence[Said]) -> list[Said]:
    """The latest claim of each voice in its cell with the latest cut-off."""
    return [max(said, key=lambda c: (c.cutoff, c.vintage)) for said in by_voice(claims)]


def firm_first(claims: Sequence[Said], choose: Choose, why: Reasons) -> list[Said]:
    """One claim a voice; the weak ones only where no other gives a figure."""
    chosen = choose([claim for claim in claims if not claim.weak])
    if any(claim.figure for claim in chosen):
        why.add("weak", (claim for claim in claims if claim.weak))
        return chosen
    return choose(claims)


# Prospective claims


def observed_first(claims: Sequence[Said], why: Reasons) -> list[Said]:
    """The observed claims; without any, the prospective ones."""
    observed = [claim for claim in claims if not claim.prospective]
    if not observed:
        return list(claims)
    why.add("prospective", (claim for claim in claims if claim.prospective))
    return observed


def current_plans(claims: Sequence[Said], why: Reasons) -> list[Said]:
    """Prospective claims without the plans that their voice replaced."""
    kept = list[Said]()
    for claim in claims:
        plans = [c.stated for c in claims if c.voice == claim.voice and _plan(c)]
        if _plan(claim) and claim.stated < max(plans):
            why.add("replanned", [claim])
        else:
            kept.append(claim)
    return kept


def _plan(claim: Said) -> bool:
    return claim.statement.status in PLANS


def target(context: Context, claim: Said) -> Days:
    """The days that a prospective claim is about."""
    return cell_of(context.definition, claim).days


def targets_of(context: Context, claims: Sequence[Said]) -> list[Days]:
    """The targets of prospective claims, the earliest first, an open end last."""
    found = {target(context, claim) for claim in claims}
    return sorted(found, key=lambda days: (days[1] or date.max, days[0] or date.min))


def target_of(context: Context, claims: Sequence[Said]) -> Days:
    """The target that the claims are asked about."""
    stated = max(claim.stated for claim in claims).astimezone(UTC).date()
    targets = targets_of(context, claims)
    coming = [days for days in targets if days[1] is None or days[1] >= stated]
    return coming[0] if coming else targets[-1]


def belongs(context: Context, claim: Said, chosen: Days) -> bool:
    """Whether a prospective claim is about a target."""
    if context.measure == "cumulative":
        return claim.period.last == chosen[1]
    return share_a_day(claim.period.bounds, chosen)


def for_target(context: Context, claims: Sequence[Said], chosen: Days) -> list[Said]:
    """Of each voice the claim with the target's own bounds, else the one that ends first."""
    found = list[Said]()
    for said in by_voice(claims):
        exactly = [claim for claim in said if target(context, claim) == chosen]
        first = min(claim.period.last or date.max for claim in said)
        ending = [claim for claim in said if (claim.period.last or date.max) == first]
        found.append(max(exactly or ending, key=lambda c: c.vintage))
    return found


# Headlines and cells


def headline(context: Context, claims: Sequence[Said]) -> Part:
    """The headline that some origins make."""
    why = Reasons()
    if context.measure == "cumulative":
        why.add("other-cell", (c for c in claims if _stated_start(context, c)))
        claims = [claim for claim in claims if not _stated_start(context, claim)]
    claims = observed_first(claims, why)
    if context.policy == LATEST_PUBLICATION:
        return published_last(context, claims, why)
    if not claims or not claims[0].prospective:
        return judged(context, claims, latest_cutoff, why)
    claims = current_plans(claims, why)
    chosen = target_of(context, claims)
    belonging = [claim for claim in claims if belongs(context, claim, chosen)]
    why.add("other-target", (claim for claim in claims if claim not in belonging))
    part = judged(context, belonging, lambda said: for_target(context, said, chosen), why)
    part.targets = [text_of(days) for days in targets_of(context, claims)]
    return part


def _stated_start(context: Context, claim: Said) -> bool:
    return not claim.prospective and cell_of(context.definition, claim).first is not None


def one_cell(context: Context, claims: Sequence[Said], inside: Origin | None = None) -> Part:
    """The figure of one cell, with what lies inside it."""
    if context.policy == LATEST_PUBLICATION:
        return published_last(context, claims, Reasons())
    return judged(context, claims, latest, Reasons(), inside)


def published_last(context: Context, claims: Sequence[Said], why: Reasons) -> Part:
    """The figure of the claim published last, whoever said it."""
    part = Part(excluded=why)
    telling = [claim for claim in claims if claim.figure]
    part.own = bool(telling)
    if telling:
        last = max(telling, key=lambda c: (c.published, c.position, c.n))
        why.add("published-before", (claim for claim in claims if claim is not last))
        origin = origin_of_any(context, last)
        figure = Figure(origin.best, *origin.given, [origin], origin)
        figure.known = context.measure != "proposition"
        _fill(context, part, figure)
    return part


def judged(
    context: Context,
    claims: Sequence[Said],
    choose: Choose,
    why: Reasons,
    inside: Origin | None = None,
) -> Part:
    """Weak claims, vintages, freshness, outgrown totals, policy, support, flags."""
    vintages = firm_first(claims, choose, why)
    _explain(context, claims, vintages, why)
    part = Part(excluded=why)
    left = [claim for claim in vintages if claim.figure]
    part.own = bool(left)
    if context.headline and context.measure in TIMED:
        left = _fresh(context, left, why)
    if context.headline and context.measure == "cumulative":
        left = _grown(left, why)
    ordered = [origin_of_any(context, claim) for claim in left] + ([inside] if inside else [])
    ordered.sort(key=lambda origin: origin.order)
    if ordered:
        _fill(context, part, _decide(context, ordered))
    return part


def _explain(context: Context, claims: Sequence[Said], vintages: Sequence[Said], why: Reasons) -> None:
    """Why claims are no vintages, or vintages no origins."""
    cells = {claim.voice: cell_of(context.definition, claim) for claim in vintages}
    for claim in claims:
        if claim in vintages:
            if not claim.figure:
                why.add("no-figure", [claim])
        elif "weak" not in why[claim.id]:
            other = claim.prospective and cell_of(context.definition, claim) != cells.get(claim.voice)
            why.add("other-target" if other else "superseded", [claim])


def origin_of_any(context: Context, claim: Said) -> Origin:
    """A claim as an origin; a stance has no numbers."""
    if context.measure == "proposition":
        return Origin(claim, None, (None, None), (None, None))
    return origin_of(claim)


def _decide(context: Context, ordered: list[Origin]) -> Figure:
    if context.measure == "proposition":
        return Figure(None, None, None, ordered, ordered[0], known=False)
    return POLICIES.get(context.policy, POLICIES[DEFAULT])(ordered)


def _fill(context: Context, part: Part, figure: Figure) -> None:
    part.best, part.low, part.high, part.known = figure.best, figure.low, figure.high, figure.known
    part.leading, part.silent = figure.leading, False
    part.inside = any(origin.inside for origin in figure.used)
    part.used = [origin.claim for origin in figure.used if origin.claim and not origin.inside]
    for reason, origins in figure.left.items():
        claims = [origin.claim for origin in origins if origin.claim and not origin.inside]
        part.excluded.add(reason, claims)
    part.flags += _flags(context, part)
    contradicted = any(code == "contradiction" for code, _ in part.flags)
    part.level = support(part.used, contradicted, context.world)


def _days_after(one: datetime, other: datetime) -> int:
    return (one.date() - other.date()).days


def _fresh(context: Context, claims: Sequence[Said], why: Reasons) -> list[Said]:
    """The origins that no source as good outdates."""

    def stale(claim: Said) -> bool:
        return any(
            source_rank(other) <= source_rank(claim)
            and _days_after(other.cutoff, claim.cutoff) > context.definition.fresh_days
            for other in claims
        )

    why.add("stale", filter(stale, claims))
    return [claim for claim in claims if not stale(claim)]


def _grown(claims: Sequence[Said], why: Reasons) -> list[Said]:
    """The totals that no later one of a source as good has outgrown."""

    def outgrown(claim: Said) -> bool:
        high = hull(claim)[1]
        return any(
            other.credibility != 4
            and source_rank(other) <= source_rank(claim)
            and _days_after(other.cutoff, claim.cutoff) > 3
            and (low := hull(other)[0]) is not None
            and high is not None
            and low >= high
            for other in claims
            if not claim.prospective
        )

    why.add("outgrown", filter(outgrown, claims))
    return [claim for claim in claims if not outgrown(claim)]


# Flags among the origins used


def contradictory(context: Context, one: Said, other: Said) -> bool:
    """Whether two claims used together contradict each other."""
    if not apart(one, other) or not independent(one, other, context.world):
        return False
    if one.prospective and other.prospective:
        return True
    if cell_of(context.definition, one) == cell_of(context.definition, other):
        return True
    if context.measure == "increment":
        return False
    if abs(_days_after(one.cutoff, other.cutoff)) <= 3:
        return True
    earlier, later = sorted((one, other), key=lambda claim: claim.cutoff)
    return context.measure == "cumulative" and below(widened(later), widened(earlier))


def _flags(context: Context, part: Part) -> Flags:
    flags: Flags = []
    for one, other in combinations(part.used, 2):
        ids = (one.id, other.id)
        if contradictory(context, one, other):
            flags.append(("contradiction", ids))
        elif _diverge(context, one, other):
            flags.append(("divergence", ids))
    flags += _newer_elsewhere(context, part)
    for claim in part.used:
        firm = [other for other in part.used if other is not claim and not other.weak]
        if claim.credibility == 1 and not any(agree(claim, c, context.world) for c in firm):
            flags.append(("grade-1-unsupported", (claim.id,)))
    return flags


def _diverge(context: Context, one: Said, other: Said) -> bool:
    """Whether two totals that do not contradict each other are apart."""
    apart_in_time = context.measure == "cumulative" and apart(one, other)
    return apart_in_time and independent(one, other, context.world)


def _newer_elsewhere(context: Context, part: Part) -> Flags:
    leading = part.leading.claim if part.leading else None
    timed = context.headline and context.measure in TIMED and context.policy == DEFAULT
    if leading is None or not timed:
        return []
    after = part.used[part.used.index(leading) + 1 :]
    days = context.definition.fresh_days
    return [
        ("newer-elsewhere", (other.id, leading.id))
        for other in after
        if _days_after(other.cutoff, leading.cutoff) > days
    ]
