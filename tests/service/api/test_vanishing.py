"""A marking raised above a reader's clearance: a stream says that something is gone, not what."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from domain.vocabulary import Marking
from tests.http_spec import (
    NDJSON,
    SSE,
    Ask,
    Sent,
    Server,
    claim,
    indicator,
    post,
    problem,
    report,
    source,
)
from tests.service.api.test_events import live, until_caught_up
from tests.service.http.team import Team, bearer, issued, team_over

GIVEN = (
    indicator("troops"),
    indicator("drones"),
    source("nis"),
    source("mnd"),
    report("r1"),
    report("r2", claim(5, "mnd", "drones"), publisher="post"),
    report("secret", claim(7, "nis"), marking="TLP:AMBER", publisher="post"),
    source("last"),
)
R1 = post("/v1/reports/r1/marking", marking="TLP:AMBER")
RAISED: list[tuple[Ask, set[str]]] = [
    (R1, {"", "indicator=troops", "report=r1", "source=nis", "source=wire", "type=ReportFiled"}),
    (
        source("nis", marking="TLP:RED"),
        {"", "indicator=troops", "report=r1", "source=nis", "source=wire", "type=ReportFiled"},
    ),
    (
        indicator("drones", marking="TLP:AMBER+STRICT"),
        {"", "indicator=drones", "report=r2", "type=ReportFiled", "type=IndicatorDefined"},
    ),
]
"""What raises a marking, and the selections from which it takes something."""
SELECTIONS = ["", "indicator=troops", "indicator=drones", "report=r1", "report=r2", "source=nis"]
SELECTIONS += ["source=wire", "type=ReportFiled", "type=IndicatorDefined", "stream=source:mnd"]


@pytest.fixture
def team(server: Server, tmp_path: Path) -> Iterator[Team]:
    with team_over(server, tmp_path) as team:
        team.given(*GIVEN)
        yield team


def token(team: Team, clearance: Marking) -> dict[str, str]:
    return bearer(issued(team.api, "reader", clearance, clearance))


def told(team: Team, who: dict[str, str], asks: Sequence[Ask], query: str = "") -> list[Sent]:
    """What an open stream sends of some writes, each of one event."""
    first = team.head()
    path = f"/v1/events?after={first}&before={first + len(asks) + 1}&{query}"
    with live(team.api.client, path, **who) as stream:
        until_caught_up(stream)
        team.given(*asks)
        return list(stream)


def last_seen(team: Team, who: dict[str, str]) -> Any:
    headers = {**who, "Accept": "application/json"}
    answer = team.api.client.get("/v1/events?order=desc&limit=1", headers=headers).json()
    return answer["items"][0]["position"]


def page_mark(team: Team, who: dict[str, str], path: str = "/") -> str:
    """The mark of a page as a reader gets it."""
    answer = team.api.client.get(path, headers={**who, "Accept": "text/html"})
    found = re.search(r' data-seen="([^"]*)"', answer.text)
    assert found is not None, answer.text
    return found[1]


@pytest.mark.parametrize("query", SELECTIONS)
@pytest.mark.parametrize(("ask", "taken_from"), RAISED, ids=("report", "source", "indicator"))
def test_a_reader_below_is_told_that_something_selected_vanished_and_nothing_of_it(
    team: Team, ask: Ask, taken_from: set[str], query: str
) -> None:
    green = token(team, "TLP:GREEN")
    last = last_seen(team, green)
    expected = [Sent("marking-changed", None, {"position": last})] if query in taken_from else []
    assert told(team, green, [ask], query) == expected


@pytest.mark.parametrize(("ask", "taken_from"), RAISED, ids=("report", "source", "indicator"))
def test_a_reader_above_gets_the_event_itself(team: Team, ask: Ask, taken_from: set[str]) -> None:
    [sent] = told(team, token(team, "TLP:RED"), [ask])
    assert (sent.event, sent.id) == (sent.data["type"], str(team.head()))


UNSEEN = [
    post("/v1/reports/secret/marking", marking="TLP:RED"),
    post("/v1/claims/secret/1/grades", credibility=2),
    post("/v1/reports/r1/marking", marking="TLP:GREEN"),
    source("mnd", marking="TLP:GREEN"),
]


@pytest.mark.parametrize("ask", UNSEEN, ids=str)
def test_who_loses_nothing_is_told_nothing(team: Team, ask: Ask) -> None:
    found = told(team, token(team, "TLP:GREEN"), [ask])
    assert "marking-changed" not in [each.event for each in found]


def test_what_was_hidden_when_the_stream_began_is_not_told_of(team: Team) -> None:
    green = token(team, "TLP:GREEN")
    team.given(R1, source("later"))
    end = team.head() + 1
    with live(team.api.client, f"/v1/events?before={end}", **green) as stream:
        assert "marking-changed" not in [each.event for each in stream]


def test_what_vanished_since_a_page_was_made_is_told_whenever_it_asks(team: Team) -> None:
    green = token(team, "TLP:GREEN")
    mark = page_mark(team, green)
    team.given(R1, source("later"))
    end = team.head() + 1
    for query, sent in (("", 1), ("&indicator=troops", 1), ("&indicator=drones", 0)):
        path = f"/v1/events?after={end - 1}&before={end}&seen={mark}{query}"
        with live(team.api.client, path, **green) as stream:
            found = [each.data for each in stream if each.event == "marking-changed"]
        assert found == [{"position": end - 1}] * sent
    path = f"/v1/events?before={end}&seen={page_mark(team, green)}"
    with live(team.api.client, path, **green) as stream:
        assert "marking-changed" not in [each.event for each in stream]


def test_a_marking_that_was_lowered_again_took_nothing(team: Team) -> None:
    green = token(team, "TLP:GREEN")
    mark = page_mark(team, green)
    team.given(R1, post("/v1/reports/r1/marking", marking="TLP:GREEN"))
    path = f"/v1/events?before={team.head() + 1}&seen={mark}"
    with live(team.api.client, path, **green) as stream:
        assert "marking-changed" not in [each.event for each in stream]


@pytest.mark.parametrize("mark", ["x", "AAAAAAAAAAAAAAAAMQ", "_", "9" * 5_000])
def test_a_mark_that_was_not_made_here_is_refused(team: Team, mark: str) -> None:
    headers = {**token(team, "TLP:GREEN"), "Accept": SSE}
    answer = team.api.client.get(f"/v1/events?seen={mark}", headers=headers)
    assert "load the page again" in problem(answer, 422, "bad-parameter")["detail"]


def test_a_mark_of_another_clearance_is_refused(team: Team) -> None:
    mark = page_mark(team, token(team, "TLP:AMBER"))
    headers = {**token(team, "TLP:GREEN"), "Accept": SSE}
    problem(team.api.client.get(f"/v1/events?seen={mark}", headers=headers), 422, "bad-parameter")


@pytest.mark.parametrize("form", [NDJSON, "application/json"])
def test_other_forms_have_no_mark_and_no_word_of_it(team: Team, form: str) -> None:
    green = {**token(team, "TLP:GREEN"), "Accept": form}
    mark = page_mark(team, green)
    team.given(R1)
    problem(team.api.client.get(f"/v1/events?seen={mark}", headers=green), 422, "bad-parameter")
    assert "marking-changed" not in team.api.client.get("/v1/events", headers=green).text


def test_who_may_see_everything_has_no_mark(team: Team) -> None:
    red = {**token(team, "TLP:RED"), "Accept": "text/html"}
    assert "data-seen" not in team.api.client.get("/", headers=red).text
