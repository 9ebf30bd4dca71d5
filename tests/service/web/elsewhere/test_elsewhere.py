"""Figures on other pages over HTTP: who may have them, where, what they say, and for how long."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.answers.figure import FIGURE
from service.settings import BadSetting, Limits, Settings, from_environment
from tests.http_spec import Api, Ask, Server, claim, indicator, one_server, problem, report
from tests.service.http.team import Team, bearer, issued, team_over

BADGE, FRAME, KILLED = "/badge/dprk-killed.svg", "/embed/dprk-killed", "/estimates/dprk-killed"
EACH = (BADGE, FRAME, f"/oembed?url={KILLED}")
SVG, HTML, JSON = {"Accept": "image/*,*/*;q=0.8"}, {"Accept": "text/html"}, {"Accept": "*/*"}
NEWS = "https://news.example"
HEAD = 242
"""The last position of the seeds."""
NAMES = ["dprk-killed", "dprk-casualties", "dprk-troops-planned", "russia-gives-ew-equipment"]


def words(answer: str) -> str:
    """The words of a badge or a frame, without its rules."""
    text = re.sub(r"<style>.*?</style>|</?span[^>]*>", "", answer, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).replace("\u202f", ",").split())


def test_a_badge_and_a_frame_say_the_estimate_that_the_interface_answers(story: Api) -> None:
    body = story.get(f"/v1{KILLED}", published_by="2025-02-01")
    assert (body["best"], body["support"]["level"], body["origins"]) == (300, "contested", 2)
    for path in (BADGE, FRAME):
        answer = story.client.get(path, params={"published_by": "2025-02-01"}, headers=HTML)
        said = words(answer.text)
        for part in ("~ 300", "(300 to 1,000)", "persons", body["cutoff"], "contested", "2 origins"):
            assert part in said, (path, part)
        assert f"position {body['as_of']['position']}" in said and "published by 2025-02-01" in said


def test_the_narrowing_of_the_question_is_carried(story: Api) -> None:
    asked = "originator=nis&policy=envelope/1&valid_at=2025-01-15"
    frame = story.client.get(f"{FRAME}?{asked}").text
    said = words(frame)
    for part in ("according to nis", "policy envelope/1", "covering days up to 2025-01-15"):
        assert part in said
    [link] = re.findall(r'href="(/estimates/[^"]+)"', frame)
    carried = dict(parse_qsl(urlsplit(unescape(link)).query))
    assert carried == {**dict(parse_qsl(asked)), "known_at": str(HEAD)}
    assert story.client.get(unescape(link)).status_code == 200


def test_what_is_pinned_stays_and_what_is_live_says_that_it_was_revised_since(
    server: Server, tmp_path: Path
) -> None:
    with server.over(tmp_path) as api:
        first = api.given(indicator(title="Troops"), report("r1", claim(100)))
        api.get("/v1/estimates/troops")
        was = api.client.get("/badge/troops.svg", params={"at": first}).text
        live = {"written_at": first, "min_position": first}
        assert "revised" not in words(api.client.get("/badge/troops.svg", params=live).text)
        later = api.given(report("r2", claim(250), published_at="2025-02-01"))
        live = {"written_at": first, "min_position": later}
        for path in ("/badge/troops.svg", "/embed/troops"):
            said = words(api.client.get(path, params=live).text)
            assert re.search(r"evised since \d{4}-\d\d-\d\d: was 100", said), said
            assert "250" in said
            again = words(api.client.get(path, params={"written_at": later}).text)
            assert "evised since" not in again
        assert api.client.get("/badge/troops.svg", params={"at": first}).text == was
        assert "pinned" in was and "100" in words(was)
        before = words(api.client.get("/embed/troops", params={"written_at": 0}).text)
        assert "Revised since position 0: was unknown (not defined yet)" in before


@given(st.integers(1, HEAD), st.sampled_from(NAMES))
def test_it_says_revised_since_where_the_figure_differs_and_nowhere_else(
    story: Api, position: int, name: str
) -> None:
    now = story.get(f"/v1/estimates/{name}")
    then = story.get(f"/v1/estimates/{name}", known_at=position)
    answer = story.client.get(f"/badge/{name}.svg", params={"written_at": position})
    differs = any(then[field] != now[field] for field in FIGURE)
    assert ("revised since" in answer.text) == differs


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/badge/dprk-kiled.svg", 404, "did you mean dprk-killed"),
        ("/embed/dprk-kiled", 404, "did you mean dprk-killed"),
        (f"{BADGE}?widht=200", 422, "did you mean 'width'?"),
        (f"{BADGE}?width=100", 422, "width: must be a whole number from 200 to 800"),
        (f"{FRAME}?width=200", 422, "'width' is no parameter of this address"),
        (f"{FRAME}?at=999999", 422, "at: position 999999 lies beyond the head of the log, 242"),
        (f"{FRAME}?written_at=999999", 422, "written_at: position 999999 lies beyond the head"),
        (f"{FRAME}?at=1&written_at=1", 422, "`at` pins a figure"),
        (f"{FRAME}?originator=nsi", 404, "originator: there is no source 'nsi'"),
        (f"{FRAME}?incident=raid", 422, "only increments have incidents"),
        ("/oembed", 422, "url: is missing"),
        (
            "/oembed?url=https://elsewhere.example/estimates/dprk-killed",
            404,
            "is no page of an estimate",
        ),
        ("/oembed?url=/sources/nis", 404, "is no page of an estimate"),
        ("/oembed?url=http://[", 404, "is no page of an estimate"),
        ("/oembed?url=/estimates/dprk-kiled", 404, "did you mean dprk-killed"),
        (
            "/oembed?url=/estimates/dprk-killed%3Fpublishedby%3D2025",
            422,
            "did you mean 'published_by'?",
        ),
        (f"/oembed?url={KILLED}&format=yaml", 422, "format: must be one of json, xml"),
    ],
)
def test_what_is_wrong_is_said_in_words_in_the_form_that_can_be_shown(
    story: Api, path: str, status: int, says: str
) -> None:
    kind = {"badge": SVG, "embed": HTML}.get(path.split("/")[1], JSON)
    answer = story.client.get(path, headers=kind)
    assert answer.status_code == status
    text = answer.json()["detail"] if kind is JSON else words(answer.text)
    assert says in text
    form = {"badge": "image/svg+xml", "embed": "text/html; charset=utf-8"}
    assert answer.headers["content-type"] == form.get(path.split("/")[1], "application/problem+json")
    if kind is not JSON:
        asked = {"Accept": "application/problem+json"}
        code = story.client.get(path, headers=asked).json()["type"]
        problem(story.client.get(path, headers=asked), status, code.rpartition("/")[2])


def test_a_badge_is_asked_for_again_with_its_tag(story: Api) -> None:
    for path in (BADGE, FRAME):
        answer = story.client.get(path)
        again = story.client.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304 and answer.headers["cache-control"] == "private, no-cache"
        assert again.headers["cache-control"] == "private, no-cache"
        assert "set-cookie" not in answer.headers and "<script" not in answer.text


def ancestors(answer_policy: str) -> str:
    return answer_policy.partition("frame-ancestors ")[2]


def test_nobody_elsewhere_may_show_a_figure_until_the_operator_says_who(story: Api) -> None:
    for path in EACH:
        answer = story.client.get(path, headers={"Referer": f"{NEWS}/article"})
        policy = answer.headers["content-security-policy"]
        assert ancestors(policy) == "'self'" and policy.startswith(
            "default-src 'none'; style-src 'sha256-"
        )
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("origins", "referer", "framed", "loaded"),
    [
        ((NEWS,), f"{NEWS}/article", f"'self' {NEWS}", "cross-origin"),
        ((NEWS,), "https://evil.example/news.example", f"'self' {NEWS}", "same-origin"),
        ((NEWS,), "https://news.example.evil.example/", f"'self' {NEWS}", "same-origin"),
        ((NEWS,), "http://news.example/", f"'self' {NEWS}", "same-origin"),
        ((NEWS,), "", f"'self' {NEWS}", "same-origin"),
        ((NEWS,), "http://[", f"'self' {NEWS}", "same-origin"),
        (("*",), "https://evil.example/", "*", "cross-origin"),
        (("*",), "", "*", "cross-origin"),
    ],
)
def test_the_pages_that_the_operator_names_may(
    server: Server, tmp_path: Path, origins: tuple[str, ...], referer: str, framed: str, loaded: str
) -> None:
    with server.over(tmp_path, embed_origins=origins) as api:
        api.given(indicator(), report())
        for path in ("/badge/troops.svg", "/embed/troops", "/badge/none.svg", "/embed/none"):
            answer = api.client.get(path, headers={"Referer": referer} if referer else {})
            assert ancestors(answer.headers["content-security-policy"]) == framed
            assert answer.headers["cross-origin-resource-policy"] == loaded
            assert ("Referer" in answer.headers["vary"]) == (origins != ("*",))
        page = api.client.get("/estimates/troops", headers={"Referer": referer} if referer else {})
        assert ancestors(page.headers["content-security-policy"]).startswith("'none'")
        assert page.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    "text",
    ["news.example", "https://news.example/path", "https://a;b", "https://*.example", "'none'", "null"],
)
def test_an_origin_that_is_none_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(BadSetting, match="INTELLOG_EMBED_ORIGINS"):
        from_environment(Path("data"), {"INTELLOG_EMBED_ORIGINS": text})
    with pytest.raises(BadSetting, match="INTELLOG_EMBED_PUBLIC=yes: must be 1 or 0"):
        from_environment(Path("data"), {"INTELLOG_EMBED_PUBLIC": "yes"})


def test_the_settings_are_read_from_the_environment() -> None:
    given = {
        "INTELLOG_EMBED_ORIGINS": "https://News.example/, http://localhost:1",
        "INTELLOG_EMBED_PUBLIC": "1",
    }
    found: Settings = from_environment(Path("data"), given)
    assert (found.embed_origins, found.embed_public) == ((NEWS, "http://localhost:1"), True)
    assert from_environment(Path("data"), {}).embed_public is False


SECRET = report(
    "secret", claim(970_031, originator="mnd"), marking="TLP:AMBER", published_at="2025-02-01"
)
TROOPS = ("/badge/troops.svg", "/embed/troops", "/oembed?url=/estimates/troops")


@pytest.fixture(params=[False, True], ids=["closed", "public"])
def team(request: pytest.FixtureRequest, server: Server, tmp_path: Path) -> Iterator[Team]:
    with team_over(server, tmp_path, embed_public=request.param) as team:
        team.given(indicator(), report("r1", claim(100)), SECRET)
        head = team.head()
        assert team.get("reader", f"/v1/estimates/troops?min_position={head}").status_code == 200
        yield team


def test_a_reader_without_a_token_sees_what_is_clear_if_that_is_public(team: Team) -> None:
    public = team.api.service.settings.embed_public
    cleared = issued(team.api, "reader", "carl", "TLP:CLEAR")
    for path in TROOPS:
        nobody = team.get(None, path)
        if not public:
            assert nobody.status_code == 401 and nobody.headers["www-authenticate"] == "Bearer"
            assert "970,031" not in nobody.text and "100" not in words(nobody.text)
            continue
        assert nobody.status_code == 200 and nobody.headers["cache-control"] == "public, max-age=60"
        assert {"Authorization", "Cookie"} <= set(nobody.headers["vary"].split(", "))
        own = team.api.send(Ask("GET", path, None, bearer(cleared)))
        assert own.text == nobody.text and own.headers["cache-control"] == "private, no-cache"
        pinned = team.get(None, f"{path}{'%3Fknown_at%3D' if '?' in path else '?at='}{team.head()}")
        assert pinned.headers["cache-control"] == "public, max-age=600"
    for path in (
        "/estimates/troops",
        "/v1/estimates/troops",
        "/",
        "/static/none",
        "/estimates/troops/chart.svg",
    ):
        assert team.get(None, path).status_code in (401, 404)


def test_a_reader_with_a_token_sees_what_the_token_is_cleared_for(team: Team) -> None:
    for path in TROOPS:
        assert ("970" in words(team.get("reader", path).text)) and "100" not in path
        assert team.api.client.get(path, headers=bearer("intellog_wrong")).status_code == 401
        assert (
            team.api.client.get(path, headers={"Cookie": "intellog_session=ended"}).status_code == 401
        )
    if team.api.service.settings.embed_public:
        assert "970,031" not in words(team.get(None, TROOPS[0]).text)
        assert team.get(None, "/badge/none.svg").status_code == 404


def test_a_refusal_can_be_read_where_the_figure_would_be(server: Server, tmp_path: Path) -> None:
    with team_over(server, tmp_path, embed_origins=("*",)) as team:
        team.given(indicator())
        shown = team.api.client.get("/badge/troops.svg", headers=SVG)
        assert shown.headers["content-type"] == "image/svg+xml" and "Who is asking?" in shown.text
        frame = team.api.client.get("/embed/troops", headers=HTML)
        assert 'href="/login" target="_blank"' in frame.text and frame.status_code == 401
        assert ancestors(frame.headers["content-security-policy"]) == "*"


def test_nobody_may_ask_for_more_than_a_principal_may(tmp_path: Path) -> None:
    limits = Limits(rate=1)
    with one_server() as server, team_over(server, tmp_path, embed_public=True, limits=limits) as team:
        answers = [team.get(None, "/badge/troops.svg").status_code for _ in range(6)]
        assert answers[:2] == [404, 404] and 429 in answers


def test_a_figure_that_becomes_restricted_is_gone_also_where_it_is_pinned(
    server: Server, tmp_path: Path
) -> None:
    with team_over(server, tmp_path, embed_public=True) as team:
        team.given(indicator(), report("r1", claim(970_031)))
        at = team.head()
        assert "970,031" in team.get(None, f"/badge/troops.svg?at={at}").text
        team.given(Ask("POST", "/v1/reports/r1/marking", {"marking": "TLP:RED", "reason": "a mistake"}))
        gone = team.get(None, f"/badge/troops.svg?at={at}&min_position={team.head()}")
        assert "970,031" not in gone.text and "unknown" in gone.text
