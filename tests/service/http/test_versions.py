"""Versions: every read bears its own, and a change of another one is refused."""

from typing import Any

import pytest

from tests.http_spec import JSON, Api, Ask, claim, indicator, post, problem, report, source, unchanged


@pytest.mark.parametrize("path", ["/v1/reports/r1", "/v1/sources/nis", "/v1/indicators/troops"])
def test_a_read_bears_its_version(api: Api, path: str) -> None:
    api.given(indicator(), source("nis"), report())
    first = api.client.get(path, params={"min_position": api.head()})
    assert version_of(first.headers["etag"]) == 1
    api.given(
        indicator(definition="men"),
        source("nis", name="the service"),
        post("/v1/reports/r1/hold"),
    )
    answer = api.client.get(path, params={"min_position": api.head()})
    assert (version_of(answer.headers["etag"]), answer.json()["version"]) == (2, 2)
    before = api.client.get(path, params={"known_at": 4})
    assert version_of(before.headers["etag"]) == 1


def version_of(tag: str) -> int:
    """The version that an entity tag names, whatever else it says."""
    return int(tag.strip('"').partition(".")[0])


CHANGES = {
    "report": post("/v1/reports/r1/marking", marking="TLP:RED"),
    "claim": post("/v1/claims/r1/1/grades", credibility=2),
    "unlink": Ask("DELETE", "/v1/claims/r1/1/links/r0/1"),
    "source": source("nis", name="the service"),
    "grade": post("/v1/sources/nis/grades", reliability="B"),
    "indicator": indicator(definition="men under arms"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_of_another_version_is_refused_with_the_current_one(api: Api, what: str) -> None:
    api.given(indicator(), source("nis"), report("r0", claim(1)))
    api.given(report("r1", claim(derived_from=["r0/1"])))
    for stale in ('"0"', '"2"', '"7"'):
        with unchanged(api):
            answer = api.send(CHANGES[what].under(if_match=stale))
            refusal = problem(answer, 412, "stale-version")
        assert refusal["current_version"] == 1
        assert answer.headers["etag"] == '"1"'
    fresh = api.send(CHANGES[what].under(if_match='"1"'))
    assert fresh.is_success and fresh.headers["etag"] == '"2"'
    with unchanged(api):
        problem(api.send(CHANGES[what].under(if_match='"1"')), 412, "stale-version")


def test_a_star_matches_whatever_is_there_but_not_nothing(api: Api) -> None:
    with unchanged(api):
        refusal = problem(api.send(source("nis").under(if_match="*")), 412, "stale-version")
    assert refusal["current_version"] == 0
    api.given(source("nis"))
    assert api.send(source("nis", name="it").under(if_match="*")).headers["etag"] == '"2"'


@pytest.mark.parametrize(
    "garbage", ["", "x", "-1", '"1', '"1" "2"', '*, "1"', "\u0661", 'w/"1"', "9" * 40]
)
def test_a_version_that_cannot_be_read_is_refused(api: Api, garbage: str) -> None:
    with unchanged(api):
        headers: Any = {**JSON, "If-Match": garbage.encode()}
        answer = api.client.put("/v1/sources/nis", content=b"{}", headers=headers)
        problem(answer, 422, "bad-parameter")
