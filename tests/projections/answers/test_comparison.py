"""Two policies over the whole history: which estimates differ, from when and until when."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from hypothesis import given

from domain.commands import Command
from domain.estimates.policies import POLICY_NAMES
from domain.times import to_micros
from projections.answers.as_of import AsOf
from projections.answers.comparison import DifferingSpan, differing_spans
from projections.answers.estimates import answer
from projections.answers.figure import FigureAnswer
from projections.answers.questions import Narrowing
from projections.tables.projection import Recorded
from tests.effort import examples
from tests.histories import CLOCK, MEASURES, Desk, numbers, stories, views_of
from tests.http_spec import (
    Api,
    Ask,
    Body,
    Clock,
    claim,
    indicator,
    one_server,
    post,
    problem,
    report,
    source,
)
from tests.oracle import logged
from tests.projections.answers.test_history import figure, publications
from tests.test_seeds import ask, story

__all__ = ["story"]

COMPARE = "/v1/policies/compare"


def span(body: Body) -> tuple[str, str | None, Any, Any]:
    """The first day, the last day and the best of each policy, for every span."""
    return body["from"], body["to"], body["base"]["best"], body["candidate"]["best"]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Killed and troops by good sources, and old figures in new print.

    | position | recorded   | what                                                        |
    |----------|------------|-------------------------------------------------------------|
    | 1 to 3   | 2025-01-01 | alone, killed and troops are defined                        |
    | 4, 5     | 2025-01-01 | nis is registered, and graded B                             |
    | 6, 7     | 2025-01-14 | a: nis, 300 killed, 10 troops, 5 alone                      |
    | 8        | 2025-05-01 | b: nis, 600 killed                                          |
    | 9 to 10  | 2025-05-03 | c: us, 700 killed, to a day before                          |
    | 11       | 2025-06-01 | d: nis, 700 killed                                          |
    | 12       | 2025-07-01 | e: us, 50 troops                                            |
    """
    clock = Clock()
    with one_server() as server, server.over(tmp_path_factory.mktemp("told"), clock) as api:
        api.given(indicator("alone"), indicator("killed", measure="cumulative"), indicator("troops"))
        api.given(source("nis"), post("/v1/sources/nis/grades", reliability="B", reason="known"))
        for name, day, recorded, claims in (
            ("a", "2025-01-13", "2025-01-14T09:00:00Z", [killed(300), claim(10), alone()]),
            ("b", "2025-04-30", "2025-05-01T09:00:00Z", [killed(600)]),
            ("c", "2025-05-02", "2025-05-03T09:00:00Z", [killed(700, "us", period="2025-04-29")]),
            ("d", "2025-05-31", "2025-06-01T09:00:00Z", [killed(700)]),
            ("e", "2025-06-30", "2025-07-01T09:00:00Z", [claim(50, "us")]),
        ):
            clock.set(recorded)
            api.given(report(name, *claims, published_at=day))
        assert api.head() == 12
        yield api


def killed(best: int, originator: str = "nis", **fields: Any) -> Body:
    return claim(best, originator, "killed", **fields)


def alone() -> Body:
    return claim(5, about="alone")


FEEDS = "latest-publication/1"


def test_the_indicators_that_differ_or_ever_did_are_listed_by_id(told: Api) -> None:
    items = told.items(COMPARE, candidate=FEEDS)
    assert [item["indicator"] for item in items] == ["killed", "troops"]
    for item in items:
        assert (item["base"], item["candidate"]) == ("latest-best-source/2", FEEDS)
        assert item["title"] and item["measure"]


def test_a_difference_only_in_the_past_is_not_one_now(told: Api) -> None:
    [item, _] = told.items(COMPARE, candidate=FEEDS)
    assert item["now"]["differs"] is False and item["now"]["base"] == item["now"]["candidate"]
    [first] = item["history"]
    assert span(first) == ("2025-05-03T09:00:00Z", "2025-06-01T09:00:00Z", 600, 700)
    assert first["cause"] == {"position": 10, "type": "ReportFiled", "report": "c"}


def test_a_difference_that_lasts_has_no_end(told: Api) -> None:
    [_, item] = told.items(COMPARE, candidate=FEEDS)
    assert item["now"]["differs"] is True
    assert (item["now"]["base"]["best"], item["now"]["candidate"]["best"]) == (10, 50)
    assert [span(each) for each in item["history"]] == [("2025-07-01T09:00:00Z", None, 10, 50)]


def test_along_publication_the_moments_are_publication_times(told: Api) -> None:
    [item, _] = told.items(COMPARE, candidate=FEEDS, axis="publication")
    first = item["history"][0]
    assert span(first) == ("2025-05-02T00:00:00Z", "2025-05-31T00:00:00Z", 600, 700)


@pytest.mark.parametrize("policy", POLICY_NAMES)
def test_a_policy_never_differs_from_itself(told: Api, policy: str) -> None:
    assert told.items(COMPARE, base=policy, candidate=policy) == []


def test_without_a_base_each_indicator_is_compared_with_its_own_policy(api: Api) -> None:
    api.given(indicator("one"), indicator("other", policy="envelope/1"))
    api.given(report("r", claim(1, about="one"), claim(2, about="other")))
    [item] = api.items(COMPARE, candidate="envelope/1")
    assert (item["indicator"], item["base"]) == ("one", "latest-best-source/2")
    [item] = api.items(COMPARE, candidate="latest-best-source/2")
    assert (item["indicator"], item["base"]) == ("other", "envelope/1")
    found = api.items(COMPARE, base="envelope/1", candidate="latest-best-source/2")
    assert [(each["indicator"], each["base"]) for each in found] == [
        ("one", "envelope/1"),
        ("other", "envelope/1"),
    ]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"indicator": "killed"}, ["killed"]),
        ({"indicator": "alone"}, []),
        ({"known_at": 9}, []),
        ({"known_at": 10}, ["killed"]),
        ({"known_at": "2025-06-30"}, ["killed"]),
        ({"published_by": "2025-05-01"}, []),
        ({"published_by": "2025-05-02"}, ["killed"]),
        ({"published_by": "2025-05-02", "axis": "publication"}, ["killed"]),
        ({"valid_at": "2025-04-29", "indicator": "troops"}, []),
        ({"known_at": 0}, []),
    ],
    ids=str,
)
def test_a_comparison_can_be_narrowed(told: Api, asked: Body, found: list[str]) -> None:
    assert [item["indicator"] for item in told.items(COMPARE, candidate=FEEDS, **asked)] == found


def test_a_comparison_has_pages(told: Api) -> None:
    first = told.get(COMPARE, candidate=FEEDS, limit=1)
    assert [item["indicator"] for item in first["items"]] == ["killed"]
    second = told.get(COMPARE, candidate=FEEDS, limit=1, cursor=first["next_cursor"])
    assert [item["indicator"] for item in second["items"]] == ["troops"]
    assert second["next_cursor"] is None
    other = f"{COMPARE}?candidate=envelope/1&cursor={first['next_cursor']}"
    problem(told.send(Ask("GET", other)), 422, "bad-cursor")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "candidate"),
        ("?base=envelope/1", "candidate"),
        ("?candidate=", "candidate"),
        ("?candidate=best/1", "candidate"),
        ("?candidate=envelope/1&base=best/1", "base"),
        ("?candidate=envelope/1&axis=valid", "axis"),
        ("?candidate=envelope/1&limit=0", "limit"),
    ],
)
def test_a_bad_comparison_is_refused(told: Api, query: str, name: str) -> None:
    refusal = problem(told.send(Ask("GET", COMPARE + query)), 422, "bad-parameter")
    assert refusal["parameter"] == name


def test_the_assessment_policy_can_be_the_candidate(api: Api) -> None:
    api.given(indicator(), report("r", claim(100)))
    path = "/v1/indicators/troops/assessments"
    judged = {"best": 100, "confidence": "low", "rationale": "alike", "claims": ["r/1"]}
    filed = api.head()
    same = api.given(post(path, **judged))
    other = api.given(post(path, **{**judged, "best": 120, "rationale": "more"}))
    [item] = api.items(COMPARE, candidate="assessment/1")
    assert [each["cause"]["position"] for each in item["history"]] == [filed, other]
    unjudged, judged_ = item["history"]
    assert (unjudged["base"]["best"], unjudged["to"]) == (100, stamp_of(api, same))
    assert (judged_["base"]["best"], judged_["candidate"]["best"], judged_["to"]) == (100, 120, None)
    assert item["now"]["differs"] is True


def stamp_of(api: Api, position: int) -> str:
    """When a position was recorded."""
    [event] = api.get("/v1/events", after=position - 1, limit=1)["items"]
    stamp: str = event["recorded_at"]
    return stamp


def test_two_unknown_figures_do_not_differ(api: Api) -> None:
    api.given(indicator(), report("r", claim(100)))
    api.given(post("/v1/reports/r/withdrawal", kind="record", reason="twice"))
    [item] = api.items(COMPARE, candidate="assessment/1")
    assert item["now"]["differs"] is False
    assert [each["to"] is None for each in item["history"]] == [False]


# Against brute force


def an_hour_each(recorded: Sequence[Recorded]) -> list[Recorded]:
    """The same events, each recorded at a time of its own."""
    return [replace(each, recorded_at=stamp(each.position)) for each in recorded]


def stamp(position: int) -> int:
    return to_micros(CLOCK + timedelta(hours=position))


def figures_of(db: sqlite3.Connection, name: str, at: AsOf, policies: tuple[str, str]) -> list[Body]:
    """The figure of each policy at the times asked."""
    return [figure(answer(db, name, at, Narrowing(policy=policy))) for policy in policies]


def listed(spans: Sequence[DifferingSpan], moment: int) -> list[list[FigureAnswer]]:
    """Both figures of each span that contains a moment."""
    return [
        [each.base, each.candidate]
        for each in spans
        if each.since <= moment and (each.until is None or moment < each.until)
    ]


@given(stories, numbers)
@examples(50)
def test_two_policies_differ_within_the_spans_and_nowhere_else(
    commands: list[Command], number: int
) -> None:
    desk, policies = Desk().take(commands), two_of(number)
    db, head = views_of(an_hour_each(desk.recorded)).writer, len(desk.recorded)
    for name in MEASURES:
        spans = differing_spans(db, name, AsOf(head), *policies, "record")
        for position in range(head + 1):
            said = figures_of(db, name, AsOf(position), policies)
            assert listed(spans, stamp(position)) == ([said] if said[0] != said[1] else [])


@given(stories, numbers)
@examples(50)
def test_along_publication_they_differ_within_the_spans_and_nowhere_else(
    commands: list[Command], number: int
) -> None:
    desk, policies = Desk().take(commands), two_of(number)
    db, here = views_of(desk.recorded).writer, AsOf(len(desk.recorded))
    for name in MEASURES:
        spans = differing_spans(db, name, here, *policies, "publication")
        for moment in map(to_micros, publications(logged(desk.logged()))):
            said = figures_of(db, name, replace(here, published_by=moment), policies)
            assert listed(spans, moment) == ([said] if said[0] != said[1] else [])


def two_of(number: int) -> tuple[str, str]:
    """Two policies."""
    names = sorted(POLICY_NAMES)
    return names[number % len(names)], names[number // 7 % len(names)]


# The seed story


def test_latest_publication_falls_from_2000_to_600_while_our_estimate_stays(
    story: httpx2.Client,
) -> None:
    asked = {"candidate": FEEDS, "axis": "publication", "indicator": "dprk-killed"}
    [item] = ask(story, COMPARE, **asked)["items"]
    [fall] = [each for each in item["history"] if each["from"] == "2025-11-04T00:00:00Z"]
    assert (fall["base"]["best"], fall["base"]["low"]) == (2000, 2000)
    assert fall["candidate"]["low"] == 600
    at = {"published_by": "2025-11-03", "policy": FEEDS}
    assert ask(story, "/v1/estimates/dprk-killed", **at)["low"] == 2000
