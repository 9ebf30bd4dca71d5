"""Markings are exported: the log that imports the lines restricts the same to the same readers."""

from pathlib import Path

from pydantic_core import from_json, to_json

from tests.http_spec import Api, Ask, Body, Server, claim, indicator, post, report, source, unchanged
from tests.service.api.test_import_again import closing, exported, taken

AMBER, GREEN, RED = "TLP:AMBER", "TLP:GREEN", "TLP:RED"
GIVEN: tuple[Ask, ...] = (
    indicator("troops", marking=GREEN),
    indicator("drones", marking=AMBER),
    indicator("drones", marking="TLP:CLEAR"),
    source("nis", marking=AMBER),
    source("mnd", marking=RED),
    source("mnd", marking="TLP:CLEAR", note="open now"),
    source("mnd", marking="TLP:CLEAR", note="open still"),
    post("/v1/sources/nis/grades", reliability="B", reason="told by one", marking=RED),
    report("r1"),
    report("r2", claim(5, "mnd", "drones"), marking=AMBER),
    post("/v1/reports/r1/marking", marking=RED),
    post("/v1/reports/r2/marking", marking="TLP:CLEAR"),
    post("/v1/claims/r1/1/grades", credibility=2, reason="seen", marking=AMBER),
    post("/v1/claims/r1/1/links", derived_from="r2/1", reason="same words", marking=AMBER),
    Ask("DELETE", "/v1/claims/r1/1/links/r2/1?reason=not+the+same"),
    post("/v1/indicators/troops/assessments", best=3, confidence="low", marking=AMBER),
)


def markings(api: Api) -> Body:
    """The marking of everything that has one."""
    found = {
        f"{kind} {each['id']}": each["marking"]
        for kind in ("indicators", "sources")
        for each in api.items(f"/v1/{kind}")
    }
    return found | {name: api.get(f"/v1/reports/{name}")["marking"] for name in ("r1", "r2")}


def test_what_is_exported_has_the_same_markings_elsewhere(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path / "one") as api:
        api.given(*GIVEN)
        lines, facts, marked = exported(api), api.facts(), markings(api)
        with unchanged(api):
            assert taken(api, *lines) == (0, len(lines), 0)
    assert marked == {
        "indicators drones": "TLP:CLEAR",
        "indicators troops": GREEN,
        "sources mnd": "TLP:CLEAR",
        "sources nis": AMBER,
        "sources wire": "TLP:CLEAR",
        "r1": RED,
        "r2": "TLP:CLEAR",
    }
    with server.over(tmp_path / "two") as api:
        assert taken(api, *lines) == (len(lines), 0, 0)
        assert (api.facts(), markings(api)) == (facts, marked)


def test_a_line_says_that_a_marking_was_lifted_and_else_nothing_of_none(api: Api) -> None:
    api.given(*GIVEN)
    lines = [from_json(line) for line in exported(api)]
    named = [each["register_source"] for each in lines if "register_source" in each]
    assert [each.get("marking") for each in named if each["id"] == "mnd"] == [RED, "TLP:CLEAR", None]
    assert [each.get("marking") for each in named if each["id"] == "wire"] == [None]


def test_lines_without_the_marking_that_none_is_are_known_as_well(api: Api) -> None:
    """As they were exported before sources and indicators had markings."""
    api.given(*GIVEN)
    lines = [from_json(line) for line in exported(api)]
    for each in lines:
        for kind in ("register_source", "define_indicator"):
            if each.get(kind, {}).get("marking") == "TLP:CLEAR":
                del each[kind]["marking"]
    with unchanged(api):
        assert closing(api, *map(to_json, lines))["duplicates"] == len(lines)


def test_an_assessment_shows_its_marking_and_so_does_the_estimate_from_it(api: Api) -> None:
    api.given(indicator(policy="assessment/1"), report())
    path = "/v1/indicators/troops/assessments"
    api.given(post(path, best=3, confidence="low", claims=["r1/1"], marking=AMBER))
    body = api.get("/v1/estimates/troops")
    assert (body["marking"], body["assessment"]["marking"]) == (AMBER, AMBER)
    api.given(post(path, best=4, confidence="low", claims=["r1/1"]))
    body = api.get("/v1/estimates/troops")
    assert (body["marking"], body["assessment"]["marking"]) == ("TLP:CLEAR", "TLP:CLEAR")
