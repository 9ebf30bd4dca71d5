"""The tables that commands print of what is recorded, in a terminal of 80 columns."""

from collections.abc import Iterable

from rich.console import Group
from rich.table import Table
from rich.text import Text

from service.cli.tables import event_line, facts, listed, table
from service.query.claims import ClaimAnswer
from service.query.events import EventAnswer
from service.query.impact import ImpactAnswer
from service.query.indicators import IndicatorItem
from service.query.reports import ReportAnswer
from service.query.search import ReportHit
from service.query.sources import SourceItem
from service.query.words import says


def reports(items: Iterable[ReportHit]) -> Table:
    """Reports, each with what of it was found."""
    result = table("report", "published", "publisher", "title")
    result.columns[3].ratio = 1
    for item in items:
        status = "" if item["status"] == "open" else f" ({item['status']})"
        result.add_row(
            item["id"], item["published_at"][:10], item["publisher"], f"{item['title'] or ''}{status}"
        )
    return result


def report(item: ReportAnswer) -> Group:
    """One report: where it was read, and its claims."""
    evidence = item["evidence"]
    about = facts(
        {
            "report": item["id"],
            "title": item["title"],
            "publisher": item["publisher"],
            "url": item["url"],
            "published": item["published_at"],
            "recorded": f"{item['recorded_at']} at position {item['position']}",
            "version": str(item["version"]),
            "status": ": ".join(each for each in (item["status"], item["reason"]) if each),
            "marking": item["marking"],
            "evidence": evidence["sha256"] if evidence else None,
        }
    )
    claims = table("claim", "indicator", "says", "period", "originator")
    for claim in item["claims"]:
        claims.add_row(
            str(claim["n"]), claim["indicator"], says(claim), claim["period"], claim["originator"]
        )
    return Group(about, Text(), claims)


def history(items: Iterable[EventAnswer]) -> Text:
    """The events of a report, one line each."""
    return Text("\n".join(map(event_line, items)))


def claim(item: ClaimAnswer) -> Table:
    """One claim: what it says, who says it, and where it comes from."""
    grade = f"{item['reliability'] or '-'}{item['credibility'] or ''}"
    quote = item["quote"]
    return facts(
        {
            "claim": f"{item['id']}: {says(item)} for {item['period']}",
            "indicator": item["indicator"],
            "cohort": item["cohort"],
            "incident": item["incident"],
            "originator": item["originator"],
            "spokesperson": item["spokesperson"],
            "basis": f"{item['basis']}, {item['status']}",
            "stated": item["stated_at"],
            "published": f"{item['published_at']} by {item['publisher']}",
            "grade": grade,
            "standing": item["standing"],
            "quote": quote["exact"] if quote else None,
            "text": item["text"],
            "derived from": ", ".join(item["derived_from"]),
            "rests on": ", ".join(item["rests_on"]),
            "chain": _chain(item),
            "disputed by": listed([each["by"] for each in item["disputes"]], item["n_disputes"]),
            "marking": item["marking"],
        }
    )


def _chain(item: ClaimAnswer) -> str:
    more = item["n_chain"] - len(item["chain"])
    links = [f"{each['claim']} ({each['originator']})" for each in item["chain"][1:]]
    return " -> ".join([*links, *([f"{more} more"] if more else [])])


def impact(item: ImpactAnswer) -> Group:
    """What rests on a claim, and what each estimate would be without it."""
    result = table("estimate", "without the claim")
    result.columns[1].ratio = 1
    for each in item["estimates"]:
        result.add_row(each["indicator"], "; ".join(each["words"]) or "the same")
    more = item["n_estimates"] - len(item["estimates"])
    if more:
        result.add_row("", f"and {more} more estimates")
    cited = [each["indicator"] for each in item["assessments"]]
    others = facts(
        {
            "claim": f"{item['claim']} ({item['standing']})",
            "relays": listed(item["relays"], item["n_relays"]),
            "assessments": listed(cited, item["n_assessments"]),
        }
    )
    return Group(others, Text(), result)


def sources(items: Iterable[SourceItem]) -> Table:
    """Sources with their grades."""
    result = table("source", "name", "kind", "speaks for", "grade")
    result.columns[1].ratio = 1
    for item in items:
        about = (item["kind"] or "", item["speaks_for"] or "", item["reliability"] or "-")
        result.add_row(item["id"], ", ".join((item["name"], *item["aliases"])), *about)
    return result


def indicators(items: Iterable[IndicatorItem]) -> Table:
    """Indicators with what they measure."""
    result = table("indicator", "title", "measure", "unit", "topics")
    result.columns[1].ratio = 1
    for item in items:
        about = (item["measure"], item["unit"], ", ".join(item["topics"]))
        result.add_row(item["id"], item["title"], *about)
    return result
