"""The claims that a row makes, and those that it takes back."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from domain.errors import Fault, Refused
from domain.vocabulary import Quantity, Statement
from service.interop.tables.cells import Unfit
from service.interop.tables.filling import Fields, View, filler, required
from service.interop.tables.lines import Origin
from service.interop.tables.mapping import ClaimRule, Conditions, Mapping
from service.interop.tables.patterns import Test, any_of, matcher
from service.interop.tables.standing import cell_of
from service.interop.tables.templates import Look

_NUMBERS = ("low", "best", "high")
_NEED_NO_NUMBER = ("unspecified", "unknown")


@dataclass(frozen=True, slots=True)
class Made:
    """A claim, and what it was made of."""

    fields: Fields
    origin: Origin


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule for claims: the columns that it is for, and when it applies and takes back."""

    rule: ClaimRule
    columns: tuple[str | None, ...]
    applies: Test
    takes_back: Test
    fields: Callable[[View], Fields]
    quantity: Callable[[View], Fields]

    def claims(self, view: View) -> Iterator[Made | str]:
        """The claims of a row, or the cell of one that it takes back; raises `Unfit`."""
        if not self.applies(view.look):
            return
        for column in self.columns:
            view.each = column
            found = self._claim(view)
            if found is not None:
                yield found
        view.each = None

    def _claim(self, view: View) -> Made | str | None:
        rule: Any = self.rule
        fields = self.fields(view)
        if "period" in fields:
            fields["period"] = _period(fields["period"])
        if self.takes_back(view.look):
            return cell_of(fields)
        if rule.quantity is not None:
            quantity = self._quantity(view)
            if quantity is None:
                return cell_of(fields) if rule.without_number == "take-back" else None
            fields["quantity"] = quantity
        required(rule, fields, ("indicator", "originator"), view)
        return Made(fields, Origin(view.row, rule, view.each))

    def _quantity(self, view: View) -> Fields | None:
        """The figure of a claim; None where the row has none and need not have one."""
        without = self.rule.without_number
        try:
            fields = self.quantity(view)
        except Unfit as unfit:
            if unfit.code != "not-a-number" or without in (None, "refuse"):
                raise
            return None
        if not fields.keys().isdisjoint(_NUMBERS) or fields.get("qualifier") in _NEED_NO_NUMBER:
            return fields
        if without == "refuse":
            required(self.rule, {}, ("quantity",), view)
        return None


def _period(text: str) -> str:
    """A period; one whose ends are the same day is that day."""
    first, _, last = text.partition("/")
    return first if first == last else text


def rules_of(mapping: Mapping, names: Sequence[str]) -> list[Rule]:
    """The rules for claims, for a table with these columns; raises `Refused`."""
    return [_rule_of(rule, n, mapping, names) for n, rule in enumerate(mapping.claim)]


def _rule_of(rule: ClaimRule, n: int, mapping: Mapping, names: Sequence[str]) -> Rule:
    columns: tuple[str | None, ...] = (None,)
    if rule.each:
        wanted, unwanted = matcher(rule.each), matcher(rule.but)
        known = dict.fromkeys([*names, *mapping.column])
        columns = tuple(c for c in known if c and wanted(c) is not None and unwanted(c) is None)
        missing = [p for p in rule.each if not any(matcher([p])(c) is not None for c in known)]
        if missing:
            message = f"the table has no column '{missing[0][:100]}', which claim[{n + 1}].each names"
            raise Refused("invalid", message, [Fault(f"/mapping/claim/{n}/each", message)])
    return Rule(
        rule,
        columns,
        counted(rule.only, rule.skip),
        any_of(rule.take_back),
        filler(rule, Statement, without=("quantity",)),
        filler(rule.quantity, Quantity) if rule.quantity is not None else lambda view: {},
    )


def counted(only: Conditions, skip: Conditions) -> Test:
    """Whether a row meets one of the conditions `only`, if there are any, and none of `skip`."""
    wanted, unwanted = any_of(only), any_of(skip)

    def test(look: Look) -> bool:
        return (not only or wanted(look)) and not unwanted(look)

    return test
