"""What changed between two record times, and which events changed it, in data and in words."""

from collections.abc import Iterator
from random import Random
from sqlite3 import Connection
from typing import Any

import pytest
from hypothesis import given

from domain.commands import Command
from domain.period import parse_period
from projections.answers import sweep
from projections.answers.as_of import AsOf
from projections.answers.differences import FIELDS, differences
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.estimates import answer
from projections.answers.moments import touching
from projections.answers.questions import Narrowing
from projections.changed.effects import EventEffect, effects
from service.query.changes import ChangesAnswer, changes
from service.query.estimates import estimate
from service.query.standpoint import Standpoint
from service.views.store import ViewFile
from tests.effort import examples
from tests.histories import MEASURES, ORIGINATORS, Desk, numbers, stories, views_of
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
)

KILLED = "/v1/estimates/killed"
CHANGES = f"{KILLED}/changes"


def said(best: Any = 300, originator: str = "nis", **fields: Any) -> Body:
    """A claim about the indicator `killed`."""
    return claim(best, originator, "killed", **fields)


def before_and_after(body: Body) -> dict[str, tuple[Any, Any]]:
    """Every field that differs, with its value before and after."""
    return {each["field"]: (each["before"], each["after"]) for each in body["differences"]}


def plain(estimate: Body) -> Body:
    """An estimate without the fields that only its own address returns."""
    own = ("as_of", "cohorts", "n_cohorts")
    return {name: value for name, value in estimate.items() if name not in own}


# Attribution to events

DEFINED = indicator("killed", measure="cumulative")
NIS = report("a", said(), published_at="2025-01-13")
US = report("b", said(600, "us"), published_at="2025-01-15")
ALIKE = report("b", said(300, "us"), published_at="2025-01-15")
SAME_DAY = report("b", said(600, "us", period="2025-01-13"), published_at="2025-01-15")
CITING = post(
    "/v1/indicators/killed/assessments", best=310, confidence="low", rationale="x", claims=["a/1"]
)
SUSPECTED = [{"code": "relay-suspected", "claims": ["a/1", "b/1"]}]
Then = dict[str, tuple[Any, Any]]

ACTS: dict[str, tuple[list[Ask], Ask, Then]] = {
    "a definition": ([], DEFINED, {"policy": (None, "latest-best-source/2")}),
    "a filing": (
        [DEFINED],
        NIS,
        {
            **dict.fromkeys(("best", "low", "high"), (None, 300)),
            "period": (None, "../2025-01-13"),
            "cutoff": (None, "2025-01-13"),
            "origins": (0, 1),
            "used": ([], ["a/1"]),
            "support": (None, "single"),
        },
    ),
    "a correction": (
        [DEFINED, NIS],
        post(
            "/v1/reports/a/corrections",
            kind="record",
            reason="a slip",
            claims=[{"n": 1, **said(310)}],
        ),
        dict.fromkeys(("best", "low", "high"), (300, 310)),
    ),
    "a withdrawal": (
        [DEFINED, NIS, report("b", said(300), published_at="2025-01-15")],
        post("/v1/reports/b/withdrawal", kind="record", reason="twice"),
        {
            "period": ("../2025-01-15", "../2025-01-13"),
            "cutoff": ("2025-01-15", "2025-01-13"),
            "used": (["b/1"], ["a/1"]),
        },
    ),
    "a hold": (
        [DEFINED, NIS, SAME_DAY],
        post("/v1/reports/b/hold", reason="parody?"),
        {
            "best": (600, 300),
            "high": (600, 300),
            "origins": (2, 1),
            "used": (["b/1", "a/1"], ["a/1"]),
            "support": ("contested", "single"),
            "flags": ([{"code": "contradiction", "claims": ["a/1", "b/1"]}], []),
        },
    ),
    "a release": (
        [DEFINED, NIS, US, post("/v1/reports/b/hold", reason="parody?")],
        post("/v1/reports/b/release", reason="it is none"),
        {
            "best": (300, 600),
            "high": (300, 600),
            "period": ("../2025-01-13", "../2025-01-15"),
            "cutoff": ("2025-01-13", "2025-01-15"),
            "origins": (1, 2),
            "used": (["a/1"], ["b/1", "a/1"]),
            "support": ("single", "contested"),
            "flags": ([], [{"code": "contradiction", "claims": ["a/1", "b/1"]}]),
        },
    ),
    "a link": (
        [DEFINED, NIS, ALIKE],
        post("/v1/claims/b/1/links", derived_from="a/1", reason="it says so"),
        {
            "period": ("../2025-01-15", "../2025-01-13"),
            "cutoff": ("2025-01-15", "2025-01-13"),
            "origins": (2, 1),
            "used": (["b/1", "a/1"], ["a/1"]),
            "support": ("corroborated", "single"),
        },
    ),
    "a suspected relay, linked": (
        [DEFINED, NIS, report("b", said(300, "us", period="2025-01-13"), published_at="2025-01-15")],
        post("/v1/claims/b/1/links", derived_from="a/1", reason="it says so"),
        {
            "origins": (2, 1),
            "used": (["b/1", "a/1"], ["a/1"]),
            "support": ("corroborated", "single"),
            "flags": (SUSPECTED, []),
        },
    ),
    "a grade of a source": (
        [DEFINED, NIS, SAME_DAY],
        post("/v1/sources/nis/grades", reliability="B", reason="a long record"),
        {"best": (600, 300), "used": (["b/1", "a/1"], ["a/1", "b/1"])},
    ),
    "a grade of a claim": (
        [DEFINED, NIS, SAME_DAY],
        post("/v1/claims/a/1/grades", credibility=2, reason="seen"),
        {"best": (600, 300), "used": (["b/1", "a/1"], ["a/1", "b/1"])},
    ),
    "a dispute": (
        [DEFINED, NIS],
        post("/v1/claims/a/1/disputes", by="kcna", reason="a lie", published_at="2025-01-20"),
        {"flags": ([], [{"code": "disputed", "claims": ["a/1"]}])},
    ),
    "another policy": (
        [DEFINED, NIS],
        indicator("killed", measure="cumulative", policy="envelope/1"),
        {"best": (300, None), "policy": ("latest-best-source/2", "envelope/1")},
    ),
    "cited claims that change": (
        [DEFINED, NIS, CITING],
        post("/v1/reports/a/hold", reason="parody?"),
        {
            **dict.fromkeys(("best", "low", "high"), (300, None)),
            "period": ("../2025-01-13", None),
            "cutoff": ("2025-01-13", None),
            "origins": (1, 0),
            "used": (["a/1"], []),
            "support": ("single", None),
            "flags": ([], [{"code": "inputs-changed", "claims": ["a/1"]}]),
        },
    ),
    "a new assessment": (
        [
            *(DEFINED, NIS, CITING),
            post("/v1/reports/a/hold", reason="parody?"),
            post("/v1/reports/a/release", reason="it is none"),
        ],
        post(CITING.path, **{**CITING.body, "best": 320}),
        {"flags": ([{"code": "inputs-changed", "claims": ["a/1"]}], [])},
    ),
    "parts that are declared": (
        [
            *(DEFINED, indicator("north", measure="cumulative")),
            report("a", said(), said(100, indicator="north"), published_at="2025-01-13"),
        ],
        indicator("killed", measure="cumulative", parts=["north"]),
        {"flags": ([], [{"code": "parts-mismatch", "claims": ["a/1", "a/2"]}])},
    ),
    "a part that is found": (
        [
            indicator("north", measure="cumulative"),
            indicator("killed", measure="cumulative", parts=["north"]),
            report("a", said(), published_at="2025-01-13"),
        ],
        report("b", said(100, indicator="north"), published_at="2025-01-13"),
        {"flags": ([], [{"code": "parts-mismatch", "claims": ["a/1", "b/1"]}])},
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_difference_is_attributed_to_the_event_that_caused_it(api: Api, act: str) -> None:
    given_, what, then = ACTS[act]
    api.given(indicator("other"))
    since = api.given(*given_) or api.head()
    until = api.given(what)
    body = api.get(CHANGES, since=since)
    assert before_and_after(body) == then
    assert [each["events"] for each in body["differences"]] == [[until]] * len(then)
    figures = {name: change for name, change in then.items() if name in (*FIELDS, "support")}
    apart = [
        {n: c for n, c in before_and_after(event).items() if n != "flags"} for event in body["events"]
    ]
    assert apart == [figures] * bool(figures)
    assert all(event["position"] == until for event in body["events"])


def test_a_difference_is_not_attributed_to_another_event(api: Api) -> None:
    since = api.given(DEFINED, NIS)
    dispute = post("/v1/claims/a/1/disputes", by="kcna", reason="a lie", published_at="2025-01-20")
    disputed = api.given(dispute)
    graded = api.given(post("/v1/claims/a/1/grades", credibility=2, reason="seen"))
    filed = api.given(report("c", said(400), published_at="2025-02-01"))
    body = api.get(CHANGES, since=since)
    did = {each["field"]: each["events"] for each in body["differences"]}
    assert did["flags"] == [disputed] and did["best"] == did["used"] == [filed]
    assert graded not in {position for events in did.values() for position in events}


def test_every_event_in_between_is_listed_with_what_it_changed(api: Api) -> None:
    since = api.given(DEFINED, NIS)
    second = api.given(report("b", said(600), published_at="2025-04-30"))
    third = api.given(report("c", said(2000), published_at="2025-09-02"))
    body = api.get(CHANGES, since=since)
    assert before_and_after(body)["best"] == (300, 2000)
    assert {tuple(each["events"]) for each in body["differences"]} == {(second, third)}
    first, last = body["events"]
    assert (before_and_after(first)["best"], before_and_after(last)["best"]) == (
        (300, 600),
        (600, 2000),
    )
    assert (first["type"], first["report"], first["position"]) == ("ReportFiled", "b", second)


def test_a_change_and_its_reversal_is_no_difference_but_both_events_are_listed(api: Api) -> None:
    since = api.given(DEFINED, NIS)
    held = api.given(post("/v1/reports/a/hold", reason="parody?"))
    released = api.given(post("/v1/reports/a/release", reason="it is none"))
    body = api.get(CHANGES, since=since)
    assert (body["differences"], body["words"]) == ([], [])
    assert [event["position"] for event in body["events"]] == [held, released]


def test_differences_are_also_given_in_words(api: Api) -> None:
    since = api.given(DEFINED, NIS)
    until = api.given(report("b", said(1600.5, period="2025-01-13"), published_at="2025-04-30"))
    body = api.get(CHANGES, since=since)
    assert f"best rose from 300 to 1,600.5 (position {until})" in body["words"]
    assert f"rests on: a/1 became b/1 (position {until})" in body["words"]
    assert len(body["words"]) == len(body["differences"])
    back = api.given(post("/v1/reports/b/withdrawal", kind="record", reason="wrong"))
    assert "best fell from 1,600.5 to 300" in api.get(CHANGES, since=until)["events"][0]["words"]
    gone = post("/v1/claims/a/1/disputes", by="kcna", reason="a lie", published_at="2025-01-20")
    disputed = api.given(gone)
    words = api.get(CHANGES, since=back)["words"]
    assert words == [f"flags: new: disputed (a/1) (position {disputed})"]


# The span


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Figures of half a year, each recorded the day after it was published.

    | position | recorded   | what                                                     |
    |----------|------------|----------------------------------------------------------|
    | 1        | 2025-01-01 | killed is defined                                        |
    | 2 to 4   | 2025-01-14 | a: nis, 300                                              |
    | 5, 6     | 2025-01-16 | b: us, 1,000: a contradiction                            |
    | 7        | 2025-05-01 | c: nis, 600, and 20 of cohort east                       |
    | 8        | 2025-09-03 | d: nis, 2,000                                            |
    """
    clock = Clock()
    with one_server() as server, server.over(tmp_path_factory.mktemp("told"), clock) as api:
        api.given(DEFINED)
        for name, day, recorded, claims in (
            ("a", "2025-01-13", "2025-01-14T09:00:00Z", [said()]),
            ("b", "2025-01-15", "2025-01-16T09:00:00Z", [said(1000, "us")]),
            ("c", "2025-04-30", "2025-05-01T09:00:00Z", [said(600), said(20, cohort="east")]),
            ("d", "2025-09-02", "2025-09-03T09:00:00Z", [said(2000)]),
        ):
            clock.set(recorded)
            api.given(report(name, *claims, published_at=day))
        assert api.head() == 8
        yield api


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        ({"since": 4}, (4, 8)),
        ({"since": 4, "until": 7}, (4, 7)),
        ({"since": 0}, (0, 8)),
        ({"since": 8}, (8, 8)),
        ({"since": 4, "known_at": 7}, (4, 7)),
        ({"since": 4, "until": 8, "known_at": 7}, (4, 7)),
        ({"since": "2025-01-14"}, (4, 8)),
        ({"since": "2025-01-13"}, (1, 8)),
        ({"since": "2024-12-31"}, (0, 8)),
        ({"since": "2025-01-14T08:59:59.999999Z", "until": "2025-01-14T18:00:00+09:00"}, (1, 4)),
        ({"since": "2025-01-14", "until": "2025-05-01"}, (4, 7)),
        ({"since": "2025-01-14", "until": "2025-04-30"}, (4, 6)),
        ({"since": "2025-01-20", "until": "2025-01-20"}, (6, 6)),
        ({"since": 4, "until": "2025-01-16T09:00:00Z"}, (4, 6)),
    ],
    ids=str,
)
def test_the_span_is_given_in_positions_instants_or_dates(
    told: Api, asked: Body, span: tuple[int, int]
) -> None:
    body = told.get(CHANGES, **asked)
    assert (body["since"]["position"], body["until"]["position"]) == span
    assert body["before"] == plain(told.get(KILLED, known_at=span[0]))
    assert body["after"] == plain(told.get(KILLED, known_at=span[1]))
    assert all(span[0] < event["position"] <= span[1] for event in body["events"])


def test_each_end_of_the_span_has_its_record_time(told: Api) -> None:
    body = told.get(CHANGES, since=0, until=7)
    assert body["since"] == {"position": 0, "recorded_at": None}
    assert body["until"] == {"position": 7, "recorded_at": "2025-05-01T09:00:00Z"}
    assert body["events"][-1]["recorded_at"] == "2025-05-01T09:00:00Z"


def test_an_empty_span_has_no_differences(told: Api) -> None:
    body = told.get(CHANGES, since=7, until=7)
    assert (body["differences"], body["words"], body["events"]) == ([], [], [])
    assert body["before"] == body["after"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "since"),
        ("?until=7", "since"),
        ("?since=7&until=6", "since"),
        ("?since=1000", "since"),
        ("?since=2025-05-01&until=2025-01-14", "since"),
        ("?since=", "since"),
        ("?since=yesterday", "since"),
        ("?since=-1", "since"),
        ("?since=1&since=2", "since"),
        ("?since=1&until=soon", "until"),
        ("?since=1&policy=best/1", "policy"),
    ],
)
def test_a_bad_span_is_refused(told: Api, query: str, name: str) -> None:
    refusal = problem(told.send(Ask("GET", CHANGES + query)), 422, "bad-parameter")
    assert refusal["parameter"] == name


def test_an_indicator_that_was_never_defined_is_not_found(told: Api) -> None:
    refusal = problem(told.send(Ask("GET", "/v1/estimates/kiled/changes?since=0")), 404, "not-found")
    assert "killed" in refusal["detail"]


@pytest.mark.parametrize(
    ("asked", "then"),
    [
        ({"published_by": "2025-05-01"}, (300, 600)),
        ({"published_by": "2025-01-14"}, None),
        ({"valid_at": "2025-08-31"}, (300, 600)),
        ({"cohort": "east"}, (None, 20)),
        ({"originator": "us"}, (None, 1000)),
        ({"originator": "nis"}, (300, 2000)),
        ({"period": "2025-04-30"}, (None, 600)),
        ({"period": "2025-01-13"}, None),
        ({"policy": "latest-publication/1"}, (300, 2000)),
        ({"policy": "envelope/1", "originator": "nis"}, None),
        ({"originator": "nis", "published_by": "2025-05-01", "cohort": "east"}, (None, 20)),
    ],
    ids=str,
)
def test_changes_are_narrowed_like_an_estimate(
    told: Api, asked: Body, then: tuple[Any, Any] | None
) -> None:
    body = told.get(CHANGES, since=4, **asked)
    assert before_and_after(body).get("best") == then
    assert body["before"] == plain(told.get(KILLED, known_at=4, **asked))
    assert body["after"] == plain(told.get(KILLED, **asked))


# Over any history


def asked_by(random: Random) -> Narrowing:
    """A headline, or a narrower question."""
    return Narrowing(
        random.choice((None, None, "east")),
        random.choice((None, None, None, parse_period("2025-01"))),
        random.choice((None, None, *ORIGINATORS)),
        random.choice((None, None, "envelope/1", "latest-publication/1")),
    )


def spans(
    views: ViewFile, head: int, number: int
) -> Iterator[tuple[ChangesAnswer, EstimateAnswer, EstimateAnswer]]:
    """The changes of each indicator over a span, with the estimates read at both ends."""
    random, db = Random(number), views.writer
    since, until = sorted(random.randint(0, head) for _ in range(2))
    for name in MEASURES:
        asked, here = asked_by(random), Standpoint(db, AsOf(head))
        body = changes(here, name, (since, until), asked)
        before, after = (
            estimate(here.at(position), name, asked, with_cohorts=False) for position in (since, until)
        )
        yield body, before, after


@given(stories, numbers)
@examples(60)
def test_the_events_of_a_span_lead_from_its_first_estimate_to_its_last(
    commands: list[Command], number: int
) -> None:
    desk = Desk().take(commands)
    for body, before, after in spans(views_of(desk.recorded), len(desk.recorded), number):
        assert (body["before"], body["after"]) == (before, after)
        stands: dict[str, Any] = {name: before[name] for name in FIELDS} | {
            "support": before["support"]["level"]
        }
        for event in body["events"]:
            for each in event["differences"]:
                if each["field"] != "flags":
                    assert stands[each["field"]] == each["before"]
                    stands[each["field"]] = each["after"]
        assert stands == {name: after[name] for name in FIELDS} | {"support": after["support"]["level"]}


@given(stories, numbers)
@examples(60)
def test_every_difference_has_an_event_of_the_span(commands: list[Command], number: int) -> None:
    desk = Desk().take(commands)
    for body, _, _ in spans(views_of(desk.recorded), len(desk.recorded), number):
        since, until = body["since"]["position"], body["until"]["position"]
        for each in body["differences"]:
            assert each["events"], each
            assert all(since < position <= until for position in each["events"])
        if since == until:
            assert (body["differences"], body["events"]) == ([], [])


@given(stories)
@examples(30)
def test_a_flag_is_attributed_to_an_event_at_which_the_flags_changed(commands: list[Command]) -> None:
    desk = Desk().take(commands)
    db, head = views_of(desk.recorded).writer, len(desk.recorded)
    for name in MEASURES:
        here = Standpoint(db, AsOf(head))
        body = changes(here, name, (0, head), Narrowing())
        for position in (p for d in body["differences"] if d["field"] == "flags" for p in d["events"]):
            before, after = (estimate(here.at(at), name)["flags"] for at in (position - 1, position))
            assert before != after


def one_by_one(db: Connection, name: str, until: AsOf, asked: Narrowing) -> list[EventEffect]:
    """The events that changed an answer, which is asked for after each by itself."""
    found, before = list[EventEffect](), answer(db, name, until.at(0), asked)
    for cause in touching(db, name, 0, until.position):
        after = answer(db, name, until.at(cause.position), asked)
        if changed := differences(before, after):
            found.append(EventEffect(cause, tuple(each.field for each in changed), changed))
        before = after
    return found


@given(stories, numbers)
@examples(60)
def test_over_many_events_the_effect_of_each_is_the_same(commands: list[Command], number: int) -> None:
    desk, random = Desk().take(commands), Random(number)
    db, head = views_of(desk.recorded).writer, len(desk.recorded)
    policy = random.choice(["envelope/1", "latest-publication/1", "assessment/1"])
    questions = Narrowing(), Narrowing(policy=policy), Narrowing(originator=random.choice(ORIGINATORS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep, "FEW", 0)
        for name in MEASURES:
            for asked in questions:
                until = AsOf(head)
                found = effects(db, name, AsOf(0), until, asked).events
                assert found == one_by_one(db, name, until, asked)
