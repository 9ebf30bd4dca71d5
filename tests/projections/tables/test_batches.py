"""What a batch of filed reports costs while views are built: reads by batch, not by report."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from projections.tables.projection import Recorded
from service.views.store import ViewFile
from tests.histories import define, desk_of, file, says

FEW, MANY = 3, 30


def filed(number: int) -> Sequence[Recorded]:
    """An indicator, and reports that say different figures of the same voices on it."""
    reports = (
        file(f"r-{n:02}", "2025-01-13", says("nis", n + 1), says("hur", n + 2, spokesperson="lee"))
        for n in range(number)
    )
    return desk_of(define(), *reports).recorded


def reads(events: Sequence[Recorded]) -> list[str]:
    """The queries that applying a batch of events to views that are being built runs."""
    statements = list[str]()
    views = ViewFile.create(Path(":memory:"), building=True)
    views.writer.set_trace_callback(statements.append)
    views.apply(events)
    views.writer.set_trace_callback(None)
    views.close()
    return [each for each in statements if each.lstrip().startswith(("SELECT", "WITH"))]


@pytest.fixture(scope="module")
def of_few() -> list[str]:
    return reads(filed(FEW))


def test_more_reports_in_a_batch_cost_no_more_queries(of_few: list[str]) -> None:
    assert len(reads(filed(MANY))) == len(of_few)


def test_the_levels_of_a_batch_are_read_by_one_query(of_few: list[str]) -> None:
    assert sum("FROM levels WHERE stream IN" in each for each in of_few) == 1
