"""The estimate page: what it says without a click, and its replay, which is what the server shows."""

import gzip
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from playwright.sync_api import Browser, Page, expect

from domain.times import parse_instant, show_instant
from tests.http_spec import Api, Body, one_server
from tests.places import LONG
from tests.service.web.web_spec import PHONE, needs_browser, sideways, visiting
from tests.test_seeds import load

KILLED = "/estimates/dprk-killed"
PLANNED = "/estimates/dprk-tranche3-planned"


def seen(page: Page) -> tuple[str, list[str], str | None]:
    """What a reader sees: the text, the rows of claims, and how far the picture is uncovered."""
    rows = page.locator("section[aria-labelledby=why] tbody tr:visible")
    clip = page.locator("svg.chart rect.seen")
    width = clip.get_attribute("width") if clip.count() else None
    return page.locator("main").inner_text(), rows.all_inner_texts(), width


def indicators(api: Api) -> list[str]:
    return [each["indicator"] for each in api.items("/v1/estimates", limit=1000)]


@needs_browser
@pytest.mark.parametrize("axis", ["publication", "record"])
def test_every_tenth_step_of_the_replay_and_both_ends_are_what_the_server_shows(
    story: Api, browser: Browser, axis: str
) -> None:
    with (
        visiting(browser, str(story.client.base_url)) as played,
        visiting(browser, str(story.client.base_url)) as loaded,
    ):
        compared, some = 0, 1 if LONG else 4
        for name in indicators(story)[::some]:
            played.goto(f"/estimates/{name}?axis={axis}")
            if not played.locator("#step").count():
                continue
            expect(played.locator(".replay")).to_be_visible()
            last = int(played.locator("#step").get_attribute("max") or 0)
            for step in range(last, -1, -1):
                if step % 10 and step != last:
                    played.keyboard.press("[")
                    continue
                address = played.evaluate("location.href")
                loaded.goto(address)
                expect(loaded.locator(".replay")).to_be_visible()
                assert loaded.locator("#step").input_value() == str(step), address
                assert seen(played) == seen(loaded), address
                played.keyboard.press("[")
                compared += 1
        assert compared > 60 // some


@needs_browser
def test_slider_keys_and_play_move_alike(story: Api, browser: Browser) -> None:
    with visiting(browser, str(story.client.base_url)) as page:
        page.goto(f"{KILLED}?published_by=2025-02-01")
        slider, play = page.locator("#step"), page.locator("#play")
        expect(page.locator(".figure:visible")).to_have_text("~ 300 (300 to 1\u202f000) persons")
        slider.focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator(".figure:visible")).to_have_text("~ 600 persons")
        page.keyboard.press("Home")
        expect(page.locator(".figure:visible")).to_have_text("unknown (no claim yet)")
        page.locator("#forward").click()
        expect(page.locator(".figure:visible")).to_have_text("≥ 100 persons")
        expect(page.locator("#when")).to_have_text("As the world could know by 2024-12-19")
        play.click()
        expect(play).to_have_attribute("aria-pressed", "true")
        expect(page.locator(".figure:visible")).to_have_text("~ 300 persons")
        play.click()
        expect(play).to_have_attribute("aria-pressed", "false")
        page.keyboard.press("End")
        slider.focus()
        page.keyboard.press("End")
        expect(page.locator("#when")).to_have_text("Now: everything published so far")
        assert "published_by" not in page.evaluate("location.href")


@needs_browser
def test_that_the_6000_rest_on_one_origin_is_said_without_a_click(story: Api, browser: Browser) -> None:
    with visiting(browser, str(story.client.base_url), java_script_enabled=False) as page:
        page.goto(f"{PLANNED}?published_by=2025-06-26")
        headline = page.get_by_role("region", name="The figure")
        expect(headline).to_contain_text("6\u202f000 persons")
        expect(headline).to_contain_text("one independent origin: Security Council of Russia")
        expect(headline).to_contain_text("3 claims in 3 reports, 2 of them relayed")
        why = page.locator("section[aria-labelledby=why]")
        expect(why.get_by_role("row").filter(has_text="interfax-2025-06-17/1")).to_have_count(2)
        expect(why).to_contain_text("C: fairly reliable")


def lines(html: str) -> str:
    """The text of a page without its tags, blanks and thin spaces made alike."""
    text = unescape(re.sub(r"<[^>]*>", " ", html)).replace("\u202f", ",")
    return " ".join(text.split())


def test_a_figure_is_headed_by_what_its_leading_origin_said(story: Api) -> None:
    page = lines(story.client.get("/estimates/dprk-casualties?published_by=2025-07-01").text)
    assert "> 6,000 persons" in page
    assert "Its parts sum to 4,700" in page


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("", "6,000 6,000 met since 2025-11-04"),
        ("?published_by=2025-09-02", "6,000 ≥ 1,000 open"),
        ("?published_by=2025-06-17", "6,000 unknown open"),
        ("?published_by=2025-06-16", "Nobody has stated the plan in words of their own."),
    ],
)
def test_a_plan_is_shown_against_what_came_of_it(story: Api, asked: str, told: str) -> None:
    html = story.client.get(PLANNED + asked).text
    section = html.partition('<section aria-labelledby="slippage">')[2].partition("</section>")[0]
    shown = re.sub(r"<(\w+)[^>]* hidden>.*?</\1>", "", section, flags=re.S)
    assert told in lines(shown)
    assert ("5,000 in transit of 5,000" in lines(shown)) is (asked == "")


def test_the_board_has_a_line_of_each_plan(story: Api) -> None:
    board = lines(story.client.get("/?q=tranche3").text)
    assert "Fulfilled: 1,000 of 1,000" in board
    assert "Fulfilled: 5,000 in transit of 5,000" in board


@needs_browser
def test_contradictions_stand_side_by_side(story: Api, browser: Browser) -> None:
    with visiting(browser, str(story.client.base_url)) as page:
        page.goto(f"{KILLED}?published_by=2025-02-01")
        sides = page.locator(".notice.bad:visible .card")
        expect(sides).to_have_count(2)
        one, other = (sides.nth(i).bounding_box() for i in range(2))
        assert one and other and one["y"] == other["y"] and one["x"] < other["x"]


@needs_browser
def test_the_permalink_of_a_past_figure_shows_the_same(story: Api, browser: Browser) -> None:
    with visiting(browser, str(story.client.base_url)) as page:
        page.goto(f"{KILLED}?published_by=2025-05-01")
        before = page.locator(".headline").inner_text()
        page.goto(page.locator("#permalink").get_attribute("href") or "")
        assert page.locator(".headline").inner_text() == before
        assert "known_at=" in page.url and "policy=latest-best-source" in page.url


@needs_browser
def test_a_live_event_is_told_and_moves_nothing(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with one_server() as server, server.over(tmp_path_factory.mktemp("live")) as api:
        load(api.client)
        with visiting(browser, str(api.client.base_url)) as page:
            page.goto(KILLED)
            page.locator("#step").focus()
            page.keyboard.press("ArrowLeft")
            before = seen(page)
            claim = {"indicator": "dprk-killed", "originator": "nis", "period": "2026-03-01"}
            claims = [{**claim, "quantity": {"best": 2500}}]
            body = {"publisher": "wire", "published_at": "2026-03-02", "claims": claims}
            assert api.client.post("/v1/reports", json=body).status_code == 201
            told = page.locator(".live")
            expect(told).to_contain_text("1 new event on this figure", timeout=1_000)
            told.evaluate("each => each.hidden = true")
            assert seen(page) == before


@needs_browser
@pytest.mark.parametrize("name", ["dprk-killed", "dprk-casualties", "russia-gives-ew-equipment"])
def test_an_estimate_fits_a_phone(story: Api, browser: Browser, name: str) -> None:
    with visiting(browser, str(story.client.base_url), size=PHONE) as page:
        page.goto(f"/estimates/{name}")
        assert sideways(page) <= 0


def test_the_first_load_is_small(story: Api) -> None:
    parts = [KILLED, *(f"/static/{name}" for name in ("style.css", "replay.js", "live.js", "icon.svg"))]
    bodies = [story.client.get(part, headers={"Accept-Encoding": "identity"}) for part in parts]
    assert all(body.status_code == 200 for body in bodies)
    assert sum(len(gzip.compress(body.content, 6, mtime=0)) for body in bodies) <= 20_000


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A figure that five originators revised 500 times, and one with 25 flags; tests only read."""
    first = parse_instant("2020-01-01")
    lines: list[Body] = [
        {"define_indicator": {"id": name, "title": name.title(), "measure": "cumulative"}}
        for name in ("long", "flagged")
    ]
    for i in range(500):
        day = show_instant(first + timedelta(hours=7 * i))
        claim = {"indicator": "long", "originator": f"o{i % 5}", "quantity": {"best": 1000 + i}}
        report = {"id": f"r{i}", "publisher": "wire", "published_at": day, "claims": [claim]}
        lines.append({"file_report": report})
    quantity = {"low": 9, "best": 7, "qualifier": "about"}
    flagged = [{"indicator": "flagged", "originator": f"o{i}", "quantity": quantity} for i in range(25)]
    report = {"id": "flagged", "publisher": "wire", "published_at": "2020-01-01", "claims": flagged}
    lines.append({"file_report": report})
    with one_server() as server, server.over(tmp_path_factory.mktemp("long")) as api:
        api.import_(*lines)
        api.get("/v1/estimates", limit=1)
        yield api


def test_the_first_load_of_a_long_history_is_small(long: Api) -> None:
    parts = ["/estimates/long", *(f"/static/{n}" for n in ("style.css", "replay.js", "live.js"))]
    bodies = [long.client.get(part, headers={"Accept-Encoding": "identity"}) for part in parts]
    assert sum(len(gzip.compress(body.content, 6, mtime=0)) for body in bodies) <= 61_000


def test_of_very_many_claims_a_page_lists_the_last_of_each_originator(
    long: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = long.client.get("/estimates/long").text
    monkeypatch.setattr("projections.answers.in_short.MOST_CLAIMS", 499)
    brief = long.client.get("/estimates/long").text
    figure = re.compile(r'class="figure"><strong>([^<]*)')
    assert figure.findall(brief)[-1] == figure.findall(whole)[-1]
    assert "There are too many claims to list" in brief
    assert "There are too many claims to list" not in whole
    assert brief.count("<tr") < 15 < whole.count("<tr")
    [picture] = re.findall(r'<img src="(/estimates/long/chart.svg[^"]*)"', brief)
    assert long.client.get(unescape(picture)).status_code == 200
    assert "499 earlier moments" in brief
    earlier = long.client.get("/estimates/long?published_by=2020-02-01").text
    known = long.get("/v1/estimates/long", published_by="2020-02-01")
    assert figure.findall(earlier)[-1].replace("\u202f", "") == str(known["best"])


def test_of_very_many_flags_a_page_shows_the_first(long: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projections.answers.in_short.MOST_CLAIMS", 24)
    known, html = long.get("/v1/estimates/flagged"), long.client.get("/estimates/flagged").text
    assert known["flag_counts"] == {"bad-interval": 25}
    assert html.count('<div class="notice') == 20
    assert '<a href="/conflicts?indicator=flagged">5 more flags</a>' in html


@needs_browser
def test_a_long_history_is_told_around_the_time_asked(long: Api, browser: Browser) -> None:
    with visiting(browser, str(long.client.base_url)) as page:
        page.goto("/estimates/long?published_by=2020-02-01")
        known = long.get("/v1/estimates/long", published_by="2020-02-01")
        shown = f"{known['best']:,}".replace(",", "\u202f")
        expect(page.locator(".figure:visible strong")).to_contain_text(shown)
        assert int(page.locator("#step").input_value()) > 1
        page.get_by_role("link", name="later moments").click()
        expect(page.locator("#step")).to_be_visible()
        page.locator("#step").focus()
        page.keyboard.press("End")
        at_the_end = seen(page)
        page.goto(page.evaluate("location.href"))
        expect(page.locator(".replay")).to_be_visible()
        assert seen(page)[1] == at_the_end[1]


def test_the_picture_stands_alone(story: Api) -> None:
    answer = story.client.get(f"{KILLED}/chart.svg", params={"published_by": "2025-05-01"})
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg") and "North Korean soldiers killed" in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/estimates/none", 404),
        (f"{KILLED}?published_by=yesterday", 422),
        (f"{KILLED}?publishedby=2025-01-01", 422),
        (f"{KILLED}?known_at=1", 200),
        (f"{KILLED}?period=2025-01", 200),
        (f"{KILLED}?compare=2025-02-01", 200),
        ("/estimates/none/chart.svg", 404),
    ],
)
def test_what_is_asked_wrongly_is_refused_as_everywhere(story: Api, path: str, status: int) -> None:
    answer = story.client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == status
    assert "text/html" in answer.headers["content-type"]
