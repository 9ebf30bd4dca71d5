"""Badges and frames in a real browser: in pages of another origin, narrow, dark, by ear."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from service.web.elsewhere.snippets import frame_size
from tests.http_spec import Api, Server
from tests.service.web.web_spec import (
    ABOUT_COLOURS,
    needs_browser,
    sideways,
    violations,
    visiting,
)
from tests.test_seeds import load

pytestmark = needs_browser
FRAMES = (
    "/embed/dprk-killed",
    "/embed/dprk-killed?written_at=200&published_by=2025-02-01",
    "/embed/dprk-casualties?at=100",
    "/embed/russia-gives-ew-equipment",
    "/embed/dprk-troops-planned?written_at=1",
    "/embed/dprk-kiled",
)
BADGES = ("/badge/dprk-killed.svg?written_at=200", "/badge/dprk-troops-planned.svg?at=200")
BLOCKED = "frame-ancestors|ERR_BLOCKED|violates"


class Newspaper(BaseHTTPRequestHandler):
    """A page of another origin, which shows figures of the service that its query names."""

    def do_GET(self) -> None:
        base = self.path.partition("?")[2]
        body = f"""<!doctype html><html lang="en"><title>News</title><link rel="icon" href="data:,">
            <img src="{base}/badge/dprk-killed.svg" alt="badge">
            <iframe src="{base}/embed/dprk-killed" sandbox title="frame"></iframe>"""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def newspaper() -> Iterator[str]:
    """The origin of the other page."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Newspaper) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("allowed", [False, True])
def test_another_page_may_show_a_figure_if_the_operator_names_it(
    newspaper: str, server: Server, tmp_path: Path, browser: Browser, allowed: bool
) -> None:
    origins = (newspaper,) if allowed else ("https://news.example",)
    with server.over(tmp_path, embed_origins=origins) as api:
        load(api.client)
        api.get("/v1/estimates", limit=1)
        with visiting(browser, newspaper, forgiving="" if allowed else BLOCKED) as page:
            page.goto(f"/?{str(api.client.base_url).rstrip('/')}", wait_until="load")
            wide = page.get_by_alt_text("badge").evaluate("image => image.naturalWidth")
            inside = page.frame_locator("iframe")
            if allowed:
                assert wide > 300
                expect(inside.locator("h1")).to_have_text("North Korean soldiers killed")
                expect(inside.locator(".tag")).to_have_css("background-color", "rgb(138, 75, 0)")
            else:
                assert wide == 0 and inside.get_by_text("North Korean").count() == 0


@pytest.mark.parametrize("path", FRAMES)
def test_no_frame_shuts_anybody_out(story: Api, browser: Browser, path: str) -> None:
    missing = "404" if "kiled" in path else ""
    for width in (480, 200):
        size = frame_size(width)
        with visiting(browser, str(story.client.base_url), size=size, forgiving=missing) as page:
            page.goto(path)
            assert violations(page) == []
            assert sideways(page) <= 0
            high = page.evaluate("() => document.documentElement.scrollHeight")
            assert high <= size[1], (width, high)
            page.emulate_media(color_scheme="dark")
            assert violations(page, *ABOUT_COLOURS) == []


@pytest.mark.parametrize("path", BADGES)
@pytest.mark.parametrize("width", ["", "&width=200", "&width=333"])
def test_the_text_of_a_badge_is_drawn_within_its_box(
    story: Api, browser: Browser, path: str, width: str
) -> None:
    with visiting(browser, str(story.client.base_url)) as page:
        page.goto(f"{path}{width}")
        over: list[float] = page.evaluate(
            """() => [...document.querySelectorAll("g > text")].flatMap((text) => {
              const [one, box] = [text, text.parentNode.querySelector("rect")].map((e) => e.getBBox());
              return [box.x - one.x, box.y - one.y, one.x + one.width - box.x - box.width,
                      one.y + one.height - box.y - box.height];
            })"""
        )
        assert over and max(over) <= 0, over


def test_the_page_of_an_estimate_shows_the_badge_that_it_offers(story: Api, browser: Browser) -> None:
    with visiting(browser, str(story.client.base_url)) as page:
        page.goto("/estimates/dprk-killed")
        shown = page.get_by_role("img", name="North Korean soldiers killed")
        assert shown.evaluate("image => image.naturalWidth") > 300
        page.get_by_text("Pinned", exact=True).click()
        expect(page.get_by_role("region", name="Pinned: Frame")).to_contain_text("?at=242")
