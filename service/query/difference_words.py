"""What differs between two estimates, in words."""

from collections.abc import Mapping, Sequence
from typing import TypeGuard

from domain.estimates.figures import number_text
from service.query.differences import DifferenceItem, DifferenceValue, FlagReference


def difference_lines(differences: Sequence[DifferenceItem]) -> list[str]:
    """Differences between two estimates in words, one a line."""
    return [_difference_line(each["field"], each["before"], each["after"]) for each in differences]


def _difference_line(field: str, before: DifferenceValue, after: DifferenceValue) -> str:
    if field == "flags":
        return _flags_line(_flag_texts(before), _flag_texts(after))
    name = _NAMES.get(field, field)
    if _is_number(before) and _is_number(after):
        moved = "rose" if after > before else "fell"
        return f"{name} {moved} from {number_text(before)} to {number_text(after)}"
    return f"{name}: {_text(before)} became {_text(after)}"


def _flags_line(before: Mapping[str, None], after: Mapping[str, None]) -> str:
    changes = (
        ("new", [flag for flag in after if flag not in before]),
        ("gone", [flag for flag in before if flag not in after]),
    )
    return "flags: " + "; ".join(f"{what}: {_named(which)}" for what, which in changes if which)


MOST_NAMED = 20
"""Maximum number of flags, or of claims, that a line names; it counts the others."""


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    listed = ", ".join(names[:MOST_NAMED])
    return f"{listed} and {more} more" if more > 0 else listed


def _flag_texts(flags: DifferenceValue) -> dict[str, None]:
    """Flags in words, in order; as keys, because there may be thousands to look up."""
    listed = flags if isinstance(flags, list) else []
    return dict.fromkeys(_flag_text(each) for each in listed if isinstance(each, dict))


_NAMES = {
    "cutoff": "cut-off",
    "used": "rests on",
    "open_low": "open below",
    "open_high": "open above",
}


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _flag_text(flag: FlagReference) -> str:
    return f"{flag['code']} ({_named(flag['claims'])})" if flag["claims"] else flag["code"]


def _text(value: DifferenceValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return _named([*map(str, value)]) or "nothing"
    if isinstance(value, int | float):
        return number_text(value)
    return "none" if value is None else value
