"""What a text proposes comes from what its reader may see: the rest of the log does not exist."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from domain.vocabulary import Marking
from tests.http_spec import Ask, Server, claim, indicator, post, report, source
from tests.service.http.team import Team, bearer, issued, team_over

TEXT = "The Silent Bureau said about 6,000 grey lanterns were lit on Tuesday."
SECRET = ("grey-lanterns", "silent-bureau", "silent-1/1", "Silent Bureau (grey)")
Reading = dict[str, Any]


@pytest.fixture(scope="module")
def team(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder: Path = tmp_path_factory.mktemp("proposals")
    with team_over(server, folder) as team:
        team.given(
            indicator("grey-lanterns", title="Grey lanterns lit", marking="TLP:RED"),
            indicator("lanterns", title="Lanterns lit"),
            source("silent-bureau", name="Silent Bureau (grey)", marking="TLP:RED"),
            source("other-bureau", name="Other Bureau"),
            report(
                "silent-1",
                claim(6000, "other-bureau", "lanterns"),
                published_at="2025-03-01",
                marking="TLP:RED",
            ),
            report("open-1", claim(6000, "other-bureau", "lanterns"), published_at="2025-03-02"),
        )
        yield team


def ask(team: Team, clearance: Marking, request: Ask) -> httpx2.Response:
    token = issued(team.api, "reporter", f"rosa-{clearance[4:].lower()}", clearance)
    sent = Ask(request.method, request.path, request.body, {**request.headers, **bearer(token)})
    return team.api.send(sent)


def draft(team: Team, clearance: Marking) -> Reading:
    head = team.head()
    asked = post(f"/v1/proposals?min_position={head}", text=TEXT, published_at="2025-03-06")
    answer = ask(team, clearance, asked)
    assert answer.status_code == 200, answer.text
    body: Reading = answer.json()
    return body


def test_whoever_may_see_it_is_offered_it(team: Team) -> None:
    [item] = draft(team, "TLP:RED")["claims"]
    assert item["claim"]["indicator"] == "grey-lanterns"
    assert item["claim"]["originator"] == "silent-bureau"


def test_whoever_may_not_sees_nothing_of_it(team: Team) -> None:
    body = draft(team, "TLP:CLEAR")
    [item] = body["claims"]
    assert item["claim"]["indicator"] == "lanterns"
    assert [each["claim"] for each in item["links"]] == ["open-1/1"]
    assert [each["id"] for each in item["candidates"]["indicator"]] == ["lanterns"]
    assert [each["name"] for each in item["candidates"]["originator"]] == ["Silent Bureau"]
    assert item["candidates"]["originator"][0]["new"] is True
    told = str({name: value for name, value in item.items() if name != "candidates"})
    assert not any(word in told for word in ("grey-lanterns", "silent-1/1"))


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("indicator", "grey-lanterns", "unknown-indicator"),
        ("derived_from", ["silent-1/1"], "unknown-claim"),
        ("spokesperson", "silent-bureau", "unknown-spokesperson"),
    ],
)
def test_a_check_finds_what_is_hidden_as_unknown_as_what_is_not_there(
    team: Team, field: str, value: Any, code: str
) -> None:
    quote = {"exact": "about 6,000 grey lanterns"}
    given = claim(6000, "other-bureau", "lanterns", quote=quote)
    given |= {"quantity": {"best": 6000, "qualifier": "about"}, field: value}
    asked = post("/v1/proposals/check", text=TEXT, claims=[given])
    [hidden] = ask(team, "TLP:CLEAR", asked).json()["claims"]
    [seen] = ask(team, "TLP:RED", asked).json()["claims"]
    assert [each["code"] for each in hidden["problems"]] == [code]
    assert all(not set(each["near"]) & set(SECRET) for each in hidden["problems"])
    assert seen["verdict"] == "holds"


def test_a_reader_may_not_have_a_text_read(team: Team) -> None:
    assert team.send("reader", post("/v1/proposals", text=TEXT)).status_code == 403
