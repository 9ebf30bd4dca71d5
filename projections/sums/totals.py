"""What the addends of a sum come to, brought up to date by those that ended and those that began."""

from collections.abc import Iterable
from decimal import Decimal
from json import loads

from domain.arithmetic import exact_sum
from domain.estimates.estimate import Question
from domain.estimates.policies import DEFAULT_POLICY
from domain.events import Definition
from projections.answers.questions import HEADLINE, Narrowing, question_of
from projections.sums.addends import decimal_text
from projections.sums.writing import Change
from projections.tables.sums import AddendRow, TotalRow

KEPT_POLICIES = (DEFAULT_POLICY, "envelope/1", "weighted-median/1")
"""Policies that never leave a cell unknown for which somebody gives a figure."""


def changed_total(before: TotalRow, change: Change) -> TotalRow:
    """The total with some addends ended and others begun: whatever is a sum or a count of addends."""
    total = before
    for addends, sign in ((change.ended, -1), (change.begun, 1)):
        total = total._replace(
            addends=total.addends + sign * len(addends),
            best=_sum(total.best, (a.best for a in addends), sign),
            low=_sum(total.low, (a.low for a in addends), sign),
            high=_sum(total.high, (a.high for a in addends), sign),
            no_best=total.no_best + sign * sum(a.best is None for a in addends),
            no_low=total.no_low + sign * sum(a.low is None for a in addends),
            no_high=total.no_high + sign * sum(a.high is None for a in addends),
            clashing=total.clashing + sign * sum(a.clash > "" for a in addends),
            noted=total.noted + sign * sum(_is_noted(a) for a in addends),
            used=total.used + sign * sum(len(loads(a.used)) for a in addends),
        )
    return total


def _is_noted(addend: AddendRow) -> bool:
    return bool(addend.flags or addend.clash)


def _sum(before: str, bounds: Iterable[str | None], sign: int) -> str:
    given = [bound for bound in bounds if bound is not None]
    if "." not in "".join((before, *given)):  # whole numbers, as nearly always
        return str(int(before) + sign * sum(map(int, given)))
    found = Decimal(before)
    for bound in given:
        found = exact_sum(found, sign * Decimal(bound))
    return decimal_text(found)


def judged_kept(definition: Definition, total: TotalRow) -> TotalRow:
    """The total marked as the headline, unless something needs all claims together.

    That are prospective claims alone, relays that stand in, origins that rest on others, and families
    of cells too large to keep.
    """
    alone = total.prospective and not total.observed
    together = alone or total.standing_in or total.resting or total.wide
    return total._replace(kept=int(_is_kept(definition) and not together))


def asked_of(definition: Definition) -> Question:
    """The question of a headline; of one that is not kept, the cells follow the default policy."""
    asked = HEADLINE if _is_kept(definition) else Narrowing(policy=DEFAULT_POLICY)
    return question_of(definition, asked)


def _is_kept(definition: Definition) -> bool:
    """Whether sums under a definition are kept at all."""
    return not definition.parts and definition.policy in KEPT_POLICIES
