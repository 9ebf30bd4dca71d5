"""What may be many of one thing: the first are listed, all are counted, and each is found."""

from collections.abc import Iterator

import pytest

from projections.answers.kept_sums import MOST_FLAGS
from tests.http_spec import Api, Body, claim, indicator, ndjson, one_server, post, report

N = 120
"""More than any of these lists has."""
DAY = "2025-01-10"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Of everything a hundred and more."""
    with one_server() as server, server.over(tmp_path_factory.mktemp("wide")) as api:
        parts = [f"part-{n:03}" for n in range(N)]
        wholes = [f"whole-{n:02}" for n in range(30)]
        api.given(
            *(indicator(name, measure="stock") for name in ("split", "planned", "split-up")),
            indicator("low", measure="increment", minimum=0),
        )
        defined = [{"define_indicator": described(name)} for name in parts]
        defined += [{"define_indicator": described(name, parts=parts)} for name in wholes]
        grades = [{"source": "nis", "reliability": "AB"[n % 2], "reason": str(n)} for n in range(N)]
        by = [{"claim": "split/1", "by": f"s{n:03}", "reason": "no"} for n in range(N)]
        done = api.import_(
            *defined,
            *({"grade_source": each} for each in grades),
            filed("split", [claim(n, "nis", "split", cohort=f"c{n:03}") for n in range(N)]),
            filed("plans", [planned(n) for n in range(N)]),
            filed("said", [claim(1_000 * (n + 1), f"o{n}", "split-up") for n in range(10)]),
            filed("parts", [claim(n, "nis", name) for n, name in enumerate([*parts, wholes[0]])]),
            filed("low", [low(n) for n in range(N)]),
            filed("relay", [passed_on()]),
            *({"dispute_claim": each} for each in by),
        )[-1]
        assert done["refused"] == 0, done
        cited = [f"plans/{n + 1}" for n in range(N)]
        judged = {"best": 5, "confidence": "low", "rationale": "many", "claims": cited}
        api.given(post("/v1/indicators/planned/assessments", **judged))
        yield api


def described(name: str, **more: object) -> Body:
    return {"id": name, "title": name, "measure": "stock", **more}


def filed(name: str, claims: list[Body]) -> Body:
    body = {"id": name, "publisher": "wire", "published_at": DAY, "title": f"all of {name}"}
    return {"file_report": {**body, "claims": claims}}


def planned(n: int) -> Body:
    return {**claim(n, "nis", "planned"), "status": "forecast", "period": f"{2030 + n}"}


def low(n: int) -> Body:
    period = f"20{10 + n // 12}-{1 + n % 12:02}"
    return {**claim(-1 - n, "nis", "low"), "period": period, "text": "too low"}


def passed_on() -> Body:
    origins = [f"split/{n + 1}" for n in range(N)]
    return claim(0, "wire", "split", cohort="c000", basis="relay", derived_from=origins)


def test_an_estimate_lists_its_first_cohorts_and_targets(desk: Api) -> None:
    body = desk.get("/v1/estimates/split")
    cohorts = [each["cohort"] for each in desk.items("/v1/estimates/split/cohorts", limit=50)]
    assert body["n_cohorts"] == len(cohorts) == N and body["cohorts"] == cohorts[:100]
    planned = desk.get("/v1/estimates/planned")
    assert (planned["n_targets"], len(planned["targets"])) == (N, 100)
    [item] = desk.get("/v1/estimates", q="planned")["items"]
    assert (item["targets"], item["n_targets"]) == (planned["targets"], N)


def test_support_lists_its_first_reasons(desk: Api) -> None:
    support = desk.get("/v1/estimates/split-up")["support"]
    assert (support["level"], support["n_reasons"], len(support["reasons"])) == ("contested", 45, 20)


def test_a_judgement_lists_the_first_claims_that_it_cites(desk: Api) -> None:
    judged = desk.get("/v1/estimates/planned", policy="assessment/1")["assessment"]
    assert (judged["n_claims"], len(judged["claims"])) == (N, 100)


def test_a_whole_lists_its_first_parts(desk: Api) -> None:
    parts = desk.get("/v1/estimates/whole-00")["from_parts"]
    assert (parts["n_parts"], len(parts["parts"])) == (N, 100)
    assert len(desk.get("/v1/indicators/whole-00")["parts"]) == N


def test_a_row_of_a_series_lists_its_first_flags(desk: Api) -> None:
    rows = desk.items("/v1/estimates/low/series", **{"as": "cumulative"})
    last = rows[-1]
    assert last["n_used"] == len(last["used"]) == 1
    headline = desk.get("/v1/estimates/low")
    assert (len(headline["flags"]), headline["flag_counts"]["below-minimum"]) == (MOST_FLAGS, N)
    cell = desk.get("/v1/estimates/split-up/series")["items"][0]
    assert (len(cell["flags"]), cell["flag_counts"]["contradiction"]) == (MOST_FLAGS, 45)


def test_a_claim_lists_its_first_disputes_and_the_first_of_its_chain(desk: Api) -> None:
    disputed = desk.get("/v1/claims/split/1")
    assert (disputed["n_disputes"], len(disputed["disputes"])) == (N, 100)
    body = desk.get("/v1/claims/relay/1")
    chain = desk.items("/v1/claims/relay/1/chain", limit=50)
    assert (body["n_chain"], len(chain)) == (N + 1, N + 1) and body["chain"] == chain[:100]
    assert (chain[0]["n_derived_from"], len(chain[0]["derived_from"])) == (N, 100)
    assert len(body["derived_from"]) == N
    assert desk.client.get("/v1/claims/relay/9/chain").status_code == 404


def test_evidence_lists_the_first_of_its_chain(desk: Api) -> None:
    body = desk.get("/v1/estimates/split/explanation", cohort="c000")
    [relay, *_] = [each for each in body["relays"] if each["claim"] == "relay/1"]
    assert (relay["n_chain"], len(relay["chain"])) == (N + 1, 100)
    [used] = [each for each in body["used"] if each["claim"] == "split/1"]
    assert (used["n_disputed_by"], len(used["disputed_by"])) == (N, 100)


def test_provenance_has_the_first_claims_of_each_use(desk: Api) -> None:
    accepts = {"Accept": "application/prov+json"}
    answer = desk.client.get("/v1/estimates/low/explanation?limit=5", headers=accepts)
    body = answer.json()
    claims = [name for name in body["entity"] if name.startswith("claim:")]
    assert len(claims) == 5 and body["entity"]["figure:figure"]["intellog:used"] == N


def test_a_source_lists_its_latest_grades_and_its_first_indicators(desk: Api) -> None:
    body = desk.get("/v1/sources/nis")
    graded = desk.items("/v1/events", source="nis", type="SourceGraded")
    assert body["n_grades"] == len(graded) == N
    assert [each["position"] for each in body["grades"]] == [each["position"] for each in graded][-100:]
    record = body["revisions"]
    records = desk.items("/v1/sources/nis/revisions", limit=50)
    assert record["n_indicators"] == len(records) > 100
    assert record["indicators"] == records[:100]
    assert desk.client.get("/v1/sources/nobody/revisions").status_code == 404
    rows = desk.client.get("/v1/sources/nis/revisions.csv").text.splitlines()
    assert len(rows) == 1 + len(records)


def test_the_page_of_a_source_says_how_many_more_there_are(desk: Api) -> None:
    page = desk.client.get("/sources/nis").text
    assert "Its latest 100 grades of 120" in page and "/v1/sources/nis/revisions" in page


def test_what_rests_on_a_claim_lists_its_first_estimates(desk: Api) -> None:
    body = desk.get("/v1/claims/parts/1/impact")
    assert body["n_estimates"] > len(body["estimates"]) == 20
    cited = desk.get("/v1/claims/plans/1/impact")
    assert cited["n_assessments"] == len(cited["assessments"]) == 1


def test_a_search_lists_the_first_claims_of_a_report(desk: Api) -> None:
    [hit] = desk.get("/v1/reports", q="low")["items"]
    assert (hit["n_claims"], len(hit["claims"])) == (N, 20)


def test_a_dry_run_lists_the_first_of_each(desk: Api) -> None:
    claims = [claim(1_000_000, "spy", f"part-{n:03}") for n in range(N)]
    lows = [{**low(n), "originator": "spy"} for n in range(N)]
    tried = report("tried", *claims, *lows, published_at=DAY).body
    body = desk.client.post("/v1/reports?dry_run=true", json=tried).json()
    assert body["n_estimates"] > len(body["estimates"]) == 100
    assert body["flag_counts"]["below-minimum"] == N and len(body["flags"]) == 100
    assert body["n_questions"] >= len(body["questions"])
    assert body["n_events"] == len(body["events"]) == 2
    assert len(body["claims"]) == 2 * N
    assert all(len(each["after"]["flags"]) <= MOST_FLAGS for each in body["estimates"])


def test_a_briefing_has_its_first_sentences(desk: Api) -> None:
    whole = desk.get("/v1/briefing", since="0", limit="1000")
    body = desk.get("/v1/briefing", since="0", limit="5")
    assert whole["n_items"] == len(whole["items"]) == body["n_items"]
    assert body["items"] == whole["items"][:5]
    told = desk.client.get("/v1/briefing?since=0&limit=5", headers={"Accept": "text/markdown"})
    assert f"{body['n_items'] - 5:,} more sentences" in told.text


def test_what_changed_lists_the_first_flags_that_differ(desk: Api) -> None:
    body = desk.get("/v1/estimates/low/changes", since="0")
    [flags] = [each for each in body["differences"] if each["field"] == "flags"]
    assert flags["n_after"] >= N and len(flags["after"]) == 100
    [words] = [line for line in body["words"] if line.startswith("flags")]
    assert words.count("below-minimum") == 20 and " more" in words


def test_a_stream_of_frames_lists_the_first_of_each(desk: Api) -> None:
    frames = desk.client.get("/v1/replay", params={"indicator": "planned"})
    *_, frame, _ = ndjson(frames.content)
    assert (frame["after"]["n_targets"], len(frame["after"]["targets"])) == (N, 100)
