"""The tables and lines that commands print for people, readable in a terminal of 80 columns."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from rich import box
from rich.table import Table
from rich.text import Text

from projections.answers.cell_estimates import SeriesRow
from projections.answers.estimate_answer import EstimateAnswer
from service.cli.chart import Scale
from service.query.events import EventAnswer, FrameAnswer
from service.query.evidence import EvidenceItem, ExcludedItem
from service.query.explanations import ExplanationAnswer
from service.query.history import VintageRow
from service.query.listed import CountedEstimate
from service.query.slippage import SlippageRow
from service.query.standpoint import AsOfAnswer
from service.query.words import (
    REASONS,
    UNKNOWN,
    beside,
    explained_heading,
    figure,
    heading,
    plain_figure,
    progress,
    reach,
    says,
)


class EstimateThen(CountedEstimate):
    """An estimate with the times that it is for."""

    as_of: AsOfAnswer


def table(*columns: str, numbers: Iterable[str] = ()) -> Table:
    """An empty table; columns named in `numbers` are right-aligned."""
    empty = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    for name in columns:
        empty.add_column(name, justify="right" if name in numbers else "left", overflow="fold")
    return empty


def facts(values: Mapping[str, str | None]) -> Table:
    """A row for each value that there is, with its name."""
    result = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for name, value in values.items():
        if value:
            result.add_row(Text(name, style="dim"), value)
    return result


def estimates(items: Iterable[EstimateAnswer]) -> Table:
    """The current estimate of every indicator."""
    result = table("indicator", "estimate", "cut-off", "origins", numbers=("origins",))
    result.columns[0].ratio = 1
    for item in items:
        origins = f"{item['origins']}{'!' if item['support']['level'] == 'contested' else ''}"
        result.add_row(item["indicator"], explained_heading(item).text, item["cutoff"] or "-", origins)
    result.caption = "! = its origins contradict each other"
    result.caption_justify = "left"
    return result


def listed(names: Sequence[str], n: int) -> str:
    """Names in a line, and how many more there are of the `n` in all."""
    more = n - len(names)
    return ", ".join([*names, *([f"and {more} more"] if more > 0 else [])])


def estimate(item: EstimateThen) -> Table:
    """One estimate, a row for each field."""
    as_of = item["as_of"]
    lines = {
        "indicator": f"{item['indicator']}: {item['title'] or 'not defined at that time'}",
        "estimate": f"{explained_heading(item).text} {_unit(item)}".strip(),
        "for": reach(item),
        "note": "; ".join(beside(item)),
        "cut-off": item["cutoff"],
        "support": _support(item),
        "based on": listed(item["used"], item["n_used"]) or None,
        "origins": f"{item['origins']} (of {item['claims']} claims in {item['reports']} reports)",
        "policy": item["policy"],
        "marking": item["marking"],
        "cohorts": listed(item.get("cohorts", ()), item.get("n_cohorts", 0)) or None,
        "as of": f"position {as_of['position']}, recorded {as_of['known_at'] or 'never'}",
        "published by": as_of["published_by"],
        "valid at": as_of["valid_at"],
    }
    result = facts(lines)
    for flag in item["flags"]:
        result.add_row(Text("flag", style="yellow"), f"{flag['code']}: {flag['detail']}")
    return result


def _unit(item: EstimateAnswer) -> str:
    return "" if heading(item).said == UNKNOWN else item["unit"] or ""


def explanation(item: ExplanationAnswer) -> Table:
    """Every claim used, relayed or left out, with its grade and the reason."""
    result = table("claim", "figure", "grade", "use")
    for claim in item["used"]:
        result.add_row(claim["claim"], says(claim), _grade(claim), "used")
    for relay in item["relays"]:
        result.add_row(relay["claim"], says(relay), _grade(relay), f"relay of {relay['root']}")
    for claim in item["excluded"]:
        result.add_row(claim["claim"], says(claim), _grade(claim), _reason(claim))
    listed = (("used", "used"), ("relays", "relays"), ("excluded", "left out"))
    more = ((item[f"n_{part}"] - len(item[part]), said) for part, said in listed)  # type: ignore[literal-required]
    lines = [*item["steps"], *(f"and {n:,} more {said}" for n, said in more if n)]
    result.caption = "\n".join(lines) or None
    result.caption_justify = "left"
    return result


def _reason(claim: ExcludedItem) -> str:
    """Why a claim was left out; `by` is the claim that took its place or outdates it."""
    reason = REASONS.get(claim["reason"], claim["reason"])
    return f"{reason} ({claim['by']})" if claim["by"] else reason


def _grade(claim: EvidenceItem) -> str:
    return f"{claim['reliability'] or '-'}{claim['credibility'] or ''}"


def _support(item: EstimateAnswer) -> str | None:
    support = item["support"]
    return f"{support['level']} ({'; '.join(support['reasons'])})" if support["level"] else None


def series(items: Iterable[SeriesRow]) -> Table:
    """The estimate of each period, with columns for cohorts and incidents where there are any."""
    rows = list(items)
    named: list[Literal["cohort", "incident"]] = ["cohort", "incident"]
    named = [name for name in named if any(row[name] for row in rows)]
    result = table("period", *named, "estimate", "support", "origins", numbers=("origins",))
    for row in rows:
        names = (row[name] or "" for name in named)
        support = row["support"]["level"] or ""
        result.add_row(row["period"] or "all time", *names, figure(row), support, str(row["origins"]))
    if any(row["derived"] for row in rows):
        result.caption = "computed from the figures of several periods"
        result.caption_justify = "left"
    return result


def vintages(items: Iterable[VintageRow]) -> Table:
    """The revisions of a figure."""
    result = table("from", "estimate", "change", "position", "cause", numbers=("position",))
    for item in items:
        cause = item["cause"]
        result.add_row(
            item["from"][:10],
            _vintage(item),
            item["change"],
            str(cause["position"]),
            cause["report"] or cause["type"],
        )
    return result


def vintage_chart(items: Iterable[VintageRow]) -> Text:
    """The revisions of a figure as a chart, one line per revision."""
    rows, scale = list(items), Scale()
    for row in rows:
        scale.bar(row)  # widens the scale, so that all lines below are drawn to the same one
    lines = [f"{row['from'][:10]}  {scale.bar(row)}  {_vintage(row)}" for row in rows]
    return Text("\n".join(lines), no_wrap=True, overflow="ellipsis")


def _vintage(row: VintageRow) -> str:
    return plain_figure(row, row["verdict"])


def slippage(items: Iterable[SlippageRow]) -> Table:
    """Each statement of a plan, its target, and what is fulfilled of it."""
    result = table("voice", "stated", "target", "moved", "fulfilled", numbers=("moved",))
    for item in items:
        voice = f"{item['originator']} ({item['cohort']})" if item["cohort"] else item["originator"]
        moved = "" if item["moved_days"] is None else f"{item['moved_days']:+d}"
        result.add_row(voice, item["stated_at"][:10], item["target"], moved, progress(item))
    return result


def event_line(event: EventAnswer) -> str:
    """An event as one line; one that was redacted has no time."""
    time = f"{event['recorded_at'][:19]}Z" if "recorded_at" in event else f"{'redacted':<20}"
    return f"{event['position']:>6}  {time}  {event['type']:<16}  {event['stream']}"


def frame_line(frame: FrameAnswer, scale: Scale | None = None) -> str:
    """A frame of a replay as one line; with a scale, the bar of the new figure instead of the event."""
    before, after = figure(frame["before"]), figure(frame["after"])
    change = after if before == after else f"{before} -> {after}"
    start = f"{frame['position']:>6}  {frame['recorded_at'][:10]}"
    if scale is not None and frame["after"]["measure"] != "proposition":
        return f"{start}  {scale.bar(frame['after'])}  {change}"
    return f"{start}  {frame['event']['type']:<16}  {frame['indicator']}: {change}"
