"""Citations in words, the same each time: the rule, what moved, and a sentence for a correction."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from typing_extensions import ReadOnly, TypedDict

from domain.estimates.citation_rule import Reason, WhenItMoves
from domain.estimates.figures import number_text
from projections.moved.moving import CitedAnswer, MovedFigure
from service.query.words import UNKNOWN, day_of, heading

_SPOKEN: Mapping[str, str] = {
    "~ ": "about ",
    "≥ ": "at least ",
    "> ": "more than ",
    "≤ ": "up to ",
    "< ": "fewer than ",
}


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as a sentence tells it: who leads it and when that was published, if one does."""

    answer: CitedAnswer
    who: str = ""
    published: str = ""


def rule_words(rule: WhenItMoves) -> str:
    """When a cited figure counts as moved."""
    parts = [_numbers(rule)]
    if rule.or_support:
        parts.append("when its support falls")
    if rule.or_flag:
        parts.append("when a new contradiction is found")
    return f"{', '.join(parts[:-1])} or {parts[-1]}" if len(parts) > 1 else parts[0]


def _numbers(rule: WhenItMoves) -> str:
    if rule.by_percent is None:
        return "when its best value or a bound no longer rounds to what was cited"
    if rule.by_percent == 0:
        return "when its best value or a bound changes at all"
    return f"when its best value or a bound changes by more than {number_text(rule.by_percent)} %"


def spoken(answer: CitedAnswer) -> str:
    """A figure as it is said in a sentence: `about 2,000 (at least 1,500)`, `denied`, `unknown`."""
    text = heading(answer).text
    for sign, words in _SPOKEN.items():
        text = text.replace(sign, words)
    return text


def moved_words(cited: CitedAnswer, moved: MovedFigure) -> str:
    """What of an answer left what was cited, and how."""
    return "; ".join(_moved(cited, moved["to"], moved["reasons"]))


def _moved(cited: CitedAnswer, to: CitedAnswer, reasons: Sequence[Reason]) -> Iterator[str]:
    if "figure" in reasons:
        yield f"{heading(to).text}, was {heading(cited).text}"
    if "support" in reasons:
        yield _fallen(cited, to)
    if "contradiction" in reasons:
        yield "a new contradiction"


def _fallen(cited: CitedAnswer, to: CitedAnswer) -> str:
    return f"support fell from {cited['support'] or 'none'} to {to['support'] or 'none'}"


class _Question(TypedDict):
    """What is read of the question that was cited."""

    period: ReadOnly[str | None]
    cohort: ReadOnly[str | None]
    incident: ReadOnly[str | None]
    originator: ReadOnly[str | None]
    known_at: ReadOnly[str | None]
    published_by: ReadOnly[str | None]
    valid_at: ReadOnly[str | None]


def figure_words(title: str, asked: _Question) -> str:
    """Of what a figure is: `"Killed", cohort tranche-1, for 2025`."""
    parts = [f'"{title}"']
    parts += [f"{name} {asked[name]}" for name in _NARROWED if asked[name]]
    parts += [f"for {asked['period'].replace('/', ' to ')}"] if asked["period"] else []
    parts += [f"according to {asked['originator']}"] if asked["originator"] else []
    return ", ".join(parts)


_NARROWED: tuple[Literal["cohort", "incident"], ...] = ("cohort", "incident")


def known_words(asked: _Question) -> str:
    """As of when a figure was cited."""
    known = f"as known on {day_of(asked['published_by'] or asked['known_at'])}"
    until = asked["valid_at"]
    return f"{known}, for days up to {day_of(until)}" if until else known


def correction(of: str, cited: CitedAnswer, as_known: str, moved: Said, now: Said, unit: str) -> str:
    """What to print where a figure that moved was used; `of` says of what it is a figure."""
    before = _with_unit(spoken(cited), cited, unit)
    gave = f"{of} as {before}" if cited["measure"] == "proposition" else f"{before} for {of}"
    first = f"An earlier version gave {gave} ({as_known})."
    return " ".join([first, *_since(cited, moved, now, unit)])


def _since(cited: CitedAnswer, moved: Said, now: Said, unit: str) -> Iterator[str]:
    """What became of it: another figure, the same again, or the same with less behind it."""
    it = "The answer" if cited["measure"] == "proposition" else "The figure"
    before, then, figure = spoken(cited), spoken(moved.answer), spoken(now.answer)
    if figure != before:
        yield f"{it} is now {_with_unit(figure, now.answer, unit)}{_source(now)}."
    elif then != before:
        yield f"{it} was then {then}{_source(moved)}; it is {before} again."
    else:
        yield f"{it} stands, but no longer as well as it did."
    if now.answer["support"] != cited["support"]:
        was, is_now = cited["support"] or "none", now.answer["support"] or "none"
        yield f"Its support was {was} and is now {is_now}."


def _with_unit(text: str, answer: CitedAnswer, unit: str) -> str:
    numeric = answer["measure"] != "proposition" and text != UNKNOWN
    return f"{text} {unit}" if numeric and unit else text


def _source(said: Said) -> str:
    """Who leads an answer, and when that was published."""
    if not said.who:
        return ""
    return f" ({said.who}, published {day_of(said.published)})"
