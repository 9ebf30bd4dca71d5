"""Figures in words, the same on pages and in the terminal."""

import re
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


def says(claim: dict[str, Any]) -> str:
    """What one claim says, as its source gave it: `~ 600`, `> 3,000`, `asserts (likely)`."""
    stance = claim["stance"]
    if stance is not None:
        likelihood = stance.get("likelihood")
        word = "asserts" if stance["asserts"] else "denies"
        return f"{word} ({likelihood.replace('-', ' ')})" if likelihood else word
    return quantity(claim["quantity"])


_SIGNS = {
    "about": "~ ",
    "nearly": "nearly ",
    "at-least": "≥ ",
    "more-than": "> ",
    "at-most": "≤ ",
    "up-to": "≤ ",
    "less-than": "< ",
}


def quantity(given: dict[str, Any]) -> str:
    """A figure as its source gave it; a bound that was not given is not made up."""
    low, best, high = (given[name] for name in ("low", "best", "high"))
    sign = _SIGNS.get(given["qualifier"], "")
    if best is not None:
        beside = _bounds({**given, "low": low, "high": high})
        return f"{sign}{best:,}" + (f" ({beside})" if beside else "")
    if low is not None and high is not None:
        return f"{low:,} to {high:,}"
    if low is None and high is None:
        return "no number"
    bound, open_ = (low, "≥ ") if high is None else (high, "≤ ")
    return f"{sign if sign[:1] in _STRICT else open_}{bound:,}"


_STRICT = ("<", ">")


def event(name: str) -> str:
    """The type of an event in words: `Report filed`."""
    return re.sub(r"\B[A-Z]", lambda letter: f" {letter[0].lower()}", name)


_RELIABILITY = {
    "A": "completely reliable",
    "B": "usually reliable",
    "C": "fairly reliable",
    "D": "not usually reliable",
    "E": "unreliable",
    "F": "reliability cannot be judged",
}
_CREDIBILITY = {
    1: "confirmed by other sources",
    2: "probably true",
    3: "possibly true",
    4: "doubtful",
    5: "improbable",
    6: "truth cannot be judged",
}


def grade(reliability: str | None, credibility: int | None = None) -> str:
    """A grade in code and words (STANAG 2511): `B2: usually reliable, probably true`."""
    said = [_RELIABILITY.get(reliability or ""), _CREDIBILITY.get(credibility or 0)]
    words_ = ", ".join(word for word in said if word)
    return f"{reliability or '-'}{credibility or ''}: {words_}" if words_ else "ungraded"


def words(differences: Sequence[dict[str, Any]]) -> list[str]:
    """Differences between two answers in words, one a line."""
    return [_words(each["field"], each["before"], each["after"]) for each in differences]


def _words(field: str, before: Any, after: Any) -> str:
    if field == "flags":
        new = [_flag(flag) for flag in after if flag not in before]
        gone = [_flag(flag) for flag in before if flag not in after]
        changes = (("new", new), ("gone", gone))
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
