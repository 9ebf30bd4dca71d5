"""From claims to an estimate: origins, one vintage each, cells, freshness, growth, policy, support.

`estimate` is the entry point. It takes any set of claims that includes all that can matter: a caller
with an index passes a handful, an explanation passes all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from domain.estimates.ageing import AGEING, fresh, not_outgrown
from domain.estimates.claims import Claim, LookUp, headline_order, in_headline, vintage_order
from domain.estimates.estimate import Estimate, Question, Verdict, concerns
from domain.estimates.figures import UNKNOWN
from domain.estimates.flags import newer_elsewhere
from domain.estimates.independence import NOTHING, Resting, dependent_pairs, independent
from domain.estimates.judging import Judged, judged
from domain.estimates.origins import Origins, resolve
from domain.estimates.policies import (
    ASSESSMENT,
    DEFAULT_POLICY,
    LATEST_PUBLICATION,
    POLICIES,
    latest_publication,
)
from domain.estimates.sums import add_up
from domain.estimates.support import support
from domain.estimates.targets import observed_first, of_next_target, standing_plans
from domain.estimates.vintages import vintages
from domain.vocabulary import Measure


def estimate(question: Question, claims: Iterable[Claim], look_up: LookUp) -> Estimate:
    """Answer a question from active claims of its indicator."""
    figures, without = with_figure(question.measure, claims)
    if question.policy == LATEST_PUBLICATION:
        return _as_a_reader_of_feeds(question, figures)
    result = estimate_of(question, resolve(figures, look_up), without)
    result.leave_out(without, "no-figure")
    return result


def estimate_of(question: Question, resolved: Origins, without: Sequence[Claim] = ()) -> Estimate:
    """Answer a question from origins, and for a sum from claims without any number."""
    if question.policy == ASSESSMENT:
        return Estimate(steps=["an assessment is of the headline only: unknown"])
    relays = [relay for relay in resolved.relays if concerns(question, relay.claim)]
    result = Estimate(relays=relays, resting=resolved.resting)
    result.leave_out((relay.claim for relay in relays), "relay")
    origins = _asked(question, resolved.origins, result)
    if question.measure == "increment":
        _add_up_asked(question, origins, without, resolved.resting, result)
    else:
        _conclude_asked(question, _standing(question, origins, result), result)
    return result


def standing_claims(question: Question, claims: Iterable[Claim], look_up: LookUp) -> Sequence[Claim]:
    """The claims that any policy judges for a question about no increment, the best first."""
    figures, _ = with_figure(question.measure, claims)
    noted = Estimate()
    return _standing(question, _asked(question, resolve(figures, look_up).origins, noted), noted)


def figure_by_policy(question: Question, standing: Sequence[Claim]) -> Estimate:
    """The figure that a policy makes of such claims, and those used; nothing is said beside it."""
    judgement = POLICIES[question.policy](standing)
    return Estimate(judgement.figure, used=judgement.used)


def estimate_cell(question: Question, resolved: Origins) -> Estimate:
    """The estimate of one cell by its own origins, which are all that are given."""
    result = Estimate(relays=resolved.relays, resting=resolved.resting)
    if question.policy == ASSESSMENT:
        return result
    _conclude(question, vintages(resolved.origins, vintage_order, result), result)
    return result


def with_figure(measure: Measure, claims: Iterable[Claim]) -> tuple[list[Claim], list[Claim]]:
    """Claims with a number or a stance or `unknown`, and those without, which are no vintages."""
    figures, without = list[Claim](), list[Claim]()
    for claim in claims:
        (figures if is_vintage(measure, claim) else without).append(claim)
    return figures, without


def is_vintage(measure: Measure, claim: Claim) -> bool:
    """Whether a claim says anything of its cell, be it that there is no figure any more."""
    return measure == "proposition" or claim.has_figure or claim.qualifier == "unknown"


def _asked(question: Question, origins: Iterable[Claim], result: Estimate) -> list[Claim]:
    kept, others = list[Claim](), list[Claim]()
    for claim in origins:
        (kept if _is_asked(question, claim) else others).append(claim)
    result.leave_out(others, "not-asked")
    return kept


def _is_asked(question: Question, claim: Claim) -> bool:
    if question.measure == "increment":
        return _is_in_scope(question, claim)
    any_cell = question.cell is not None
    return concerns(question, claim) and (
        any_cell or in_headline(question.measure, claim.cell, claim.prospective)
    )


def _is_in_scope(question: Question, claim: Claim) -> bool:
    """Whether a claim is of the cohort and voice asked; cells beyond a period may hold those in it."""
    return concerns(replace(question, cell=None), claim)


def _add_up_asked(
    question: Question,
    origins: Sequence[Claim],
    without: Sequence[Claim],
    resting: Resting,
    result: Estimate,
) -> None:
    """Sum the cells asked about; claims without a figure make cells where they relay nobody."""
    unlinked = [c for c in without if not c.links and _is_in_scope(question, c)]
    add_up(question, *_of_one_kind(question, origins, unlinked, result), resting, result)


def _of_one_kind(
    question: Question, origins: Sequence[Claim], without: Sequence[Claim], result: Estimate
) -> tuple[list[Claim], list[Claim]]:
    """The observed cells where any is asked about, else the prospective ones that still stand."""
    asked = [claim for claim in (*origins, *without) if concerns(question, claim)]
    prospective = all(claim.prospective for claim in asked or (*origins, *without))
    kept = [claim for claim in origins if claim.prospective == prospective]
    without = [claim for claim in without if claim.prospective == prospective]
    if prospective:
        result.leave_out((claim for claim in origins if not claim.prospective), "not-asked")
        # A plan without a number replaces an earlier one, and is replaced, as any other.
        standing = {claim.id for claim in standing_plans([*kept, *without], Estimate())}
        result.leave_out((claim for claim in kept if claim.id not in standing), "replanned")
        return (
            [claim for claim in kept if claim.id in standing],
            [claim for claim in without if claim.id in standing],
        )
    result.leave_out((claim for claim in origins if claim.prospective), "prospective")
    return kept, without


def _standing(question: Question, origins: Sequence[Claim], result: Estimate) -> Sequence[Claim]:
    """The claims that a policy judges, of a cell or of the headline; `result` notes the others."""
    kept = observed_first(origins, result)
    if question.cell is not None:
        return vintages(kept, vintage_order, result)
    standing: Sequence[Claim]
    if kept and kept[0].prospective:
        standing = of_next_target(question, kept, result)
    else:
        standing = vintages(kept, headline_order, result)
    if question.measure in AGEING:
        standing = fresh(standing, question.fresh_days, result)
    if question.measure == "cumulative" and not (standing and standing[0].prospective):
        standing = not_outgrown(standing, result)
    return standing


def _conclude_asked(question: Question, standing: Sequence[Claim], result: Estimate) -> None:
    found = _conclude(question, standing, result)
    if question.cell is not None:
        return
    if question.measure in AGEING and question.policy == DEFAULT_POLICY and found.leading:
        ranked = found.judgement.ranked
        after = ranked[ranked.index(found.leading) + 1 :]
        result.flags += newer_elsewhere(found.leading, after, question.fresh_days)


def _conclude(question: Question, standing: Sequence[Claim], result: Estimate) -> Judged:
    """Judge the vintages of one cell or headline, and note what came of it.

    A verdict takes every stance, whatever policy is asked for: policies differ in figures.
    """
    if question.measure == "proposition":
        question = replace(question, policy=DEFAULT_POLICY)
    found = judged(question, standing, result.resting)
    result.figure, result.used = found.judgement.figure, found.judgement.used
    result.leading = found.leading
    result.support = found.support
    result.flags += found.flags
    result.excluded += found.excluded
    result.steps += found.judgement.steps
    if question.measure == "proposition":
        result.figure, result.used = UNKNOWN, tuple(standing)
        result.support = support(question.measure, standing, result.resting)
        result.verdict = verdict_of(standing, result.resting)
    return found


def _as_a_reader_of_feeds(question: Question, claims: Iterable[Claim]) -> Estimate:
    """The estimate of a reader of feeds: the claim published last, ignoring links and freshness."""
    result = Estimate()
    asked = _asked(question, claims, result)
    if question.measure == "increment":
        _add_up_asked(question, asked, (), NOTHING, result)
        return result
    judgement = latest_publication(observed_first(asked, result))
    result.figure, result.used, result.steps = judgement.figure, judgement.used, [*judgement.steps]
    result.leading = judgement.used[0] if judgement.used else None
    result.support = support(question.measure, result.used)
    if question.measure == "proposition":
        result.figure, result.verdict = UNKNOWN, verdict_of(result.used, result.resting)
    return result


def verdict_of(origins: Sequence[Claim], resting: Resting = NOTHING) -> Verdict | None:
    """The verdict of independent origins on a proposition; None without an origin."""
    asserting = [claim for claim in origins if claim.asserts]
    denying = [claim for claim in origins if claim.asserts is False]
    if denying:
        return "disputed" if asserting else "denied"
    if not asserting:
        return None
    firm = [claim for claim in asserting if not claim.weak]
    dependent = dependent_pairs(firm, resting)
    alone = not any(
        independent(one, other, dependent) for i, one in enumerate(firm) for other in firm[:i]
    )
    return "reported" if alone else "corroborated"
