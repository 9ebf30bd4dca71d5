"""Pages in a real browser: what every test of one shares. Without Chromium on the machine they skip."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
DESKTOP, PHONE = (1280, 900), (375, 800)
Scheme = Literal["light", "dark"]

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not on this machine")
"""Marks what needs a real browser."""


@contextmanager
def visiting(
    browser: Browser,
    base_url: str,
    *,
    size: tuple[int, int] = DESKTOP,
    scheme: Scheme = "light",
    forgiving: str = "",
    **context: Any,
) -> Iterator[Page]:
    """A page of a fresh visitor; whatever its console says that is wrong fails the test.

    But for what matches a pattern that the test forgives.
    """
    width, height = size
    told = list[str]()

    def hear(message: ConsoleMessage) -> None:
        forgiven = forgiving and re.search(forgiving, message.text)
        if message.type in ("error", "warning") and not forgiven:
            told.append(message.text)

    visitor = browser.new_context(
        base_url=base_url,
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
        **context,
    )
    page = visitor.new_page()
    page.on("console", hear)
    page.on("pageerror", lambda error: told.append(str(error)))
    try:
        yield page
    finally:
        visitor.close()
    if told:
        raise AssertionError(f"the console says: {told}")


ABOUT_COLOURS = ("color-contrast", "link-in-text-block")
"""The rules of axe whose outcome a colour scheme can change."""


MOST_ELEMENTS = 1_500
CUT = """most => {
    const main = document.querySelector('main'), first = main?.querySelectorAll('*')[most];
    if (!first) return;
    const rest = document.createRange();
    let cut = first.closest("dl") ?? first;  // no list without its descriptions
    while (cut.parentElement !== main && !cut.previousElementSibling)
        cut = cut.parentElement;  // no section without its heading
    rest.setStartBefore(cut);
    rest.setEndAfter(main.lastChild);
    rest.deleteContents();
}"""


def shorten(page: Page) -> None:
    """Remove all but the first `MOST_ELEMENTS` of a page.

    A longer one repeats itself, and axe takes a minute for it.
    """
    page.evaluate(CUT, MOST_ELEMENTS)


def violations(page: Page, *rules: str) -> list[str]:
    """What axe finds wrong with a page, by these rules or by all, one a line: rule, then where."""
    # Without this it describes every element that passes too, which takes minutes on a long page.
    options: dict[str, object] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"]]


def sideways(page: Page) -> int:
    """By how many pixels a page is wider than its window."""
    wide: int = page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wide
