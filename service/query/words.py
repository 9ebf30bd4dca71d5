"""Answers in words, the same on pages and in the terminal."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import NotRequired

from typing_extensions import ReadOnly, TypedDict

from domain.estimates.estimate import AnsweredFrom, Verdict
from domain.estimates.figures import number_text
from domain.vocabulary import Measure, Qualifier
from projections.answers.estimate_answer import ElsewhereAnswer
from projections.answers.explanation import LeftOutReason
from projections.answers.values import Number
from service.query.slippage import SlippageRow


class _Quantity(TypedDict):
    """The fields of a claim's figure that `quantity` reads."""

    low: ReadOnly[Number]
    best: ReadOnly[Number]
    high: ReadOnly[Number]
    qualifier: ReadOnly[Qualifier | None]


class _Bounds(TypedDict):
    """The fields of a figure that `bounded` reads."""

    best: ReadOnly[Number]
    low: ReadOnly[Number]
    high: ReadOnly[Number]
    open_low: ReadOnly[bool]
    open_high: ReadOnly[bool]


class _Figure(_Bounds):
    """The fields of an estimate that `heading` reads."""

    verdict: ReadOnly[Verdict | None]
    measure: ReadOnly[Measure | None]
    leading: ReadOnly[_Quantity | None]


class _Estimate(_Figure):
    """The fields of an estimate that `why_unknown` reads."""

    title: ReadOnly[str | None]
    claims: ReadOnly[int]
    used: ReadOnly[Sequence[object]]
    elsewhere: NotRequired[ReadOnly[ElsewhereAnswer]]
    flags: ReadOnly[Sequence[Mapping[str, object]]]


class _Reach(TypedDict):
    """The fields of an estimate that say what it covers and what stands beside it."""

    period: ReadOnly[str | None]
    targets: ReadOnly[Sequence[str]]
    covered: ReadOnly[Sequence[str]]
    gaps: ReadOnly[Sequence[str]]
    answered_from: ReadOnly[AnsweredFrom]
    from_parts: ReadOnly[_Bounds | None]


class _Statement(TypedDict):
    """The fields of a claim that `says` reads."""

    quantity: ReadOnly[_Quantity | None]
    stance: ReadOnly[Mapping[str, object] | None]


@dataclass(frozen=True, slots=True)
class Heading:
    """A figure as it is headed: what its leading origin said, and the range behind it, if any.

    For an unknown figure `behind` is the reason.
    """

    said: str
    behind: str

    @property
    def text(self) -> str:
        """Both in one line: `~ 300 (300 to 1,000)`."""
        return f"{self.said} ({self.behind})" if self.behind else self.said


UNKNOWN = "unknown"


def heading(body: _Figure, why: str = "") -> Heading:
    """How a figure is headed: `> 6,000`, `~ 300` with 300 to 1,000 behind it, a verdict, or unknown."""
    if body["verdict"] or body["measure"] == "proposition":
        return Heading(body["verdict"] or UNKNOWN, "" if body["verdict"] else why)
    best, bounds = body["best"], (body["low"], body["high"])
    if best is None and bounds == (None, None):
        return Heading(UNKNOWN, why or ("open on both sides" if body["open_low"] else ""))
    given = body["leading"]
    if given is None or best not in (None, given["best"], given["low"], given["high"]):
        return _own_heading(body)
    if given["best"] is not None:  # its own bounds are in the range behind
        given = {**given, "low": None, "high": None}
    alone = bounds in (_bounds(given), (None, None))
    return Heading(quantity(given), "" if alone else _between(*bounds, None))


def _own_heading(body: _Bounds) -> Heading:
    """A figure headed by itself, because it is nobody's own, as a sum is."""
    best, bounds = body["best"], (body["low"], body["high"])
    between = _between(*bounds, None)
    if best is None:
        return Heading(between or UNKNOWN, "")
    return Heading(number_text(best), "" if bounds == (best, best) else between)


def _bounds(given: _Quantity) -> tuple[Number, Number]:
    """The bounds that a statement alone leaves: on its open side none."""
    low, best, high, sign = given["low"], given["best"], given["high"], _sign(given["qualifier"])
    below, above = sign in ("≤ ", "< "), sign in ("≥ ", "> ")
    return best if low is None and not below else low, best if high is None and not above else high


def figure(body: _Figure) -> str:
    """An estimate in a few characters: `~ 2,000 (≥ 1,500)`, a verdict, or unknown."""
    return heading(body).text


def plain_figure(given: _Bounds, verdict: Verdict | None) -> str:
    """A figure of which nobody's own words are at hand: `2,000 (≥ 1,500)`, a verdict, or unknown."""
    return verdict or _own_heading(given).text


def explained_heading(body: _Estimate, unspecified: bool | None = None) -> Heading:
    """How a figure is headed; where it is unknown, with the reason."""
    return heading(body, why_unknown(body, {str(flag["code"]) for flag in body["flags"]}, unspecified))


def why_unknown(body: _Estimate, codes: Set[str], unspecified: bool | None) -> str:
    """Why an estimate has no figure, where it has none.

    `codes` are those of its flags; `unspecified` is whether there are claims without a number, None
    where that is not known.
    """
    if body["title"] is None:
        return "not defined yet"
    if "overlap" in codes:
        return "periods overlap"
    if "taken-back" in codes:
        return "taken back"
    if body["used"]:
        return "the origins have nothing in common"
    if elsewhere := body.get("elsewhere"):
        return _about_elsewhere(body["claims"], elsewhere)
    if unspecified:
        return "nothing but claims without a number"
    if body["claims"] or unspecified is None:
        return "no figure yet"
    return "no claim yet"


def _about_elsewhere(claims: int, found: ElsewhereAnswer) -> str:
    """That claims are there, and why none is the total: `1 claim, for 2025-10 to 2025-12; ...`."""
    periods = [period.replace("/", " to ") for period in found["periods"]]
    since = f"from {found['since']}" if found["since"] else "from no set day"
    counted = f"{claims:,} claim{'s' * (claims != 1)}"
    return f"{counted}, for {_listed(periods)}; this indicator counts {since}"


def reach(body: _Reach) -> str:
    """What a figure is for: its period, or, where days are missing, which are there and which not."""
    if not body["gaps"]:
        return body["period"] or ""
    return f"{_listed(body['covered'])}, none for {_listed(body['gaps'])}"


_MOST_LISTED = 4
"""Maximum number of periods that a line names."""


def _listed(periods: Sequence[str]) -> str:
    """Periods in words: `1992 and 1994`; of many the first ones and how many more there are."""
    if len(periods) > _MOST_LISTED:
        more = len(periods) - _MOST_LISTED + 1
        return f"{', '.join(periods[: _MOST_LISTED - 1])} and {more} more periods"
    *others, last = periods or ("",)
    return f"{', '.join(others)} and {last}" if others else last


def beside(body: _Reach) -> list[str]:
    """What a reader should know beside a figure: its targets, and the sum of its parts."""
    lines = list[str]()
    if len(body["targets"]) > 1:
        lines.append(f"stated for several targets: {_listed(body['targets'])}")
    if body["answered_from"] == "parts":
        lines.append("answered from its parts")
    elif body["from_parts"] is not None:
        lines.append(f"its parts sum to {bounded(body['from_parts']) or 'an unknown figure'}")
    return lines


def quantity(given: _Quantity) -> str:
    """A figure as its source gave it: `~ 600`, `≥ 3,000`, `> 600`, `1,000 to 3,000`, `unknown`."""
    low, best, high, qualifier = given["low"], given["best"], given["high"], given["qualifier"]
    if best is not None and low is None and high is None:
        return f"{_sign(qualifier)}{number_text(best)}"
    bounds = _between(low, high, qualifier)
    if best is None:
        return bounds or ("unknown" if qualifier == "unknown" else "no number")
    about = "~ " if qualifier in ("about", "nearly") else ""
    return f"{about}{number_text(best)}" + (f" ({bounds})" if bounds else "")


def progress(row: SlippageRow) -> str:
    """How far a plan is fulfilled: `400 of 1,000, open`, `1,000 of 1,000, 12 days late`."""
    planned, there = bounded(row["planned"]), bounded(row["fulfilled_now"])
    state = row["state"]
    if state in ("replanned", "withdrawn") or not planned or not there:
        return state
    moving = " in transit" if row["fulfilled_now"]["status"] == "in-transit" else ""
    days = row["late_days"]
    late = f", {days} day{'' if days == 1 else 's'} late"
    ending = {"met": "", "late": late}.get(state, f", {state}")
    return f"{there}{moving} of {planned}{ending}"


def bounded(figure: _Bounds) -> str:
    """A figure by its best value, else by its bounds; empty if it is unknown."""
    best = figure["best"]
    return _between(figure["low"], figure["high"], None) if best is None else number_text(best)


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


def _sign(qualifier: Qualifier | None) -> str:
    return _SIGNS.get(qualifier or "", "")


def _between(low: float | None, high: float | None, qualifier: str | None) -> str:
    if low is not None and high is not None:
        return number_text(low) if low == high else f"{number_text(low)} to {number_text(high)}"
    if low is not None:
        return f"{'>' if qualifier == 'more-than' else '≥'} {number_text(low)}"
    if high is not None:
        return f"{'<' if qualifier == 'less-than' else '≤'} {number_text(high)}"
    return ""


REASONS: Mapping[LeftOutReason, str] = {
    "superseded": "superseded by a later figure of the same originator",
    "stale": "stale: a source as good or better has much later information",
    "outgrown": "outgrown: a source as good or better has since counted at least as many",
    "weak": "repeats a figure without a link to it, or is graded improbable: counts only alone",
    "relay": "passes on what another one said",
    "prospective": "about what was still to come: what was observed counts",
    "replanned": "replaced by a later plan of the same originator",
    "other-target": "planned or foretold for another time",
    "overlaps": "its period overlaps another one, so that the sum would count some twice",
    "straddles": "its period reaches beyond the one asked",
    "not-asked": "not about the period, cohort or originator asked",
    "no-figure": "gave no figure",
    "cannot-be-judged": "the reliability of its source cannot be judged, that of others can",
    "doubtful": "its source is graded D or E",
    "not-cited": "not cited by the assessment",
    "withdrawn": "its publisher withdrew it",
    "withdrawn-by-us": "its report was withdrawn from this log",
    "held": "its report is under check",
    "corrected": "a correction removed it",
    "beyond-valid-at": "covers later days than asked",
    "beyond-clearance": "marked for readers with a higher clearance",
    "redacted": "its report was redacted",
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
