"""Figures in words, the same on pages and in the terminal."""

import re
from collections.abc import Mapping, Sequence
from typing import Any


def figure(body: dict[str, Any]) -> str:
    """An estimate in a few characters: `2,000 (≥ 1,500)`, a verdict, or unknown."""
    if body["verdict"] or body["measure"] == "proposition":
        return str(body["verdict"] or "unknown")
    best, bounds = body["best"], _between(body["low"], body["high"], None)
    if best is None:
        return bounds or "unknown"
    about = "~ " if body["qualifier"] in ("about", "nearly") else ""
    alone = not bounds or body["low"] == body["high"]
    return f"{about}{best:,}" + ("" if alone else f" ({bounds})")


def quantity(given: Mapping[str, Any]) -> str:
    """A figure as its source gave it: `~ 600`, `≥ 3,000`, `> 600`, `1,000 to 3,000`."""
    low, best, high = (given[name] for name in ("low", "best", "high"))
    qualifier: str | None = given["qualifier"]
    if best is not None and low is None and high is None:
        return f"{_SIGNS.get(qualifier or '', '')}{best:,}"
    bounds = _between(low, high, qualifier)
    if best is None:
        return bounds or "no number"
    about = "~ " if qualifier in ("about", "nearly") else ""
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
    "nearly": "~ ",
    "at-least": "≥ ",
    "more-than": "> ",
    "at-most": "≤ ",
    "up-to": "≤ ",
    "less-than": "< ",
}


def _between(low: float | None, high: float | None, qualifier: str | None) -> str:
    if low is None and high is None:
        return ""
    if low is None:
        return f"{'<' if qualifier == 'less-than' else '≤'} {high:,}"
    if high is None:
        return f"{'>' if qualifier == 'more-than' else '≥'} {low:,}"
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


REASONS = {
    "superseded": "superseded by a later figure of the same originator",
    "stale": "stale: a source as good or better has much later information",
    "weak": "passes on a figure that is not linked: counts only where nothing else is known",
    "overlaps": "its period lies inside another that is counted",
    "not-asked": "not about what is asked here",
    "no-figure": "gave no figure",
    "cannot-be-judged": "its source cannot be judged, others can",
    "doubtful": "its source is graded D or E",
    "not-cited": "not cited by the assessment",
    "withdrawn": "its report was withdrawn",
    "held": "its report is under check",
    "corrected": "a correction left it out",
    "beyond-valid-at": "covers later days than asked",
    "not-yet-published": "not published by then",
    "not-yet-known": "not recorded by then",
}
"""Why a claim does not count, in words."""


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


def day_of(instant: str | None) -> str:
    """An instant for people: the date where it begins or ends one, else to the minute."""
    if not instant:
        return ""
    day, _, rest = instant.partition("T")
    if rest in ("", "00:00:00Z") or rest.startswith("23:59:59.999999"):
        return day
    return f"{day} {rest[:5]} UTC"


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
