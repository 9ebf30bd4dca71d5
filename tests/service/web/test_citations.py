"""The page of citations, and the form that leads to it from a figure, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.http_spec import Api, Clock, Server, post
from tests.service.web.web_spec import (
    ABOUT_COLOURS,
    PHONE,
    needs_browser,
    sideways,
    violations,
    visiting,
)
from tests.test_seeds import load

pytestmark = needs_browser
STORY = "https://example.org/story"
SENTENCE = (
    'An earlier version gave about 600 persons for "North Korean soldiers killed" (as known on '
    "2025-05-01). The figure is now about 2,000 persons (National Intelligence Service, published "
    "2025-09-02)."
)


@pytest.fixture(scope="module")
def seeds(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    clock = Clock()
    clock.set("2026-03-01T09:00:00Z")
    with server.over(tmp_path_factory.mktemp("seeds"), clock) as api:
        load(api.client)
        later = {"indicator": "dprk-killed", "published_by": "2025-09-10", "where": "Briefing 12"}
        api.given(post("/v1/citations", id="briefing", **later))
        api.get("/v1/estimates", limit=1)
        yield api


def card(page: Page, where: str) -> str:
    """What the page says of one citation."""
    return page.get_by_role("region", name=where).inner_text()


def test_from_a_figure_to_the_sentence_for_its_correction(seeds: Api, browser: Browser) -> None:
    with visiting(browser, str(seeds.client.base_url)) as page:
        page.goto("/estimates/dprk-killed?published_by=2025-05-01")
        page.get_by_role("link", name="Tell me when it moves").click()
        expect(page.get_by_label("Indicator")).to_have_value("dprk-killed")
        expect(page.get_by_label("Published by")).to_have_value("2025-05-01")
        page.get_by_label("Where *").fill(STORY)
        page.get_by_role("button", name="Show what would change").last.click()
        preview = page.get_by_role("region", name="What this would change")
        expect(preview).to_contain_text("counts as moved when its best value or a bound no longer")
        expect(preview).to_contain_text("No estimate would change.")
        page.get_by_role("button", name="Tell me when it moves").click()
        page.wait_for_url("**/events/*")
        page.goto(f"/citations?min_position={seeds.head()}")
        first = page.get_by_role("region").first
        expect(first).to_contain_text(SENTENCE)
        assert "nis-2025-09-02" in card(page, STORY) and "moved" in card(page, STORY)
        assert "open" in card(page, "Briefing 12") and "Moved by" not in card(page, "Briefing 12")
        assert violations(page) == []
        page.emulate_media(color_scheme="dark")
        assert violations(page, *ABOUT_COLOURS) == []
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        assert sideways(page) <= 0

        first.get_by_role("link", name="~ 600").click()
        expect(page.locator(".headline")).to_contain_text("600")
        page.go_back()
        page.get_by_role("region", name=STORY).get_by_role("link", name="cite as it is now").click()
        page.get_by_role("button", name="Tell me when it moves").click()
        page.wait_for_url("**/events/*")
        page.goto(f"/citations?state=moved&min_position={seeds.head()}")
        expect(page.locator("main")).to_contain_text("No citation is like that.")


def test_a_citation_is_closed_by_its_page(server: Server, browser: Browser, tmp_path: Path) -> None:
    with server.over(tmp_path / "log") as api:
        load(api.client)
        api.given(post("/v1/citations", id="c1", indicator="dprk-killed", where="Bulletin"))
        with visiting(browser, str(api.client.base_url)) as page:
            page.goto(f"/citations?min_position={api.head()}")
            page.get_by_role("link", name="close").click()
            page.get_by_label("Reason").fill("replaced")
            page.get_by_role("button", name="Close the citation").click()
            page.wait_for_url("**/events/*")
            page.goto(f"/citations?state=closed&min_position={api.head()}")
            assert "replaced" in card(page, "Bulletin")
            assert page.get_by_role("link", name="cite as it is now").count() == 0
