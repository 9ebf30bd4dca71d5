"""Every page, as any visitor may have it: by eye, by ear, by keyboard, on a phone, without scripts."""

import pytest
from playwright.sync_api import Browser, expect

from tests.http_spec import Api, indicator
from tests.service.web.web_spec import (
    ABOUT_COLOURS,
    DESKTOP,
    PHONE,
    needs_browser,
    shorten,
    sideways,
    violations,
    visiting,
)

pytestmark = needs_browser
PAPER = (794, 1123)
"""A sheet of A4 in CSS pixels."""
PATHS = (
    "/",
    "/?q=killed&published_by=2025-02-01",
    "/?q=nothing+like+this",
    "/?sort=revised&flag=contradiction",
    "/open",
    "/open?published_by=2025-02-01",
    "/problems/invalid",
    "/estimates/dprk-killed",
    "/estimates/dprk-killed?published_by=2025-02-01",
    "/estimates/dprk-killed?known_at=1",
    "/estimates/dprk-casualties?axis=record&compare=2025-01-10",
    "/estimates/russia-gives-ew-equipment",
    "/estimates/dprk-troops-planned",
    "/estimates/dprk-killed/series",
    "/estimates/dprk-killed/series?published_by=2020-01-01",
    "/post",
    *("/reports", "/reports?q=killed", "/reports/news-item-2025-06-26"),
    *("/reports/zelensky-2024-11-19?published_by=2025-01-01", "/sources", "/sources/nis"),
    *("/briefing", "/briefing?since=2025-06-01&axis=publication"),
    *("/changes", "/changes?q=killed&since=200"),
    *("/events", "/events?source=nis&type=ReportFiled", "/conflicts", "/conflicts?code=fall"),
    "/reference",
    "/verify",
    *(
        "/docs",
        "/docs?q=relay",
        "/docs/tutorial",
        "/docs/estimates",
        "/docs/security",
        "/docs/problems",
    ),
    *("/docs/reference/interface", "/docs/reference/settings"),
    *("/indicators/new", "/indicators/dprk-killed/edit", "/indicators/dprk-killed/assess"),
    *("/reports/nis-2025-09-02/correct", "/reports/nis-2025-09-02/withdraw", "/sources/nis/grade"),
    *("/claims/news-item-2025-06-26/1/link", "/claims/news-item-2025-06-26/1/unlink", "/register"),
    *("/events/20", "/events/242", "/citations", "/citations?state=open"),
    "/citations/new?indicator=dprk-killed&position=242",
)


CONTROLS = ".replay, .keys"
"""What only scripts can use."""
DISPLAY = "(all, display) => { for (const each of all) each.style.display = display; }"


@pytest.mark.parametrize("path", PATHS)
def test_no_page_shuts_anybody_out(story: Api, browser: Browser, path: str) -> None:
    """Without scripts, on a phone and on paper, by ear and in the dark: one visit of each kind."""
    base = str(story.client.base_url)
    with visiting(browser, base, java_script_enabled=False) as page:
        page.goto(path)
        without_scripts = page.locator("main").inner_text()
    with visiting(browser, base) as page:
        page.goto(path)
        for display in ("none", ""):
            page.locator(CONTROLS).evaluate_all(DISPLAY, display)
            if display:
                assert page.locator("main").inner_text() == without_scripts
        for width, height in (PHONE, PAPER):
            page.set_viewport_size({"width": width, "height": height})
            assert sideways(page) <= 0, width
        page.emulate_media(media="print", color_scheme="dark")
        assert sideways(page) <= 0
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        expect(page.locator("nav").first).to_be_hidden()
        page.emulate_media(media="screen", color_scheme="light")
        page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
        shorten(page)
        assert violations(page) == []
        page.emulate_media(color_scheme="dark")
        assert violations(page, *ABOUT_COLOURS) == []


def test_the_board_leads_to_its_figures(story: Api, browser: Browser) -> None:
    with visiting(browser, str(story.client.base_url), size=DESKTOP) as page:
        page.goto("/?q=soldiers+killed")
        row = page.get_by_role("row", name="North Korean soldiers killed")
        expect(row).to_contain_text("2\u202f000 persons")
        expect(row.get_by_role("link")).to_have_attribute("href", "/estimates/dprk-killed")


def test_an_empty_log_shows_three_ways_to_begin(api: Api) -> None:
    html = api.client.get("/").text
    assert "three ways to begin" in html
    for address in ("/indicators/new", "/post", "/read", "/tables"):
        assert f'href="{address}"' in html
        assert api.client.get(address).status_code == 200
    api.given(indicator())
    assert "three ways to begin" not in api.client.get("/", params={"min_position": api.head()}).text
