"""What is refused is a problem: its code, its page, and every fault with its place."""

from typing import get_args

import pytest

from domain.errors import Code
from service.http.problem_kinds import PROBLEMS, documentation
from tests.http_spec import FILED, Api, Ask, claim, faults, indicator, post, problem, report, unchanged
from tests.places import DOCS


def test_the_domains_codes_and_the_table_agree() -> None:
    assert set(get_args(Code)) <= set(PROBLEMS)
    assert all(kind.status == 307 or 400 <= kind.status < 600 for kind in PROBLEMS.values())
    assert all(kind.title and kind.cause and kind.cure for kind in PROBLEMS.values())


def test_the_page_of_problems_is_made_from_the_table() -> None:
    assert (DOCS / "problems.md").read_text("utf-8") == documentation()


@pytest.mark.parametrize("code", PROBLEMS)
def test_the_type_of_a_problem_is_the_address_of_its_explanation(shown: Api, code: str) -> None:
    page = shown.client.get(f"/problems/{code}")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert PROBLEMS[code].title in page.text
    assert str(PROBLEMS[code].status) in page.text


def test_a_problem_that_does_not_exist_has_no_page(shown: Api) -> None:
    problem(shown.client.get("/problems/none-such"), 404, "not-found")


@pytest.mark.parametrize("path", ["/nothing", "/v1", "/v1/", "/v1/nothing", "/v1/reports/a/b/c"])
def test_an_unknown_address_is_a_problem(shown: Api, path: str) -> None:
    problem(shown.client.get(path), 404, "not-found")
    problem(shown.client.post(path), 404, "not-found")


def test_a_body_names_every_fault_with_its_pointer(api: Api) -> None:
    body = {
        "publisher": "Wire Service",
        "published_at": "tomorrow",
        "clams": [],
        "claims": [
            {
                "indicator": "troops",
                "originator": "nis",
                "status": "estimated",
                "quantity": {"best": "6"},
            },
            {"indicator": "troops", "status": "sure", "originator": "nis", "qantity": {}, "a/b~c": 1},
        ],
    }
    with unchanged(api):
        refusal = problem(api.send(Ask("POST", "/v1/reports", body)), 422, "invalid")
    assert faults(refusal) == [
        ("/publisher", "'Wire Service' must match ^[a-z0-9][a-z0-9._-]{0,127}$"),
        (
            "/published_at",
            "'tomorrow' is not a time; write a date (2025-06-26) or RFC 3339 with an offset "
            "(2025-06-26T09:30:00+09:00)",
        ),
        ("/claims/0/quantity/best", "must be a number, without quotes"),
        (
            "/claims/1/status",
            "input should be 'planned', 'announced', 'forecast', 'in-transit', 'arrived', 'present', "
            "'departed', 'estimated', 'acknowledged' or 'reported'",
        ),
        ("/claims/1/qantity", "is not a field here; did you mean quantity?"),
        ("/claims/1/a~1b~0c", "is not a field here"),
        ("/clams", "is not a field here; did you mean claims?"),
    ]
    assert refusal["detail"].startswith("/publisher: 'Wire Service'")
    assert refusal["detail"].endswith("(and 6 more)")


def test_a_rule_of_the_domain_names_its_place_as_well(api: Api) -> None:
    api.given(indicator(), indicator("drones"))
    with unchanged(api):
        refusal = problem(
            api.send(report("r1", claim(), claim(about="troop"))), 422, "unknown-indicator"
        )
    assert faults(refusal) == [
        ("/claims/1/indicator", "there is no indicator 'troop'; did you mean troops?")
    ]


def test_what_cannot_be_is_in_conflict(api: Api) -> None:
    api.given(*FILED)
    with unchanged(api):
        problem(api.send(report("r1", claim(101))), 409, "id-taken")
        problem(api.send(indicator(unit="persons")), 409, "measure-fixed")
    api.given(post("/v1/reports/r1/withdrawal", reason="filed twice"))
    with unchanged(api):
        problem(api.send(post("/v1/reports/r1/hold", reason="late")), 409, "report-withdrawn")


@pytest.mark.parametrize(
    "ask",
    [
        post("/v1/reports/none/corrections", kind="record", provenance={"title": "t"}),
        post("/v1/reports/none/withdrawal"),
        post("/v1/reports/none/hold"),
        post("/v1/reports/none/release"),
        post("/v1/reports/none/marking", marking="TLP:RED"),
        post("/v1/claims/none/1/grades", credibility=1),
        post("/v1/claims/r1/9/grades", credibility=1),
        post("/v1/claims/r1/9/links", derived_from="r1/1"),
        Ask("DELETE", "/v1/claims/r1/1/links/r1/9"),
        Ask("GET", "/v1/reports/none"),
        Ask("GET", "/v1/reports/none/history"),
        Ask("GET", "/v1/claims/r1/9"),
        Ask("GET", "/v1/claims/none/1"),
        Ask("GET", "/v1/sources/none"),
        Ask("GET", "/v1/indicators/none"),
        Ask("GET", "/v1/estimates/none"),
        Ask("GET", "/v1/estimates/none/series"),
        Ask("GET", "/v1/estimates/none/vintages"),
        Ask("POST", "/v1/projections/none/rebuild"),
        Ask("GET", "/v1/projections/none/rebuild"),
        Ask("GET", "/v1/projections/claims/rebuild"),
    ],
    ids=lambda ask: f"{ask.method} {ask.path}",
)
def test_what_is_not_there_is_not_found(shown: Api, ask: Ask) -> None:
    with unchanged(shown):
        problem(shown.send(ask), 404, "not-found")


def test_a_misspelt_indicator_is_answered_with_the_nearest(shown: Api) -> None:
    refusal = problem(shown.client.get("/v1/estimates/trops"), 404, "not-found")
    assert "did you mean troops?" in refusal["detail"]
