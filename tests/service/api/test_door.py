"""The rules at the door over HTTP: written dates, the clock, voices, plans, what claims rest on."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
    post,
    problem,
    report,
    source,
    unchanged,
)

NOW = "2025-11-15T12:00:00Z"


@pytest.fixture
def timed(server: Server, tmp_path: Path) -> Iterator[Api]:
    """A service whose clock stands still in November 2025, with a report of January."""
    clock = Clock()
    clock.set(NOW)
    with server.over(tmp_path / "timed", clock) as api:
        api.given(*FILED)
        yield api


# Dates as they were written


@pytest.mark.parametrize(
    ("fields", "published", "stated", "period"),
    [
        (
            {"published_at": "2025-01-13T08:00:00+09:00"},
            "2025-01-12T23:00:00Z",
            "2025-01-12T23:00:00Z",
            "2025-01-13",
        ),
        (
            {"published_at": "2025-11"},
            "2025-11-30T23:59:59.999999Z",
            "2025-11-30T23:59:59.999999Z",
            "2025-11",
        ),
        (
            {"published_at": "2024"},
            "2024-12-31T23:59:59.999999Z",
            "2024-12-31T23:59:59.999999Z",
            "2024",
        ),
        (
            {
                "published_at": "2025-01-13",
                "claims": [claim(stated_at="2025-01-12T22:00:00-05:00")],
            },
            "2025-01-13T00:00:00Z",
            "2025-01-13T03:00:00Z",
            "2025-01-12",
        ),
    ],
)
def test_a_claim_is_about_the_day_month_or_year_that_was_written(
    timed: Api, fields: Body, published: str, stated: str, period: str
) -> None:
    timed.given(report("r2", **fields))
    filed, shown = timed.get("/v1/reports/r2"), timed.get("/v1/claims/r2/1")

    assert filed["published_at"] == published
    for said in (filed["claims"][0], shown):
        assert (said["stated_at"], said["period"]) == (stated, period)
    with unchanged(timed):
        assert timed.send(report("r2", **fields)).status_code == 200


def test_a_record_correction_may_name_the_month(timed: Api) -> None:
    timed.given(post("/v1/reports/r1/corrections", kind="record", provenance={"published_at": "2024"}))

    assert timed.get("/v1/reports/r1")["claims"][0]["period"] == "2024"


@pytest.mark.parametrize(
    ("ask", "pointer"),
    [
        (report("r2", published_on="2025-01-10"), "/published_on"),
        (report("r2", claim(stated_on="2025-01-10")), "/claims/0/stated_on"),
        (
            post("/v1/reports/r1/corrections", kind="record", provenance={"published_on": "2025"}),
            "/provenance/published_on",
        ),
    ],
)
def test_the_day_beside_the_time_is_no_field(timed: Api, ask: Ask, pointer: str) -> None:
    with unchanged(timed):
        refusal = problem(timed.send(ask), 422, "invalid")
    [(at, message)] = faults(refusal)
    assert at == pointer and message.startswith("is not a field here")


def properties(api: Api, path: str) -> Body:
    """The properties of the body of a POST, as the description of the interface has them."""
    described: Body = api.client.get("/openapi.json").json()
    body = described["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    found: Body = body["schema"]["properties"]
    return found


def test_the_description_has_the_forms_of_a_publication_and_of_a_statement(api: Api) -> None:
    published = properties(api, "/v1/reports")["published_at"]
    described = api.client.get("/openapi.json").json()["components"]["schemas"]
    [stated, _] = described["Statement"]["properties"]["stated_at"]["anyOf"]
    days = ["2025-06-26", "2025-06-26T09:30:00Z", "2025-06-26 09:30:00.5+09:00"]

    assert "month" in published["description"] and published["type"] == "string"
    assert all(re.search(published["pattern"], text) for text in [*days, "2025-06", "2025"])
    assert not any(re.search(published["pattern"], text) for text in ["2025-33", "2025-6", "25", ""])
    assert all(re.search(stated["pattern"], text) for text in days)
    assert not any(re.search(stated["pattern"], text) for text in ["2025-06", "2025"])
    assert set(described["NewProvenance"]["properties"]) == {
        *("publisher", "url", "title", "published_at", "evidence")
    }


# The clock

PUBLISHER = {"kind": "publisher", "published_at": "2025-11-17"}
AHEAD: list[tuple[Ask, str]] = [
    (report("r2", published_at="2025-11-17"), "/published_at"),
    (report("r2", published_at="2026-01-10"), "/published_at"),
    (report("r2", published_at="2025-12"), "/published_at"),
    (report("r2", claim(stated_at="2025-11-17")), "/claims/0/stated_at"),
    (report("r2", claim(stated_at="2025-01-12")), "/claims/0/stated_at"),
    (post("/v1/reports/r1/corrections", **PUBLISHER, claims=[claim(1, n=1)]), "/published_at"),
    (
        post("/v1/reports/r1/corrections", kind="record", provenance={"published_at": "2026"}),
        "/provenance/published_at",
    ),
    (post("/v1/reports/r1/withdrawal", **PUBLISHER), "/published_at"),
    (post("/v1/claims/r1/1/disputes", by="mod", published_at="2025-11-17"), "/published_at"),
]


@pytest.mark.parametrize(("ask", "pointer"), AHEAD)
@pytest.mark.parametrize("query", ["", "?dry_run=true"])
def test_dates_ahead_are_refused_also_when_only_tried(
    timed: Api, ask: Ask, pointer: str, query: str
) -> None:
    with unchanged(timed):
        refusal = problem(timed.send(Ask(ask.method, ask.path + query, ask.body)), 422, "invalid")
    [(at, message)] = faults(refusal)
    assert at == pointer
    assert NOW in message or "the publication (2025-01-10T00:00:00Z)" in message


def test_the_clock_does_not_go_behind_the_last_stamp(server: Server, tmp_path: Path) -> None:
    clock = Clock()
    clock.set(NOW)
    with server.over(tmp_path, clock) as api:
        api.given(*FILED)
        clock.set("2025-02-01T00:00:00Z")
        assert api.send(report("r2", published_at="2025-11-16")).status_code == 201
        problem(api.send(report("r3", published_at="2025-11-17")), 422, "invalid")


def test_an_import_is_judged_by_the_same_clock(timed: Api) -> None:
    lines = [{"file_report": report(f"r{n}", published_at=f"2025-11-{n}").body} for n in (15, 16, 17)]
    refused, done = timed.import_(*lines)[-2:]

    assert refused["line"] == 3 and done["accepted"] == 2
    assert refused["refused"]["errors"][0]["pointer"] == "/file_report/published_at"


# What claims rest on, and incidents


def test_a_claim_shows_its_incident_and_what_it_rests_on(api: Api) -> None:
    api.given(*FILED, indicator("losses", measure="increment"))
    said = claim(5, about="losses", period="2025-01", incident="strike-1", rests_on=["r1/1", "r1/1"])
    api.given(report("r2", said))

    for shown in (api.get("/v1/reports/r2")["claims"][0], api.get("/v1/claims/r2/1")):
        assert (shown["incident"], shown["rests_on"]) == ("strike-1", ["r1/1"])
    for shown in (api.get("/v1/reports/r1")["claims"][0], api.get("/v1/claims/r1/1")):
        assert (shown["incident"], shown["rests_on"]) == (None, [])


QUOTE = {"exact": "some 600 soldiers", "prefix": "said that ", "suffix": " had fallen."}


def test_the_words_that_a_claim_rests_on_are_kept_and_shown_beside_its_figure(api: Api) -> None:
    api.given(indicator(), report("r1", claim(600, quote=QUOTE), claim(500, originator="nis")))

    said = {**QUOTE, "start": None, "end": None}
    first, second = api.get("/v1/reports/r1")["claims"]
    assert (first["quote"], second["quote"]) == (said, None)
    assert api.get("/v1/claims/r1/1")["quote"] == said
    told = api.get("/v1/estimates/troops/explanation")
    shown = {each["claim"]: each["quote"] for each in (*told["used"], *told["excluded"])}
    assert shown == {"r1/1": "some 600 soldiers", "r1/2": None}
    assert "some 600 soldiers</q>" in api.client.get("/estimates/troops").text
    page = api.client.get("/reports/r1").text
    assert "said that <mark>some 600 soldiers</mark> had fallen." in page
    assert [each["id"] for each in api.items("/v1/reports", q="soldiers")] == ["r1"]


def test_a_correction_may_add_a_quote_and_changes_no_figure(api: Api) -> None:
    api.given(*FILED)
    before = api.get("/v1/estimates/troops")["best"]
    restated = claim(n=1, quote=QUOTE)
    api.given(post("/v1/reports/r1/corrections", kind="record", claims=[restated]))
    assert api.get("/v1/claims/r1/1")["quote"]["exact"] == QUOTE["exact"]
    assert api.get("/v1/estimates/troops")["best"] == before
    assert "some 600 soldiers" in api.client.get("/reports/r1").text


@pytest.mark.parametrize(
    ("quote", "pointer"),
    [
        ({}, "/claims/0/quote/exact"),
        ({"exact": ""}, "/claims/0/quote/exact"),
        ({"exact": "a" * 301}, "/claims/0/quote/exact"),
        ({"exact": "a", "suffix": "b" * 301}, "/claims/0/quote/suffix"),
        ({"exact": "a", "start": 1}, "/claims/0/quote"),
        ({"exact": "a", "start": 3, "end": 3}, "/claims/0/quote"),
        ({"exact": "a", "text": "b"}, "/claims/0/quote/text"),
    ],
)
def test_a_quote_out_of_shape_is_refused_at_its_place(
    api: Api, quote: dict[str, Any], pointer: str
) -> None:
    api.given(indicator())
    refusal = problem(api.send(report("r1", claim(600, quote=quote))), 422, "invalid")
    assert [each["pointer"] for each in refusal["errors"]] == [pointer]


# The words by which texts speak of indicators and sources


def test_terms_topics_and_aliases_are_kept_found_and_taken_back(api: Api) -> None:
    api.given(
        indicator("losses", terms=["killed in action"], topics=["War"]),
        source("nis", aliases=["The NIS"]),
    )
    [item] = api.items("/v1/indicators")
    assert (item["terms"], item["topics"]) == (["killed in action"], ["War"])
    assert api.get("/v1/sources/nis")["aliases"] == ["The NIS"]
    assert [each["indicator"] for each in api.items("/v1/estimates", q="killed")] == ["losses"]
    api.given(indicator("losses"), source("nis"))
    assert api.get("/v1/indicators/losses")["terms"] == api.get("/v1/sources/nis")["aliases"] == []


@pytest.mark.parametrize("field", ["terms", "topics"])
def test_a_word_is_listed_once(api: Api, field: str) -> None:
    refusal = problem(api.send(indicator("losses", **{field: ["War", "dead", "war"]})), 422, "invalid")
    assert [each["pointer"] for each in refusal["errors"]] == [f"/{field}/2"]


def test_an_alias_is_listed_once(api: Api) -> None:
    refusal = problem(api.send(source("nis", aliases=["NIS", "Nis"])), 422, "invalid")
    assert [each["pointer"] for each in refusal["errors"]] == ["/aliases/1"]


@pytest.mark.parametrize(("before", "after"), [([], ["r1/1"]), (["r1/1"], [])])
def test_a_correction_of_what_a_claim_rests_on_is_shown(
    api: Api, before: list[str], after: list[str]
) -> None:
    api.given(*FILED, report("r2", claim(rests_on=before)))
    restated = claim(n=1, rests_on=after)
    api.given(post("/v1/reports/r2/corrections", kind="record", claims=[restated]))
    page = api.client.get("/reports/r2", params={"min_position": api.head()})

    assert page.status_code == 200 and "rests on" in page.text
    assert api.get("/v1/claims/r2/1")["rests_on"] == after


@pytest.mark.parametrize(
    ("said", "code", "pointer"),
    [
        (claim(rests_on=["r2/1"]), "link-to-self", "/claims/0/rests_on/0"),
        (claim(rests_on=["r1/1", "r1/9"]), "unknown-claim", "/claims/0/rests_on/1"),
        (
            claim(rests_on=["r1/1"], stated_at="2025-01-09"),
            "link-to-later",
            "/claims/0/rests_on/0",
        ),
        (claim(rests_on=["r1"]), "invalid", "/claims/0/rests_on/0"),
        (claim(incident="strike-1"), "invalid", "/claims/0/incident"),
        (claim() | {"quantity": {"best": 1, "qualifier": "unknown"}}, "invalid", "/claims/0/quantity"),
    ],
)
def test_such_claims_are_refused(api: Api, said: Body, code: str, pointer: str) -> None:
    api.given(*FILED)
    with unchanged(api):
        refusal = problem(api.send(report("r2", said)), 422, code)
    assert [at for at, _ in faults(refusal)] == [pointer]


def test_a_cycle_over_links_and_what_claims_rest_on_is_refused(api: Api) -> None:
    api.given(*FILED, report("r2", claim(rests_on=["r1/1"])))
    with unchanged(api):
        ask = post("/v1/claims/r1/1/links", derived_from="r2/1")
        problem(api.send(ask), 422, "link-cycle")


# Sources and indicators


def test_a_source_shows_for_whom_it_speaks(api: Api) -> None:
    api.given(source("nis", name="The service", speaks_for="office"))
    answer = api.client.get("/v1/sources/nis", params={"min_position": api.head()})

    assert [stream for stream, _, _ in api.facts()] == ["source:office", "source:nis"]
    assert (answer.json()["speaks_for"], answer.headers["etag"]) == ("office", '"1"')
    shown = {each["id"]: each["speaks_for"] for each in api.items("/v1/sources")}
    assert shown == {"nis": "office", "office": None}
    changed = source("nis", name="The service").under(if_match='"1"')
    assert api.send(changed).headers["etag"] == '"2"'
    assert api.get("/v1/sources/nis")["speaks_for"] is None


def test_a_cycle_of_voices_is_refused(api: Api) -> None:
    api.given(source("nis", speaks_for="office"))
    with unchanged(api):
        refusal = problem(api.send(source("office", speaks_for="nis")), 422, "invalid")
    assert faults(refusal)[0][0] == "/speaks_for"


def test_an_indicator_shows_minimum_since_and_plan(api: Api) -> None:
    given: dict[str, Any] = {"minimum": -10, "since": "2024-10-01", "plans_for": "troops"}
    api.given(indicator(), indicator("planned", measure="cumulative", **given))
    answer = api.client.get("/v1/indicators/planned", params={"min_position": api.head()})

    assert {name: answer.json()[name] for name in given} == given
    assert answer.headers["etag"] == '"1"'
    shown = {each["id"]: [each[name] for name in given] for each in api.items("/v1/indicators")}
    assert shown == {"planned": [-10, "2024-10-01", "troops"], "troops": [0, None, None]}
    api.given(indicator("planned", measure="cumulative", minimum=None))
    assert [api.get("/v1/indicators/planned")[name] for name in given] == [None, None, None]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"minimum": 1}, "invalid"),
        ({"since": "2024-10-01"}, "invalid"),
        ({"plans_for": "planned"}, "invalid"),
        ({"plans_for": "trops"}, "unknown-indicator"),
        ({"plans_for": "troops", "unit": "tonnes"}, "invalid"),
    ],
)
def test_such_definitions_are_refused(api: Api, fields: Body, code: str) -> None:
    api.given(indicator())
    with unchanged(api):
        refusal = problem(api.send(indicator("planned", **fields)), 422, code)
    assert [at for at, _ in faults(refusal)] == [f"/{next(iter(fields))}"]


def test_a_replaced_policy_is_stored_as_the_one_that_replaced_it(api: Api) -> None:
    api.given(indicator(policy="latest-best-source/1"))

    assert api.get("/v1/indicators/troops")["policy"] == "latest-best-source/2"
    with unchanged(api):
        assert api.send(indicator()).status_code == 200


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/estimates/troops", "policy"),
        ("/v1/estimates/troops/explanation", "policy"),
        ("/v1/policies/compare", "base"),
        ("/v1/policies/compare", "candidate"),
    ],
)
def test_a_replaced_policy_is_refused_in_a_question(api: Api, path: str, name: str) -> None:
    api.given(*FILED)
    query = {"candidate": "envelope/1", name: "latest-best-source/1"}
    asked = query if "compare" in path else {name: query[name]}
    refusal = problem(api.client.get(path, params=asked), 422, "bad-parameter")

    assert refusal["parameter"] == name
    assert "latest-best-source/2" in refusal["detail"]


@pytest.mark.parametrize(
    "named",
    [
        post("/v1/sources/un/grades", reliability="B"),
        post("/v1/claims/r1/1/disputes", by="un", reason="saw none"),
        source("spokesman", speaks_for="un"),
        report("r2", claim(2, "un")),
        report("r2", claim(2, spokesperson="un")),
        report("r2", claim(2), publisher="un"),
        post("/v1/reports/r1/corrections", kind="record", claims=[{"n": 1, **claim(3, "un")}]),
    ],
    ids=[
        "a grade",
        "a dispute",
        "a voice",
        "an originator",
        "a spokesperson",
        "a publisher",
        "a correction",
    ],
)
def test_an_unknown_source_is_registered_ungraded_by_whatever_names_it_first(
    api: Api, named: Ask
) -> None:
    before = api.given(indicator(), report("r1"))
    problem(api.client.get("/v1/sources/un", params={"min_position": before}), 404, "not-found")
    api.given(named)
    first = api.facts(before)[0]
    assert first == ("source:un", "SourceRegistered", {"source": "un"})
    graded = "B" if named.path.endswith("/grades") else None
    assert api.get("/v1/sources/un")["reliability"] == graded


def test_an_import_registers_whom_a_grade_or_a_dispute_names(api: Api) -> None:
    before = api.given(indicator(), report("r1"))
    done = api.import_(
        {"grade_source": {"source": "mod", "reliability": "A"}},
        {"dispute_claim": {"claim": "r1/1", "by": "un"}},
    )[-1]
    assert done["accepted"] == 2
    registered = [stream for stream, kind, _ in api.facts(before) if kind == "SourceRegistered"]
    assert registered == ["source:mod", "source:un"]
