"""What the addends of a sum come to, brought up to date by those that ended and those that began."""

import json
from collections import Counter
from collections.abc import Sequence
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
    ended, begun = change.ended, change.begun
    best, no_best = _sum(before.best, [a.best for a in begun], [a.best for a in ended])
    low, no_low = _sum(before.low, [a.low for a in begun], [a.low for a in ended])
    high, no_high = _sum(before.high, [a.high for a in begun], [a.high for a in ended])
    clashing = noted = led = used = 0
    for addends, sign in ((begun, 1), (ended, -1)):
        for addend in addends:
            clashing += sign * (addend.clash > "")
            noted += sign * (addend.flags > "" or addend.clash > "")
            led += sign * addend.led
            used += sign * _n_used(addend)
    return before._replace(
        addends=before.addends + len(begun) - len(ended),
        best=best,
        low=low,
        high=high,
        no_best=before.no_best + no_best,
        no_low=before.no_low + no_low,
        no_high=before.no_high + no_high,
        clashing=before.clashing + clashing,
        noted=before.noted + noted,
        led=before.led + led,
        codes=_codes(before.codes, begun, ended),
        used=before.used + used,
        **more,
    )


def _codes(before: str, begun: Sequence[AddendRow], ended: Sequence[AddendRow]) -> str:
    """The number of flags of each code after some addends came and others went."""
    if not any(addend.flags for addend in (*begun, *ended)):
        return before
    counts = Counter[str](json.loads(before))
    for addends, sign in ((begun, 1), (ended, -1)):
        for addend in addends:
            for code, *_ in json.loads(addend.flags or "[]"):
                counts[code] += sign
    return json.dumps({code: count for code, count in sorted(counts.items()) if count})


def _n_used(addend: AddendRow) -> int:
    return addend.used.count('", "') + 1 if addend.used != "[]" else 0


def _sum(before: str, more: Sequence[str | None], less: Sequence[str | None]) -> tuple[str, int]:
    """A sum of bounds after some came and others went, and by how many more are missing."""
    if more == less:
        return before, 0
    come, gone = [each for each in more if each], [each for each in less if each]
    missing = len(more) - len(come) - len(less) + len(gone)
    if "." not in "".join((before, *come, *gone)):  # whole numbers, as nearly always
        return str(int(before) + sum(map(int, come)) - sum(map(int, gone))), missing
    found = Decimal(before)
    for bound in (*map(Decimal, come), *(-Decimal(each) for each in gone)):
        found = exact_sum(found, bound)
    return decimal_text(found), missing


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
