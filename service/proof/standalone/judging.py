"""One cell or one headline: who counts, the policy, the support and the flags."""

from collections.abc import Sequence

from service.proof.standalone.claims import Said
from service.proof.standalone.figures import cell_of, hull, text_of
from service.proof.standalone.flags import days_after, flags_of
from service.proof.standalone.origins import support
from service.proof.standalone.part import (
    TIMED,
    Choose,
    Context,
    Part,
    Reasons,
    firm_first,
    latest,
    latest_cutoff,
)
from service.proof.standalone.policies import (
    DEFAULT,
    LATEST_PUBLICATION,
    POLICIES,
    Figure,
    Origin,
    origin_of,
    source_rank,
)
from service.proof.standalone.targets import (
    belongs_to_target,
    current_plans,
    for_target,
    observed_first,
    target_of,
    targets_of,
)

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
    belonging = [claim for claim in claims if belongs_to_target(context, claim, chosen)]
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
    last = max(claims, key=lambda c: (c.published, c.position, c.n), default=None)
    why.add("published-before", (claim for claim in claims if claim is not last))
    part.silent = last is None
    if last and last.figure:
        part.own = True
        origin = origin_of_any(context, last)
        figure = Figure(origin.best, *origin.given, [origin], origin)
        figure.known = context.measure != "proposition"
        _fill(context, part, figure)
    return part


def judged(
    context: Context, claims: Sequence[Said], choose: Choose, why: Reasons, inside: Origin | None = None
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
    if context.policy != LATEST_PUBLICATION or context.measure == "increment":
        part.flags += flags_of(context, part)
    contradicted = any(code == "contradiction" for code, _ in part.flags)
    part.level = support(part.used, contradicted, context.world)
    apart = [origin.claim.id for origin in figure.apart if origin.claim and not origin.inside]
    if len(apart) == 2 and not any(set(ids) == set(apart) for _, ids in part.flags):
        part.flags.append(("contradiction", tuple(apart)))


def _fresh(context: Context, claims: Sequence[Said], why: Reasons) -> list[Said]:
    """The origins that no source as good outdates."""

    def stale(claim: Said) -> bool:
        return any(
            source_rank(other) <= source_rank(claim)
            and days_after(other.cutoff, claim.cutoff) > context.definition.fresh_days
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
            and days_after(other.cutoff, claim.cutoff) > 3
            and (low := hull(other)[0]) is not None
            and high is not None
            and low >= high
            for other in claims
            if not claim.prospective
        )

    why.add("outgrown", filter(outgrown, claims))
    return [claim for claim in claims if not outgrown(claim)]
