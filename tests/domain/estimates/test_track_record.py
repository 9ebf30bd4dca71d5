"""How a source's figures held: bias, size and days to settle of its revisions, beside its grade."""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.estimates.revisions import Release, revisions
from domain.estimates.track_record import TrackRecord, relative_revision, revision, track_record
from domain.vocabulary import Measure
from tests.histories import said
from tests.http_spec import Api, Ask, Body, Clock, claim, indicator, one_server, post, report, source

Figures = Mapping[int, float]
"""What a source said of one day: by how many days after it, how much."""


def published_on(*cells: Figures, measure: Measure = "stock") -> Iterator[Release]:
    """What one source published on as many days, each told of as often as it was revised."""
    number = count(1)
    for day, figures in enumerate(cells, start=1):
        for lag, best in figures.items():
            claim = said(
                f"nis-{next(number)}/1",
                best,
                originator="nis",
                voice="nis",
                measure=measure,
                period=f"2025-01-{day:02}",
                stated=f"2025-03-{1 + lag:02}",
            )
            yield Release(claim)


def record(*cells: Figures, shares: bool = False) -> TrackRecord:
    """The track record of a source that said these figures, in their unit or in shares."""
    rows = revisions("stock", published_on(*cells))
    return track_record(rows, relative_revision if shares else revision)


# Cells, then: cells, revised, bias, mean absolute revision, days to settle.
RECORDS: dict[str, tuple[list[Figures], tuple[Any, ...]]] = {
    "nothing said": ([], (0, 0, None, None, None)),
    "never revised": ([{0: 100}], (1, 0, 0, 0, None)),
    "repeated is not revised": ([{0: 100, 5: 100}], (1, 0, 0, 0, None)),
    "first too low": ([{0: 100, 5: 140}], (1, 1, 40, 40, 5)),
    "first too high": ([{0: 100, 5: 70}], (1, 1, -30, 30, 5)),
    "the first counts, and the last": ([{0: 100, 2: 900, 9: 110}], (1, 1, 10, 10, 9)),
    "there and back again": ([{0: 100, 3: 120, 4: 100}], (1, 1, 0, 0, 4)),
    "up and down is no bias": ([{0: 100, 1: 120}, {0: 100, 3: 80}], (2, 2, 0, 20, 2)),
    "one never revised counts as 0": ([{0: 100, 4: 140}, {0: 100}], (2, 1, 20, 20, 4)),
    "the days are a median": (
        [{0: 1, 1: 2}, {0: 1, 2: 2}, {0: 1, 27: 2}],
        (3, 3, 1, 1, 2),
    ),
    "repeats do not delay": ([{0: 100, 2: 140, 9: 140}], (1, 1, 40, 40, 2)),
    "down to 0": ([{0: 10, 2: 0}], (1, 1, -10, 10, 2)),
}


@pytest.mark.parametrize("case", RECORDS)
def test_a_track_record(case: str) -> None:
    cells, then = RECORDS[case]
    found = record(*cells)
    assert (found.cells, found.revised) == then[:2]
    assert (found.bias, found.mean_absolute_revision, found.days_to_settle) == then[2:]


SHARES: dict[str, tuple[list[Figures], tuple[Any, ...]]] = {
    "of the last figure": ([{0: 100, 5: 125}], (1, 0.2, 0.2)),
    "above 1 where it fell to less than half": ([{0: 100, 5: 25}], (1, -3, 3)),
    "never revised": ([{0: 100}, {0: 50, 5: 100}], (2, 0.25, 0.25)),
    "of a last figure of 0 there is none": ([{0: 10, 2: 0}], (1, None, None)),
    "and it is left out": ([{0: 10, 2: 0}, {0: 50, 5: 100}], (2, 0.5, 0.5)),
    "0 that stays 0": ([{0: 0}], (1, None, None)),
}


@pytest.mark.parametrize("case", SHARES)
def test_a_track_record_in_shares(case: str) -> None:
    cells, then = SHARES[case]
    found = record(*cells, shares=True)
    assert (found.cells, found.bias, found.mean_absolute_revision) == then


def test_below_nought_a_share_bears_the_sign_of_the_revision() -> None:
    assert record({0: -100, 5: -50}, shares=True).bias == 1
    assert record({0: -50, 5: -100}, shares=True).bias == -0.5


def test_headlines_are_left_out() -> None:
    growing: list[Figures] = [{0: 100}, {1: 200}, {2: 300}]
    rows = revisions("stock", published_on(*growing))
    assert any(row.cell is None and row.n_advances == 2 for row in rows)
    assert record(*growing) == TrackRecord(3, 0, 0, 0, None)


cells = st.dictionaries(st.integers(0, 27), st.integers(0, 5), min_size=1)


@given(st.lists(cells, min_size=1, max_size=6))
def test_a_bias_is_never_larger_than_the_revisions(figures: list[Figures]) -> None:
    found = record(*figures)
    by = [each[max(each)] - each[min(each)] for each in figures]
    assert found.bias == pytest.approx(sum(by) / len(by))
    assert found.mean_absolute_revision == pytest.approx(sum(map(abs, by)) / len(by))
    assert found.cells == len(figures)
    assert found.revised == sum(len(set(each.values())) > 1 for each in figures)


@given(st.lists(cells, min_size=1, max_size=6))
def test_said_the_other_way_round_the_bias_is_the_opposite(figures: list[Figures]) -> None:
    found = record(*figures)
    other = record(*({27 - lag: best for lag, best in each.items()} for each in figures))
    assert other.bias == pytest.approx(-(found.bias or 0))
    assert other.mean_absolute_revision == pytest.approx(found.mean_absolute_revision)


# Over HTTP


def killed(best: Any, day: str, originator: str = "nis", **fields: Any) -> Body:
    return claim(best, originator, "killed", period=day, **fields)


def revised(api: Api, name: str = "nis", **times: Any) -> Body:
    """The revision statistics of a source."""
    body: Body = api.get(f"/v1/sources/{name}", **times)["revisions"]
    return body


@pytest.fixture
def told(api: Api) -> Api:
    """The NIS on two days killed, one of them revised, and on troops in tons; others beside it."""
    api.given(
        indicator("killed", measure="cumulative", unit="persons"),
        indicator("shells", measure="increment", unit="tons"),
        indicator("gives", measure="proposition"),
        report("a", killed(100, "2025-01-01"), published_at="2025-01-02"),
        report("b", killed(125, "2025-01-01"), published_at="2025-01-12"),
        report("c", killed(300, "2025-01-20"), published_at="2025-01-21"),
        report("d", claim(8, about="shells", period="2025-01"), published_at="2025-02-01"),
        report("e", claim(4, about="shells", period="2025-01"), published_at="2025-02-05"),
        report("f", killed(999, "2025-01-20", "us"), published_at="2025-01-30"),
    )
    return api


WHOLE = {
    "cells": 3,
    "revised": 2,
    "bias": (0.2 + 0 - 1) / 3,
    "mean_absolute_revision": (0.2 + 0 + 1) / 3,
    "days_to_settle": 7,
}


def test_a_source_shows_how_its_figures_held(told: Api) -> None:
    body = revised(told)
    assert {name: body[name] for name in WHOLE} == pytest.approx(WHOLE)
    assert [each["indicator"] for each in body["indicators"]] == ["killed", "shells"]


def test_each_indicator_has_its_own_in_its_unit(told: Api) -> None:
    of_killed, of_shells = revised(told)["indicators"]
    headline = of_killed.pop("headline")
    assert of_killed == {
        "indicator": "killed",
        "unit": "persons",
        "cells": 2,
        "revised": 1,
        "bias": 12.5,
        "mean_absolute_revision": 12.5,
        "days_to_settle": 10,
    }
    assert (headline["originator"], headline["period"], headline["n_revisions"]) == ("nis", None, 1)
    assert headline["n_advances"] == 1
    assert (headline["first"], headline["latest"]) == (100, 300)
    assert (of_shells["unit"], of_shells["bias"], of_shells["days_to_settle"]) == ("tons", -4, 4)
    assert of_shells["headline"] is None


def test_it_agrees_with_the_revisions_of_the_indicator(told: Api) -> None:
    rows = told.items("/v1/estimates/killed/revisions", originator="nis")
    [of_killed, _] = revised(told)["indicators"]
    assert of_killed["headline"] == rows[0]
    assert of_killed["cells"] == len(rows) - 1
    assert of_killed["revised"] == sum(row["n_revisions"] > 0 for row in rows[1:])


def test_what_it_relays_is_not_its_own(told: Api) -> None:
    before = revised(told)
    linked = killed(700, "2025-01-01", derived_from=["f/1"])
    told.given(report("g", linked, published_at="2025-02-10"))
    assert revised(told) == before
    told.given(Ask("DELETE", "/v1/claims/g/1/links/f/1?reason=its+own"))
    assert revised(told)["indicators"][0]["bias"] == 300


def test_what_others_say_it_said_counts_as_its_own_and_nobody_elses(told: Api) -> None:
    before = revised(told, "us")
    told.given(report("g", killed(110, "2025-01-01"), publisher="us", published_at="2025-02-10"))
    assert revised(told, "us") == before
    assert revised(told)["indicators"][0]["bias"] == 5


@pytest.mark.parametrize(
    "act",
    [
        post("/v1/reports/b/withdrawal", kind="record", reason="x"),
        post("/v1/reports/b/withdrawal", kind="publisher", reason="x", published_at="2025-02-01"),
        post("/v1/reports/b/hold", reason="x"),
        post(
            "/v1/reports/b/corrections",
            kind="record",
            reason="x",
            claims=[{"n": 1, **killed(100, "2025-01-01")}],
        ),
    ],
    ids=["withdrawn by us", "withdrawn", "held", "mended"],
)
def test_what_was_taken_back_was_no_revision(told: Api, act: Ask) -> None:
    told.given(act)
    [of_killed, _] = revised(told)["indicators"]
    assert (of_killed["cells"], of_killed["revised"], of_killed["bias"]) == (2, 0, 0)


@pytest.mark.parametrize(
    ("times", "of_killed"),
    [
        ({"published_by": "2025-01-11"}, (1, 0)),
        ({"published_by": "2025-01-12"}, (1, 1)),
        ({"published_by": "2025-01-21"}, (2, 1)),
        ({"valid_at": "2025-01-01"}, (1, 1)),
    ],
    ids=str,
)
def test_it_is_as_of_the_times_asked(told: Api, times: Body, of_killed: tuple[int, int]) -> None:
    first = revised(told, **times)["indicators"][0]
    assert (first["indicator"], first["cells"], first["revised"]) == ("killed", *of_killed)


def test_as_we_knew_it(told: Api) -> None:
    [filed] = [event["position"] for event in told.events() if event["stream"] == "report:a"]
    assert revised(told, known_at=filed)["indicators"][0]["revised"] == 0


def test_who_said_nothing_has_no_record(told: Api) -> None:
    assert revised(told, "wire") == {
        "cells": 0,
        "revised": 0,
        "bias": None,
        "mean_absolute_revision": None,
        "days_to_settle": None,
        "n_indicators": 0,
        "indicators": [],
    }


def test_propositions_are_not_counted(told: Api) -> None:
    before = revised(told)
    said_ = claim(about="gives", stance={"asserts": True})
    del said_["quantity"]
    told.given(report("g", said_))
    assert revised(told) == before


def test_cohorts_are_cells_of_their_own_and_no_headline(told: Api) -> None:
    told.given(report("g", killed(7, "2025-01-01", cohort="east"), published_at="2025-01-03"))
    [of_killed, _] = revised(told)["indicators"]
    assert (of_killed["cells"], of_killed["headline"]["latest"]) == (3, 300)


def test_a_record_never_touches_a_grade(told: Api) -> None:
    ungraded = told.get("/v1/sources/nis")
    assert (ungraded["reliability"], ungraded["grades"]) == (None, [])
    told.given(post("/v1/sources/nis/grades", reliability="B", reason="a long record"))
    graded = told.get("/v1/sources/nis")
    assert graded["revisions"] == ungraded["revisions"]
    head = told.head()
    told.given(report("g", killed(1, "2025-01-01"), published_at="2025-02-10"))
    later = told.get("/v1/sources/nis")
    assert later["revisions"] != graded["revisions"]
    assert (later["reliability"], later["grades"]) == ("B", graded["grades"])
    assert {kind for _, kind, _ in told.facts(head)} == {"ReportFiled"}


def test_grades_stay_in_the_order_in_which_they_were_given(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    clock, given_ = Clock(), list[tuple[str, str]]()
    with one_server() as server, server.over(tmp_path_factory.mktemp("graded"), clock) as api:
        api.given(source("nis"))
        for day, letter in enumerate("CAFAB", start=2):
            clock.set(f"2025-01-{day:02}T00:00:00Z")
            api.given(post("/v1/sources/nis/grades", reliability=letter, reason=f"day {day}"))
            api.given(source("nis", note=f"described on day {day}"))
            given_.append((f"2025-01-{day:02}T00:00:00Z", letter))
        body = api.get("/v1/sources/nis")
        assert [(each["recorded_at"], each["reliability"]) for each in body["grades"]] == given_
        assert body["reliability"] == "B"
        positions = [each["position"] for each in body["grades"]]
        assert positions == sorted(positions)
        then = api.get("/v1/sources/nis", known_at=positions[2])
        assert [each["reliability"] for each in then["grades"]] == ["C", "A", "F"]
