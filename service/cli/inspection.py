"""The tables that commands print of what is behind estimates, in a terminal of 80 columns."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from domain.estimates.figures import number_text
from service.cli.tables import table
from service.http.briefed import BriefingAnswer
from service.interop.briefing_text import NOTHING, heading, in_plain_text, left_out, sections
from service.query.changed import ListedChange
from service.query.changes import CountedChanges
from service.query.comparison import ComparisonItem
from service.query.flags import OpenFlag
from service.query.history import RevisionRow
from service.query.open_matters import OpenAnswer
from service.query.words import plain_figure

_FIRST = 10
"""Number of open matters of each kind that are printed; `--json` has more."""
_COUNTS = ("first", "latest", "revisions", "advances", "spread")


def revisions(items: Iterable[RevisionRow]) -> Table:
    """How each voice revised its figures; a row without a period is its headline."""
    result = table("voice", "period", *_COUNTS, numbers=_COUNTS)
    for row in items:
        voice = f"{row['originator']} ({row['cohort']})" if row["cohort"] else row["originator"]
        figures = (_number(row["first"]), _number(row["latest"]))
        counts = (str(row["n_revisions"]), str(row["n_advances"]), _number(row["spread"]))
        result.add_row(voice, row["period"] or "headline", *figures, *counts)
    return result


def _number(value: float | None) -> str:
    return "-" if value is None else number_text(value)


def changes(item: CountedChanges) -> Text:
    """What changed between two positions, and which events changed it."""
    span = f"position {item['since']['position']} to {item['until']['position']}"
    lines = [f"{item['indicator']}, {span}: {'; '.join(item['words']) or 'nothing changed'}"]
    for event in item["events"]:
        by = event["report"] or event["type"]
        words = "; ".join(event["words"])
        lines.append(f"  {event['position']:>6}  {(event['recorded_at'] or '')[:10]}  {by}: {words}")
    return Text("\n".join(lines))


def comparison(items: Iterable[ComparisonItem]) -> Table:
    """The indicators that another policy answers differently, now or ever."""
    result = table("indicator", "base", "candidate", "differs")
    for item in items:
        now, spans = item["now"], item["n_history"]
        figures = (plain_figure(each, each["verdict"]) for each in (now["base"], now["candidate"]))
        result.add_row(item["indicator"], *figures, "now" if now["differs"] else f"before ({spans})")
    return result


def changed(items: Iterable[ListedChange]) -> Table:
    """Changes of default answers in words, each with its event."""
    result = table("recorded", "position", "what changed")
    result.columns[2].ratio = 1
    for item in items:
        by = item["cause"]["report"] or item["cause"]["type"]
        what = f"{item['indicator']}: {item['words']} ({by})"
        result.add_row((item["recorded_at"] or "")[:10], str(item["position"]), what)
    return result


def briefing(item: BriefingAnswer) -> Text:
    """What changed in a span, in sentences, by topic."""
    lines = [heading(item)]
    for topic, paragraphs in sections(item["items"]):
        lines += ["", topic.upper()] if topic else []
        lines += [line for each in paragraphs for line in ("", in_plain_text(each))]
    lines += ["", left_out(item)] if left_out(item) else []
    return Text("\n".join(lines if item["items"] else [*lines, "", NOTHING]))


def conflicts(items: Iterable[OpenFlag]) -> Table:
    """Every open flag, with the claims that it is about."""
    result = table("indicator", "flag", "detail")
    result.columns[2].ratio = 1
    for item in items:
        result.add_row(item["indicator"], item["code"], item["detail"])
    return result


def what_is_open(item: OpenAnswer) -> Text:
    """What is open: how much there is of each kind, and the first of it."""
    ungraded, unknown = item["ungraded"], item["unknown_sources"]
    flags, relays = item["flags"], item["relays"]
    lines = [f"claims without a source grade: {ungraded['claims']}, of {ungraded['n']} sources"]
    lines += [f"  {each['source']}: {each['claims']}" for each in ungraded["items"][:_FIRST]]
    lines.append(f"sources that were only named: {unknown['n']}")
    lines += [
        f"  {each['source']}: did you mean {' or '.join(each['near'])}?"
        for each in unknown["items"][:_FIRST]
    ]
    lines.append(f"flags: {flags['n']}")
    lines += [f"  {code}: {n}" for code, n in flags["counts"].items()]
    lines.append("oldest flags:")
    lines += [_aged(each["since"], each["detail"]) for each in flags["items"][:_FIRST]]
    lines.append(f"relays suspected that nobody has linked: {relays['n']}")
    lines += [_aged(each["since"], each["detail"]) for each in relays["items"][:_FIRST]]
    return Text("\n".join(lines))


def _aged(since: str | None, detail: str) -> str:
    return f"  {(since or '')[:10]}  {detail}"
