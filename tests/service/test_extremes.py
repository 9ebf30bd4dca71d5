"""Whatever numbers and dates a log holds or a question names, pages, pictures and answers are whole."""

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

import httpx2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.vocabulary import LARGEST
from tests.http_spec import NDJSON, Api, Ask, Body, Server, expect, indicator, post, report
from tests.places import LONG

NUMBERS = [
    0,
    1,
    -1,
    5e-324,
    -5e-324,
    2.2250738585072014e-308,
    1e-17,
    0.1,
    LARGEST,
    -LARGEST,
    LARGEST - 0.5,
]
DAYS = [
    "0001-01-01",
    "0001-01-02",
    "1582-10-15",
    "1969-12-31",
    "2000-02-29",
    "2025-01-10",
    "9999-12-31",
]
INSTANTS = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "1970-01-01T00:00:00+14:00"]
PERIODS = [
    "0001",
    "0001-01",
    "9999",
    "9999-12",
    "0001-01-01/9999-12-31",
    "../0001-01-01",
    "9999-12-31/..",
]
MEASURES = ["stock", "increment", "cumulative"]
QUESTIONS = [
    "",
    *(f"{name}={day}" for name in ("known_at", "published_by", "valid_at") for day in DAYS),
    *(f"{name}={INSTANTS[1]}" for name in ("known_at", "published_by", "valid_at")),
    "known_at=1",
]

numbers = st.sampled_from(NUMBERS) | st.floats(-LARGEST, LARGEST) | st.integers(-LARGEST, LARGEST)
days = st.sampled_from(DAYS)
periods = st.sampled_from([*PERIODS, *DAYS])
published = st.sampled_from([day for day in DAYS if day < "2026"])
quantities = st.fixed_dictionaries({}, optional=dict.fromkeys(("low", "best", "high"), numbers)).filter(
    bool
)


@st.composite
def claims(draw: st.DrawFn) -> Body:
    said: Body = {
        "indicator": draw(st.sampled_from([*MEASURES, "plan"])),
        "originator": draw(st.sampled_from(["nis", "mnd"])),
        "status": draw(st.sampled_from(["planned", "estimated", "reported"])),
        "quantity": draw(quantities),
        "stated_at": draw(days | st.sampled_from(INSTANTS)),
        "period": draw(periods),
        "cohort": draw(st.sampled_from([None, "a"])),
    }
    return {name: each for name, each in said.items() if draw(st.integers(0, 9)) or name != "period"}


stories = st.lists(
    st.tuples(published, st.lists(claims(), min_size=1, max_size=4)), min_size=1, max_size=6
)


def asks(story: list[tuple[str, list[Body]]]) -> Iterator[Ask]:
    for n, (day, said) in enumerate(story):
        # Each claim also alone: where one is refused, the others of its report are not lost.
        yield report(f"r{n}", *said, published_at=day)
        for m, each in enumerate(said if len(said) < 5 else ()):
            yield report(f"r{n}-{m}", each, published_at=day)


def addresses() -> Iterator[str]:
    for name in (*MEASURES, "plan"):
        one = f"/v1/estimates/{name}"
        for question in QUESTIONS:
            yield f"{one}?{question}"
            yield f"/estimates/{name}?{question}"
        for more in (
            *(
                "series?as=increment",
                "series?as=cumulative",
                "series?release=first",
                "used",
                "slippage",
            ),
            *(
                "series?period_from=0001&period_to=9999-12-31",
                "series",
                "vintages",
                "vintages?all=true",
            ),
            *("vintages?axis=publication", "revisions", "explanation", "changes?since=0001-01-01"),
            *("changes?since=9999-12-31", "changes?since=1&until=9999-12-31"),
        ):
            yield f"{one}/{more}"
        for more in ("chart.svg", "series", "chart.svg?published_by=9999-12-31"):
            yield f"/estimates/{name}/{more}"
        yield f"/estimates/{name}?compare=0001-01-01"
        yield f"/estimates/{name}?compare=9999-12-31"
    for name in ("nis", "wire"):
        yield f"/v1/sources/{name}"
        yield f"/sources/{name}"
    for path in ("/", "/conflicts", "/events", "/reports?q=wire", "/sources", "/reports/r0-0"):
        yield path
    for path in ("estimates", "conflicts", "events", "sources", "indicators", "replay", "reports/r0-0"):
        yield f"/v1/{path}"
    for path in ("claims/r0-0/1", "claims/r0-0/1/impact", "policies/compare?candidate=envelope/1"):
        yield f"/v1/{path}"


def check(answer: httpx2.Response) -> None:
    """An answer is no fault of the program, and whole: strict JSON, a picture that can be read."""
    what = f"{answer.request.url}: {answer.status_code} {answer.text[:2_000]}"
    expect(answer.status_code < 500, what)
    kind = answer.headers["content-type"]
    if "json" in kind:
        lines = answer.content.splitlines() if kind.startswith(NDJSON) else [answer.content]
        for line in lines:
            json.loads(line, parse_constant=lambda word: expect(False, f"{word} in {what}"))
    if "svg" in kind:
        ElementTree.fromstring(answer.content)
    elif kind.startswith("text/html"):
        pictures = answer.text.split("<svg")[1:]
        for picture in pictures:
            ElementTree.fromstring("<svg" + picture.partition("</svg>")[0] + "</svg>")
        expect(">nan<" not in answer.text.lower() and ">inf<" not in answer.text.lower(), what)


@settings(
    max_examples=100 if LONG else 3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(stories)
def test_any_numbers_and_dates_are_answered(server: Server, story: list[Any]) -> None:
    with TemporaryDirectory() as folder, server.over(Path(folder)) as api:
        told(api, story)


def told(api: Api, story: list[Any]) -> None:
    api.given(
        *(indicator(name, measure=name, minimum=None) for name in MEASURES),
        indicator("plan", measure="cumulative", plans_for="cumulative", minimum=None),
    )
    for ask in asks(story):
        check(api.send(ask))
    for letter in "BC":
        api.send(post("/v1/sources/nis/grades", reliability=letter))
    api.get("/v1/estimates")
    for path in addresses():
        check(api.client.get(path))


def fixed_story() -> list[Any]:
    """Every number as every bound, at the ends of time, and each revised to each other."""
    bounds = zip((*MEASURES, "plan"), ("low", "best", "high", "best"), strict=True)
    said = [
        _said(name, period, None, **{bound: number})
        for name, bound in bounds
        for n, number in enumerate(NUMBERS)
        for period in (DAYS[n % len(DAYS)], PERIODS[n % len(PERIODS)])
    ]
    pairs = list(product(MEASURES, NUMBERS, NUMBERS))
    first = [_said(name, "2025-01", f"c{n}", best=was) for n, (name, was, _) in enumerate(pairs)]
    last = [_said(name, "2025-01", f"c{n}", best=now) for n, (name, _, now) in enumerate(pairs)]
    return [("0001-01-01", said[:40]), ("2025-01-09", first), ("2025-01-10", [*said[40:], *last])]


def _said(name: str, period: str, cohort: str | None = None, **quantity: float) -> Body:
    given = {"indicator": name, "originator": "nis", "status": "estimated", "quantity": quantity}
    return {**given, "period": period, "cohort": cohort}


def test_every_extreme_is_answered(api: Api) -> None:
    told(api, fixed_story())
