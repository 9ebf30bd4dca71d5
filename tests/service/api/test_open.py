"""What is open over HTTP: each list with its counts, as of any times."""

from collections.abc import Iterator

import pytest

from tests.http_spec import Api, Server, claim, indicator, post, report, source
from tests.service.api.reading import by_publisher

SPEC, DAY = "2025-01-0", "2025-01-01"


@pytest.fixture(scope="module")
def desk(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Three sources of which one is graded, one described and one a slip of the pen."""
    with server.over(tmp_path_factory.mktemp("open")) as api:
        api.given(
            indicator(),
            source("nis", name="National Intelligence Service", aliases=["NIS of Korea"]),
            post("/v1/sources/nis/grades", reliability="B", reason="record"),
            source("reuters", name="Reuters"),
            report("r1", claim(120, "nis", period=DAY), published_at=f"{SPEC}1"),
            report("r2", claim(120, "reuters", period=DAY), published_at=f"{SPEC}2"),
            report("r3", claim(130, "reutters"), claim(90, "nis-of-korea"), published_at=f"{SPEC}3"),
        )
        yield api


def test_claims_without_a_source_grade_are_counted_by_source(desk: Api) -> None:
    found = desk.get("/v1/open")["ungraded"]
    assert (found["n"], found["claims"]) == (3, 3)
    assert [each["source"] for each in found["items"]] == ["nis-of-korea", "reuters", "reutters"]
    assert {each["source"]: each["name"] for each in found["items"]}["reuters"] == "Reuters"


def test_an_unknown_source_is_shown_with_whom_it_may_mean(desk: Api) -> None:
    found = desk.get("/v1/open")["unknown_sources"]
    near = {each["source"]: each["near"] for each in found["items"]}
    assert near == {"nis-of-korea": ["nis"], "reutters": ["reuters"]}
    assert found["n"] == 3  # with the publisher, who resembles nobody


def test_a_suspected_relay_names_both_claims_until_somebody_links_them(desk: Api) -> None:
    body = desk.get("/v1/open")
    [relay] = body["relays"]["items"]
    assert (relay["claim"], relay["derived_from"]) == ("r2/1", "r1/1")
    assert body["flags"]["counts"]["relay-suspected"] == body["relays"]["n"] == 1
    desk.given(post("/v1/claims/r2/1/links", derived_from="r1/1", reason="taken from there"))
    assert desk.get("/v1/open")["relays"] == {"n": 0, "items": []}
    assert desk.get("/v1/open", known_at=str(desk.head() - 1))["relays"]["items"] == [relay]


def test_a_flag_is_as_old_as_the_last_change_of_a_claim_that_it_is_about(desk: Api) -> None:
    flags = desk.get("/v1/open", published_by="2025-01-03T12:00:00Z")["flags"]["items"]
    events = {each["position"]: each for each in desk.events()}
    assert flags == sorted(flags, key=lambda flag: flag["position"])
    for flag in flags:
        reports = {claim.partition("/")[0] for claim in flag["claims"]}
        assert events[flag["position"]]["stream"].partition(":")[2] in reports
        assert flag["since"] == events[flag["position"]]["recorded_at"]


def test_a_corrected_claim_makes_its_flag_young(desk: Api) -> None:
    before = {flag["detail"]: flag["position"] for flag in desk.get("/v1/open")["flags"]["items"]}
    desk.given(by_publisher("2025-01-05", {**claim(121, "nis", period=DAY), "n": 1}))
    after = {flag["detail"]: flag["position"] for flag in desk.get("/v1/open")["flags"]["items"]}
    changed = {detail for detail, position in after.items() if position == desk.head()}
    assert changed and all(before.get(detail) != desk.head() for detail in changed)


def test_nothing_is_open_before_anything_was_said(desk: Api) -> None:
    body = desk.get("/v1/open", known_at="1")
    assert [body[name]["n"] for name in ("ungraded", "unknown_sources", "flags", "relays")] == [0] * 4
