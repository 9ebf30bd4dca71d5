"""The board over HTTP: every indicator, narrowed, and at the times asked."""

import pytest

from tests.http_spec import Api, Body
from tests.service.api.reading import ESTIMATE


def test_the_board_holds_every_indicator_by_id(told: Api) -> None:
    body = told.get("/v1/estimates")
    assert [item["indicator"] for item in body["items"]] == ["gives", "killed", "sent", "troops"]
    for item in body["items"]:
        assert set(item) >= ESTIMATE and "as_of" not in item
        one = told.get(f"/v1/estimates/{item['indicator']}")
        assert {name: one[name] for name in ESTIMATE} == {name: item[name] for name in ESTIMATE}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "kill"}, ["killed"]),
        ({"q": "KILLED"}, ["killed"]),
        ({"q": "in action"}, ["killed"]),
        ({"q": "action killed"}, ["killed"]),
        ({"q": "equipment any"}, ["gives"]),
        ({"q": "no-such-word"}, []),
        ({"q": "%"}, []),
        ({"measure": "stock"}, ["troops"]),
        ({"measure": "proposition"}, ["gives"]),
        ({"source": "nis"}, ["gives", "killed", "sent", "troops"]),
        ({"source": "west"}, ["killed"]),
        ({"flag": "contradiction"}, []),
        ({"flag": "contradiction", "known_at": "10"}, ["killed"]),
        ({"source": "west", "known_at": "9"}, []),
        ({"source": "west", "known_at": "10"}, ["killed"]),
        ({"measure": "cumulative", "source": "west", "q": "killed"}, ["killed"]),
        ({"measure": "stock", "source": "west"}, []),
        ({"support": "contested", "known_at": "10"}, ["killed"]),
        ({"support": "contested", "known_at": "9"}, []),
        ({"source": "west", "published_by": "2025-01-01"}, []),
        ({"sort": "title"}, ["gives", "killed", "sent", "troops"]),
        ({"known_at": "2"}, ["gives", "killed"]),
        ({"known_at": "0"}, []),
        ({"known_at": "2024-12-31"}, []),
    ],
)
def test_the_board_is_narrowed(told: Api, asked: Body, found: list[str]) -> None:
    body = told.get("/v1/estimates", **asked)
    assert [item["indicator"] for item in body["items"]] == found


def test_the_board_stands_at_the_times_asked(told: Api) -> None:
    bests = {
        item["indicator"]: item["best"] or item["verdict"]
        for item in told.get("/v1/estimates", published_by="2025-05-01")["items"]
    }
    assert bests == {"gives": None, "killed": 600, "sent": None, "troops": None}
