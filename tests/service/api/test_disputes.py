"""Disputes and assessments over HTTP, and the flags that readers meet on every way to a figure."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import to_json

from service.interop.export import command_line
from service.streams.upcasters import read_event
from tests.http_spec import (
    FILED,
    Api,
    Ask,
    Body,
    Clock,
    Server,
    claim,
    faults,
    indicator,
    ndjson,
    post,
    problem,
    report,
    source,
    unchanged,
)

DISPUTE = post("/v1/claims/r1/1/disputes", by="mod", reason="no such brigade")
DISPUTED = {"report": "r1", "n": 1, "by": "mod", "reason": "no such brigade"}
DENIED = post("/v1/claims/r1/1/disputes", by="mod", reason="x", published_at="2025-02-01")
ASSESS = post("/v1/indicators/troops/assessments", best=120, confidence="moderate", claims=["r1/1"])
ASSESSED = {
    "indicator": "troops",
    "best": 120,
    "confidence": "moderate",
    "analyst": "local",
    "rationale": "",
    "claims": ["r1/1"],
}
WRITES = [DISPUTE, ASSESS]
NAMES = ["dispute", "assessment"]


def codes(body: Body) -> list[str]:
    """The codes of the flags of an estimate."""
    return [flag["code"] for flag in body["flags"]]


# Writing


def test_a_claim_is_disputed(api: Api) -> None:
    before = api.given(*FILED)
    answer = api.send(DISPUTE)
    assert answer.status_code == 201
    assert api.facts(before) == [
        ("source:mod", "SourceRegistered", {"source": "mod"}),
        ("report:r1", "ClaimDisputed", DISPUTED),
    ]
    assert answer.headers["etag"] == '"2"' and answer.headers["location"] == "/v1/reports/r1"
    assert (answer.json()["id"], answer.json()["position"]) == ("r1", api.head())


def test_a_dispute_keeps_when_it_was_published(api: Api) -> None:
    before = api.given(*FILED, source("mod"))
    api.given(post("/v1/claims/r1/1/disputes", by="mod", published_at="2025-01-12T09:00:00+09:00"))
    [(_, kind, data)] = api.facts(before)
    assert (kind, data["published_at"]) == ("ClaimDisputed", "2025-01-12T00:00:00Z")


def test_an_assessment_is_recorded(api: Api) -> None:
    before = api.given(*FILED)
    answer = api.send(ASSESS)
    assert answer.status_code == 201
    assert api.facts(before) == [("indicator:troops", "AssessmentRecorded", ASSESSED)]
    assert answer.headers["etag"] == '"2"'
    assert answer.headers["location"] == "/v1/indicators/troops"


@pytest.mark.parametrize("ask", WRITES, ids=NAMES)
def test_sent_again_it_is_there_already(api: Api, ask: Ask) -> None:
    api.given(*FILED)
    first = api.send(ask)
    with unchanged(api):
        again = api.send(ask)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["position"] == first.json()["position"]


@pytest.mark.parametrize("ask", WRITES, ids=NAMES)
def test_a_retry_under_a_key_is_answered_as_the_first_was(api: Api, ask: Ask) -> None:
    api.given(*FILED)
    first = api.send(ask.under(idempotency_key="k"))
    api.given(
        post("/v1/claims/r1/1/disputes", by="un"),
        post("/v1/indicators/troops/assessments", low=1, confidence="low"),
    )
    with unchanged(api):
        assert api.send(ask.under(idempotency_key="k")).json() == first.json()


@pytest.mark.parametrize("ask", WRITES, ids=NAMES)
def test_who_has_not_seen_the_latest_version_is_told_so(api: Api, ask: Ask) -> None:
    api.given(*FILED)
    family = "reports/r1" if ask is DISPUTE else "indicators/troops"
    with unchanged(api):
        problem(api.send(ask.under(if_match='"2"')), 412, "stale-version")
    seen = api.client.get(f"/v1/{family}").headers["etag"]
    answer = api.send(ask.under(if_match=seen))
    assert answer.status_code == 201
    again = api.client.get(f"/v1/{family}", params={"min_position": api.head()})
    assert again.headers["etag"] == answer.headers["etag"] == '"2"'
    assert again.json()["version"] == 2


def test_an_indicator_that_was_assessed_may_be_revised_by_who_has_seen_it(api: Api) -> None:
    api.given(*FILED, ASSESS)
    seen = api.client.get("/v1/indicators/troops", params={"min_position": api.head()})
    assert api.send(indicator(place="Kursk").under(if_match=seen.headers["etag"])).status_code == 200
    [item] = api.items("/v1/indicators")
    assert (item["version"], item["place"]) == (3, "Kursk")
    assert api.get("/v1/indicators/troops", known_at=api.head() - 1)["version"] == 2


@pytest.mark.parametrize(
    "ask",
    [
        post("/v1/claims/r1/2/disputes", by="mod"),
        post("/v1/claims/r2/1/disputes", by="mod"),
        post("/v1/indicators/trops/assessments", best=1, confidence="low"),
    ],
)
def test_what_is_not_there_is_not_found(api: Api, ask: Ask) -> None:
    api.given(*FILED)
    with unchanged(api):
        body = problem(api.send(ask), 404, "not-found")
    if "trops" in ask.path:
        assert "did you mean troops?" in body["detail"]


def test_a_withdrawn_report_takes_no_dispute(api: Api) -> None:
    api.given(*FILED, post("/v1/reports/r1/withdrawal"))
    with unchanged(api):
        problem(api.send(DISPUTE), 409, "report-withdrawn")


REFUSED: list[tuple[Ask, Body, str, str]] = [
    (DISPUTE, {"by": "The Ministry"}, "invalid", "/by"),
    (DISPUTE, {"by": None}, "invalid", "/by"),
    (DISPUTE, {"published_at": "2025-02-30"}, "invalid", "/published_at"),
    (DISPUTE, {"claim": "r1/1"}, "invalid", "/claim"),
    (DISPUTE, {"resaon": "x"}, "invalid", "/resaon"),
    (ASSESS, {"confidence": "sure"}, "invalid", "/confidence"),
    (ASSESS, {"best": None}, "invalid", ""),
    (ASSESS, {"low": 121}, "invalid", "/best"),
    (ASSESS, {"high": "many"}, "invalid", "/high"),
    (ASSESS, {"claims": ["r1"]}, "invalid", "/claims/0"),
    (ASSESS, {"claims": ["r1/1", "r9/1"]}, "unknown-claim", "/claims/1"),
    (ASSESS, {"claims": ["r1/1", "r1/1"]}, "invalid", "/claims/1"),
    (ASSESS, {"analyst": "bob"}, "invalid", "/analyst"),
    (ASSESS, {"indicator": "troops"}, "invalid", "/indicator"),
]


@pytest.mark.parametrize(("ask", "change", "code", "pointer"), REFUSED)
def test_what_cannot_be_is_refused(api: Api, ask: Ask, change: Body, code: str, pointer: str) -> None:
    api.given(*FILED)
    with unchanged(api):
        refusal = problem(api.send(post(ask.path, **{**ask.body, **change})), 422, code)
    assert [each for each, _ in faults(refusal)] == [pointer]


def test_both_are_imported_as_lines(api: Api) -> None:
    api.given(*FILED)
    lines: list[Body] = [
        {"dispute_claim": {"claim": "r1/1", "by": "mod", "reason": "x", "published_at": "2025-01-12"}},
        {"record_assessment": {"indicator": "troops", "best": 5, "confidence": "low", "claims": []}},
        {"record_assessment": {"indicator": "troops", "confidence": "low", "claims": []}},
    ]
    done = api.import_(*lines)
    assert [each["line"] for each in done if "line" in each] == [3]
    assert (done[-1]["accepted"], done[-1]["duplicates"], done[-1]["refused"]) == (2, 0, 1)
    assert [kind for _, kind, _ in api.facts(4)] == [
        "SourceRegistered",
        "ClaimDisputed",
        "AssessmentRecorded",
    ]
    with unchanged(api):
        assert api.import_(*lines[:2])[-1]["duplicates"] == 2


def line_of(event: Body) -> Body:
    return command_line(read_event(to_json(event))[1])


def test_what_was_exported_makes_the_same_facts_elsewhere(
    api: Api, server: Server, tmp_path: Path
) -> None:
    """Also a judgement that an analyst came back to."""
    other = post("/v1/indicators/troops/assessments", low=1, confidence="low", rationale="r")
    api.given(*FILED, DISPUTE, DENIED, ASSESS, other, ASSESS)
    facts, lines = api.facts(), [line_of(event) for event in api.events()]
    assert [kind for _, kind, _ in facts].count("AssessmentRecorded") == 3
    with server.over(tmp_path / "elsewhere") as copy:
        assert copy.import_(*lines)[-1]["refused"] == 0
        assert copy.facts() == facts


# A disputed claim, and who reads of it


def test_a_claim_shows_who_disputes_it_by_then(api: Api) -> None:
    api.given(*FILED, DISPUTE, DENIED)
    at_once = {"by": "mod", "reason": "no such brigade", "published_at": None}
    since = {"by": "mod", "reason": "x", "published_at": "2025-02-01T00:00:00Z"}
    assert api.get("/v1/claims/r1/1")["disputes"] == [at_once, since]
    assert api.get("/v1/claims/r1/1", published_by="2025-01-31")["disputes"] == [at_once]
    assert api.get("/v1/claims/r1/1", known_at=api.head() - 1)["disputes"] == [at_once]
    assert api.get("/v1/claims/r1/1", known_at=4)["disputes"] == []


def test_a_dispute_flags_the_estimate_from_its_publication_on(api: Api) -> None:
    before = api.given(*FILED)
    api.given(DENIED)
    for times, there in (
        ({}, True),
        ({"published_by": "2025-01-31"}, False),
        ({"published_by": "2025-01-31T23:59:59.999999Z"}, False),
        ({"published_by": "2025-02-01T00:00:00Z"}, True),
        ({"published_by": "2025-02-01"}, True),
        ({"known_at": before}, False),
        ({"known_at": before, "published_by": "2025-03-01"}, False),
        ({"valid_at": "2025-01-10"}, True),
    ):
        for path in ("/v1/estimates/troops", "/v1/estimates/troops/explanation"):
            body = api.get(path, **times)
            assert (codes(body) == ["disputed"]) is there, (path, times)
            assert (body["best"], body["claims"]) == (100, 1)
        [row] = api.items("/v1/estimates/troops/series", **times)
        assert (codes(row) == ["disputed"]) is there, times
        board = api.items("/v1/estimates", flag="disputed", **times)
        assert [item["indicator"] for item in board] == (["troops"] if there else []), times


def test_a_dispute_moves_no_figure(api: Api) -> None:
    api.given(*FILED)
    before = api.get("/v1/estimates/troops")
    api.given(DISPUTE)
    after = api.get("/v1/estimates/troops")
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"flags", "flag_counts", "as_of"}
    [used] = api.get("/v1/estimates/troops/explanation")["used"]
    assert used["disputed_by"] == ["mod"]


def test_the_source_that_disputes_is_mentioned(api: Api) -> None:
    api.given(*FILED, DISPUTE)
    kinds = [event["type"] for event in api.items("/v1/events", source="mod")]
    assert kinds == ["SourceRegistered", "ClaimDisputed"]
    assert api.get("/v1/sources/mod")["reports"] == ["r1"]


def test_replay_shows_when_a_claim_was_disputed(api: Api) -> None:
    before = api.given(*FILED)
    api.given(DISPUTE)
    headers = {"Accept": "application/x-ndjson"}
    asked = {"min_position": api.head(), "after": before}
    answer = api.client.get("/v1/replay", params=asked, headers=headers)
    [frame, _] = ndjson(answer.content)
    assert (codes(frame["before"]), codes(frame["after"])) == ([], ["disputed"])


# Conflicts


def troubled(api: Api) -> None:
    """A contradiction in January of which the headline of September shows nothing, and more."""
    api.given(
        *(indicator("killed", measure="cumulative"), indicator("quiet"), indicator()),
        report("k1", claim(300, "nis", "killed"), published_at="2025-01-13"),
        report("k2", claim(1_000, "west", "killed"), published_at="2025-01-15"),
        report("k3", claim(2_000, "nis", "killed"), published_at="2025-09-02"),
        report("k4", claim(2_000, "west", "killed"), published_at="2025-09-30"),
        report("t1", claim(quantity={"low": 50, "best": 10, "high": 90})),
        post("/v1/claims/t1/1/disputes", by="mod"),
        report("t2", claim(quantity={"low": 50, "best": 10, "high": 90}, originator="us")),
    )


def listed(items: list[Body]) -> list[tuple[str, str, list[str]]]:
    return [(item["indicator"], item["code"], item["claims"]) for item in items]


KILLED = [("killed", "contradiction", ["k1/1", "k2/1"])]
TROOPS = [
    ("troops", "disputed", ["t1/1"]),
    ("troops", "bad-interval", ["t1/1"]),
    ("troops", "bad-interval", ["t2/1"]),
    ("troops", "relay-suspected", ["t2/1", "t1/1"]),
]


def test_every_open_flag_is_listed(api: Api) -> None:
    troubled(api)
    assert api.get("/v1/estimates/killed")["flags"] == []
    items = api.items("/v1/conflicts")
    assert listed(items) == KILLED + TROOPS
    assert all(set(item) == {"indicator", "code", "detail", "claims"} for item in items)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"indicator": "killed"}, KILLED),
        ({"indicator": "troops"}, TROOPS),
        ({"indicator": "quiet"}, []),
        ({"code": "contradiction"}, KILLED),
        ({"code": "bad-interval"}, TROOPS[1:3]),
        ({"code": "bad-interval", "indicator": "killed"}, []),
        ({"code": "overlap"}, []),
        ({"published_by": "2025-01-14"}, TROOPS),
        ({"published_by": "2025-01-09"}, []),
        ({"valid_at": "2025-01-14"}, TROOPS),
        ({"known_at": "7"}, KILLED[:0]),
        ({"known_at": "0"}, []),
    ],
)
def test_open_flags_are_narrowed(api: Api, asked: Body, found: list[Any]) -> None:
    troubled(api)
    assert listed(api.items("/v1/conflicts", **asked)) == found


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("asked", [{}, {"code": "bad-interval"}, {"indicator": "troops"}])
def test_pages_of_open_flags_fit_together(api: Api, limit: int, asked: Body) -> None:
    troubled(api)
    whole = api.items("/v1/conflicts", **asked)
    pages = list[list[Body]]()
    page = api.get("/v1/conflicts", limit=limit, **asked)
    api.given(post("/v1/claims/k1/1/disputes", by="mod"))  # a page more stands where the first did
    while True:
        pages.append(page["items"])
        if page["next_cursor"] is None:
            break
        page = api.get("/v1/conflicts", limit=limit, cursor=page["next_cursor"], **asked)
    assert [item for each in pages for item in each] == whole
    assert all(len(each) == limit for each in pages[:-1]) and pages[-1]


def test_unknown_codes_are_refused(api: Api) -> None:
    problem(api.client.get("/v1/conflicts", params={"code": "contradictory"}), 422, "bad-parameter")


# Assessments as estimates


@pytest.fixture
def judged(server: Server, tmp_path: Path) -> Iterator[Api]:
    """An indicator estimated by assessment/1: a claim of January, judged in February and in March."""
    clock = Clock()
    clock.set("2025-01-10T00:00:00Z")
    with server.over(tmp_path / "judged", clock) as api:
        api.given(indicator(policy="assessment/1"), report())
        clock.set("2025-02-01T00:00:00Z")
        api.given(ASSESS)
        clock.set("2025-03-01T00:00:00Z")
        api.given(post("/v1/indicators/troops/assessments", low=90, confidence="high", rationale="r"))
        yield api


def figure(body: Body) -> tuple[float | None, ...]:
    return body["best"], body["low"], body["high"]


def test_an_estimate_may_be_asked_of_the_analysts(api: Api) -> None:
    before = api.given(*FILED)
    api.given(ASSESS)
    body = api.get("/v1/estimates/troops", policy="assessment/1")
    assert (figure(body), body["used"], body["origins"]) == ((120, 120, 120), ["r1/1"], 1)
    assert body["support"]["level"] is None and body["policy"] == "assessment/1"
    assert body["assessment"]["analyst"] == "local" and body["assessment"]["position"] == before + 1
    ours = api.get("/v1/estimates/troops")
    assert figure(ours) == (100, 100, 100) and "assessment" not in ours
    unjudged = api.get("/v1/estimates/troops", policy="assessment/1", known_at=before)
    assert figure(unjudged) == (None, None, None) and "assessment" not in unjudged


def test_an_indicator_may_be_estimated_by_its_analysts(judged: Api) -> None:
    [item] = judged.items("/v1/estimates")
    assert (figure(item), item["open_high"], item["cutoff"]) == ((None, 90, None), True, "2025-03-01")
    assert item["assessment"]["confidence"] == "high"
    assert figure(judged.get("/v1/estimates/troops", valid_at="2025-02-28")) == (120, 120, 120)
    assert figure(judged.get("/v1/estimates/troops", published_by="2025-01-31")) == (None,) * 3
    other = judged.get("/v1/estimates/troops", policy="latest-best-source/2")
    assert figure(other) == (100, 100, 100)


@pytest.mark.parametrize("axis", ["record", "publication"])
def test_its_vintages_are_its_assessments(judged: Api, axis: str) -> None:
    rows = judged.items("/v1/estimates/troops/vintages", axis=axis)
    assert [(row["from"], figure(row), row["cause"]["type"]) for row in rows] == [
        ("2025-02-01T00:00:00Z", (120, 120, 120), "AssessmentRecorded"),
        ("2025-03-01T00:00:00Z", (None, 90, None), "AssessmentRecorded"),
    ]


def test_its_series_explanation_revisions_and_replay_answer(judged: Api) -> None:
    [row] = judged.items("/v1/estimates/troops/series")
    assert (figure(row), row["period"], row["used"]) == ((None,) * 3, "2025-01-10", [])
    explained = judged.get("/v1/estimates/troops/explanation", valid_at="2025-02-28")
    assert [used["claim"] for used in explained["used"]] == ["r1/1"]
    assert explained["steps"] == ["the latest assessment, recorded at position 5"]
    assert judged.items("/v1/conflicts") == []
    [said, _] = judged.items("/v1/estimates/troops/revisions")
    assert said["originator"] == "nis"
    headers = {"Accept": "application/x-ndjson"}
    frames = judged.client.get("/v1/replay", params={"indicator": "troops"}, headers=headers)
    after = [figure(frame["after"]) for frame in ndjson(frames.content)[:-1]]
    assert after == [(None,) * 3, (None,) * 3, (120, 120, 120), (None, 90, None)]


def test_what_it_rests_on_changed_since(judged: Api) -> None:
    judged.given(post("/v1/indicators/troops/assessments", best=5, confidence="low", claims=["r1/1"]))
    judged.given(post("/v1/reports/r1/hold"))
    body = judged.get("/v1/estimates/troops")
    [flag] = body["flags"]
    assert (flag["code"], flag["claims"], body["best"]) == ("inputs-changed", ["r1/1"], 5)
    assert codes(judged.get("/v1/estimates/troops", policy="envelope/1")) == ["inputs-changed"]
    [item] = judged.items("/v1/conflicts", code="inputs-changed")
    assert item == {"indicator": "troops", **flag}
