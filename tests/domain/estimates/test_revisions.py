"""Revision statistics: distinct values of one originator on one cell, their lags and their spread."""

from typing import Any

import httpx2
import pytest

from domain.estimates.claims import Claim
from domain.estimates.revisions import Revisions, revisions
from domain.vocabulary import Measure
from tests.histories import said

NIS = [
    said("nis/1", low=100, stated="2024-12-19"),
    said("nis/2", 300, stated="2025-01-13"),
    said("nis/3", 600, stated="2025-04-30"),
    said("nis/4", 2000, stated="2025-09-02"),
]


def headline(claims: list[Claim], measure: Measure = "cumulative") -> Revisions:
    """The row of the only originator's headline."""
    [row] = [row for row in revisions(measure, claims) if row.cell is None]
    return row


def test_the_killed_were_revised_three_times_by_1900() -> None:
    row = headline(NIS)
    assert row.values == (100, 300, 600, 2000)
    assert (row.n_revisions, row.spread, row.rel_spread) == (3, 1900, 0.95)
    assert (row.min_lag_days, row.max_lag_days) == (None, None)


def test_relays_count_for_nobody() -> None:
    relay = said("nis/9", 600, stated="2025-11-04", links=("nis/3",))
    assert headline([*NIS, relay]) == headline(NIS)


def test_an_earlier_cut_off_said_later_is_no_headline() -> None:
    late = said("nis/5", 350, stated="2025-10-01", period="2025-02-01")
    assert headline([*NIS, late]).values == (100, 300, 600, 2000)


# One day in one place, as versions gave it: value by day of the version, lags, revisions, spreads.
# The cases follow those by which the revision analysis of epiprocess is tested.
CELLS: list[tuple[str, dict[int, float | None], tuple[Any, ...]]] = [
    ("a repeat is no revision", {0: 1, 9: 1, 19: 100}, (1, 0, 19, 99, 0.99)),
    ("never revised", {0: 1}, (0, 0, 0, 0, 0.0)),
    ("revised once", {1: 1, 2: 4}, (1, 1, 2, 3, 0.75)),
    ("nothing said at first", {0: None, 1: 9}, (0, 1, 1, 0, 0.0)),
    ("a gap is no revision", {2: 1, 4: None, 5: 1, 6: 5, 19: 102}, (2, 2, 19, 101, 101 / 102)),
    ("back to an earlier value", {0: 5, 1: 7, 2: 5}, (2, 0, 2, 2, 2 / 7)),
    ("all nought", {0: 0, 1: 0}, (0, 0, 0, 0, None)),
]


@pytest.mark.parametrize(("case", "versions", "then"), CELLS, ids=[case for case, _, _ in CELLS])
def test_one_cell(case: str, versions: dict[int, float | None], then: tuple[Any, ...]) -> None:
    claims = [
        said(f"jhu/{n}", value, measure="stock", period="2020-01-01", stated=f"2020-01-{1 + lag:02}")
        for n, (lag, value) in enumerate(versions.items(), start=1)
        if value is not None
    ]
    [row] = [row for row in revisions("stock", claims) if row.cell is not None]
    found = (row.n_revisions, row.min_lag_days, row.max_lag_days, row.spread, row.rel_spread)
    assert found == then


def test_increments_have_cells_but_no_headline() -> None:
    claims = [said(f"a/{n}", n, measure="increment", period=f"2025-0{n}") for n in (1, 2)]
    assert [row.cell is None for row in revisions("increment", claims)] == [False, False]


def test_over_http(client: httpx2.Client) -> None:
    client.put("/v1/indicators/rate", json={"title": "Rate", "measure": "stock"})
    for day, cohort, best in (("05", "ca", 10), ("06", "ca", 12), ("06", "ny", 7)):
        claim = {"indicator": "rate", "originator": "jhu", "cohort": cohort, "period": "2025-01-01"}
        report = {
            "publisher": "delphi",
            "published_at": f"2025-01-{day}",
            "claims": [{**claim, "quantity": {"best": best}}],
        }
        last = client.post("/v1/reports", json=report).json()["position"]
    path, asked = "/v1/estimates/rate/revisions", {"min_position": last}
    rows = client.get(path, params=asked).json()["items"]
    assert [(row["cohort"], row["period"], row["n_revisions"]) for row in rows] == [
        ("ca", "2025-01-01", 1),
        ("ny", "2025-01-01", 0),
    ]
    assert rows[0] == {
        "originator": "jhu",
        "cohort": "ca",
        "period": "2025-01-01",
        "n_revisions": 1,
        "first": 10,
        "latest": 12,
        "min_lag_days": 4,
        "max_lag_days": 5,
        "spread": 2,
        "rel_spread": 2 / 12,
    }
    flags_about = client.get(path, params={"cohort": "ny", "period": "2025-01-01"}).json()["items"]
    assert [row["cohort"] for row in flags_about] == ["ny"]
    then = client.get(path, params={"cohort": "ca", "published_by": "2025-01-05"}).json()["items"]
    assert [row["n_revisions"] for row in then] == [0, 0]
