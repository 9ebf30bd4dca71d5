"""Sources and indicators that a mapping names: given before the first claim."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from domain.commands import DefineIndicator, RegisterSource
from domain.errors import Fault, Refused
from service.http.validation import encoded, validated
from service.interop.tables.cells import Unfit
from service.interop.tables.filling import Fields, View, columns_at, filler
from service.interop.tables.lines import Line
from service.interop.tables.mapping import IndicatorRule, Mapping, SourceRule
from service.interop.tables.templates import Template, template_of

MOST_KNOWN = 100_000
"""Maximum number of ids remembered; one that comes again after that is defined again, to no effect."""
_KINDS: dict[str, type[RegisterSource] | type[DefineIndicator]] = {
    "source": RegisterSource,
    "indicator": DefineIndicator,
}


@dataclass(frozen=True, slots=True)
class _Rule:
    family: str
    name: str
    id: Template
    rule: SourceRule | IndicatorRule
    fields: Callable[[View], Fields]

    @property
    def is_constant(self) -> bool:
        """Whether it is the same for every row."""
        return not self.id.columns and not any(columns_at(self.rule, (), None))

    def line(self, name: str, view: View) -> Line:
        """The command; raises `Unfit`, or `Refused` if the command is not one."""
        kind = _KINDS[self.family]
        fields = {"id": name, **self.fields(view)}
        validated(kind, encoded(fields))
        return Line(kind.NAME, fields, self.rule, (view.row,))


class Definitions:
    """The sources and indicators of a mapping, each once."""

    def __init__(self, mapping: Mapping) -> None:
        rules = [
            _Rule(family, name, template_of(name), rule, filler(rule, kind))
            for family, kind in _KINDS.items()
            for name, rule in getattr(mapping, family).items()
        ]
        self._constant = [each for each in rules if each.is_constant]
        self._varying = [each for each in rules if not each.is_constant]
        self._known = set[tuple[str, str]]()

    def constant(self, view: View) -> Iterator[Line]:
        """Those that are the same for every row; raises `Refused` with the key of one that is wrong."""
        for each in self._constant:
            yield self._line(each, view)

    def _line(self, each: _Rule, view: View) -> Line:
        try:
            name = each.id.text(view.look) or ""
            line = each.line(name, view)
        except Refused as refused:
            detail = f"the mapping, {each.family}.{each.name}: {refused.detail}"
            base = f"/mapping/{each.family}/{each.name}"
            faults = [Fault(base + fault.pointer, fault.message) for fault in refused.faults]
            raise Refused("invalid", detail, faults) from None
        except Unfit as unfit:
            raise Refused(
                "invalid", f"the mapping, {each.family}.{each.name}: {unfit.message}"
            ) from None
        return Line(line.name, line.command)

    def of(self, view: View) -> Iterator[tuple[tuple[str, str], Line]]:
        """Those that a row needs and that were not given yet, by what they are."""
        for each in self._varying:
            name = each.id.text(view.look)
            key = (each.family, name or "")
            if name is None or key in self._known:
                continue
            try:
                yield key, each.line(name, view)
            except Refused as refused:
                fault = refused.faults[0] if refused.faults else Fault("", refused.detail)
                path = fault.pointer.split("/")[1:]
                column = next(iter(columns_at(each.rule, path, view.each)), None) if path else None
                named = column or next(iter(each.id.columns), None)
                why = f"{each.family}.{'.'.join(path)}: {fault.message}"
                raise Unfit("invalid", why, *view.columns.shown(view.row, named)) from None

    def given(self, key: tuple[str, str]) -> None:
        """Remember one that was given."""
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known.add(key)
