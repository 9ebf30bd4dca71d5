"""The sentences of a briefing: from what changed alone, the same words each time."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from domain.estimates.figures import number_text
from domain.estimates.flags import MEANING, FlagCode
from domain.estimates.support import WEAKEST_FIRST, Level
from domain.events import Definition, ReportReleased
from projections.answers.figure import same_figure
from projections.answers.vintages import VintageChange
from projections.changed.history import ChangedEstimate, DefaultAnswer, rests
from service.query.briefing_kinds import ALARMING, IMPORTANCE, Kind
from service.query.slippage import SlippageRow
from service.query.words import bounded

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
STEPS = 3
"""Maximum number of changes of one figure that are told one by one."""


class Told(NamedTuple):
    """A sentence, and what kind of news it is."""

    kind: Kind
    words: str


def figure_sentence(
    change: ChangedEstimate, definition: Definition, who: str | None, same_voice: bool
) -> Told | None:
    """How an event changed the figure or the days that it covers; None if it changed neither."""
    before, after, how = change["before"], change["after"], change["change"]
    if before is None:
        return Told("first", _first(after, definition, who)) if rests(after) else None
    if same_figure(before, after):
        if how != "advance" or definition.measure == "proposition":
            return None
        covers = _covers(after, definition)
        return Told("days", f"The figure still stands at {_figure(after, definition)}, now{covers}.")
    by = {"correction": "corrected", "withdrawal": "withdrawn", "hold": "held"}.get(how, "figure")
    kind: Kind = by  # type: ignore[assignment]  # each is one
    return Told(kind, f"{_moved(change, before, definition, who, same_voice)}.")


def several_steps(change: ChangedEstimate, steps: int, definition: Definition) -> Told:
    """The net change of a figure that changed more often than is told one by one."""
    before, after = change["before"], change["after"]
    if before is None:
        covers = _covers(after, definition)
        now = f"{_figure(after, definition)}{covers}"
        return Told("first", f"A first figure, revised {_times(steps - 1)} since, is {now}.")
    if same_figure(before, after):
        now = _figure(after, definition)
        return Told("figure", f"The figure changed {_times(steps)} and is {now} again.")
    covers = _covers(after, definition)
    return Told("figure", f"In {steps} steps {_from_to(before, after, definition)}{covers}.")


def _first(after: DefaultAnswer, definition: Definition, who: str | None) -> str:
    if definition.measure == "proposition":
        by = f", by {who}" if who else ""
        return f"{(after['verdict'] or 'unknown').capitalize()} for the first time{by}."
    if anchor(after) is None:
        by = f"{_capital(who)} reported" if who else "Something was reported"
        return f"{by} on it for the first time, without a figure that can be used."
    says = f"{_capital(who)} gave a first figure" if who else "There is a first figure"
    return f"{says}: {_figure(after, definition)}{_covers(after, definition)}."


def _moved(
    change: ChangedEstimate, before: DefaultAnswer, definition: Definition, who: str | None, same: bool
) -> str:
    after, how = change["after"], change["change"]
    moved = _from_to(before, after, definition)
    covers = _covers(after, definition)
    if how == "advance":
        return f"{_capital(moved)}{covers}" + (f", according to {who}" if who else "")
    if how == "revision" and before["best"] is not None and before["best"] == after["best"]:
        return _other_range(before, after, definition)
    if how == "revision" and who:
        if same:
            return f"{_capital(who)} had second thoughts: for the same days {moved}"
        return f"For the same days {moved}, now that {who} is heard"
    return f"{_because(change, how)}: {moved}"


def _other_range(before: DefaultAnswer, after: DefaultAnswer, definition: Definition) -> str:
    """That a figure stays, and what it may be has become another range."""
    stays = f"The figure stays at {_about(after)} {definition.unit}".rstrip()
    was, now = _range(before), _range(after)
    if not was or not now:
        return f"{stays}, now with a range {now}" if now else f"{stays}, no longer with a range {was}"
    return f"{stays}, its range now {now} instead of {was}"


_CAUSES: Mapping[VintageChange, str] = {
    "link": "After a link between claims was made or taken back",
    "grade": "After a grade",
    "definition": "After the indicator was defined again",
}


def _because(change: ChangedEstimate, how: VintageChange) -> str:
    cause = change["cause"]
    report = cause["report"] or "a report"
    match how:
        case "correction":
            return f"After a correction of {report}"
        case "withdrawal":
            return f"After {report} was withdrawn"
        case "hold":
            done = "released" if cause["type"] == ReportReleased.TYPE else "put on hold"
            return f"After {report} was {done}"
        case _:
            return _CAUSES.get(how, "For the same days")


def _from_to(before: DefaultAnswer, after: DefaultAnswer, definition: Definition) -> str:
    was, now = _figure(before, definition, unit=False), _figure(after, definition)
    if definition.measure == "proposition":
        return f"it went from {before['verdict'] or 'unknown'} to {after['verdict'] or 'unknown'}"
    if anchor(before) is None:
        return f"there is a figure again, {now}"
    if anchor(after) is None:
        return f"there is no figure any more, where there was {was}"
    return f"the figure {_direction(before, after)} from {was} to {now}"


def _direction(before: DefaultAnswer, after: DefaultAnswer) -> str:
    was, now = anchor(before), anchor(after)
    if was is None or now is None or was == now:
        return "went"
    return "rose" if now > was else "fell"


def anchor(answer: DefaultAnswer) -> float | None:
    """The one number by which two figures are compared."""
    found = (answer[name] for name in ("best", "low", "high"))
    return next((value for value in found if value is not None), None)


def _figure(answer: DefaultAnswer, definition: Definition, *, unit: bool = True) -> str:
    """A figure as one says it: `about 2,000 persons`, `at least 412 places`, `unknown`."""
    said, known = _about(answer), anchor(answer) is not None
    if answer["best"] is not None and (span := _range(answer)):
        said += f" ({span})"
    return f"{said} {definition.unit}".rstrip() if unit and known else said


def _about(answer: DefaultAnswer) -> str:
    """A figure without the range behind it."""
    if answer["best"] is None:
        return _between(answer["low"], answer["high"], answer["qualifier"])
    return ("about " if answer["qualifier"] in ("about", "nearly") else "") + number_text(
        answer["best"]
    )


def _range(answer: DefaultAnswer) -> str:
    """The range behind a best value; empty where it is that value alone."""
    bounds = answer["low"], answer["high"]
    return "" if bounds in ((None, None), (answer["best"],) * 2) else _between(*bounds, None)


def _between(low: float | None, high: float | None, qualifier: str | None) -> str:
    if low is not None and high is not None:
        return f"between {number_text(low)} and {number_text(high)}"
    if low is not None:
        return f"{'more than' if qualifier == 'more-than' else 'at least'} {number_text(low)}"
    if high is not None:
        return f"{'less than' if qualifier == 'less-than' else 'at most'} {number_text(high)}"
    return "unknown"


def _covers(answer: DefaultAnswer, definition: Definition) -> str:
    """Which days a figure is for: ` up to 2 September 2025`."""
    if answer["cutoff"] is None or definition.measure == "proposition":
        return ""
    word = "as of" if definition.measure == "stock" else "up to"
    return f" {word} {day_words(answer['cutoff'])}"


def support_sentence(before: DefaultAnswer | None, after: DefaultAnswer) -> Told | None:
    """Whether the support of a figure rose or fell."""
    if before is None or before["support"] == after["support"]:
        return None
    was, now = before["support"], after["support"]
    rose = _rank(now) > _rank(was)
    words = f"Its support {'rose' if rose else 'fell'} from {was or 'none'} to {now or 'none'}."
    return Told("support-rose" if rose else "support-fell", words)


def joined(one: Told, other: Told) -> Told:
    """Two sentences about one event as one, of the more important kind."""
    kind = min(one.kind, other.kind, key=IMPORTANCE.__getitem__)
    return Told(kind, f"{one.words[:-1]}; {other.words[:1].lower()}{other.words[1:]}")


def _rank(level: Level | None) -> int:
    return -1 if level is None else WEAKEST_FIRST.index(level)


def flag_sentences(change: ChangedEstimate) -> Iterator[Told]:
    """The flags that were raised and those that were cleared."""
    raised = list(dict.fromkeys(flag["code"] for flag in change["flags_raised"]))
    cleared = dict.fromkeys(flag["code"] for flag in change["flags_cleared"])
    for code in raised:
        kind: Kind = "alarm" if code in ALARMING else "flag"
        yield Told(kind, f"It is flagged {code}: {MEANING[code]}.")
    gone: list[FlagCode] = [code for code in cleared if code not in raised]
    if gone:
        yield Told("flag", f"It is no longer flagged {listed(gone)}.")


def plan_sentence(before: SlippageRow | None, after: SlippageRow, unit: str) -> Told | None:
    """What became of a plan; None where that is what it was before."""
    planned, there = bounded(after["planned"]), bounded(after["fulfilled_now"])
    same = before is not None and before["state"] == after["state"]
    if same and before is not None and bounded(before["fulfilled_now"]) == there:
        return None
    if not planned or not there:
        return None
    so_far = f"{there} of {planned} {unit}".rstrip()
    match after["state"]:
        case "missed":
            return Told("slipped", f"The plan slipped: its time is over, and {so_far} are there.")
        case "late":
            days = after["late_days"]
            late = f", {_days(days)} late" if days else ", late"
            return Told("slipped", f"The plan was fulfilled{late}: {so_far}.")
        case "met":
            return Told("plan", f"The plan is fulfilled: {so_far}.")
        case "open":
            return Told("plan", f"Of the plan, {so_far} are there so far.")
        case _:
            return None


def relay_sentence(reports: int) -> Told:
    """That reports repeated what was known."""
    many = f"{_capital(_counted(reports))} reports repeated" if reports > 1 else "One report repeated"
    return Told("relay", f"{many} what was known already and moved nothing.")


def _counted(n: int) -> str:
    return NUMBERS[n] if n < len(NUMBERS) else f"{n:,}"


def _times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{_counted(n)} times")


def _days(n: int) -> str:
    return "one day" if n == 1 else f"{_counted(n)} days"


def _capital(text: str | None) -> str:
    return (text or "")[:1].upper() + (text or "")[1:]


def listed(names: Sequence[str]) -> str:
    """Names as one says them: `a, b and c`."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def day_words(day: str) -> str:
    """A day as one says it: `2 September 2025`; what is no day stays as it is."""
    try:
        found = date.fromisoformat(day[:10])
    except ValueError:
        return day
    return f"{found.day} {_MONTHS[found.month - 1]} {found.year}"
