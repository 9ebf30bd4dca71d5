"""Answers as pandas frames, each of which says as of when it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from service.client import questions
from service.client.errors import MissingPandas
from service.client.exchange import Emit, Plan, Program, Session
from service.client.methods import Asked
from service.client.plans import Many, Notes

if TYPE_CHECKING:
    import pandas as pd

P = ParamSpec("P")
T = TypeVar("T")
Row = Mapping[str, Any]
Columns = Mapping[str, str]
"""The type of each column, in order."""
TIME, TEXT, NUMBER, WHOLE, TRUTH = "time", "string", "Float64", "Int64", "boolean"
_FIGURE: Columns = {
    **dict.fromkeys(("best", "low", "high"), NUMBER),
    "verdict": TEXT,
    **dict.fromkeys(("open_low", "open_high"), TRUTH),
}
_AS_OF: Columns = {
    "as_of_position": WHOLE,
    **dict.fromkeys(("as_of_known_at", "as_of_published_by", "as_of_valid_at"), TIME),
}
_ASKED: Columns = dict.fromkeys(("indicator", "originator", "cohort", "incident", "period"), TEXT)
VINTAGES: Columns = {
    **_ASKED,
    **dict.fromkeys(("known_from", "known_to", "published_from", "published_to"), TIME),
    **_FIGURE,
    **dict.fromkeys(("from_position", "to_position"), WHOLE),
    "cause_position": WHOLE,
    **dict.fromkeys(("cause_type", "cause_report"), TEXT),
}
SERIES: Columns = {
    **dict.fromkeys(("indicator", "cohort", "incident", "period"), TEXT),
    **_FIGURE,
    **dict.fromkeys(("status", "support"), TEXT),
    **dict.fromkeys(("origins", "claims"), WHOLE),
    "derived": TRUTH,
    **_AS_OF,
}
ESTIMATES: Columns = {
    **dict.fromkeys(("indicator", "title", "measure", "unit"), TEXT),
    **_FIGURE,
    **dict.fromkeys(("period", "cutoff", "qualifier", "status", "support", "flags", "policy"), TEXT),
    **dict.fromkeys(("origins", "claims", "reports"), WHOLE),
    "marking": TEXT,
    **_AS_OF,
}


def _cells(row: Row) -> Row:
    """An item as one row: what is nested in it as a value or as columns."""
    cause = {f"cause_{name}": value for name, value in row.get("cause", {}).items()}
    flags = " ".join(sorted({flag["code"] for flag in row.get("flags", ())}))
    return {**row, **cause, "support": row.get("support", {}).get("level"), "flags": flags or None}


def as_known(
    frame: pd.DataFrame,
    known_at: int | str | date | None = None,
    published_by: str | date | None = None,
) -> pd.DataFrame:
    """Of a frame of vintages the figure that was known at one time, of what was published by another.

    `known_at` is an instant, a date (its end) or a position, without which all that is known counts;
    without `published_by` all that was published. Empty where nothing was known.
    """
    known = vintage(frame, known_at)
    return known[_within(known, "published_from", "published_to", _end_of(published_by))]


def vintage(frame: pd.DataFrame, known_at: int | str | date | None = None) -> pd.DataFrame:
    """Of a frame of vintages what was known at one time, of all publication times in their order."""
    if isinstance(known_at, int):
        known = _within(frame, "from_position", "to_position", known_at)
    else:
        known = _within(frame, "known_from", "known_to", _end_of(known_at))
    return frame[known].sort_values("published_from")


def _within(frame: pd.DataFrame, start: str, end: str, at: Any) -> Any:
    if at is None:
        return frame[end].isna()
    return (frame[start] <= at) & (frame[end].isna() | (at < frame[end]))


def _end_of(time: str | date | None) -> Any:
    """An instant; of a date its last microsecond, as the server reads it."""
    if time is None:
        return None
    pd = _pandas()
    text = time if isinstance(time, str) else time.isoformat()
    at = pd.Timestamp(text)
    if len(text) == len("2025-01-01"):
        return at.tz_localize("UTC") + pd.Timedelta(days=1) - pd.Timedelta(microseconds=1)
    return at.tz_convert("UTC")


def _framed(plan: Callable[P, Many[T]], columns: Columns) -> Asked[P, pd.DataFrame]:
    """The method that makes a frame of a list, a row for each item."""
    takes = signature(plan)

    @wraps(plan)
    def framed(*args: P.args, **kwargs: P.kwargs) -> Plan[pd.DataFrame]:
        _pandas()
        many, given = plan(*args, **kwargs), takes.bind(*args, **kwargs).arguments
        named = {**given, **given.get("asked", {})}

        def program(session: Session) -> Program[pd.DataFrame]:
            items, notes = yield from collected(many, session)
            as_of: Row = notes.as_of or {}
            more = {f"as_of_{name}": value for name, value in as_of.items()}
            frame = _frame([{**named, **_cells(item), **more} for item in items], columns)
            frame.attrs["as_of"] = dict(as_of)
            return frame

        return program

    return Asked(framed)


class Frames:
    """Answers as pandas frames, by the same parameters; as of when one is stands in `attrs["as_of"]`.

    A frame of `vintages` has a row for each figure, for the span in which we knew it and the span in
    which what was published made it so; spans include their start and not their end, which is missing
    where they have not ended. `as_known` selects from it. Frames of `series` and `estimates` bear the
    times that they are for as columns as well, so that several can be put together.
    """

    vintages = _framed(questions.known_vintages, VINTAGES)
    series = _framed(questions.series, SERIES)
    estimates = _framed(questions.estimates, ESTIMATES)


def collected(many: Many[Any], session: Session) -> Program[tuple[list[Any], Notes]]:
    """All items of a list, with the notes on it."""
    items, notes = list[Any](), Notes()
    program, reply = many.program(session, notes), None
    while True:
        try:
            step = program.send(reply)
        except StopIteration:
            return items, notes
        reply = None
        if isinstance(step, Emit):
            items.append(step.item)
        else:
            reply = yield step


def _pandas() -> Any:
    try:
        import pandas
    except ImportError:
        raise MissingPandas("frames need pandas: pip install 'intellog[pandas]'") from None
    return pandas


def _frame(rows: list[Row], columns: Columns) -> pd.DataFrame:
    """Rows with the type of each column: times in UTC, numbers that may be missing, texts."""
    pd = _pandas()
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    for name, kind in columns.items():
        if kind == TIME:
            times = pd.to_datetime(frame[name], utc=True, format="ISO8601")
            frame[name] = times.dt.as_unit("us")
        else:
            frame[name] = frame[name].astype(kind)
    return frame
