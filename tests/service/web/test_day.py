"""An analyst's day in the browser, without scripts: from the first definition to the history."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.http_spec import Api
from tests.service.web.web_spec import needs_browser, visiting

pytestmark = needs_browser
FIRST = "The Ministry of Defence said on 12 January 2025 that at least 300 soldiers had been killed.\n"
AGAIN = "The Daily reported on 14 January 2025 that at least 300 soldiers had been killed.\n"


def fill(page: Page, **fields: str) -> None:
    """Fill in fields by their names."""
    for name, text in fields.items():
        field = page.locator(f'[name="/{name}"]')
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(text)
        else:
            field.fill(text)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()
    page.wait_for_load_state()


def read(page: Page, text: str, publisher: str, published: str) -> None:
    """Read an article and file what is ticked in it."""
    page.goto("/read")
    fill(page, text=text, publisher=publisher, published_at=published)
    press(page, "Find claims")
    expect(page.get_by_role("checkbox").first).to_be_checked()
    press(page, "Show what would change")
    press(page, "File it")
    page.wait_for_url("**/estimates/killed**")


@pytest.mark.parametrize("scripts", [True, False])
def test_from_a_definition_to_the_history_of_a_figure(
    api: Api, browser: Browser, scripts: bool
) -> None:
    base = str(api.client.base_url)
    with visiting(browser, base, java_script_enabled=scripts) as page:
        page.goto("/")
        page.get_by_role("link", name="Define an indicator").click()
        fill(page, id="killed", title="Killed", measure="cumulative", terms="soldiers killed")
        press(page, "Define an indicator")
        expect(page.locator("main")).to_contain_text("Killed")
        for name, title in (("mod", "Ministry of Defence"), ("daily", "The Daily")):
            page.goto("/register")
            fill(page, id=name, name=title)
            press(page, "Register a source")
        read(page, FIRST, "wire", "2025-01-13")
        expect(page.locator(".headline")).to_contain_text("≥ 300")
        read(page, AGAIN, "daily", "2025-01-14")

        # The relay is taken for what it is, from the flag that suspects it or by what reading proposed.
        body = api.get("/v1/estimates/killed", min_position=api.head())
        assert (body["claims"], body["origins"]) == (2, 1)
        page.goto(f"/reports/{first_report(api)}/correct")
        page.get_by_role("radio").first.check()
        page.locator('[name="/claims/0/quantity/low"]').fill("310")
        press(page, "Show what would change")
        expect(page.locator("main")).to_contain_text("What it does to the past")
        page.locator("button.primary").click()
        page.wait_for_url("**/events/**")
        page.goto("/estimates/killed")
        expect(page.locator(".headline")).to_contain_text("≥ 310")
        expect(page.locator("main")).to_contain_text("Revisions as a table")
        expect(page.locator("main")).to_contain_text("at least 300 soldiers")


def first_report(api: Api) -> str:
    """The id of the report that was published first."""
    return str(min(api.items("/v1/reports"), key=lambda each: each["published_at"])["id"])
