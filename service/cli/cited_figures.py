"""What commands print of citations: where a figure was used, and what became of it."""

from collections.abc import Iterable

from rich.table import Table

from service.cli.tables import facts, table
from service.query.citations import CitationItem
from service.query.words import day_of, heading


def citations(items: Iterable[CitationItem]) -> Table:
    """Citations, those that moved first."""
    result = table("state", "citation", "figure", "cited", "now", "where")
    result.columns[5].ratio = 1
    for item in items:
        figures = heading(item["cited"]).text, heading(item["now"]).text
        result.add_row(item["state"], item["id"], item["indicator"], *figures, item["where"])
    return result


def citation(item: CitationItem) -> Table:
    """One citation, with the sentence for a correction where its figure moved."""
    asked, moved, closed = item["question"], item["moved"], item["closed"]
    times = {
        "published by": day_of(asked["published_by"]),
        "valid at": day_of(asked["valid_at"]),
        "position": str(asked["position"]),
    }
    return facts(
        {
            "citation": item["id"],
            "state": item["state"],
            "figure": f"{item['indicator']}: {item['title']}",
            "where": item["where"],
            "note": item["note"],
            **times,
            "policy": asked["policy"],
            "moves": item["when_it_moves"]["words"],
            "cited": heading(item["cited"]).text,
            "now": heading(item["now"]).text,
            "moved": moved and moved["words"],
            "by": moved and (moved["cause"]["report"] or moved["cause"]["type"]),
            "correction": item["correction"],
            "closed": closed and f"{day_of(closed['recorded_at'])} {closed['reason']}".strip(),
            "marking": item["marking"],
        }
    )
