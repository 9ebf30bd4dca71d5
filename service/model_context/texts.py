"""Answers of tools as short sentences: each figure with its support, marking and times."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from domain.estimates.figures import number_text
from service.model_context.answers import (
    ChangesThen,
    ConflictsThen,
    Cut,
    DraftThen,
    EstimateThen,
    ExplanationThen,
    FindThen,
    VintagesThen,
)
from service.query.standpoint import AsOfAnswer
from service.query.words import (
    REASONS,
    UNKNOWN,
    beside,
    event,
    explained_heading,
    grade,
    heading,
    plain_figure,
    reach,
    says,
    statement,
)

_OPEN = {
    (True, True): " (open on both sides)",
    (False, True): " (open above: no upper bound is known)",
    (True, False): " (open below: no lower bound is known)",
    (False, False): "",
}


def estimate(body: EstimateThen) -> str:
    """One estimate."""
    return _lines(_estimate(body), [_cite(body)])


def explanation(body: ExplanationThen) -> str:
    """An estimate with the claims behind it."""
    return _lines(
        _estimate(body),
        ("Used: " + _claim(each) for each in body["used"]),
        (f"Relay of {each['root'] or 'a hidden claim'}: " + _claim(each) for each in body["relays"]),
        (f"Left out, {_reason(each)}: " + _claim(each) for each in body["excluded"]),
        (f"Step: {step}" for step in body["steps"]),
        _cut(body["cut"]),
        [_cite(body)],
    )


def changes(body: ChangesThen) -> str:
    """What changed in an estimate."""
    since, until = body["since"]["position"], body["until"]["position"]
    events = (
        f"Position {each['position']} ({event(each['type'])}): {'; '.join(each['words'])}"
        f" [then {_supported(each)}]"
        for each in body["events"]
    )
    return _lines(
        [f"{body['indicator']} from position {since} to {until}:"],
        [f"Before: {_short(body['before'])}.", f"After: {_short(body['after'])}."],
        body["words"] or ["Nothing changed."],
        events,
        _cut(body["cut"]),
        _ending(body),
    )


def vintages(body: VintagesThen) -> str:
    """How a figure was revised."""
    rows = (
        f"From {each['from']}: {plain_figure(each, each['verdict'])}{_openness(each)}"
        f"{_unit(body)}, {_supported(each)} ({each['change']}, {_cause(each['cause'])})."
        for each in body["items"]
    )
    title = f"{body['title']} ({body['indicator']})" if body["title"] else body["indicator"]
    return _lines([f"{title}, revisions:"], rows, _next(body["next_cursor"]), _ending(body))


def conflicts(body: ConflictsThen) -> str:
    """Open flags."""
    rows = (
        f"{each['indicator']}, {each['code']}: {each['detail']}"
        f"{' [' + ', '.join(each['claims']) + ']' if each['claims'] else ''}."
        f" The figure is {each['figure']}, {_supported(each)}."
        for each in body["items"]
    )
    nothing = [] if body["items"] else ["No open flags."]
    return _lines(nothing, rows, _next(body["next_cursor"]), _ending(body))


def found(body: FindThen) -> str:
    """What was found for some words."""
    lines = list[str]()
    if "indicators" in body:
        each_found = body["indicators"]
        lines += [f"Indicator {each['indicator']}: {_short(each)}." for each in each_found["items"]]
        lines += _next(each_found["next_cursor"], "indicators")
    if "sources" in body:
        sources = body["sources"]
        lines += [
            f"Source {each['id']}: {each['name']}, {grade(each['reliability'])}, {each['marking']}."
            for each in sources["items"]
        ]
        lines += _next(sources["next_cursor"], "sources")
    if "reports" in body:
        reports = body["reports"]
        lines += [
            f"Report {each['id']}: {each['title'] or 'without a title'}, by {each['publisher']},"
            f" {each['published_at']}, {each['marking']}"
            f"{', claims ' + ', '.join(c['id'] for c in each['claims']) if each['claims'] else ''}."
            for each in reports["items"]
        ]
        lines += _next(reports["next_cursor"], "reports")
    if not lines:
        lines = [f"Nothing was found for '{body['q']}'."]
        lines += [f"Near: {each['id']} ({each['title']})." for each in body["near"]]
    return _lines(lines, [f"All {_then(body['as_of'])}."])


def draft(body: DraftThen) -> str:
    """The claims that a text may make."""
    lines = list[str]()
    for each in body["claims"]:
        claim: Any = each["claim"]
        said = statement(_full(claim.get("quantity")), claim.get("stance"))
        about = claim.get("indicator", "an indicator to be chosen")
        by = claim.get("originator", "an originator to be chosen")
        ticked = "certain enough to take" if each["ticked"] else "to be checked"
        lines.append(f"{said} for {about}, according to {by} ({ticked}): '{each['quote']['exact']}'.")
    if not lines:
        lines = ["The text makes no claim that was recognised."]
    lines += [f"No claim, {each['why']}: '{each['quote']['exact']}'." for each in body["not_figures"]]
    unsupported = f"Support: none, {'; '.join(body['support']['reasons'])}. Marking: none yet."
    return _lines(lines, _cut(body["cut"]), [unsupported, f"Read {_then(body['as_of'])}."])


def _lines(*parts: Iterable[str]) -> str:
    """All lines, each without line ends of its own: no text that is quoted passes for a line."""
    return "\n".join(" ".join(line.split()) for lines in parts for line in lines)


def _estimate(body: Any) -> Iterator[str]:
    """An estimate in sentences; the first says all that must never be left out."""
    yield f"{_short(body)}, {_then(body['as_of'])}."
    best, low, high = (_number(body[name]) for name in ("best", "low", "high"))
    if not (body["verdict"] or body["measure"] == "proposition"):
        yield f"Best {best}, low {low}, high {high}{_openness(body)}."
    yield f"Independent origins: {body['origins']}; claims: {body['claims']}."
    yield f"Support: {'; '.join(body['support']['reasons']) or 'none'}."
    if where := reach(body):
        yield f"Period: {where}."
    yield from (f"Note: {line}." for line in beside(body))
    yield from (f"Flag {each['code']}: {each['detail']}." for each in body["flags"])
    shown, all_flags = len(body["flags"]), sum(body["flag_counts"].values())
    if all_flags > shown:
        yield f"{all_flags - shown} more flags: conflicts lists them."


def _short(body: Any) -> str:
    """A figure with its title, support and marking: `Troops: ≥ 3,000 (open above), single origin`."""
    said = explained_heading(body)
    unit = _unit(body) if heading(body).said != UNKNOWN else ""
    title = body["title"] or body["indicator"]
    return f"{title}: {said.text}{_openness(body)}{unit}, {_supported(body)}"


def _supported(body: Any) -> str:
    level = body["support"]["level"]
    return f"support {level or 'none'}, {body['marking']}"


def _openness(body: Mapping[str, Any]) -> str:
    return _OPEN[body["open_low"], body["open_high"]]


def _unit(body: Any) -> str:
    return f" {body['unit']}" if body["unit"] else ""


def _number(value: float | None) -> str:
    return "none" if value is None else number_text(value)


def _full(given: Any) -> Any:
    """A figure with all its bounds, those that are absent as None."""
    return given and {"low": None, "best": None, "high": None, **given}


def _claim(each: Any) -> str:
    grades = grade(each["reliability"], each["credibility"])
    return (
        f"{each['claim']} says {says(each)} for {each['period']}, according to {each['originator']}"
        f" ({grades}), published {each['published_at']}, {each['marking']}"
    )


def _reason(each: Any) -> str:
    words = REASONS.get(each["reason"], each["reason"])
    return f"{words} ({each['by']})" if each["by"] else words


def _cause(cause: Any) -> str:
    return f"position {cause['position']}{', report ' + cause['report'] if cause['report'] else ''}"


def _cut(cuts: Sequence[Cut]) -> list[str]:
    return [
        f"Of {each['list']} {each['shown']} of {each['of']} are shown"
        + (f"; ask for page {each['next_page']}." if each["next_page"] else ".")
        for each in cuts
    ]


def _next(cursor: str | None, what: str = "") -> list[str]:
    if cursor is None:
        return []
    return [f"There are more{f' {what}: give what={what} and' if what else ': give'} cursor={cursor}."]


def _ending(body: Any) -> list[str]:
    return [f"All {_then(body['as_of'])}.", _cite(body)]


def _cite(body: Any) -> str:
    return f"Cite {body['permalink']}"


def _then(as_of: AsOfAnswer) -> str:
    """The times of an answer: `as of position 57 (recorded ...), published by any time`."""
    known = f"recorded by {as_of['known_at']}" if as_of["known_at"] else "before anything was recorded"
    behind = f"; {as_of['behind']} later events are not in it yet" if "behind" in as_of else ""
    return (
        f"as of position {as_of['position']} ({known}), published by "
        f"{as_of['published_by'] or 'any time'}, valid at {as_of['valid_at'] or 'any day'}{behind}"
    )
