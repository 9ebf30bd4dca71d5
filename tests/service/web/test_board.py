"""The board of a desk with a thousand indicators: filters, pages, keys, and what changed since."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Shown
from starlette.requests import Request

from service.web.visit import COOKIE, MINUTES, Visit, visit_of
from tests.http_spec import Api, Ask, Body, one_server, post
from tests.service.web.web_spec import PHONE, needs_browser, sideways, violations, visiting

SIZE = 1_000
LOG, NOW = "0123456789abcdef", datetime(2025, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A thousand indicators, of which the last ten have the topic `rear`."""
    with one_server() as server, server.over(tmp_path_factory.mktemp("desk")) as api:
        api.import_(*map(defined, range(SIZE)))
        api.given(filed("first", "figure-0001", 5))
        yield api


def defined(n: int) -> Body:
    topic = "rear" if n >= SIZE - 10 else "front"
    body = {"id": f"figure-{n:04}", "title": f"Figure {n:04}", "measure": "stock", "topics": [topic]}
    return {"define_indicator": body}


def filed(name: str, about: str, best: int) -> Ask:
    claim = {"indicator": about, "originator": "nis", "quantity": {"best": best}}
    body = {"id": name, "publisher": "wire", "published_at": f"2025-01-0{best}", "claims": [claim]}
    return post("/v1/reports", **body)


def titles(page: Shown) -> list[str]:
    return page.locator('main tbody th[scope="row"] a').all_inner_texts()


@needs_browser
def test_filters_sorting_and_pages_are_addresses_that_work_without_scripts(
    desk: Api, browser: Browser
) -> None:
    with visiting(browser, str(desk.client.base_url), java_script_enabled=False) as page:
        page.goto("/")
        assert titles(page) == [f"Figure {n:04}" for n in range(100)]
        expect(page.locator("main h2")).to_have_text(["front"])
        expect(page.get_by_text("1000 indicators")).to_be_visible()
        page.get_by_role("link", name="Next").first.click()
        assert titles(page)[0] == "Figure 0100" and page.url.endswith("/?page=2")
        page.goto("/?page=10")
        expect(page.locator("main h2")).to_have_text(["front", "rear"])
        page.locator('select[name="topic"]').select_option("rear")
        page.get_by_role("button", name="Show").click()
        assert titles(page) == [f"Figure {n:04}" for n in range(990, 1_000)]
        page.goto("/")
        page.locator('select[name="support"]').select_option("single")
        page.get_by_role("button", name="Show").click()
        assert titles(page) == ["Figure 0001"]
        page.goto("/")
        page.locator('select[name="sort"]').select_option("revised")
        page.get_by_role("button", name="Show").click()
        assert titles(page)[:2] == ["Figure 0001", "Figure 0000"]
        expect(page.locator("main h2")).to_have_count(0)


@needs_browser
def test_the_board_is_read_by_keyboard(desk: Api, browser: Browser) -> None:
    with visiting(browser, str(desk.client.base_url)) as page:
        page.goto("/?topic=rear")
        expect(page.locator(".keys")).to_be_visible()
        page.keyboard.press("/")
        expect(page.get_by_label("Find")).to_be_focused()
        page.keyboard.type("j/k")
        expect(page.get_by_label("Find")).to_have_value("j/k")
        page.locator("h1").click()
        for key, title in (("j", "0990"), ("j", "0991"), ("k", "0990"), ("k", "0990")):
            page.keyboard.press(key)
            expect(page.get_by_role("link", name=f"Figure {title}")).to_be_focused()
        page.keyboard.press("Control+j")
        expect(page.get_by_role("link", name="Figure 0990")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{desk.client.base_url}/estimates/figure-0990")


@needs_browser
def test_a_page_of_it_shuts_nobody_out(desk: Api, browser: Browser) -> None:
    with visiting(browser, str(desk.client.base_url), scheme="dark") as page:
        page.goto("/?page=10")
        assert violations(page) == []
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        assert sideways(page) <= 0


@needs_browser
def test_the_board_marks_what_changed_since_the_last_visit(desk: Api, browser: Browser) -> None:
    with visiting(browser, str(desk.client.base_url), java_script_enabled=False) as page:
        page.goto("/?q=0002")
        expect(page.get_by_text("none changed since your last visit")).to_be_visible()
        desk.given(filed("second", "figure-0002", 6))
        page.goto("/?q=figure-000")
        row = page.get_by_role("row", name="Figure 0002")
        expect(row).to_contain_text("changed 6: first figure")
        expect(page.get_by_role("link", name="changed since your last visit")).to_be_visible()
        expect(page.locator(".changed")).to_have_count(1)
        page.goto("/?q=figure-000&known_at=2")
        expect(page.locator(".changed")).to_have_count(0)


@pytest.fixture
def earlier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """Three indicators that were reported on twice, of which a page reads one at a time.

    Of the first reports, up to position 8, nothing is kept for the board.
    """
    monkeypatch.setattr("service.query.board.AT_ONCE", 1)
    with one_server() as server, server.over(tmp_path / "log") as api:
        api.import_(*map(defined, range(3)))
        for best in (1, 2):
            api.given(*(filed(f"r{n}-{best}", f"figure-{n:04}", best) for n in range(3)))
        yield api


@needs_browser
@pytest.mark.parametrize("scripts", [False, True], ids=["without scripts", "with scripts"])
def test_rows_that_take_long_come_later(earlier: Api, browser: Browser, scripts: bool) -> None:
    with visiting(browser, str(earlier.client.base_url), java_script_enabled=scripts) as page:
        notice, waiting = page.locator("p.later"), page.locator("tr[data-later]")
        if scripts:
            page.goto("/?known_at=8")
        else:
            for left in (2, 1):
                page.goto("/?known_at=8")
                expect(waiting).to_have_count(left)
                expect(notice).to_contain_text(f"{left} indicator")
            page.goto("/?known_at=8")
        expect(waiting).to_have_count(0)
        expect(notice).to_have_count(0)
        expect(page.locator('td[data-label="Last revised"]')).to_have_text(["2025-01-01"] * 3)


def asked(cookie: str) -> Request:
    headers = [(b"cookie", f"{COOKIE}={cookie}".encode())]
    return Request({"type": "http", "headers": headers})


@pytest.mark.parametrize(
    ("cookie", "since"),
    [
        (f"{LOG}.3.7.{{now}}", 3),
        (f"{LOG}.3.7.{{long_ago}}", 7),
        ("fedcba9876543210.3.7.{now}", 9),
        (f"{LOG}.3.10.{{now}}", 9),
        (f"{LOG}.8.7.{{now}}", 9),
        (f"{LOG}.3.7", 9),
        (f"{LOG}.-1.7.{{now}}", 9),
        ("", 9),
    ],
)
def test_a_visit_is_compared_with_the_end_of_the_one_before(cookie: str, since: int) -> None:
    minute = int(NOW.timestamp()) // 60
    given = cookie.format(now=minute - 1, long_ago=minute - MINUTES - 1)
    assert visit_of(asked(given), LOG, 9, NOW) == Visit(LOG, since, 9, minute)


def test_a_visit_goes_on_while_its_pages_are_less_than_half_an_hour_from_each_other() -> None:
    visit, now = visit_of(asked(""), LOG, 5, NOW), NOW
    for position in (6, 7, 8):
        now += timedelta(minutes=MINUTES)
        kept = visit.cookie(secure=False).partition("=")[2].partition(";")[0]
        visit = visit_of(asked(kept), LOG, position, now)
        assert (visit.since, visit.seen) == (5, position)
