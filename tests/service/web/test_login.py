"""Logging in with a browser, with and without scripts, on a phone, in the dark; and out again."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from domain.times import parse_instant
from service.web.login import own_path
from tests.http_spec import Clock, Server, indicator, problem, report
from tests.service.http.team import NAMES, Team, bearer, id_of, issued, team_over
from tests.service.web.web_spec import (
    ABOUT_COLOURS,
    DESKTOP,
    PHONE,
    needs_browser,
    sideways,
    violations,
    visiting,
)

FORM = "application/x-www-form-urlencoded"
UNKNOWN = "intellog_0123456789ab_" + "A" * 43
REFUSED = "Failed to load resource: the server responded with a status of 4"


@pytest.fixture
def team(server: Server, tmp_path: Path) -> Iterator[Team]:
    with team_over(server, tmp_path) as team:
        yield team


def log_in(team: Team, text: str, client: httpx2.Client, **fields: str) -> httpx2.Response:
    origin = str(client.base_url).rstrip("/")
    headers = {"Accept": "text/html", "Content-Type": FORM, "Origin": origin}
    return client.post("/login", content=urlencode({"token": text, **fields}), headers=headers)


@pytest.fixture
def visitor(team: Team) -> Iterator[httpx2.Client]:
    """A client with cookies of its own."""
    with httpx2.Client(base_url=team.api.client.base_url, timeout=60) as client:
        yield client


HTML = {"Accept": "text/html"}


# The form and the cookie


def test_a_page_leads_to_the_form_and_from_there_back(team: Team, visitor: httpx2.Client) -> None:
    asked = visitor.get("/estimates/troops?known_at=1&x=%C3%A9", headers=HTML)
    assert asked.status_code == 303
    where = asked.headers["location"]
    assert where.startswith("/login?next=%2Festimates%2Ftroops%3Fknown_at%3D1")
    shown = visitor.get(where, headers=HTML)
    assert shown.status_code == 200
    hidden = re.search(r'name="next" value="([^"]*)"', shown.text)
    assert hidden is not None
    wanted = hidden[1].replace("&amp;", "&")
    answer = log_in(team, team.tokens["reader"], visitor, next=wanted)
    assert (answer.status_code, answer.headers["location"]) == (303, wanted)


def test_the_cookie_is_kept_from_scripts_and_other_sites(team: Team, visitor: httpx2.Client) -> None:
    text = team.tokens["reader"]
    answer = log_in(team, text, visitor)
    cookie = answer.headers["set-cookie"]
    assert re.fullmatch(
        r"intellog_session=[\w-]{43}; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200", cookie
    )
    assert text not in str(answer.headers) and answer.headers["cache-control"] == "no-store"
    mine = visitor.get("/v1/me").json()
    assert (mine["subject"], mine["role"]) == ("rita", "reader") and mine["expires_at"]


def test_off_this_machine_the_cookie_only_travels_encrypted(server: Server, tmp_path: Path) -> None:
    with team_over(server, tmp_path, public_url="https://intel.example") as team:
        base = str(team.api.client.base_url)
        headers = {"Host": "intel.example", "Origin": "https://intel.example", "Content-Type": FORM}
        with httpx2.Client(base_url=base) as client:
            content = urlencode({"token": team.tokens["reader"]})
            answer = client.post("/login", content=content, headers=headers)
        assert answer.headers["set-cookie"].endswith("; Secure")
        assert answer.headers["strict-transport-security"].startswith("max-age=")


def test_a_wrong_token_is_told_plainly_and_slowed_down(team: Team, visitor: httpx2.Client) -> None:
    wrong = log_in(team, UNKNOWN, visitor, next="/sources")
    assert wrong.status_code == 401 and "This token is not accepted." in wrong.text
    assert 'value="/sources"' in wrong.text and UNKNOWN not in wrong.text
    assert "set-cookie" not in wrong.headers
    soon = log_in(team, team.tokens["reader"], visitor)
    assert soon.status_code == 429 and int(soon.headers["retry-after"]) >= 1
    assert "try again" in soon.text
    # Whoever is in already, or sends a token with each request, does not wait.
    assert team.get("reader", "/v1/me").status_code == 200


@pytest.mark.parametrize("text", ["", "x", "é" * 99, "intellog_", " " * 50, "\x00"])
def test_what_is_no_token_is_a_wrong_one(team: Team, visitor: httpx2.Client, text: str) -> None:
    assert log_in(team, text, visitor).status_code == 401


def test_a_form_of_another_kind_is_refused(team: Team, visitor: httpx2.Client) -> None:
    answer = visitor.post("/login", content=b"{}", headers={"Content-Type": "application/json"})
    problem(answer, 415, "wrong-media-type")
    many = "&".join(f"a{n}=1" for n in range(50))
    assert visitor.post("/login", content=many, headers={"Content-Type": FORM}).status_code == 400


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/estimates/x?known_at=1", "/estimates/x?known_at=1"),
        ("/", "/"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("/ /evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ('/"><script>', "/"),
        ("/é", "/"),
        ("/login", "/"),
        ("/login?next=/x", "/"),
        ("/logout", "/"),
    ],
)
def test_after_logging_in_one_goes_to_a_page_of_ours(text: str, path: str) -> None:
    assert own_path(text) == path


def test_a_page_elsewhere_logs_nobody_in_or_out(team: Team, visitor: httpx2.Client) -> None:
    log_in(team, team.tokens["reader"], visitor)
    for path in ("/login", "/logout"):
        headers = {"Origin": "https://evil.example", "Content-Type": FORM}
        problem(visitor.post(path, content=b"token=x", headers=headers), 403, "cross-origin")
    assert visitor.get("/v1/me").status_code == 200


def test_a_session_changes_nothing_without_an_origin(team: Team, visitor: httpx2.Client) -> None:
    log_in(team, team.tokens["analyst"], visitor)
    before = team.head()
    problem(visitor.put("/v1/sources/x", json={}), 403, "cross-origin")
    assert team.head() == before
    origin = str(visitor.base_url).rstrip("/")
    assert visitor.put("/v1/sources/x", json={}, headers={"Origin": origin}).status_code == 201


def test_a_session_ends_with_logging_out(team: Team, visitor: httpx2.Client) -> None:
    log_in(team, team.tokens["reader"], visitor)
    kept = visitor.cookies["intellog_session"]
    out = visitor.post("/logout", headers={"Origin": str(visitor.base_url).rstrip("/")})
    assert (out.status_code, out.headers["location"]) == (303, "/login")
    assert "Max-Age=0" in out.headers["set-cookie"]
    stolen = {"Cookie": f"intellog_session={kept}"}
    problem(team.api.client.get("/v1/me", headers=stolen), 401, "unauthenticated")


def test_a_session_ends_with_its_token(team: Team, visitor: httpx2.Client) -> None:
    log_in(team, team.tokens["reader"], visitor)
    team.api.service.access.tokens.revoke(id_of(team.tokens["reader"]), "ada")
    problem(visitor.get("/v1/me"), 401, "unauthenticated")


def test_a_session_ends_after_its_time(server: Server, tmp_path: Path) -> None:
    clock = Clock(parse_instant("2025-02-01T00:00:00Z"))
    with (
        team_over(server, tmp_path, clock=clock, session_seconds=60) as team,
        httpx2.Client(base_url=team.api.client.base_url) as visitor,
    ):
        log_in(team, team.tokens["reader"], visitor)
        assert visitor.get("/v1/me").status_code == 200
        clock.set("2025-02-01T00:01:00Z")
        problem(visitor.get("/v1/me"), 401, "unauthenticated")


def test_logging_in_again_ends_the_session_before(team: Team, visitor: httpx2.Client) -> None:
    log_in(team, team.tokens["reader"], visitor)
    first = visitor.cookies["intellog_session"]
    log_in(team, team.tokens["admin"], visitor)
    assert visitor.get("/v1/me").json()["subject"] == "ada"
    stale = {"Cookie": f"intellog_session={first}"}
    problem(team.api.client.get("/v1/me", headers=stale), 401, "unauthenticated")


def test_without_tokens_there_is_nothing_to_log_in_to(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path) as api:
        page = api.client.get("/login", headers=HTML)
        assert page.status_code == 200 and "Nobody needs to log in here" in page.text
        assert "Log out" not in api.client.get("/", headers=HTML).text


def test_a_page_shows_what_a_role_may_do(team: Team) -> None:
    for role, text in team.tokens.items():
        for path in ("/", "/sources", "/reports"):
            page = team.api.client.get(path, headers={**HTML, **bearer(text)}).text
            assert ('href="/post"' in page) == (role not in ("feed", "reader"))
        assert f"<strong>{NAMES[role]}</strong>" in page
        assert "Log out" not in page  # there is no session to end


def test_a_name_is_shown_as_it_is(team: Team) -> None:
    text = issued(team.api, "reader", "<b>x</b>")
    page = team.api.client.get("/", headers={**HTML, **bearer(text)}).text
    assert "&lt;b&gt;x&lt;/b&gt;" in page and "<b>x</b>" not in page


# In a browser


def typed(page: Page, text: str) -> None:
    page.get_by_label("Token").fill(text)
    page.get_by_role("button", name="Log in").click()


@needs_browser
@pytest.mark.parametrize("scripts", [True, False])
def test_a_browser_logs_in_and_out(team: Team, browser: Browser, scripts: bool) -> None:
    team.given(indicator())
    base = str(team.api.client.base_url)
    with visiting(browser, base, java_script_enabled=scripts, forgiving=REFUSED) as page:
        page.goto("/sources")
        expect(page).to_have_url(f"{base}/login?next=%2Fsources".replace("//login", "/login"))
        typed(page, UNKNOWN)
        expect(page.get_by_role("alert")).to_contain_text("not accepted")
    team.api.service.access.delays.succeeded("127.0.0.1")
    with visiting(browser, base, java_script_enabled=scripts) as page:
        page.goto("/sources")
        typed(page, team.tokens["reader"])
        expect(page.get_by_role("heading", name="Sources")).to_be_visible()
        header = page.locator("body > header")
        expect(header).to_contain_text("rita")
        expect(header).to_contain_text("reader, TLP:RED")
        assert page.context.cookies()[0].get("httpOnly") is True
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        page.goto("/")
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()


@needs_browser
def test_a_reader_who_opens_the_form_is_told_why_not(team: Team, browser: Browser) -> None:
    with visiting(browser, str(team.api.client.base_url), forgiving=REFUSED) as page:
        page.goto("/login")
        typed(page, team.tokens["reader"])
        expect(page.get_by_role("link", name="Post", exact=True)).to_have_count(0)
        page.goto("/post")
        expect(page.get_by_role("heading", level=1)).to_have_text("Your role does not allow this")
        expect(page.locator("main")).to_contain_text("takes the role reporter; yours is reader")


@needs_browser
def test_a_live_page_leads_to_the_login_when_its_token_is_revoked(team: Team, browser: Browser) -> None:
    team.given(indicator(), report())
    cut = f"{REFUSED}|net::ERR_INCOMPLETE_CHUNKED_ENCODING"
    with visiting(browser, str(team.api.client.base_url), forgiving=cut) as page:
        page.goto("/login?next=/events")
        with page.expect_request(lambda request: "/v1/events" in request.url):
            typed(page, team.tokens["reader"])
        expect(page.get_by_role("heading", name="Events")).to_be_visible()
        team.api.service.access.tokens.revoke(id_of(team.tokens["reader"]), "ada")
        expect(page.get_by_role("heading", name="Log in")).to_be_visible(timeout=30_000)
        assert page.url.endswith("/login?next=%2Fevents")


@needs_browser
@pytest.mark.parametrize("path", ["/login", "/login?next=%2Fsources", "/"])
def test_who_is_logged_in_shuts_nobody_out(team: Team, browser: Browser, path: str) -> None:
    team.given(indicator())
    long = issued(team.api, "analyst", "a.person.with.a.rather.long.name@department.example.org")
    context: dict[str, Any] = {}
    if path == "/":
        context["extra_http_headers"] = bearer(long)
    with visiting(browser, str(team.api.client.base_url), **context) as page:
        page.goto(path)
        assert violations(page) == []
        page.emulate_media(color_scheme="dark")
        assert violations(page, *ABOUT_COLOURS) == []
        for width, height in (PHONE, DESKTOP):
            page.set_viewport_size({"width": width, "height": height})
            assert sideways(page) <= 0, width
