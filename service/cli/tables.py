"""What people see in a terminal of eighty columns."""

from collections.abc import Iterable
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from service.cli.chart import Scale
from service.query.words import figure, says

Item = dict[str, Any]


def table(*columns: str, numbers: Iterable[str] = ()) -> Table:
    """An empty table; columns of numbers stand to the right."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    for name in columns:
        made.add_column(name, justify="right" if name in numbers else "left", overflow="fold")
    return made


def estimates(items: Iterable[Item]) -> Table:
    """The board."""
    made = table("indicator", "estimate", "cut-off", "origins", numbers=("origins",))
    made.columns[0].ratio = 1
    for item in items:
        origins = f"{item['origins']}{'!' if item['support']['level'] == 'contested' else ''}"
        made.add_row(item["indicator"], figure(item), item["cutoff"] or "-", origins)
    made.caption = "! the origins contradict each other"
    made.caption_justify = "left"
    return made


def estimate(item: Item) -> Table:
    """One estimate, a line for each thing to know of it."""
    made = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    as_of = item["as_of"]
    lines = {
        "indicator": f"{item['indicator']}: {item['title'] or 'not defined then'}",
        "estimate": f"{figure(item)} {item['unit'] or ''}".strip(),
        "period": item["period"],
        "cut-off": item["cutoff"],
        "support": _support(item),
        "rests on": ", ".join(item["used"]) or None,
        "origins": f"{item['origins']}, among {item['claims']} claims in {item['reports']} reports",
        "policy": item["policy"],
        "marking": item["marking"],
        "cohorts": ", ".join(item.get("cohorts", ())) or None,
        "as of": f"position {as_of['position']}, recorded {as_of['known_at'] or 'never'}",
        "published by": as_of["published_by"],
        "valid at": as_of["valid_at"],
    }
    for name, value in lines.items():
        if value:
            made.add_row(Text(name, style="dim"), value)
    for flag in item["flags"]:
        made.add_row(Text("flag", style="yellow"), f"{flag['code']}: {flag['detail']}")
    return made


def explanation(item: Item) -> Table:
    """Every claim used, relayed or left out, with grades and reasons."""
    made = table("claim", "says", "grade", "why")
    for claim in item["used"]:
        made.add_row(claim["claim"], says(claim), _grade(claim), "used")
    for relay in item["relays"]:
        made.add_row(relay["claim"], says(relay), _grade(relay), f"relay of {relay['root']}")
    for claim in item["excluded"]:
        by = f" by {claim['by']}" if claim["by"] else ""
        made.add_row(claim["claim"], says(claim), _grade(claim), f"{claim['reason']}{by}")
    made.caption = "\n".join(item["steps"]) or None
    made.caption_justify = "left"
    return made


def _grade(claim: Item) -> str:
    return f"{claim['reliability'] or '-'}{claim['credibility'] or ''}"


def _support(item: Item) -> str | None:
    support = item["support"]
    return f"{support['level']} ({'; '.join(support['reasons'])})" if support["level"] else None


def vintages(items: Iterable[Item]) -> Table:
    """How a figure was revised."""
    made = table("from", "estimate", "change", "position", "cause", numbers=("position",))
    for item in items:
        cause = item["cause"]
        made.add_row(
            item["from"][:10],
            _vintage(item),
            item["change"],
            str(cause["position"]),
            cause["report"] or cause["type"],
        )
    return made


def drawn(items: Iterable[Item]) -> Text:
    """How a figure was revised, as a chart of which each revision is a line."""
    rows, scale = list(items), Scale()
    for row in rows:
        scale.bar(row)  # so that all lines have the scale that the largest needs
    lines = [f"{row['from'][:10]}  {scale.bar(row)}  {_vintage(row)}" for row in rows]
    return Text("\n".join(lines), no_wrap=True, overflow="ellipsis")


def _vintage(row: Item) -> str:
    return figure({**row, "measure": None, "qualifier": None})


def event_line(event: Item) -> str:
    """An event in one line."""
    return (
        f"{event['position']:>6}  {event['recorded_at'][:19]}Z  {event['type']:<16}  {event['stream']}"
    )


def frame_line(frame: Item, scale: Scale | None = None) -> str:
    """A frame of a replay in one line; with a scale also as a bar, for one indicator's numbers."""
    before, after = figure(frame["before"]), figure(frame["after"])
    change = after if before == after else f"{before} -> {after}"
    start = f"{frame['position']:>6}  {frame['recorded_at'][:10]}"
    if scale is not None and frame["after"]["measure"] != "proposition":
        return f"{start}  {scale.bar(frame['after'])}  {change}"
    return f"{start}  {frame['event']['type']:<16}  {frame['indicator']}: {change}"
