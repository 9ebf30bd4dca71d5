"""The oracle as specifications: these claims, this question, that answer.

A row is plain data. A claim is `source figure period`, and more: a figure is `300`, `>=300`, `<=300`,
`4..12`, `several` (unspecified) or `?` (unknown). Each claim is a report of its own, published on the
day that the row gives, or on the day on which its period ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from domain.events import ClaimGraded, ReportFiled, SourceGraded, SourceRegistered
from domain.times import parse_until
from service.proof.standalone.periods import parse_period
from tests import oracle
from tests.oracle import Asked, Logged, Times
from tests.spec import a, defined

GRADES = {"alpha": "A", "ally": "A", "able": "A", "bravo": "B", "bee": "B", "echo": "E"}
PREFIXES = {">=": "low", ">": "low", "<=": "high"}


def quantity(figure: str) -> dict[str, Any]:
    """A figure in words as a quantity."""
    if figure in ("several", "?"):
        return {"qualifier": {"several": "unspecified", "?": "unknown"}[figure]}
    if figure.startswith(">") and not figure.startswith(">="):
        return {"low": float(figure[1:]), "qualifier": "more-than"}
    for prefix, name in PREFIXES.items():
        if figure.startswith(prefix):
            return {name: float(figure.removeprefix(prefix))}
    if ".." in figure:
        low, high = figure.split("..")
        return {"low": float(low), "high": float(high)}
    return {"best": float(figure)}


def says(text: str, published: str = "", **more: Any) -> tuple[str, dict[str, Any]]:
    """A claim on what is counted, and the day on which it is published."""
    originator, figure, *period = text.split()
    given = {"period": period[0]} if period else {}
    body = {
        "indicator": "count",
        "originator": originator,
        "quantity": quantity(figure),
        **given,
        **more,
    }
    last = parse_period(period[0]).last if period else None
    return published or (last.isoformat() if last else ""), body


@dataclass(frozen=True)
class Row:
    """Some claims on one indicator, what is asked, and a part of the answer."""

    measure: str
    claims: Sequence[tuple[str, dict[str, Any]]]
    then: dict[str, Any]
    asked: Asked = oracle.HEADLINE
    valid_at: str | None = None
    more: dict[str, Any] | None = None
    flags: Sequence[str] = ()
    suspicions: Sequence[str] | None = None


def logged(row: Row) -> list[Logged]:
    """The events of a row, as the oracle reads them."""
    return oracle.logged(enumerate(told(row), 1))


def told(row: Row) -> list[Any]:
    """The events of a row; a source named `of-<another>` speaks for that other."""
    events: list[Any] = [defined("count", row.measure, **row.more or {})]
    names = dict.fromkeys(body["originator"] for _, body in row.claims)
    for name in names:
        root = name.removeprefix("of-")
        events.append(a(SourceRegistered, source=name, speaks_for=root if root != name else None))
        if name in GRADES:
            reliability = GRADES[name]
            events.append(
                a(SourceGraded, source=name, reliability=reliability, grader="ana", reason="")
            )
    for number, (day, body) in enumerate(row.claims, 1):
        provenance = {"publisher": "wire", "published_at": day, "published_on": day[:10]}
        if len(day) < len("2025-01-13"):
            provenance["published_at"] = f"{parse_period(day).last}T23:59:59.999999Z"
        filed = {"report": f"r{number}", "provenance": provenance, "marking": "TLP:CLEAR"}
        graded = {"report": f"r{number}", "n": 1, "grader": "ana", "reason": ""}
        claim = {name: value for name, value in body.items() if name != "credibility"}
        events.append(a(ReportFiled, **filed, claims=[{"n": 1, **claim}]))
        if "credibility" in body:
            events.append(a(ClaimGraded, **graded, credibility=body["credibility"]))
    return events


def figure(best: float | None, low: float | None, high: float | None) -> dict[str, Any]:
    """A figure; a missing bound is an open one."""
    return {
        "best": best,
        "low": low,
        "high": high,
        "open_low": low is None,
        "open_high": high is None,
    }


NONE = {**figure(None, None, None), "open_low": False, "open_high": False}


def by(cohort: str | None = None, period: str | None = None, **more: Any) -> Asked:
    """A question about a period or an incident."""
    return Asked(cohort, parse_period(period) if period else None, **more)


ROWS = {
    "a day within a year": Row(
        "increment",
        [says("alpha 70 2024-03-05"), says("echo >=5 2024", "2024-12-31")],
        {**figure(None, 70, None), "leading": None},
    ),
    "one incident, dated twice": Row(
        "increment",
        [says("alpha 4 2024-03-05", incident="strike"), says("echo 12 2024-03", incident="strike")],
        {**figure(4, 4, 12), "level": "contested"},
        flags=["contradiction"],
    ),
    "a weak cell around a firm one": Row(
        "increment",
        [says("alpha 70 2024-03-05"), says("bravo >=20 2024-03", basis="relay")],
        figure(70, 70, 70),
    ),
    "a weak cell around a weak incident that holds a firm one": Row(
        "increment",
        [
            says("alpha 4 2024-03-05", incident="strike", cohort="east"),
            says("bravo 9 2024-04-05", incident="strike", basis="relay"),
            says("bravo >=20 2024-04", basis="relay"),
        ],
        {**figure(4, 4, 4), "used": ["r1/1"]},
    ),
    "a batch is added to days": Row(
        "increment",
        [
            says("alpha 71 2025-08-22"),
            says("alpha 61 2025-08-23"),
            says("alpha 298 2023-10-07/2025-08-22", incident="late-additions"),
        ],
        figure(430, 430, 430),
    ),
    "a whole below its part": Row(
        "increment",
        [says("alpha 50 2024-03"), says("alpha 60 2024-03-05")],
        figure(50, 50, None),
        flags=["whole-below-parts"],
    ),
    "an unknown addend": Row(
        "increment",
        [
            says("alpha 4 2024-03-05", incident="one"),
            says("alpha several 2024-03-06", incident="two"),
        ],
        figure(None, 4, None),
        flags=["unknown-addend"],
    ),
    "a year is missing": Row(
        "increment",
        [says("alpha 100 1992"), says("alpha 120 1994")],
        {**figure(220, 220, 220), "covered": ["1992", "1994"], "gaps": ["1993"]},
    ),
    "over the edge": Row(
        "increment",
        [says("alpha 5 2025-03-24/2025-03-30"), says("alpha 7 2025-03-31/2025-04-06")],
        {
            **figure(None, 5, 12),
            "gaps": ["2025-03-01/2025-03-23"],
            "covered": ["2025-03-24/2025-03-30"],
        },
        by(period="2025-03"),
    ),
    "days that overlap": Row(
        "increment",
        [says("alpha 5 2025-03-01/2025-03-10"), says("alpha 7 2025-03-08/2025-03-20")],
        {**NONE, "level": "single"},
        flags=["overlap"],
    ),
    "months that fill a quarter": Row(
        "increment",
        [
            says("alpha 60 2025-01-01/2025-03-31"),
            *(says(f"echo {n} 2025-0{n}") for n in (1, 2, 3)),
        ],
        {**figure(60, 6, 60), "leading": "r1/1", "origins": 2},
    ),
    "cohorts do not fill": Row(
        "increment",
        [says("alpha 5 2025-03", cohort="east"), says("bravo >=3 2025-03")],
        {**figure(None, 5, None), "level": "single", "leading": None},
    ),
    "decimal sums": Row(
        "increment", [says("alpha 0.1 2024"), says("alpha 0.2 2025")], figure(0.3, 0.3, 0.3)
    ),
    "no cell is not nothing": Row("increment", [], NONE),
    "a forecast of two years": Row(
        "stock",
        [
            says("alpha 1.4 2017", "2016-05-01", status="forecast"),
            says("alpha 3.0 2019", "2016-05-01", status="forecast"),
        ],
        {**figure(1.4, 1.4, 1.4), "targets": ["2017", "2019"]},
    ),
    "a forecast of two years, the later first": Row(
        "stock",
        [
            says("alpha 3.0 2019", "2016-05-01", status="forecast"),
            says("alpha 1.4 2017", "2016-05-01", status="forecast"),
        ],
        {**figure(1.4, 1.4, 1.4), "leading": "r2/1"},
    ),
    "two plans": Row(
        "cumulative",
        [
            says("alpha 15000 2025-08", "2025-06-01", status="planned"),
            says("bravo 25000 2026-12", "2025-06-02", status="planned"),
        ],
        {**figure(15000, 15000, 15000), "targets": ["../2025-08-31", "../2026-12-31"]},
    ),
    "two plans, before either target": Row(
        "cumulative",
        [
            says("alpha 15000 2025-08", "2025-06-01", status="planned"),
            says("bravo 25000 2026-12", "2025-06-02", status="planned"),
        ],
        NONE,
        valid_at="2025-07-01",
    ),
    "a plan is replaced": Row(
        "stock",
        [
            says("alpha 100 2025-08", "2025-01-01", status="planned"),
            says("alpha 200 2025-12", "2025-03-01", status="planned"),
        ],
        {**figure(200, 200, 200), "targets": ["2025-12"]},
    ),
    "a forecast beside an observation": Row(
        "stock",
        [says("bravo 100 2025-01"), says("alpha 900 2027", "2025-06-01", status="forecast")],
        {**figure(100, 100, 100), "level": "single", "targets": []},
    ),
    "a bound confirms nothing": Row(
        "cumulative",
        [
            says("bravo 2000 2025-09-02"),
            says("bee >=10 2025-09-02"),
            says("alpha >5 2025-09-02"),
        ],
        {**figure(2000, 2000, 2000), "level": "single", "leading": "r1/1", "origins": 3},
    ),
    "improbable": Row(
        "stock",
        [says("alpha 900 2025-03", credibility=5), says("bravo 100 2025-03")],
        {**figure(100, 100, 100), "used": ["r2/1"]},
    ),
    "doubtful": Row(
        "stock",
        [says("alpha 900 2025-03", credibility=4), says("bravo 100 2025-03")],
        {**figure(100, 100, 900), "leading": "r2/1", "level": "contested"},
        flags=["contradiction"],
    ),
    "a garble of another figure": Row(
        "cumulative",
        [says("alpha 600 2025-03-01"), says("bravo 700 2025-03-02", derived_from=["r1/1"])],
        {**figure(600, 600, 600), "claims": 2, "used": ["r1/1"]},
    ),
    "two totals at about one time": Row(
        "cumulative",
        [says("alpha 300 2025-01-13"), says("bravo 1000 2025-01-15")],
        {**figure(300, 300, 1000), "level": "contested"},
        flags=["contradiction"],
    ),
    "outgrown": Row(
        "cumulative",
        [says("alpha 971162 2025-03-20"), says("ally 960000 2025-03-13")],
        {**figure(971162, 971162, 971162), "used": ["r1/1"]},
    ),
    "outgrown by a lower bound": Row(
        "cumulative",
        [says("alpha >6000 2025-06-15"), says("ally 4700 2025-04-30"), says("able 4000 2025-03-27")],
        {**figure(None, 6000, None), "origins": 1, "leading": "r1/1"},
    ),
    "a total since a day": Row(
        "cumulative",
        [says("alpha 1259 2025-10-10/2026-08-13")],
        figure(1259, 1259, 1259),
        more={"since": "2025-10-10"},
    ),
    "a total with a start of its own": Row(
        "cumulative", [says("alpha 500 2025-10-10/2025-10-16")], {**NONE, "claims": 1}
    ),
    "one voice": Row(
        "stock",
        [says("of-alpha 100 2025-03"), says("alpha 100 2025-03"), says("bravo 100 2025-02")],
        {"origins": 2, "level": "corroborated", "best": 100},
    ),
    "three ids of one ministry": Row(
        "stock",
        [says("of-mod 100 2025-03"), says("of-of-mod 100 2025-03"), says("mod 100 2025-03")],
        {"origins": 1, "level": "single"},
    ),
    "a count that rests on another": Row(
        "stock",
        [says("bravo 100 2025-03"), says("alpha 100 2025-03", rests_on=["r1/1"])],
        {**figure(100, 100, 100), "origins": 1, "level": "single"},
    ),
    "a count that departs from what it rests on": Row(
        "stock",
        [says("bravo 100 2025-03"), says("alpha 300 2025-03", rests_on=["r1/1"])],
        {**figure(300, 100, 300), "level": "single"},
    ),
    "the day as it was written": Row(
        "stock", [says("alpha 7", "2025-01-13T08:00:00+09:00")], {"cutoff": "2025-01-13"}
    ),
    "the month as it was written": Row(
        "increment", [says("alpha 7", "2025-03")], {"covered": ["2025-03"], "cutoff": "2025-03-31"}
    ),
    "a figure taken back": Row(
        "stock",
        [says("alpha 10 2025-03", "2025-04-01"), says("alpha ? 2025-03", "2025-05-01")],
        {**NONE, "used": []},
        suspicions=["taken-back"],
    ),
    "neither is later": Row(
        "stock",
        [says("alpha 10 2025-03"), says("alpha 12 2025-03")],
        figure(12, 12, 12),
        suspicions=["same-moment"],
    ),
    "below the least": Row("stock", [says("alpha -3 2025-03")], {}, suspicions=["below-minimum"]),
    "a total falls": Row(
        "cumulative",
        [says("alpha 100 2025-03-01"), says("alpha 90 2025-04-01")],
        figure(90, 90, 90),
        suspicions=["fall"],
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_the_oracle(name: str) -> None:
    row = ROWS[name]
    events = logged(row)
    valid_at = parse_until(row.valid_at) if row.valid_at else None
    times = Times(len(events), valid_at=valid_at)
    body = oracle.answer(events, "count", times, row.asked)
    assert {name: body[name] for name in row.then} == row.then
    assert [code for code, _ in body["flags"]] == list(row.flags)
    if row.suspicions is not None:
        definition = oracle.definition_at(events, "count", len(events))
        assert definition is not None

        def read(asked: Times) -> oracle.World:
            return oracle.claims_at(events, asked)

        found = oracle.suspicions(definition, "count", None, times, read, row.asked)
        assert [code for code, _ in found] == list(row.suspicions)


EXCLUDED = {
    "a weak cell around a firm one": {"r2/1": {"weak"}},
    "over the edge": {"r2/1": {"straddles"}},
    "a forecast of two years": {"r2/1": {"other-target"}},
    "two plans": {"r2/1": {"other-target"}},
    "a plan is replaced": {"r1/1": {"replanned"}},
    "a forecast beside an observation": {"r2/1": {"prospective"}},
    "outgrown": {"r2/1": {"outgrown"}},
    "a figure taken back": {"r1/1": {"superseded"}, "r2/1": {"no-figure"}},
    "an unknown addend": {"r2/1": {"no-figure"}},
}


@pytest.mark.parametrize("name", EXCLUDED)
def test_why_claims_are_not_used(name: str) -> None:
    row = ROWS[name]
    events = logged(row)
    world = oracle.claims_at(events, Times(len(events)))
    found = oracle.excluded(world.definitions["count"], "count", world, row.asked)
    assert found == EXCLUDED[name]


MEASURED = [
    says("alpha 300 2025-03"),
    says("bravo 100..200 2025-03"),
    says("bee >=250 2025-03"),
    says("echo 150 2025-03"),
]
POLICIES = {
    "latest-best-source/2": figure(300, 100, 300),
    "envelope/1": figure(None, 100, None),
    "weighted-median/1": figure(300, 100, None),
    "consensus/1": NONE,
    "most-conservative/1": figure(100, 100, None),
    "latest-publication/1": figure(150, 150, 150),
}


def test_the_most_conservative_beside_an_open_low_is_unknown() -> None:
    events = logged(Row("stock", [says("alpha 300 2025-03"), says("bravo <=400 2025-03")], {}))
    body = oracle.answer(events, "count", Times(len(events)), Asked(policy="most-conservative/1"))
    assert {name: body[name] for name in NONE} == NONE


@pytest.mark.parametrize("policy", POLICIES)
def test_policies(policy: str) -> None:
    events = logged(Row("stock", MEASURED, {}))
    body = oracle.answer(events, "count", Times(len(events)), Asked(policy=policy))
    assert {name: body[name] for name in NONE} == POLICIES[policy]


def test_revisions() -> None:
    claims = [
        says("alpha >=100 2024-12-19"),
        says("alpha 300 2025-01-13"),
        says("alpha 600 2025-04-30"),
        says("alpha 2000 2025-09-02"),
        says("alpha 650 2025-04-30", "2025-05-10"),
    ]
    events = logged(Row("cumulative", claims, {}))
    definition = oracle.definition_at(events, "count", len(events))
    assert definition is not None
    rows = oracle.revisions(definition, "count", events, Times(len(events)))
    headline = rows["alpha", None, None]
    assert headline["values"] == [100, 300, 600, 650, 2000]
    assert (headline["n_revisions"], headline["n_advances"], headline["spread"]) == (1, 3, 1900)
    april = rows["alpha", None, (None, date(2025, 4, 30), None, False)]
    assert (april["values"], april["n_revisions"]) == ([600, 650], 1)
    assert (april["min_lag_days"], april["max_lag_days"]) == (0, 10)


PARTS = {
    "one part is missing": ([says("alpha 1000 2025-03")], figure(None, 1000, None), ["unknown-addend"]),
    "both parts": (
        [says("alpha 1000 2025-03"), says("alpha 5000 2025-04", indicator="builders")],
        figure(6000, 6000, 6000),
        [],
    ),
}


@pytest.mark.parametrize("name", PARTS)
def test_a_whole_from_its_parts(name: str) -> None:
    claims, then, flags = PARTS[name]
    parts = [defined("whole", "stock", parts=["count", "builders"]), defined("builders", "stock")]
    events = told(Row("stock", claims, {})) + parts
    body = oracle.answer(oracle.logged(enumerate(events, 1)), "whole", Times(len(events)))
    assert {name: body[name] for name in then} == then
    assert body["answered_from"] == "parts"
    assert [code for code, _ in body["flags"]] == flags


@pytest.mark.parametrize(("minimum", "low"), [(0, 0), (None, None)])
def test_a_part_of_which_only_an_unknown_addend_is_known(
    minimum: float | None, low: float | None
) -> None:
    events = told(Row("increment", [says("alpha ? 2025-03")], {}))
    events[0] = defined("count", "increment", minimum=minimum)
    events.append(defined("whole", "increment", parts=["count"]))
    body = oracle.answer(oracle.logged(enumerate(events, 1)), "whole", Times(len(events)))
    assert {name: body[name] for name in NONE} == figure(None, low, None)
    assert body["answered_from"] == "parts"
    assert [code for code, _ in body["flags"]] == ["unknown-addend"]
