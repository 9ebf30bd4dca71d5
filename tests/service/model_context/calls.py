"""What tests ask of the seeds, and what a figure must never be without."""

from collections.abc import Iterator
from typing import Any

from tests.service.model_context.models import Body

TEXT = (
    "The NIS said on Monday that about 600 North Korean soldiers were killed, at a cost of $3 million."
)
TIMES_ASKED: list[Body] = [
    {},
    {"published_by": "2025-02-01"},
    {"known_at": "205"},
    {"valid_at": "2025-01-20"},
    {"known_at": "216", "published_by": "2025-05-01", "valid_at": "2025-04-30"},
    {"published_by": "2020-01-01"},
]
FIGURES = ("dprk-killed", "dprk-casualties-in-period", "dprk-troops-fighting-in-kursk")
FIGURE = {"best", "low", "high"}
ADDED = ("permalink", "cut")


CALLS: list[tuple[str, Body]] = [
    ("find", {"q": "korean"}),
    *(("estimate", {"indicator": name}) for name in FIGURES),
    *(("explain", {"indicator": name}) for name in FIGURES),
    *(("changes", {"indicator": name, "since": 0}) for name in FIGURES),
    *(("vintages", {"indicator": name}) for name in FIGURES),
    *(("vintages", {"indicator": name, "axis": "publication"}) for name in FIGURES),
    ("conflicts", {"limit": 100}),
    ("propose", {"text": TEXT}),
]


def plain(body: Body, *names: str) -> Body:
    """An answer without what the tool adds to it."""
    return {name: value for name, value in body.items() if name not in (*ADDED, *names)}


def bare(items: list[Body], *names: str) -> list[Body]:
    """Items without support, marking and other things that the tool adds."""
    return [plain(each, "support", "marking", *names) for each in items]


def uncovered(value: Any, covered: bool = False) -> Iterator[Any]:
    """The figures that neither have support and marking beside them nor stand in what has."""
    match value:
        case dict():
            covered = covered or {"support", "marking"} <= set(value)
            if not covered and FIGURE & set(value):
                yield value
            for each in value.values():
                yield from uncovered(each, covered)
        case list():
            for each in value:
                # An item of a list that shows a figure says itself how well it is supported, unless
                # it is a claim, which has grades and a marking of its own.
                by_itself = isinstance(each, dict) and "quantity" not in each and FIGURE & set(each)
                yield from uncovered(each, covered and not by_itself)
