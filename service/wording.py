"""Figures in words, the same on pages and in the terminal."""

from collections.abc import Sequence
from typing import Any


def figure(body: dict[str, Any]) -> str:
    """An estimate in a few characters: `2,000 (≥ 1,500)`, a verdict, or unknown."""
    if body["verdict"] or body["measure"] == "proposition":
        return str(body["verdict"] or "unknown")
    best, bounds = body["best"], _bounds(body)
    if best is None:
        return bounds or "unknown"
    about = "~ " if body["qualifier"] in ("about", "nearly") else ""
    return f"{about}{best:,}" + (f" ({bounds})" if bounds else "")


def words(differences: Sequence[dict[str, Any]]) -> list[str]:
    """Differences between two answers in words, one a line."""
    return [_words(each["field"], each["before"], each["after"]) for each in differences]


def _words(field: str, before: Any, after: Any) -> str:
    if field == "flags":
        # In order; there may be thousands, which no list is to be searched for.
        was, now = (dict.fromkeys(map(_flag, flags)) for flags in (before, after))
        changes = (
            ("new", [f for f in now if f not in was]),
            ("gone", [f for f in was if f not in now]),
        )
        return "flags: " + "; ".join(f"{what}: {', '.join(which)}" for what, which in changes if which)
    name = _NAMES.get(field, field)
    if _number(before) and _number(after):
        return f"{name} {'rose' if after > before else 'fell'} from {before:,} to {after:,}"
    return f"{name}: {_said(before)} became {_said(after)}"


_NAMES = {
    "cutoff": "cut-off",
    "used": "rests on",
    "open_low": "open below",
    "open_high": "open above",
}


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _flag(flag: dict[str, Any]) -> str:
    return f"{flag['code']} ({', '.join(flag['claims'])})" if flag["claims"] else str(flag["code"])


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value) or "nothing"
    if isinstance(value, int | float):
        return f"{value:,}"
    return "none" if value is None else str(value)


def _bounds(body: dict[str, Any]) -> str:
    low, high = body["low"], body["high"]
    if low is None and high is None:
        return ""
    if low is None:
        return f"≤ {high:,}"
    if high is None:
        return f"≥ {low:,}"
    return "" if low == high else f"{low:,} to {high:,}"
