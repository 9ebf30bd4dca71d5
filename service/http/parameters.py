"""Query parameters: one rule reads each, everywhere, and unknown ones are refused."""

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from starlette.requests import Request

from domain.estimates.flags import FlagCode
from domain.estimates.policies import POLICY_NAMES, REPLACED
from domain.estimates.support import Level
from domain.events import EVENT_TYPES
from domain.near import did_you_mean, nearest
from domain.period import LONGEST, BadPeriod, parse_period
from domain.stream_names import KINDS
from domain.times import BadTime, parse_instant, parse_until
from domain.vocabulary import Kind, Measure, Reliability, composed
from projections.answers.derived_series import AS
from projections.answers.explanation import Use
from service.http.problems import Problem
from service.http.sight import sight_for
from service.query.citations import STATES
from service.query.sources import UNGRADED

Sort = Literal["title", "revised"]
"""The orders in which a caller may ask for the board."""
LARGEST_POSITION = 2**53
NARROWEST, WIDEST = 200, 800
"""The widths that a badge may be given, in pixels."""
Schema = Mapping[str, Any]
Asked = dict[str, Any]
"""The parameters of a request by name, each already read."""

_SLUG: Schema = {"type": "string", "pattern": r"^[a-z0-9][a-z0-9._-]{0,127}$"}
_TEXT: Schema = {"type": "string", "minLength": 1, "pattern": r"\S"}
_DATE = r"\d{4}-\d{2}-\d{2}"
_INSTANT = _DATE + r"([Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2}))?"
_UNENCODED_PLUS = re.compile(r"(:[0-9]{2}(?:\.[0-9]+)?) ([0-9]{2}:[0-9]{2})\Z")
_PERIOD: Schema = {"type": "string", "pattern": r"^[0-9.~?%/-]+$", "maxLength": LONGEST}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter: how its text is read, what it is for, and the schema of its text."""

    parse: Callable[[str], Any]
    description: str
    schema: Schema


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or not least <= int(text[:20]) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return parse


def _word_of(words: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            hint = did_you_mean(nearest(text, words)[:1])
            raise ValueError(f"must be one of {', '.join(words)}{hint}")
        return text

    return parse


def _policy(text: str) -> str:
    if text in REPLACED:
        raise ValueError(f"{text} is no longer kept; use {REPLACED[text]}, which replaces it")
    return _word_of(POLICY_NAMES)(text)


def _until(text: str) -> datetime:
    """An instant or a date; a `+` that was not encoded arrives as a space, which means nothing else."""
    return parse_until(_UNENCODED_PLUS.sub(r"\1+\2", text))


def _known_at(text: str) -> int | datetime:
    """Digits alone are a position, everything else is an instant."""
    if text.isascii() and text.isdigit():
        return _whole(0, LARGEST_POSITION)(text)
    return _until(text)


def _release(text: str) -> str | int:
    if text in ("first", "latest"):
        return text
    try:
        return _whole(1, 1_000_000)(text)
    except ValueError:
        raise ValueError("must be first, latest or a whole number from 1") from None


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 1e12:
        raise ValueError("must be a number above 0: how many times faster than it was recorded")
    return speed


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("is empty")
    return text


def _integer(least: int, most: int, description: str) -> Parameter:
    schema = {"type": "integer", "format": "int64", "minimum": least, "maximum": most}
    return Parameter(_whole(least, most), description, schema)


def _position(description: str) -> Parameter:
    return _integer(0, LARGEST_POSITION, description)


def _choice(description: str, *words: str) -> Parameter:
    return Parameter(_word_of(words), description, {"type": "string", "enum": list(words)})


def _policy_name(description: str) -> Parameter:
    return Parameter(_policy, description, {"type": "string", "enum": [*POLICY_NAMES]})


def _time(description: str) -> Parameter:
    return Parameter(_until, description, {"type": "string", "pattern": f"^{_INSTANT}$"})


def _time_or_position(description: str) -> Parameter:
    schema = {"type": "string", "pattern": rf"^(\d{{1,16}}|{_INSTANT})$"}
    return Parameter(_known_at, description, schema)


def _period(description: str) -> Parameter:
    return Parameter(parse_period, description, _PERIOD)


def _name(description: str) -> Parameter:
    return Parameter(_not_empty, description, _SLUG)


def _text(description: str) -> Parameter:
    return Parameter(_not_empty, description, _TEXT)


PARAMETERS: Mapping[str, Parameter] = {
    "known_at": _time_or_position("What we knew then: an instant, a date (its end) or a position."),
    "published_by": _time("What was published by then: an instant or a date (its end)."),
    "valid_at": _time("What covers days up to then: a date (its end) or an instant."),
    "min_position": _position("Wait until the views have reached this position."),
    "limit": _integer(1, 1_000, "Maximum number of items: 1 to 1000, by default 100."),
    "page": _integer(1, 1_000_000, "Which page of a list, counted from 1."),
    "cursor": Parameter(
        _not_empty,
        "Where the page starts: the `next_cursor` of the previous page.",
        {"type": "string", "pattern": r"^[A-Za-z0-9_-]+$"},
    ),
    "period": _period("One cell: an EDTF period; of an increment all cells that share a day with it."),
    "cohort": _text("One cohort; without it the whole."),
    "incident": _name("Of an increment: one incident, which is counted once."),
    "originator": _name("Only what this originator says, by any id of its voice."),
    "policy": _policy_name("A policy other than the indicator's own."),
    "period_from": _period("The first period of a series."),
    "period_to": _period("The last period of a series."),
    "release": Parameter(
        _release,
        "`first`, `latest` or the n-th distinct figure that each voice published for a cell.",
        {"type": "string", "pattern": r"^(first|latest|[1-9]\d{0,6})$"},
    ),
    "as": _choice(
        "`increment` turns a total into its steps, `cumulative` steps into a running total.", *AS
    ),
    "axis": _choice("The time axis: `record` or `publication`.", "record", "publication"),
    "all": _choice("`true`: include re-affirmations, which changed nothing.", "true", "false"),
    "q": _text("Words to search for."),
    "measure": _choice("Only indicators of this measure.", *get_args(Measure)),
    "flag": _choice("Only estimates with this flag.", *get_args(FlagCode)),
    "code": _choice("Only flags with this code.", *get_args(FlagCode)),
    "source": _name("Only what mentions this source."),
    "support": _choice("Only estimates with this support.", *get_args(Level)),
    "topic": _text("Only indicators with this topic."),
    "sort": _choice("By `title`, or `revised`: last revised first; without it by id.", *get_args(Sort)),
    "kind": _choice("Only sources of this kind.", *get_args(Kind)),
    "reliability": _choice("Only sources with this reliability now.", *get_args(Reliability), UNGRADED),
    "indicator": _name("Only what touches this indicator."),
    "report": _name("Only what is about this report."),
    "type": _choice("Only events of this type.", *(each.TYPE for each in EVENT_TYPES)),
    "stream": Parameter(
        _not_empty,
        "Only events of this stream, such as `report:...`.",
        {
            "type": "string",
            "pattern": f"^({'|'.join(KINDS)}):[a-z0-9][a-z0-9._-]{{0,127}}$",
        },
    ),
    "actor": _text("Only events recorded by this actor."),
    "after": _position("Only what comes after this position."),
    "before": _position("Only what comes before this position."),
    "live": _choice("`true`: go on with what is new, without an end.", "true", "false"),
    "salts": _choice("`true`: with the salt of each event's commitment.", "true", "false"),
    "until": _time_or_position("Only up to then: a position, an instant or a date (its end)."),
    "log": Parameter(
        _not_empty,
        "The id of the log that positions are of, for those who cannot send `Intellog-Log`.",
        {"type": "string", "pattern": "^[0-9a-f]{16}$"},
    ),
    "added_after": Parameter(
        parse_instant,
        "Only what was added after this time.",
        {"type": "string", "pattern": f"^{_INSTANT}$"},
    ),
    "next": Parameter(
        _not_empty,
        "Where the page starts: the `next` of the previous page.",
        {"type": "string", "pattern": r"^[A-Za-z0-9_-]+$"},
    ),
    "match[id]": _text("Only objects with these ids, separated by commas."),
    "match[type]": _text("Only objects of these types, separated by commas."),
    "match[version]": _text("Which versions: `last` (default), `first`, `all`, or times of them."),
    "match[spec_version]": _text("Only objects of these versions of STIX; there is 2.1."),
    "seen": Parameter(
        _not_empty,
        "Live: the mark of a page, since which to tell that a marking took something away from it.",
        {"type": "string", "pattern": r"^[A-Za-z0-9_-]+$"},
    ),
    "from": _position("The size of the older tree."),
    "to": _position("The size of the newer tree; without it, of the last one that was signed."),
    "order": _choice("`asc` (default) or `desc`.", "asc", "desc"),
    "speed": Parameter(
        _speed,
        "How many times faster than recorded; without it as fast as possible.",
        {"type": "number", "format": "double", "exclusiveMinimum": 0},
    ),
    "compare": _time("Another publication time to compare the estimate with."),
    "name": _text("The name of an import: lines that came under another name are not known to it."),
    "reason": Parameter(str, "Why.", {"type": "string", "pattern": r"^[\s\S]*$"}),
    "dry_run": _choice(
        "`true`: report what would change in which estimates, and write nothing.", "true", "false"
    ),
    "token": _text(
        "A token of the role `feed`, for programs that cannot send it as `Authorization: Bearer`."
    ),
    "since": _time_or_position("From this record time: an instant, a date (its end) or a position."),
    "at": _position("Pin a figure: the position that it is of, for good."),
    "written_at": _position("The position that a page was written with, to say `revised since`."),
    "width": _integer(NARROWEST, WIDEST, "The width of a badge in pixels; without it, in one line."),
    "url": _text("The address of a page of this service, or its path."),
    "maxwidth": _integer(1, 10_000, "The width that there is room for, in pixels."),
    "maxheight": _integer(1, 10_000, "The height that there is room for, in pixels."),
    "format": _choice("The form of the answer.", "json", "xml"),
    "use": _choice("Only claims of this use.", *get_args(Use)),
    "state": _choice("Only citations in this state.", *STATES),
    "base": _policy_name("The policy to compare with: by default the indicator's own."),
    "candidate": _policy_name("The policy to try."),
}
"""Every query parameter of the interface; a name means the same everywhere."""

SIGHT = "(sight)"
"""What `parameters` adds to the parameters: what the caller may see."""
TIMES = ("known_at", "published_by", "valid_at", "min_position")
RECORD_TIMES = ("at", "written_at", "known_at", "since", "until")
"""Those that may be a record position, which must be there already."""
PAGE = ("limit", "cursor")
NARROWING = ("period", "cohort", "incident", "originator", "policy")
BOARD_FILTERS = ("q", "measure", "flag", "source", "topic", "support")
SOURCE_FILTERS = ("q", "kind", "reliability")
SELECTING = ("type", "stream", "actor", "report", "source", "indicator")


def parameters(
    request: Request, *names: str, blanks: bool = False, besides: Container[str] = ()
) -> Asked:
    """Read the query of a request that may have these parameters; raises `Problem`.

    Texts are asked for in NFC, as they are stored. With `blanks` an empty one counts as absent, because
    a form sends its unfilled fields too. What is named in `besides` is read elsewhere.
    """
    asked: Asked = {SIGHT: sight_for(request.scope)}
    if not request.scope["query_string"]:
        return asked
    for name, text in request.query_params.multi_items():
        if name in besides or (blanks and not text):
            continue
        if name not in names:
            raise Problem("unknown-parameter", _unknown(name, names), parameter=name)
        if name in asked:
            raise bad_parameter(name, "is given twice")
        try:
            asked[name] = PARAMETERS[name].parse(composed(text))
        except (ValueError, BadTime, BadPeriod) as error:
            raise bad_parameter(name, str(error)) from None
    return asked


def _unknown(name: str, names: tuple[str, ...]) -> str:
    near = nearest(name, names)
    hint = f"did you mean '{near[0]}'?" if near else f"it takes {', '.join(names) or 'none'}"
    return f"'{name[:60]}' is no parameter of this address; {hint}"


def bad_parameter(name: str, message: str) -> Problem:
    """The problem of a query parameter whose value cannot be used."""
    return Problem("bad-parameter", f"{name}: {message}", parameter=name)
