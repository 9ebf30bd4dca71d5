"""A page that is open when something on it is marked above its reader's clearance shows it no more."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.http_spec import Server, claim, indicator, post, report, source
from tests.service.http.team import Team, bearer, issued, team_over
from tests.service.web.web_spec import needs_browser, visiting

FIGURE = "4\u202f711"
GONE = "Failed to load resource: the server responded with a status of 404"
RAISE = post("/v1/reports/r1/marking", marking="TLP:AMBER")
SOON = 10_000
PATHS = [
    *("/", "/events", "/events?report=r1", "/estimates/troops", "/estimates/troops/series"),
    *("/sources/nis", "/reports?q=counted"),
]
"""Pages that stay when r1 is raised, each without it."""

pytestmark = needs_browser


@pytest.fixture
def team(server: Server, tmp_path: Path) -> Iterator[Team]:
    with team_over(server, tmp_path) as team:
        told = claim(4711, period="2025-01")
        team.given(
            indicator(),
            source("nis"),
            report("r1", told, title="Counted by hand"),
            report("r2", claim(5, "mnd"), title="Later", published_at="2025-01-11"),
        )
        yield team


@pytest.fixture
def green(team: Team, browser: Browser) -> Iterator[Page]:
    """A browser of a reader of TLP:GREEN."""
    token = issued(team.api, "reader", "greta", "TLP:GREEN")
    base = str(team.api.client.base_url)
    with visiting(browser, base, extra_http_headers=bearer(token), forgiving=GONE) as page:
        yield page


def opened(page: Page, path: str) -> None:
    with page.expect_response(lambda answer: "/v1/events" in answer.url):
        page.goto(path)


def test_a_report_that_is_raised_leaves_its_open_page(team: Team, green: Page) -> None:
    opened(green, "/reports/r1")
    expect(green.locator("main")).to_contain_text(FIGURE)
    team.given(RAISE)
    expect(green.get_by_role("heading", level=1)).to_have_text("Not found", timeout=SOON)
    expect(green.locator("body")).not_to_contain_text(FIGURE)


def test_a_report_that_is_raised_leaves_the_open_estimate(team: Team, green: Page) -> None:
    opened(green, "/estimates/troops")
    expect(green.locator("main")).to_contain_text(FIGURE)
    team.given(RAISE)
    expect(green.locator("body")).not_to_contain_text(FIGURE, timeout=SOON)
    expect(green.locator("main")).to_contain_text("Troops")


def test_a_page_in_the_background_loses_it_when_it_is_looked_at(team: Team, green: Page) -> None:
    opened(green, "/estimates/troops")
    turn = (
        "away => { Object.defineProperty(document, 'hidden', {value: away, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange')); }"
    )
    green.evaluate(turn, True)
    team.given(RAISE, source("later"))
    expect(green.locator("main")).to_contain_text(FIGURE)
    green.evaluate(turn, False)
    expect(green.locator("body")).not_to_contain_text(FIGURE, timeout=SOON)


@pytest.mark.parametrize("path", PATHS)
def test_every_page_that_shows_it_shows_it_no_more(team: Team, green: Page, path: str) -> None:
    opened(green, path)
    shown = green.locator("main")
    said = (
        FIGURE if path in ("/", "/estimates/troops", "/estimates/troops/series") else "Counted by hand"
    )
    expect(shown).to_contain_text(said)
    team.given(RAISE)
    expect(shown).not_to_contain_text(said, timeout=SOON)


def test_an_indicator_that_is_raised_leaves_its_open_page(team: Team, green: Page) -> None:
    opened(green, "/estimates/troops")
    team.given(indicator(marking="TLP:RED"))
    expect(green.locator("main")).to_contain_text("HTTP status 404", timeout=SOON)
    expect(green.locator("body")).not_to_contain_text(FIGURE)
