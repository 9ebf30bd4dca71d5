"""What the addends of a sum come to, brought up to date by those that ended and those that began."""

import json
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

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
    ended, begun = change.ended, change.begun
    best, no_best = _sum(before.best, [a.best for a in begun], [a.best for a in ended])
    low, no_low = _sum(before.low, [a.low for a in begun], [a.low for a in ended])
    high, no_high = _sum(before.high, [a.high for a in begun], [a.high for a in ended])
    return before._replace(
        addends=before.addends + len(begun) - len(ended),
        best=best,
        low=low,
        high=high,
        no_best=before.no_best + no_best,
        no_low=before.no_low + no_low,
        no_high=before.no_high + no_high,
        clashing=before.clashing + sum(a.clash > "" for a in begun) - sum(a.clash > "" for a in ended),
        noted=before.noted + sum(map(_is_noted, begun)) - sum(map(_is_noted, ended)),
        led=before.led + sum(a.led for a in begun) - sum(a.led for a in ended),
        codes=_codes(before.codes, begun, ended),
        used=before.used + sum(map(_n_used, begun)) - sum(map(_n_used, ended)),
    )


def _is_noted(addend: AddendRow) -> bool:
    return bool(addend.flags or addend.clash)


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
    return total._replace(kept=int(_is_kept(definition) and not together))


def asked_of(definition: Definition) -> Question:
    """The question of a headline; of one that is not kept, the cells follow the default policy."""
    asked = HEADLINE if _is_kept(definition) else Narrowing(policy=DEFAULT_POLICY)
    return question_of(definition, asked)


def _is_kept(definition: Definition) -> bool:
    """Whether sums under a definition are kept at all."""
    return not definition.parts and definition.policy in KEPT_POLICIES
