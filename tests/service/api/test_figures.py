"""Figures that hold up: sums, bounds, forecasts, first releases and voices, as a caller sees them."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.http_spec import Api, Ask, Body, indicator, post, report, source

Row = tuple[Sequence[Ask], str, Body]
"""What was sent, what is asked, and what the answer has, among other fields."""

DEAD = indicator("dead", measure="increment")
KILLED = indicator("killed", measure="cumulative")
TROOPS = indicator("troops")


def graded(name: str, reliability: str) -> tuple[Ask, Ask]:
    """A source with its grade."""
    grade = post(f"/v1/sources/{name}/grades", reliability=reliability, reason="")
    return source(name), grade


def says(by: str, about: str, period: str | None, *, status: str = "reported", **more: Any) -> Body:
    """A claim: `best`, `low`, `high` and `qualifier` make its quantity."""
    names = ("low", "best", "high", "qualifier")
    quantity = {name: more.pop(name) for name in names if name in more}
    said = {"indicator": about, "originator": by, "status": status, "quantity": quantity, **more}
    return said if period is None else {**said, "period": period}


def on(day: str, *claims: Body, name: str = "") -> Ask:
    """A report published on a day."""
    return report(name or f"r-{day}-{claims[0]['originator']}", *claims, published_at=day)


EST = "/v1/estimates/"
ROWS: dict[str, Row] = {
    "what lies inside outranks a bound on the whole": (
        [
            DEAD,
            *graded("a", "A"),
            *graded("e", "E"),
            on("2024-03-06", says("a", "dead", "2024-03-05", best=70)),
            on("2025-01-02", says("e", "dead", "2024", low=5)),
        ],
        "dead",
        {"low": 70, "best": None, "open_high": True, "leading": None},
    ),
    "one incident, however precisely each dates it": (
        [
            DEAD,
            *graded("a", "A"),
            *graded("e", "E"),
            on("2024-03-06", says("a", "dead", "2024-03-05", incident="strike", best=4)),
            on("2024-04-01", says("e", "dead", "2024-03", incident="strike", best=12)),
        ],
        "dead",
        {"best": 4, "low": 4, "high": 12, "support.level": "contested", "flags": ["contradiction"]},
    ),
    "an unlinked relay for a month beside a day within it": (
        [
            DEAD,
            on("2024-03-06", says("a", "dead", "2024-03-05", best=70)),
            on("2024-04-01", says("b", "dead", "2024-03", low=20, basis="relay")),
        ],
        "dead",
        {"best": 70, "low": 70, "high": 70},
    ),
    "two days and a batch of old cases": (
        [
            DEAD,
            on("2025-08-23", says("moh", "dead", "2025-08-22", best=71), name="r1"),
            on(
                "2025-08-24",
                says("moh", "dead", "2025-08-23", best=61),
                says("moh", "dead", "2023-10-07/2025-08-22", incident="accepted", best=298),
                name="r2",
            ),
        ],
        "dead",
        {"best": 430, "low": 430, "high": 430, "covered": ["2025-08-22/2025-08-23"], "gaps": []},
    ),
    "50 in March and 60 on one of its days": (
        [
            DEAD,
            on("2024-03-06", says("a", "dead", "2024-03-05", best=60)),
            on("2024-04-01", says("b", "dead", "2024-03", best=50)),
        ],
        "dead",
        {"best": 50, "low": 50, "open_high": True, "flags": ["whole-below-parts"]},
    ),
    "one incident killed 4, another several": (
        [
            DEAD,
            on("2024-03-06", says("a", "dead", "2024-03-05", incident="one", best=4)),
            on(
                "2024-03-08",
                says("a", "dead", "2024-03-07", incident="two", qualifier="unspecified"),
            ),
        ],
        "dead",
        {"low": 4, "best": None, "open_high": True, "flags": ["unknown-addend"]},
    ),
    "1992 and 1994 without 1993": (
        [
            DEAD,
            on("1993-02-01", says("a", "dead", "1992", best=100)),
            on("1995-02-01", says("a", "dead", "1994", best=120)),
        ],
        "dead",
        {"best": 220, "covered": ["1992", "1994"], "gaps": ["1993"], "period": None},
    ),
    "a week over the edge of the month asked": (
        [
            DEAD,
            on("2024-03-12", says("a", "dead", "2024-03-04/2024-03-10", best=5)),
            on("2024-03-05", says("a", "dead", "2024-02-26/2024-03-03", best=7)),
        ],
        "dead?period=2024-03",
        {"low": 5, "best": None, "high": 12, "gaps": ["2024-03-11/2024-03-31"]},
    ),
    "forecasts of two targets in one report": (
        [
            TROOPS,
            on(
                "2016-10-01",
                says("imf", "troops", "2019", status="forecast", best=3.0),
                says("imf", "troops", "2017", status="forecast", best=1.4),
            ),
        ],
        "troops",
        {"best": 1.4, "targets": ["2017", "2019"], "flags": []},
    ),
    "two plans for two dates": (
        [
            TROOPS,
            on("2025-01-10", says("a", "troops", "2025-08", status="planned", best=15_000)),
            on("2025-01-11", says("b", "troops", "2026-12", status="planned", best=25_000)),
        ],
        "troops",
        {"best": 15_000, "targets": ["2025-08", "2026-12"], "support.level": "single", "flags": []},
    ),
    "before its target a plan is not seen on the axis of valid time": (
        [
            TROOPS,
            on("2025-01-10", says("a", "troops", "2025-08", status="planned", best=15_000)),
            on("2025-01-11", says("b", "troops", "2026-12", status="planned", best=25_000)),
        ],
        "troops?valid_at=2025-07-01",
        {"best": None, "low": None, "claims": 0},
    ),
    "a forecast beside an observation": (
        [
            TROOPS,
            on("2026-01-31", says("a", "troops", "2026-01", best=10)),
            on("2026-06-30", says("b", "troops", "2027", status="forecast", best=99)),
        ],
        "troops",
        {"best": 10, "low": 10, "high": 10, "flags": []},
    ),
    "two figures at one moment": (
        [
            TROOPS,
            on(
                "2025-01-10",
                says("a", "troops", "2025-01-10", best=10),
                says("a", "troops", "2025-01-10", best=12),
            ),
        ],
        "troops",
        {"best": 12, "flags": ["same-moment"]},
    ),
    "a figure taken back": (
        [
            TROOPS,
            on("2025-01-10", says("a", "troops", "2025-01", best=10)),
            on("2025-01-20", says("a", "troops", "2025-01", qualifier="unknown")),
        ],
        "troops",
        {"best": None, "low": None, "open_high": False, "flags": ["taken-back"]},
    ),
    "bounds confirm nothing": (
        [
            TROOPS,
            *graded("a", "A"),
            *graded("b", "B"),
            *graded("c", "B"),
            on("2025-01-10", says("a", "troops", None, low=5, qualifier="more-than")),
            on("2025-01-11", says("b", "troops", None, best=2000)),
            on("2025-01-12", says("c", "troops", None, low=10)),
        ],
        "troops",
        {"best": 2000, "low": 2000, "high": 2000, "support.level": "single"},
    ),
    "a total outgrows an older one": (
        [
            KILLED,
            on("2025-03-20", says("a", "killed", "2025-03-20", best=971_162)),
            on("2025-03-14", says("b", "killed", "2025-03-13", best=960_000)),
        ],
        "killed",
        {"best": 971_162, "low": 971_162, "high": 971_162, "origins": 1},
    ),
    "more than 6,000 outgrows 4,700 and 4,000": (
        [
            KILLED,
            on("2025-06-16", says("uk", "killed", "2025-06-15", low=6000, qualifier="more-than")),
            on("2025-05-01", says("nis", "killed", "2025-04-30", best=4700)),
            on("2025-03-28", says("jcs", "killed", "2025-03-27", best=4000)),
        ],
        "killed",
        {"low": 6000, "best": None, "open_high": True, "origins": 1},
    ),
    "an improbable claim of the best source": (
        [
            TROOPS,
            *graded("a", "A"),
            *graded("b", "B"),
            on("2025-01-11", says("a", "troops", None, best=900), name="ra"),
            on("2025-01-10", says("b", "troops", None, best=100), name="rb"),
            post("/v1/claims/ra/1/grades", credibility=5, reason=""),
            post("/v1/claims/rb/1/grades", credibility=2, reason=""),
        ],
        "troops",
        {"best": 100, "low": 100, "high": 100, "origins": 1},
    ),
    "since the ceasefire": (
        [
            indicator("killed", measure="cumulative", since="2025-10-10"),
            on("2026-08-14", says("moh", "killed", "2025-10-10/2026-08-13", best=1259)),
        ],
        "killed",
        {"best": 1259, "cutoff": "2026-08-13"},
    ),
    "three ids of one ministry": (
        [
            TROOPS,
            source("mod-press", speaks_for="mod"),
            source("mod-telegram", speaks_for="mod-press"),
            on("2025-01-10", says("mod", "troops", "2025-01", best=100)),
            on("2025-01-11", says("mod-press", "troops", "2025-01", best=100)),
            on("2025-01-12", says("mod-telegram", "troops", "2025-01", best=100)),
        ],
        "troops",
        {"best": 100, "origins": 1, "support.level": "single"},
    ),
    "any id of a voice asks for the voice": (
        [
            TROOPS,
            source("mod-press", speaks_for="mod"),
            on("2025-01-10", says("mod", "troops", "2025-01", best=100)),
            on("2025-01-11", says("mod-press", "troops", "2025-01", best=90)),
        ],
        "troops?originator=mod-press",
        {"best": 90, "originator": "mod", "claims": 2},
    ),
    "the day as it was written": (
        [TROOPS, on("2025-01-13T08:00:00+09:00", says("nis", "troops", None, best=1), name="r")],
        "troops",
        {"period": "2025-01-13", "cutoff": "2025-01-13"},
    ),
    "decimals add up": (
        [
            DEAD,
            on("2025-01-02", says("a", "dead", "2025-01-01", best=0.1)),
            on("2025-01-03", says("a", "dead", "2025-01-02", best=0.2)),
        ],
        "dead",
        {"best": 0.3, "low": 0.3, "high": 0.3},
    ),
    "the same small count of many incidents": (
        [
            DEAD,
            on("2025-01-03", says("a", "dead", "2025-01-01", best=2), name="r1"),
            on("2025-01-04", says("b", "dead", "2025-01-01", best=2), name="r2"),
        ],
        "dead",
        {"best": 2, "flags": []},
    ),
    "a whole from its parts": (
        [
            indicator("deminers"),
            indicator("builders"),
            indicator("sent", parts=["deminers", "builders"]),
            on(
                "2025-06-17",
                says("sc", "deminers", "2025-06", best=1000),
                says("sc", "builders", "2025-06", best=5000),
            ),
        ],
        "sent",
        {"best": 6000, "answered_from": "parts", "from_parts": None, "origins": 1, "leading": None},
    ),
    "a whole beside its parts": (
        [
            indicator("deminers"),
            indicator("builders"),
            indicator("sent", parts=["deminers", "builders"]),
            on(
                "2025-06-17",
                says("sc", "deminers", "2025-06", best=1000),
                says("sc", "builders", "2025-06", best=5000),
                says("sc", "sent", "2025-06", best=5000),
            ),
        ],
        "sent",
        {
            "best": 5000,
            "answered_from": "claims",
            "from_parts.best": 6000,
            "from_parts.parts": ["deminers", "builders"],
            "flags": ["parts-exceed-whole", "parts-mismatch"],
        },
    ),
    "a count compiled from others is not independent of them": (
        [
            TROOPS,
            on("2025-01-10", says("moh", "troops", "2025-01", best=100), name="r1"),
            on("2025-01-12", says("un", "troops", "2025-01", best=105, rests_on=["r1/1"])),
        ],
        "troops",
        {"best": 105, "low": 100, "origins": 1, "support.level": "single", "flags": []},
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_figure(row: str, api: Api) -> None:
    given, asked, then = ROWS[row]
    body = _asked(api, given, asked)
    found = {name: _field(body, name) for name in then}
    assert found == then


def _asked(api: Api, given: Sequence[Ask], asked: str) -> Body:
    api.given(*given)
    path, _, query = asked.partition("?")
    return api.get(EST + path, **dict(parse_qsl(query)))


def _field(body: Body, name: str) -> Any:
    """A field of an answer, `a.b` of a field of a field; of flags their codes."""
    if name == "flags":
        return sorted(flag["code"] for flag in body["flags"])
    outer, _, inner = name.partition(".")
    return body[outer][inner] if inner else body[outer]


def test_a_straddler_is_listed(api: Api) -> None:
    given, _, _ = ROWS["a week over the edge of the month asked"]
    why = _asked(api, given, "dead/explanation?period=2024-03")
    assert [(out["claim"], out["reason"]) for out in why["excluded"]] == [
        ("r-2024-03-05-a/1", "straddles")
    ]


def test_the_other_target_is_listed(api: Api) -> None:
    given, _, _ = ROWS["forecasts of two targets in one report"]
    why = _asked(api, given, "troops/explanation")
    assert [(out["claim"], out["reason"]) for out in why["excluded"]] == [
        ("r-2016-10-01-imf/1", "other-target")
    ]


def test_the_claims_used_come_in_pages(api: Api) -> None:
    days = [f"2024-03-{day:02}" for day in range(1, 6)]
    given = [DEAD, *(on(day, says("a", "dead", day, best=1)) for day in days)]
    body = _asked(api, given, "dead")
    every = [{"claim": f"r-{day}-a/1"} for day in days]
    assert (body["n_used"], body["used"]) == (5, [item["claim"] for item in every])
    used = "/v1/estimates/dead/used"
    assert api.items(used, limit=2) == api.items(used) == every
    assert api.get(used, limit=2)["items"] == every[:2]
    assert api.items(used, limit=1, published_by=days[1]) == every[:2]
    assert api.items(used, limit=1, period="2024-03-02/2024-03-03") == every[1:3]
    api.given(source("b"))
    assert api.items(used, originator="b") == []
