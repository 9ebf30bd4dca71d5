"""Sources and indicators over HTTP: grades and definitions, as they were known."""

from tests.http_spec import AS_OF, Api, indicator, problem


def test_sources_by_id_with_their_grades(told: Api) -> None:
    items = told.get("/v1/sources")["items"]
    assert [(item["id"], item["name"], item["reliability"]) for item in items] == [
        ("nis", "The service", "A"),
        ("west", "west", None),
        ("wire", "wire", None),
    ]
    assert [item["id"] for item in told.get("/v1/sources", known_at=6)["items"]] == ["nis"]


def test_a_source_shows_every_grade_it_was_given(told: Api) -> None:
    body = told.get("/v1/sources/nis")
    assert (body["name"], body["kind"], body["reliability"]) == ("The service", "agency", "A")
    assert body["grades"] == [
        {
            "position": 6,
            "recorded_at": "2025-01-01T00:00:00Z",
            "reliability": "B",
            "grader": "local",
            "reason": "a long record",
        },
        {
            "position": 14,
            "recorded_at": "2025-09-05T09:00:00Z",
            "reliability": "A",
            "grader": "local",
            "reason": "right again",
        },
    ]
    assert set(body["reports"]) == {"k1", "k3", "k4", "t1"}
    assert set(body["as_of"]) == AS_OF


def test_a_source_as_it_was_known(told: Api) -> None:
    body = told.get("/v1/sources/nis", known_at="2025-05-01")
    assert (body["reliability"], len(body["grades"]), body["version"]) == ("B", 1, 2)
    assert set(body["reports"]) == {"k1", "k3"}
    problem(told.client.get("/v1/sources/west", params={"known_at": "8"}), 404, "not-found")


def test_indicators_with_their_definitions(told: Api) -> None:
    items = told.get("/v1/indicators")["items"]
    assert [item["id"] for item in items] == ["gives", "killed", "sent", "troops"]
    one = told.get("/v1/indicators/killed")
    assert {k: v for k, v in one.items() if k != "as_of"} == items[1]
    assert items[1] == {
        "id": "killed",
        "title": "Killed",
        "unit": "persons",
        "measure": "cumulative",
        "definition": "In action.",
        "place": None,
        "parts": [],
        "policy": "latest-best-source/2",
        "fresh_days": 90,
        "minimum": 0,
        "since": None,
        "plans_for": None,
        "terms": [],
        "topics": [],
        "marking": "TLP:CLEAR",
        "version": 1,
    }
    assert [i["id"] for i in told.get("/v1/indicators", known_at=1)["items"]] == ["gives"]


def test_an_indicator_as_it_was_defined(api: Api) -> None:
    api.given(indicator(definition="men"), indicator(definition="men and women"))
    now, then = api.get("/v1/indicators/troops"), api.get("/v1/indicators/troops", known_at=1)
    assert (now["definition"], now["version"]) == ("men and women", 2)
    assert (then["definition"], then["version"]) == ("men", 1)
    problem(api.client.get("/v1/indicators/troops", params={"known_at": "0"}), 404, "not-found")


def test_sources_that_contain_all_words(told: Api) -> None:
    def found(q: str, **asked: object) -> list[str]:
        return [item["id"] for item in told.items("/v1/sources", q=q, **asked)]

    assert found("service") == found("THE agency") == ["nis"]
    assert found("i", limit=1) == ["nis", "wire"]
    assert found("i", known_at=6) == ["nis"]
    assert found("service west") == []
    problem(told.client.get("/v1/sources", params={"q": ""}), 422, "bad-parameter")
