"""No answer has a list without end: the first are listed, all are counted, and each has an address."""

from collections.abc import Iterator

import pytest

from projections.answers.kept_sums import MOST_FLAGS
from tests.http_spec import Api, Ask, claim, indicator, ndjson, one_server, report

REPORTS = 120
BALANCE = "/v1/estimates/balance"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A balance that falls with each report, and then a minimum that all of its figures are below."""
    with one_server() as server, server.over(tmp_path_factory.mktemp("desk")) as api:
        api.given(indicator("balance", measure="stock", minimum=None), *map(filed, range(REPORTS)))
        passed_on = claim(-1, "wire", "other", basis="relay", derived_from=["r0/1"])
        other = indicator("other", measure="stock", minimum=None)
        api.given(other, report("relays", *(passed_on for _ in range(REPORTS))))
        api.given(indicator("balance", measure="stock", minimum=0))
        yield api


def filed(n: int) -> Ask:
    day = f"2024-{1 + n // 28:02}-{1 + n % 28:02}"
    said = claim(-1 - n, "nis", "balance", stated_at=day, period=day)
    return report(f"r{n}", said, published_at=day)


def test_changes_list_their_first_events(desk: Api) -> None:
    body = desk.get(f"{BALANCE}/changes", since="0")
    [best] = [each for each in body["differences"] if each["field"] == "best"]
    assert body["n_events"] > len(body["events"]) == len(best["events"]) == 100
    assert len(body["after"]["flags"]) == MOST_FLAGS
    assert body["after"]["flag_counts"] == {"below-minimum": REPORTS}
    whole = desk.get(f"{BALANCE}/changes", since="0", limit="1000")
    assert len(whole["events"]) == whole["n_events"] == body["n_events"]
    assert whole["events"][:100] == body["events"]
    logged = desk.items("/v1/events", indicator="balance")
    assert {each["position"] for each in whole["events"]} <= {each["position"] for each in logged}


def test_a_changed_estimate_lists_its_first_flags(desk: Api) -> None:
    [row, *_] = desk.get("/v1/changes", order="desc")["items"]
    assert len(row["flags_raised"]) == MOST_FLAGS
    assert (row["raised_counts"], row["cleared_counts"]) == ({"below-minimum": REPORTS}, {})
    assert len(desk.items("/v1/conflicts", indicator="balance")) == REPORTS


def test_a_frame_lists_the_first_flags(desk: Api) -> None:
    frames = desk.client.get("/v1/replay", params={"indicator": "balance", "after": desk.head() - 1})
    [frame, _] = ndjson(frames.content)
    assert len(frame["after"]["flags"]) == MOST_FLAGS
    assert frame["after"]["flag_counts"] == {"below-minimum": REPORTS}


def test_a_source_lists_its_latest_reports(desk: Api) -> None:
    body = desk.get("/v1/sources/nis")
    assert body["reports"] == [f"r{n}" for n in reversed(range(REPORTS))][:100]
    assert body["n_reports"] == REPORTS
    assert len(desk.items("/v1/events", source="nis", type="ReportFiled")) == REPORTS


def test_a_comparison_of_policies_lists_its_first_spans(desk: Api) -> None:
    asked = {"candidate": "envelope/1"}
    [item] = desk.get("/v1/policies/compare", indicator="balance", **asked)["items"]
    assert (len(item["history"]), item["n_history"]) == (20, REPORTS)
    spans = desk.items("/v1/policies/compare/balance", limit="50", **asked)
    assert spans[:20] == item["history"] and len(spans) == REPORTS


def test_what_rests_on_a_claim_lists_its_first_relays(desk: Api) -> None:
    body, found = desk.get("/v1/claims/r0/1/impact"), desk.items("/v1/claims/r0/1/relays", limit="50")
    assert (len(body["relays"]), body["n_relays"]) == (100, REPORTS)
    assert [each["claim"] for each in found][:100] == body["relays"] and len(found) == REPORTS
    assert desk.client.get("/v1/claims/r0/9/relays").status_code == 404
