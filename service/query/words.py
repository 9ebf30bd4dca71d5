"""Answers in words, the same on pages and in the terminal."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeGuard

from typing_extensions import ReadOnly, TypedDict

from domain.estimates.estimate import Verdict
from domain.vocabulary import Measure, Qualifier
from projections.answers.explanation import LeftOutReason
from projections.answers.values import Number
from service.query.differences import DifferenceItem, DifferenceValue, FlagReference


class _Figure(TypedDict):
    """The fields of an answer that `figure` reads."""

    best: ReadOnly[Number]
    low: ReadOnly[Number]
    high: ReadOnly[Number]
    verdict: ReadOnly[Verdict | None]
    measure: ReadOnly[Measure | None]
    qualifier: ReadOnly[Qualifier | None]


class _Quantity(TypedDict):
    """The fields of a claim's figure that `quantity` reads."""

    low: ReadOnly[Number]
    best: ReadOnly[Number]
    high: ReadOnly[Number]
    qualifier: ReadOnly[Qualifier | None]


class _Statement(TypedDict):
    """The fields of a claim that `says` reads."""

    quantity: ReadOnly[_Quantity | None]
    stance: ReadOnly[Mapping[str, object] | None]


def figure(body: _Figure) -> str:
    """An estimate in a few characters: `2,000 (≥ 1,500)`, a verdict, or unknown."""
    if body["verdict"] or body["measure"] == "proposition":
        return str(body["verdict"] or "unknown")
    best, bounds = body["best"], _between(body["low"], body["high"], None)
    if best is None:
        return bounds or "unknown"
    about = "~ " if body["qualifier"] in ("about", "nearly") else ""
    alone = not bounds or body["low"] == body["high"]
    return f"{about}{best:,}" + ("" if alone else f" ({bounds})")


def quantity(given: _Quantity) -> str:
    """A figure as its source gave it: `~ 600`, `≥ 3,000`, `> 600`, `1,000 to 3,000`, `unknown`."""
    low, best, high, qualifier = given["low"], given["best"], given["high"], given["qualifier"]
    if best is not None and low is None and high is None:
        return f"{_SIGNS.get(qualifier or '', '')}{best:,}"
    bounds = _between(low, high, qualifier)
    if best is None:
        return bounds or ("unknown" if qualifier == "unknown" else "no number")
    about = "~ " if qualifier in ("about", "nearly") else ""
    return f"{about}{best:,}" + (f" ({bounds})" if bounds else "")


def says(claim: _Statement) -> str:
    """The statement of a claim, as its source gave it: `~ 600`, `> 3,000`, `asserts (likely)`."""
    return statement(claim["quantity"], claim["stance"])


def statement(given: _Quantity | None, stance: Mapping[str, object] | None) -> str:
    """A figure or a stance, as its source gave it."""
    if stance is not None:
        likelihood = stance.get("likelihood")
        word = "asserts" if stance["asserts"] else "denies"
        return f"{word} ({likelihood.replace('-', ' ')})" if isinstance(likelihood, str) else word
    return "no number" if given is None else quantity(given)


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


REASONS: Mapping[LeftOutReason, str] = {
    "superseded": "superseded by a later figure of the same originator",
    "stale": "stale: a source as good or better has much later information",
    "weak": "repeats a figure without a link to it: counts only if nothing else is known",
    "overlaps": "its period lies inside another one that counts",
    "not-asked": "not about the period, cohort or originator asked",
    "no-figure": "gave no figure",
    "cannot-be-judged": "the reliability of its source cannot be judged, that of others can",
    "doubtful": "its source is graded D or E",
    "not-cited": "not cited by the assessment",
    "withdrawn": "its report was withdrawn",
    "held": "its report is under check",
    "corrected": "a correction removed it",
    "beyond-valid-at": "covers later days than asked",
    "not-yet-published": "published later than asked",
    "not-yet-known": "recorded later than asked",
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
    meanings = [_RELIABILITY.get(reliability or ""), _CREDIBILITY.get(credibility or 0)]
    text = ", ".join(meaning for meaning in meanings if meaning)
    return f"{reliability or '-'}{credibility or ''}: {text}" if text else "ungraded"


def day_of(instant: str | None) -> str:
    """An instant for people: the date alone at the beginning or end of a day, else to the minute."""
    if not instant:
        return ""
    day, _, rest = instant.partition("T")
    if rest in ("", "00:00:00Z") or rest.startswith("23:59:59.999999"):
        return day
    return f"{day} {rest[:5]} UTC"


def difference_lines(differences: Sequence[DifferenceItem]) -> list[str]:
    """Differences between two estimates in words, one a line."""
    return [_difference_line(each["field"], each["before"], each["after"]) for each in differences]


def _difference_line(field: str, before: DifferenceValue, after: DifferenceValue) -> str:
    if field == "flags":
        return _flags_line(_flag_texts(before), _flag_texts(after))
    name = _NAMES.get(field, field)
    if _is_number(before) and _is_number(after):
        return f"{name} {'rose' if after > before else 'fell'} from {before:,} to {after:,}"
    return f"{name}: {_text(before)} became {_text(after)}"


def _flags_line(before: Mapping[str, None], after: Mapping[str, None]) -> str:
    changes = (
        ("new", [flag for flag in after if flag not in before]),
        ("gone", [flag for flag in before if flag not in after]),
    )
    return "flags: " + "; ".join(f"{what}: {', '.join(which)}" for what, which in changes if which)


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
    return f"{flag['code']} ({', '.join(flag['claims'])})" if flag["claims"] else flag["code"]


def _text(value: DifferenceValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing"
    if isinstance(value, int | float):
        return f"{value:,}"
    return "none" if value is None else value
