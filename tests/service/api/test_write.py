"""Every request that writes: its answer, and the events that it adds to the log."""

from typing import Any

import httpx2
import pytest

from service.api.rebuild import RebuildJob
from tests.http_spec import (
    FILED,
    Api,
    Ask,
    Body,
    Fact,
    claim,
    faults,
    indicator,
    post,
    problem,
    report,
    source,
    unchanged,
)

DEFINITION = {
    "title": "Troops",
    "unit": "",
    "measure": "stock",
    "definition": "",
    "parts": [],
    "policy": "latest-best-source/2",
    "fresh_days": 90,
    "minimum": 0,
}
STATEMENT = {
    "indicator": "troops",
    "originator": "nis",
    "basis": "unknown",
    "status": "estimated",
    "quantity": {"best": 100, "qualifier": "exact"},
    "derived_from": [],
    "text": "",
}
PROVENANCE = {"publisher": "wire", "published_at": "2025-01-10T00:00:00Z"}


def written(api: Api, ask: Ask, status: int, *facts: Fact) -> httpx2.Response:
    """Send a request that adds just these events; its answer, the common members checked."""
    before = api.head()
    answer = api.send(ask)
    assert answer.status_code == status, answer.text
    assert api.facts(before) == list(facts)
    body = answer.json()
    last = api.events(before)[-1] if facts else api.get("/v1/events", limit=1, order="desc")["items"][0]
    family, _, name = last["stream"].partition(":")
    assert body["id"] == name
    if facts:
        assert body["position"] == last["position"] == api.head()
        assert body["version"] == last["version"]
        stamp = last["recorded_at"]
        assert body["recorded_at"].rstrip("0Z") == stamp.rstrip("0Z")
        assert answer.headers["etag"] == f'"{last["version"]}"'
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["location"] == f"/v1/{family}s/{name}"
    return answer


def fact(family: str, name: str, event: str, /, **data: Any) -> Fact:
    return f"{family}:{name}", event, {family: name, **data}


# Indicators


def test_an_indicator_is_defined(api: Api) -> None:
    answer = written(
        api,
        Ask("PUT", "/v1/indicators/troops", {"title": "Troops", "measure": "stock"}),
        201,
        fact("indicator", "troops", "IndicatorDefined", definition=DEFINITION),
    )
    assert set(answer.json()) == {"id", "version", "position", "recorded_at"}


def test_an_indicator_is_defined_with_all_that_it_may_have(api: Api) -> None:
    arrived = indicator("arrived", measure="stock", unit="persons")
    api.given(indicator("deminers"), indicator("builders"), arrived)
    body = {
        "title": "Third tranche",
        "unit": "persons",
        "measure": "cumulative",
        "definition": "Announced to be sent",
        "place": "Kursk",
        "parts": ["deminers", "builders"],
        "policy": "latest-best-source/2",
        "fresh_days": 30,
        "minimum": -5,
        "since": "2025-06-01",
        "plans_for": "arrived",
    }
    written(
        api,
        Ask("PUT", "/v1/indicators/tranche-3", body),
        201,
        fact("indicator", "tranche-3", "IndicatorDefined", definition=body),
    )


def test_an_indicator_is_revised(api: Api) -> None:
    api.given(indicator())
    revised = {**DEFINITION, "unit": "persons", "fresh_days": 0}
    written(
        api,
        indicator(unit="persons", fresh_days=0),
        200,
        fact("indicator", "troops", "IndicatorRevised", definition=revised),
    )


def test_an_indicator_defined_again_alike_is_there_already(api: Api) -> None:
    api.given(indicator())
    answer = written(api, indicator(), 200)
    assert answer.json()["position"] == 1


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"policy": "best/1"}, "/policy"),
        ({"parts": ["troops"]}, "/parts/0"),
        ({"parts": ["drones", "drones"]}, "/parts/1"),
        ({"fresh_days": -1}, "/fresh_days"),
        ({"fresh_days": "9"}, "/fresh_days"),
        ({"fresh_days": 1.5}, "/fresh_days"),
        ({"title": ""}, "/title"),
        ({"title": None}, "/title"),
        ({"measure": "count"}, "/measure"),
        ({"parts": "drones"}, "/parts"),
        ({"id": "troops"}, "/id"),
    ],
    ids=str,
)
def test_an_indicator_that_cannot_be_is_refused(api: Api, fields: Body, pointer: str) -> None:
    api.given(indicator("drones"))
    with unchanged(api):
        refusal = problem(api.send(indicator(**fields)), 422, "invalid")
    assert [each for each, _ in faults(refusal)] == [pointer]


def test_a_part_must_be_defined(api: Api) -> None:
    with unchanged(api):
        refusal = problem(api.send(indicator(parts=["drones"])), 422, "unknown-indicator")
    assert [pointer for pointer, _ in faults(refusal)] == ["/parts/0"]


# Sources


def test_a_source_is_registered(api: Api) -> None:
    fields = {"name": "The service", "kind": "agency", "country": "KR", "note": "since 1999"}
    written(api, source("nis", **fields), 201, fact("source", "nis", "SourceRegistered", **fields))


def test_a_source_is_described_anew(api: Api) -> None:
    api.given(source("nis"))
    written(api, source("nis", note="x"), 200, fact("source", "nis", "SourceRegistered", note="x"))
    written(api, source("nis", note="x"), 200)


def test_a_source_is_graded_by_the_one_who_asks(api: Api) -> None:
    api.given(source("nis"))
    grade = post("/v1/sources/nis/grades", reliability="B", reason="a long record")
    graded = {"reliability": "B", "grader": "local", "reason": "a long record"}
    written(api, grade, 201, fact("source", "nis", "SourceGraded", **graded))
    written(api, grade, 200)


@pytest.mark.parametrize("reliability", ["", "G", "b", "AB", 1, None])
def test_a_grade_is_a_letter_from_a_to_f(api: Api, reliability: object) -> None:
    api.given(source("nis"))
    with unchanged(api):
        problem(api.send(post("/v1/sources/nis/grades", reliability=reliability)), 422, "invalid")


# Reports


def test_a_report_is_filed(api: Api) -> None:
    api.given(indicator())
    answer = written(
        api,
        report("r1"),
        201,
        fact("source", "wire", "SourceRegistered"),
        fact("source", "nis", "SourceRegistered"),
        fact(
            "report",
            "r1",
            "ReportFiled",
            provenance=PROVENANCE,
            marking="TLP:CLEAR",
            claims=[{**STATEMENT, "n": 1}],
        ),
    )
    assert answer.json()["claims"] == ["r1/1"]


def test_a_report_is_filed_with_all_that_it_may_have(api: Api) -> None:
    api.given(indicator(), indicator("gives-drones", measure="proposition"), source("wire"))
    api.given(source("nis"), source("speaker"), report("r0"))
    evidence = {"sha256": "0" * 64, "media_type": "text/html"}
    first = {
        "indicator": "troops",
        "originator": "nis",
        "spokesperson": "speaker",
        "cohort": "tranche-3",
        "basis": "own-intelligence",
        "stated_at": "2025-01-11T03:00:00Z",
        "period": "2025-01/..",
        "status": "planned",
        "quantity": {"low": 1, "best": 2.5, "high": 3, "qualifier": "about"},
        "derived_from": ["r0/1"],
        "text": "our paraphrase",
    }
    second = {
        "indicator": "gives-drones",
        "originator": "nis",
        "basis": "unknown",
        "status": "reported",
        "stance": {"asserts": True, "likelihood": "very-likely"},
        "derived_from": [],
        "text": "",
    }
    said = {**second, "stance": {"asserts": True, "likelihood": "Very likely"}}
    answer = written(
        api,
        report(
            "r1",
            {**first, "stated_at": "2025-01-11T12:00:00+09:00"},
            said,
            url="https://wire.example/1?a=b",
            title="Troops on the move",
            published_at="2025-01-12T08:30:00.5+01:00",
            marking="TLP:AMBER+STRICT",
            evidence=evidence,
        ),
        201,
        fact(
            "report",
            "r1",
            "ReportFiled",
            provenance={
                "publisher": "wire",
                "url": "https://wire.example/1?a=b",
                "title": "Troops on the move",
                "published_at": "2025-01-12T07:30:00.500000Z",
                "evidence": evidence,
            },
            marking="TLP:AMBER+STRICT",
            claims=[{**first, "n": 1}, {**second, "n": 2}],
        ),
    )
    assert answer.json()["claims"] == ["r1/1", "r1/2"]


@pytest.mark.parametrize(
    ("given", "qualifier"),
    [
        ({"best": 1}, "exact"),
        ({"low": 1}, "at-least"),
        ({"high": 1}, "at-most"),
        ({"low": 1, "high": 2}, "range"),
        ({"low": 1, "best": 1, "high": 2}, "exact"),
        ({"low": 1, "qualifier": "more-than"}, "more-than"),
        ({"qualifier": "unspecified"}, "unspecified"),
        ({"best": 0}, "exact"),
        ({"low": 5, "best": 1, "high": 0}, "exact"),
    ],
)
def test_a_figure_is_kept_as_given_with_its_qualifier(api: Api, given: Body, qualifier: str) -> None:
    api.given(indicator(), report("r1", claim(quantity=given)))
    [said] = api.facts()[-1][2]["claims"]
    assert said["quantity"] == {**given, "qualifier": qualifier}


def without(name: str) -> Body:
    return {key: value for key, value in claim().items() if key != name}


@pytest.mark.parametrize(
    ("ask", "code", "pointer"),
    [
        (report("r1", claim(about="trops")), "unknown-indicator", "/claims/0/indicator"),
        (report("r1", claim(stance={"asserts": True})), "invalid", "/claims/0/stance"),
        (report("r1", claim(about="gives")), "invalid", "/claims/0/quantity"),
        (report("r1", without("quantity")), "invalid", "/claims/0/quantity"),
        (report("r1", claim(quantity={})), "invalid", "/claims/0/quantity"),
        (report("r1", claim(about="sent")), "invalid", "/claims/0/period"),
        (report("r1", claim(period="2025-02/2025-01")), "invalid", "/claims/0/period"),
        (report("r1", claim(period="../..")), "invalid", "/claims/0/period"),
        (report("r1", claim(derived_from=["r0/9"])), "unknown-claim", "/claims/0/derived_from/0"),
        (report("r1", claim(derived_from=["r1/1"])), "link-to-self", "/claims/0/derived_from/0"),
        (
            report("r1", claim(derived_from=["r0/1"]), published_at="2025-01-09"),
            "link-to-later",
            "/claims/0/derived_from/0",
        ),
        (
            report("r1", claim(1, derived_from=["r1/2"]), claim(2, derived_from=["r1/1"])),
            "link-cycle",
            "/claims/0/derived_from/0",
        ),
        (
            Ask("POST", "/v1/reports", {"publisher": "wire", "claims": [claim()]}),
            "invalid",
            "/published_at",
        ),
        (report("r1", claims=[]), "invalid", "/claims"),
        (report("r1", claim(status="sure")), "invalid", "/claims/0/status"),
        (report("r1", without("originator")), "invalid", "/claims/0/originator"),
        (report("r1", claim(originator="NIS")), "invalid", "/claims/0/originator"),
        (report("r1", url="ftp://x"), "invalid", "/url"),
        (report("r1", marking="SECRET"), "invalid", "/marking"),
        (report("R1"), "invalid", "/id"),
        (report("r1", evidence={"sha256": "0" * 63}), "invalid", "/evidence/sha256"),
        (report("r1", claim(text=None)), "invalid", "/claims/0/text"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_report_that_breaks_a_rule_is_refused_whole(
    api: Api, ask: Ask, code: str, pointer: str
) -> None:
    api.given(indicator(), indicator("gives", measure="proposition"))
    api.given(indicator("sent", measure="increment"), report("r0"))
    with unchanged(api):
        refusal = problem(api.send(ask), 422, code)
    assert faults(refusal)[0][0] == pointer


def test_links_may_not_go_round(api: Api) -> None:
    api.given(indicator(), report("r1"), report("r2", claim(derived_from=["r1/1"])))
    with unchanged(api):
        refusal = problem(
            api.send(post("/v1/claims/r1/1/links", derived_from="r2/1")), 422, "link-cycle"
        )
    assert [pointer for pointer, _ in faults(refusal)] == ["/derived_from"]


# Corrections


def test_we_mend_what_we_mistyped(api: Api) -> None:
    api.given(*FILED)
    title = {"title": "Troops", "published_at": "2025-01-09"}
    written(
        api,
        post("/v1/reports/r1/corrections", kind="record", reason="a slip", provenance=title),
        201,
        fact(
            "report",
            "r1",
            "ReportCorrected",
            kind="record",
            reason="a slip",
            provenance={"title": "Troops", "published_at": "2025-01-09T00:00:00Z"},
        ),
    )


def test_a_publisher_corrects_a_claim_and_adds_one(api: Api) -> None:
    api.given(indicator(), report("r1", claim(1), claim(2)))
    mended, added = claim(20, "mnd"), claim(30)
    answer = written(
        api,
        post(
            "/v1/reports/r1/corrections",
            kind="publisher",
            published_at="2025-01-12",
            claims=[{**mended, "n": 2}, added],
        ),
        201,
        fact("source", "mnd", "SourceRegistered"),
        fact(
            "report",
            "r1",
            "ReportCorrected",
            kind="publisher",
            reason="",
            published_at="2025-01-12T00:00:00Z",
            claims=[
                {
                    **STATEMENT,
                    "originator": "mnd",
                    "quantity": {"best": 20, "qualifier": "exact"},
                    "n": 2,
                },
                {**STATEMENT, "quantity": {"best": 30, "qualifier": "exact"}, "n": 3},
            ],
        ),
    )
    assert answer.json()["version"] == 2
    shown = api.get("/v1/reports/r1")
    assert [each["id"] for each in shown["claims"]] == ["r1/2", "r1/3"]


def test_a_correction_sent_again_is_there_already(api: Api) -> None:
    api.given(*FILED)
    ask = post("/v1/reports/r1/corrections", kind="record", claims=[claim(7)])
    first = api.send(ask)
    with unchanged(api):
        again = api.send(ask)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["position"] == first.json()["position"]


TITLE = {"title": "t"}


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"kind": "record"}, ""),
        ({"kind": "record", "provenance": {}}, ""),
        ({"provenance": TITLE}, "/kind"),
        ({"kind": "publisher", "provenance": TITLE}, "/published_at"),
        (
            {"kind": "publisher", "published_at": "2025-01-09", "provenance": TITLE},
            "/published_at",
        ),
        ({"kind": "record", "published_at": "2025-01-11", "provenance": TITLE}, "/published_at"),
        ({"kind": "record", "claims": [{**claim(), "n": 3}]}, "/claims/0/n"),
        ({"kind": "record", "claims": [{**claim(1), "n": 1}, {**claim(2), "n": 1}]}, "/claims/1/n"),
        ({"kind": "record", "claims": []}, "/claims"),
        ({"kind": "record", "claims": [{**claim(), "n": 0}]}, "/claims/0/n"),
        ({"kind": "record", "report": "r1", "claims": [claim()]}, "/report"),
        ({"kind": "record", "provenance": {"titel": "t"}}, "/provenance/titel"),
    ],
    ids=str,
)
def test_a_correction_that_cannot_be_is_refused(api: Api, fields: Body, pointer: str) -> None:
    api.given(*FILED)
    with unchanged(api):
        refusal = problem(api.send(post("/v1/reports/r1/corrections", **fields)), 422, "invalid")
    assert [each for each, _ in faults(refusal)] == [pointer]


# Withdrawal, hold, release, marking


@pytest.mark.parametrize(
    ("fields", "data"),
    [
        ({}, {"kind": "record", "reason": ""}),
        ({"reason": "twice"}, {"kind": "record", "reason": "twice"}),
        ({"kind": "record"}, {"kind": "record", "reason": ""}),
        (
            {"published_at": "2025-01-11", "reason": "denied"},
            {"kind": "publisher", "published_at": "2025-01-11T00:00:00Z", "reason": "denied"},
        ),
        (
            {"kind": "publisher", "published_at": "2025-01-10"},
            {"kind": "publisher", "published_at": "2025-01-10T00:00:00Z", "reason": ""},
        ),
    ],
)
def test_a_report_is_withdrawn(api: Api, fields: Body, data: Body) -> None:
    api.given(*FILED)
    ask = post("/v1/reports/r1/withdrawal", **fields)
    written(api, ask, 201, fact("report", "r1", "ReportWithdrawn", **data))
    written(api, ask, 200)
    with unchanged(api):
        other = post("/v1/reports/r1/withdrawal", reason="for another reason")
        problem(api.send(other), 409, "report-withdrawn")


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "publisher"},
        {"published_at": "2025-01-09"},
        {"kind": "record", "published_at": "2025-01-11"},
    ],
)
def test_a_withdrawal_that_cannot_be_is_refused(api: Api, fields: Body) -> None:
    api.given(*FILED)
    with unchanged(api):
        refusal = problem(api.send(post("/v1/reports/r1/withdrawal", **fields)), 422, "invalid")
    assert [pointer for pointer, _ in faults(refusal)] == ["/published_at"]


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (post("/v1/reports/r1/hold", reason="under check"), "under check"),
        (post("/v1/reports/r1/hold"), ""),
        (Ask("POST", "/v1/reports/r1/hold"), ""),
    ],
)
def test_a_report_is_held_and_released(api: Api, ask: Ask, reason: str) -> None:
    api.given(*FILED)
    written(api, ask, 201, fact("report", "r1", "ReportHeld", reason=reason))
    written(api, ask, 200)
    release = Ask(ask.method, "/v1/reports/r1/release", ask.body)
    written(api, release, 201, fact("report", "r1", "ReportReleased", reason=reason))
    written(api, release, 200)


def test_a_report_is_marked(api: Api) -> None:
    api.given(*FILED)
    ask = post("/v1/reports/r1/marking", marking="TLP:RED", reason="a source at risk")
    data = {"marking": "TLP:RED", "reason": "a source at risk"}
    written(api, ask, 201, fact("report", "r1", "ReportMarked", **data))
    written(api, ask, 200)
    assert api.get("/v1/reports/r1")["marking"] == "TLP:RED"


@pytest.mark.parametrize("marking", ["TLP:WHITE", "RED", "tlp:red", "", None, 1])
def test_a_marking_is_one_of_five(api: Api, marking: object) -> None:
    api.given(*FILED)
    with unchanged(api):
        refusal = problem(api.send(post("/v1/reports/r1/marking", marking=marking)), 422, "invalid")
    assert [pointer for pointer, _ in faults(refusal)] == ["/marking"]


# Claims


def test_a_claim_is_graded_by_the_one_who_asks(api: Api) -> None:
    api.given(*FILED)
    ask = post("/v1/claims/r1/1/grades", credibility=2, reason="seen by two")
    data = {"n": 1, "credibility": 2, "grader": "local", "reason": "seen by two"}
    answer = written(api, ask, 201, fact("report", "r1", "ClaimGraded", **data))
    assert answer.json()["id"] == "r1"
    written(api, ask, 200)


@pytest.mark.parametrize("credibility", [0, 7, "2", 2.5, True, None, [2]])
def test_a_credibility_is_a_number_from_one_to_six(api: Api, credibility: object) -> None:
    api.given(*FILED)
    with unchanged(api):
        ask = post("/v1/claims/r1/1/grades", credibility=credibility)
        refusal = problem(api.send(ask), 422, "invalid")
    assert [pointer for pointer, _ in faults(refusal)] == ["/credibility"]


def test_a_claim_is_linked_and_unlinked(api: Api) -> None:
    api.given(indicator(), report("r0"), report("r1", claim(101)))
    link = post("/v1/claims/r1/1/links", derived_from="r0/1", reason="word for word")
    data = {"n": 1, "derived_from": "r0/1", "reason": "word for word"}
    written(api, link, 201, fact("report", "r1", "ClaimLinked", **data))
    written(api, link, 200)
    unlink = Ask("DELETE", "/v1/claims/r1/1/links/r0/1?reason=own%20sources")
    data = {"n": 1, "derived_from": "r0/1", "reason": "own sources"}
    written(api, unlink, 201, fact("report", "r1", "ClaimUnlinked", **data))
    written(api, unlink, 200)
    assert api.get("/v1/claims/r1/1")["derived_from"] == []


def test_a_link_is_removed_without_a_reason(api: Api) -> None:
    api.given(indicator(), report("r0"), report("r1", claim(101, derived_from=["r0/1"])))
    data = {"n": 1, "derived_from": "r0/1", "reason": ""}
    written(
        api,
        Ask("DELETE", "/v1/claims/r1/1/links/r0/1"),
        201,
        fact("report", "r1", "ClaimUnlinked", **data),
    )


def test_a_reason_in_the_body_of_a_delete_is_refused_rather_than_lost(api: Api) -> None:
    api.given(indicator(), report("r0"), report("r1", claim(101, derived_from=["r0/1"])))
    with unchanged(api):
        ask = Ask("DELETE", "/v1/claims/r1/1/links/r0/1", {"reason": "own sources"})
        refusal = problem(api.send(ask), 422, "invalid")
    assert refusal["detail"] == "the body is not read here; give the reason as ?reason="


@pytest.mark.parametrize("path", ["r0/1/links/r1/1", "r1/1/links/r1/2", "r1/1/links/none/1"])
def test_a_link_that_never_was_cannot_be_removed(api: Api, path: str) -> None:
    api.given(indicator(), report("r0"), report("r1", claim(101, derived_from=["r0/1"])))
    with unchanged(api):
        problem(api.send(Ask("DELETE", f"/v1/claims/{path}")), 404, "not-found")


@pytest.mark.parametrize("path", ["r1/0", "r1/x", "R1/1", "r1/01", "r1/1000000"])
def test_an_id_in_the_address_must_be_one(api: Api, path: str) -> None:
    api.given(*FILED)
    with unchanged(api):
        for ask in (
            post(f"/v1/claims/{path}/grades", credibility=2),
            post(f"/v1/claims/{path}/links", derived_from="r1/1"),
            post(f"/v1/claims/{path}/disputes", by="mod"),
            Ask("DELETE", f"/v1/claims/{path}/links/r1/1"),
            Ask("DELETE", f"/v1/claims/r1/1/links/{path}"),
        ):
            refusal = problem(api.send(ask), 422, "invalid")
            assert refusal["detail"].startswith(f"the address: '{path}' must match")


# Every write


WRITES = {
    "indicator": indicator(),
    "source": source("nis"),
    "source's grade": post("/v1/sources/nis/grades", reliability="A"),
    "report": report("r2"),
    "correction": post("/v1/reports/r1/corrections", kind="record", claims=[claim(2)]),
    "withdrawal": post("/v1/reports/r1/withdrawal"),
    "hold": post("/v1/reports/r1/hold"),
    "release": post("/v1/reports/r1/release"),
    "marking": post("/v1/reports/r1/marking", marking="TLP:RED"),
    "claim's grade": post("/v1/claims/r1/1/grades", credibility=2),
    "link": post("/v1/claims/r1/1/links", derived_from="r0/1"),
    "dispute": post("/v1/claims/r1/1/disputes", by="mod"),
    "assessment": post("/v1/indicators/troops/assessments", best=1, confidence="low"),
}


@pytest.mark.parametrize("what", WRITES)
def test_an_unknown_field_is_refused(api: Api, what: str) -> None:
    api.given(indicator(), report("r0"), report("r1"))
    ask = WRITES[what]
    with unchanged(api):
        misspelt = Ask(ask.method, ask.path, {**ask.body, "resaon": "a slip"})
        refusal = problem(api.send(misspelt), 422, "invalid")
    [(pointer, message)] = faults(refusal)
    assert (pointer, message.partition(";")[0]) == ("/resaon", "is not a field here")
    assert ("did you mean reason?" in message) == ("reason" in FIELDS.get(what, ""))


WITHOUT = ("indicator", "source", "report", "assessment")
FIELDS = {name: "reason" for name in WRITES if name not in WITHOUT}


@pytest.mark.parametrize("what", WRITES)
def test_a_write_is_read_back_at_once(api: Api, what: str) -> None:
    api.given(indicator("drones"), indicator(), report("r0"), report("r1"))
    answer = api.send(WRITES[what])
    assert answer.is_success
    where, position = answer.headers["location"], answer.json()["position"]
    read = api.client.get(where, params={"min_position": position})
    assert read.status_code == 200
    assert read.json()["as_of"]["position"] >= position


def test_a_rebuild_is_a_job(api: Api) -> None:
    api.given(*FILED)
    before = {each["name"]: each["digest"] for each in api.get("/v1/projections")["items"]}
    with unchanged(api):
        answer = api.send(Ask("POST", "/v1/projections/estimates/rebuild"))
    assert answer.status_code == 202
    where = answer.headers["location"]
    assert where == "/v1/projections/estimates/rebuild"
    job = answer.json()
    while job["state"] == "running":
        assert set(job) == set(RebuildJob.__annotations__)
        job = api.client.get(where).json()
    assert (job["state"], job["done"], job["total"], job["error"]) == ("done", 4, 4, None)
    assert (job["projection"], job["seconds_left"]) == ("estimates", 0.0)
    after = {each["name"]: each["digest"] for each in api.get("/v1/projections")["items"]}
    assert after == before


def test_a_rebuild_takes_no_body(api: Api) -> None:
    ask = Ask("POST", "/v1/projections/claims/rebuild", {"from": 3})
    problem(api.send(ask), 422, "invalid")
    problem(api.client.get("/v1/projections/claims/rebuild"), 404, "not-found")
