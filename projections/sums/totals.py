"""What the addends of a sum come to, brought up to date by those that ended and those that began."""

import json
from collections import Counter
from decimal import Decimal
from typing import Any

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


def changed_total(before: TotalRow, change: Change, **more: Any) -> TotalRow:
    """The total with some addends ended and others begun: whatever is a sum or a count of addends.

    `more` is what else of it is another.
    """
    clashing = noted = led = used = flagged = no_best = no_low = no_high = 0
    best, low, high = _number(before.best), _number(before.low), _number(before.high)
    for addends, sign in ((change.begun, 1), (change.ended, -1)):
        for addend in addends:
            if addend.best is None:
                no_best += sign
            else:
                best = _added(best, addend.best, sign)
            if addend.low is None:
                no_low += sign
            else:
                low = _added(low, addend.low, sign)
            if addend.high is None:
                no_high += sign
            else:
                high = _added(high, addend.high, sign)
            led += sign * addend.led
            used += sign * _n_used(addend)
            flagged += addend.flags > ""
            noted += sign * (addend.flags > "" or addend.clash > "")
            clashing += sign * (addend.clash > "")
    return before._replace(
        addends=before.addends + len(change.begun) - len(change.ended),
        best=_digits(best),
        low=_digits(low),
        high=_digits(high),
        no_best=before.no_best + no_best,
        no_low=before.no_low + no_low,
        no_high=before.no_high + no_high,
        clashing=before.clashing + clashing,
        noted=before.noted + noted,
        led=before.led + led,
        codes=_codes(before.codes, change) if flagged else before.codes,
        used=before.used + used,
        **more,
    )


def _number(text: str) -> int | Decimal:
    return Decimal(text) if "." in text else int(text)


def _added(found: int | Decimal, bound: str, sign: int) -> int | Decimal:
    """A sum with one bound more, or less; whole numbers are added as such, as nearly always."""
    if isinstance(found, int) and "." not in bound:
        return found + sign * int(bound)
    return exact_sum(Decimal(found), sign * Decimal(bound))


def _digits(found: int | Decimal) -> str:
    return str(found) if isinstance(found, int) else decimal_text(found)


def _codes(before: str, change: Change) -> str:
    """The number of flags of each code after some addends came and others went."""
    counts = Counter[str](json.loads(before))
    for addends, sign in ((change.begun, 1), (change.ended, -1)):
        for addend in addends:
            for code, *_ in json.loads(addend.flags or "[]"):
                counts[code] += sign
    return json.dumps({code: count for code, count in sorted(counts.items()) if count})


def _n_used(addend: AddendRow) -> int:
    return addend.used.count('", "') + 1 if addend.used != "[]" else 0


def judged_kept(definition: Definition, total: TotalRow) -> TotalRow:
    """The total marked as the headline, unless something needs all claims together.

    That are prospective claims alone, relays that stand in, origins that rest on others, and families
    of cells too large to keep.
    """
    alone = total.prospective and not total.observed
    together = alone or total.standing_in or total.resting or total.wide
    kept = int(_is_kept(definition) and not together)
    return total if kept == total.kept else total._replace(kept=kept)


def asked_of(definition: Definition) -> Question:
    """The question of a headline; of one that is not kept, the cells follow the default policy."""
    asked = HEADLINE if _is_kept(definition) else Narrowing(policy=DEFAULT_POLICY)
    return question_of(definition, asked)


def _is_kept(definition: Definition) -> bool:
    """Whether sums under a definition are kept at all."""
    return not definition.parts and definition.policy in KEPT_POLICIES
