"""What is planned or forecast: which of it counts, and for which target."""

from collections.abc import Sequence
from datetime import UTC, date

from service.proof.standalone.claims import PLANS, Said
from service.proof.standalone.figures import Days, cell_of, share_a_day
from service.proof.standalone.part import Context, Reasons, by_voice


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


def belongs_to_target(context: Context, claim: Said, chosen: Days) -> bool:
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
