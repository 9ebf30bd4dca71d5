"""The times that a read is asked at: position, instant or date, inclusive, in any offset."""

import pytest

from tests.http_spec import Api, claim, problem, report, unchanged
from tests.service.http.addresses import TIMED, path_of


def test_a_read_echoes_where_it_stands(shown: Api) -> None:
    asked = {"published_by": "2025-01-31", "valid_at": "2025-01-15"}
    for template in TIMED:
        answer = shown.client.get(path_of(template), params={"known_at": 4, **asked})
        assert answer.status_code == 200, answer.text
        assert answer.json()["as_of"] == {
            "position": 4,
            "known_at": "2025-02-01T12:00:00Z",
            "published_by": "2025-01-31T23:59:59.999999Z",
            "valid_at": "2025-01-15T23:59:59.999999Z",
        }, template


@pytest.mark.parametrize(
    ("known_at", "position", "shown_as"),
    [
        ("0", 0, None),
        ("4", 4, "2025-02-01T12:00:00Z"),
        ("004", 4, "2025-02-01T12:00:00Z"),
        ("2024-12-31", 0, "2024-12-31T23:59:59.999999Z"),
        ("2025-01-01", 2, "2025-01-01T23:59:59.999999Z"),
        ("2025-02-01T11:59:59.999999Z", 2, "2025-02-01T11:59:59.999999Z"),
        ("2025-02-01T12:00:00Z", 4, "2025-02-01T12:00:00Z"),
        ("2025-02-01T21:00:00+09:00", 4, "2025-02-01T12:00:00Z"),
        ("2025-02-01T07:00:00-05:00", 4, "2025-02-01T12:00:00Z"),
        ("2025-02-01t12:00:00.0000009z", 4, "2025-02-01T12:00:00Z"),
        ("2025-02-01", 4, "2025-02-01T23:59:59.999999Z"),
        ("2100-01-01", 5, "2100-01-01T23:59:59.999999Z"),
    ],
)
def test_what_was_known_is_asked_by_position_instant_or_date(
    shown: Api, known_at: str, position: int, shown_as: str | None
) -> None:
    body = shown.get("/v1/events", known_at=known_at)
    assert [item["position"] for item in body["items"]] == list(range(1, position + 1))
    assert (body["as_of"]["position"], body["as_of"]["known_at"]) == (position, shown_as)


@pytest.mark.parametrize(
    "written",
    [
        "2025-01-10",
        "2025-01-10T00:00:00Z",
        "2025-01-10T00:00:00.000Z",
        "2025-01-10T09:00:00+09:00",
        "2025-01-10t05:45:00.0+05:45",
        "2025-01-10 00:00:00-00:00",
    ],
)
def test_a_time_of_any_offset_is_the_same_instant(shown: Api, written: str) -> None:
    with unchanged(shown):
        same = report("r1", claim(100), claim(5, period="2024-12"), published_at=written)
        assert shown.send(same).status_code == 200
    assert shown.get("/v1/reports/r1")["published_at"] == "2025-01-10T00:00:00Z"


def test_the_publication_time_asked_is_inclusive(shown: Api) -> None:
    for published_by, status in (
        ("2025-01-09", 404),
        ("2025-01-09T23:59:59.999999Z", 404),
        ("2025-01-10T08:59:59+09:00", 404),
        ("2025-01-10T00:00:00Z", 200),
        ("2025-01-10T09:00:00+09:00", 200),
        ("2025-01-10", 200),
    ):
        answer = shown.client.get("/v1/reports/r1", params={"published_by": published_by})
        assert answer.status_code == status, published_by


@pytest.mark.parametrize(
    "moment", ["2025-01-10T09:00:00", "2025-01-10T09:00:00.25", "2025-01-10 09:00:00"]
)
@pytest.mark.parametrize("name", ["published_by", "valid_at", "known_at"])
def test_an_offset_whose_plus_was_not_encoded_is_understood(shown: Api, name: str, moment: str) -> None:
    encoded = shown.client.get(f"/v1/estimates?{name}={moment}%2B09:00")
    assert encoded.status_code == 200 and encoded.json()["as_of"][name][:20].startswith(
        "2025-01-10T00:00:00"
    )
    assert shown.client.get(f"/v1/estimates?{name}={moment}+09:00").json() == encoded.json()


@pytest.mark.parametrize(
    "moment", ["2025-01-10+09:00", "2025-01-10T09:00:00++09:00", "2025-01-10T+09:00"]
)
def test_another_space_in_a_time_is_refused(shown: Api, moment: str) -> None:
    answer = shown.client.get(f"/v1/estimates?published_by={moment}")
    problem(answer, 422, "bad-parameter")
