"""No circle of links can be made, in one request or in several."""

from tests.http_spec import Api, Ask, claim, indicator, post, problem, report, unchanged


def test_no_circle_of_links_can_be_made(api: Api) -> None:
    api.given(indicator(), *(report(f"r{n}", claim(n)) for n in range(1, 6)))
    for n in range(1, 5):
        api.given(post(f"/v1/claims/r{n + 1}/1/links", derived_from=f"r{n}/1"))
    with unchanged(api):
        for n in range(2, 6):
            ask = post("/v1/claims/r1/1/links", derived_from=f"r{n}/1")
            problem(api.send(ask), 422, "link-cycle")
        problem(api.send(post("/v1/claims/r1/1/links", derived_from="r1/1")), 422, "link-to-self")
        again = [{**claim(1, derived_from=["r5/1"]), "n": 1}]
        correction = post("/v1/reports/r1/corrections", kind="record", claims=again)
        problem(api.send(correction), 422, "link-cycle")
        both = report("r9", claim(1, derived_from=["r9/2"]), claim(2, derived_from=["r9/1"]))
        problem(api.send(both), 422, "link-cycle")
    api.given(Ask("DELETE", "/v1/claims/r3/1/links/r2/1"))
    assert api.send(post("/v1/claims/r1/1/links", derived_from="r5/1")).status_code == 201
