"""Acts in a real browser: one journey by mouse and keyboard, with scripts and without."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.http_spec import Api, claim, report, unchanged
from tests.service.web.acts.cases import GIVEN, RELAY
from tests.service.web.web_spec import (
    ABOUT_COLOURS,
    DESKTOP,
    PHONE,
    Scheme,
    needs_browser,
    sideways,
    violations,
    visiting,
)

pytestmark = needs_browser


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on a field, or on a button or a link by its words."""
    for _ in range(150):
        page.keyboard.press("Tab")
        asked = "() => [document.activeElement.name, document.activeElement.innerText]"
        if name in page.evaluate(asked):
            return
    raise AssertionError(f"the keyboard does not get to {name}")


@dataclass(frozen=True)
class Hand:
    """Somebody at a page: by the keyboard alone, or without scripts by mouse."""

    page: Page
    keyboard: bool

    def type(self, **filled: str) -> None:
        """Type into fields by their names in the command."""
        for name, text in filled.items():
            if self.keyboard:
                tab_to(self.page, f"/{name}")
                self.page.keyboard.press("Control+A")
                self.page.keyboard.type(text)
            elif name in ("measure", "confidence"):
                self.page.locator(f'[name="/{name}"]').select_option(text)
            else:
                self.page.locator(f'[name="/{name}"]').fill(text)

    def press(self, words: str) -> None:
        """Press a button, or follow a link."""
        if self.keyboard:
            tab_to(self.page, words)
            self.page.keyboard.press("Enter")
        else:
            self.page.locator("button:visible, a").get_by_text(words, exact=True).first.click()

    def record(self, button: str, done: str) -> None:
        """Show what would change, then record it; the page of the event says what is so."""
        self.press("Show what would change")
        expect(self.page.get_by_role("region", name="What this would change")).to_be_focused()
        self.press(button)
        self.page.wait_for_url("**/events/*")
        expect(self.page.get_by_role("heading", level=1)).to_have_text(done)


@pytest.mark.parametrize("scripts", [True, False])
def test_from_a_definition_to_an_assessment(api: Api, browser: Browser, scripts: bool) -> None:
    base_url = str(api.client.base_url)
    with visiting(browser, base_url, forgiving="status of 404", java_script_enabled=scripts) as page:
        hand = Hand(page, keyboard=scripts)
        page.goto("/estimates/killed")
        hand.press("Define killed")
        expect(page.get_by_role("heading", name="Define an indicator")).to_be_visible()
        hand.type(title="Killed", measure="cumulative", unit="persons")
        hand.record("Define an indicator", "Indicator killed is defined")

        for name, best, who in (("r1", "1,200", "nis"), ("r2", "1 200", "west")):
            page.goto(f"/post?publisher=wire&published_at=2025-01-10&id={name}")
            for field, text in (("indicator", "killed"), ("originator", who), ("quantity/best", best)):
                page.locator(f'[name="/claims/0/{field}"]').fill(text)
            hand.press("File it")
            page.wait_for_url("**/estimates/killed?min_position=*")

        page.get_by_role("link", name="link r2/1 to r1/1").first.click()
        expect(page.get_by_label("Derived from")).to_have_value("r1/1")
        hand.record("Link the claim", "Claim r2/1 is derived from r1/1")
        expect(page.get_by_role("link", name="Unlink r2/1 from r1/1")).to_be_visible()

        page.goto("/reports/r1")
        hand.press("correct")
        page.get_by_role("radio", name=re.compile("^Ours")).check()
        page.locator('[name="/claims/0/quantity/best"]').fill("1300")
        hand.record("Correct the report", "Report r1 is corrected")
        hand.press("Correct r1 again, with what it said before")
        expect(page.locator('[name="/claims/0/quantity/best"]')).to_have_value("1200")

        page.goto("/estimates/killed")
        hand.press("assess")
        expect(page.locator('[name="/claims"]')).to_have_value("r1/1")
        hand.type(confidence="moderate", best="1250")
        hand.record("Assess the indicator", "Killed is assessed with moderate confidence")

    [data] = [data for _, kind, data in api.facts() if kind == "AssessmentRecorded"]
    assert (data["best"], data["claims"]) == (1_250, ["r1/1"])


@pytest.mark.parametrize("scripts", [True, False])
def test_claims_of_a_correction_keep_their_numbers(api: Api, browser: Browser, scripts: bool) -> None:
    claims = [claim(n, about="killed", cohort=f"part-{n}") for n in (1, 2, 3)]
    api.given(*GIVEN[:1], report("r5", *claims))
    with visiting(
        browser, str(api.client.base_url), forgiving="status of 422", java_script_enabled=scripts
    ) as page:
        page.goto("/reports/r5/correct")
        page.get_by_role("radio", name=re.compile("^Ours")).check()
        page.get_by_role("group", name="Claim 1").get_by_text("killed").first.click()
        page.get_by_role("button", name="Remove claim 1").click()
        expect(page.get_by_role("group", name=re.compile("^Claim"))).to_have_count(2)
        page.get_by_role("button", name="Add a claim").click()
        new = page.get_by_role("group", name="New claim")
        expect(new.get_by_label("Indicator")).to_be_focused()
        new.get_by_label("Indicator").fill("kiled")
        new.get_by_label("Originator").fill("nis")
        new.get_by_label("Best").fill("4")
        with unchanged(api):
            page.get_by_role("button", name="Correct the report").click()
            page.get_by_role("link", name="New claim, Indicator").click()
        expect(new.get_by_label("Indicator")).to_be_focused()
        new.get_by_label("Indicator").fill("killed")
        page.get_by_role("button", name="Correct the report").click()
        page.wait_for_url("**/events/*")

    [*_, (_, _, data)] = api.facts()
    assert [each["n"] for each in data["claims"]] == [2, 3, 4]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forms_shut_nobody_out_when_tried_refused_or_out_of_date(
    api: Api, browser: Browser, scheme: Scheme
) -> None:
    api.given(*GIVEN, RELAY)
    base_url = str(api.client.base_url)
    with visiting(browser, base_url, scheme=scheme, forgiving="status of (422|412)") as page:

        def check() -> None:
            for width, height in (DESKTOP, PHONE):
                page.set_viewport_size({"width": width, "height": height})
                assert sideways(page) <= 0
            assert violations(page, *(() if scheme == "light" else ABOUT_COLOURS)) == []

        page.goto("/reports/r1/withdraw")
        page.get_by_role("button", name="Withdraw the report").click()
        page.get_by_role("link", name="Whose withdrawal").click()
        expect(page.get_by_role("group", name="Whose withdrawal")).to_be_focused()
        check()
        page.get_by_role("radio", name=re.compile("^Ours")).check()
        page.get_by_role("button", name="Show what would change").last.click()
        expect(page.get_by_role("heading", name="What it does to the past")).to_be_visible()
        check()

        page.goto("/sources/un/edit")
        page.get_by_label("Name").fill("Mine " * 60)
        assert api.client.put("/v1/sources/un", json={"name": "Theirs " * 60}).is_success
        page.get_by_role("button", name="Describe the source").click()
        expect(page.get_by_role("region", name="Changed in the meantime")).to_be_focused()
        expect(page.get_by_role("cell", name="Theirs")).to_be_visible()
        check()
        page.get_by_role("button", name="Describe the source").click()
        page.wait_for_url("**/events/*")
        check()
