"""Pages of reports, sources, the log, conflicts and the interface itself."""

import re
import socket
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.http_spec import Api, claim, indicator, post, report, source
from tests.processes import wait_for_views
from tests.service.cli.test_cli import started
from tests.service.web.web_spec import PHONE, needs_browser, sideways, violations, visiting

SOON = 2_000
LATER = 30_000
"""For what waits for a server to start or for its projector, on a machine with other work."""
"""Milliseconds within which what is written reaches an open page."""
PATHS = (
    "/reports",
    "/reports?q=killed",
    "/reports/news-item-2025-06-26",
    "/sources",
    "/sources/nis",
    "/events",
    "/conflicts",
    "/reference",
)


def html(api: Api, path: str, status: int = 200) -> str:
    """A page as it is sent, up with the log."""
    api.get("/v1/estimates", limit=1)
    answer = api.client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == status, answer.text
    return answer.text


def words(text: str) -> str:
    """What a page says, without its tags."""
    return re.sub(r"[ \n]+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


# Reports


def test_a_report_shows_its_claims_with_whom_they_credit(story: Api) -> None:
    text = html(story, "/reports/nis-2025-06-26")
    said = words(text)
    assert "6\u202f000" in said and "2025-07/2025-08" in said and "B: usually reliable" in said
    assert 'href="/sources/nis">National Intelligence Service</a>' in text
    assert 'href="/sources/lee-seong-kweun">Lee Seong-kweun</a>' in text
    assert 'href="/estimates/dprk-tranche3-planned"' in text
    assert 'derived from <a href="/reports/interfax-2025-06-17#1">' in text
    assert 'relayed by <a href="/reports/news-item-2025-06-26#1">' in text
    assert '<tr id="1">' in text and '<tr id="3">' in text
    assert re.search(r'href="https://www\.themoscowtimes\.com/[^"]*" rel="noreferrer noopener"', text)


def test_a_report_shows_both_its_times_side_by_side(story: Api) -> None:
    said = words(html(story, "/reports/nis-2025-06-26"))
    recorded = story.get("/v1/reports/nis-2025-06-26")["recorded_at"]
    assert "Published 2025-06-26 by The Moscow Times" in said
    assert f"Recorded {recorded[:10]} {recorded[11:16]} UTC" in said


def test_a_report_without_a_figure_says_so_and_a_dispute_has_its_reason(story: Api) -> None:
    said = words(html(story, "/reports/zelensky-2024-11-19"))
    assert "disputed by National Intelligence Service" in said
    assert "Claim disputed" in said


def test_a_corrected_report_says_what_changed_and_from_when_on(api: Api) -> None:
    api.given(
        indicator("killed", measure="cumulative"),
        report("r1", claim(1300, "nis", "killed"), claim(7, "mnd", "killed"), title="First, title"),
        post(
            "/v1/reports/r1/corrections",
            kind="publisher",
            reason="They printed a wrong number.",
            published_at="2025-02-01",
            provenance={"title": "Second title"},
            claims=[{"n": 1, **claim(1600, "nis", "killed")}, claim(2, "un", "killed")],
        ),
    )
    said = words(html(api, "/reports/r1"))
    assert "Corrected by its publisher on 2025-02-01: They printed a wrong number." in said
    assert "by its publisher, published 2025-02-01" in said
    assert "title: First, title became Second title" in said
    assert "claim 1, says: 1\u202f300 became 1\u202f600" in said
    assert "claim 2: left out: killed: 7" in said and "claim 3: new: killed: 2" in said
    before = words(html(api, "/reports/r1?published_by=2025-01-31"))
    assert "corrected" not in before.partition("History")[0]
    assert "1\u202f300" in before and "First, title" in before


def test_a_corrected_record_is_as_if_it_had_never_been_otherwise(api: Api) -> None:
    corrected = {"n": 1, **claim(90)}
    correction = post("/v1/reports/r1/corrections", kind="record", reason="typo", claims=[corrected])
    api.given(indicator(), report("r1"), correction)
    said = words(html(api, "/reports/r1?published_by=2025-01-10"))
    assert (
        "Our record of this report was corrected: typo" in said
        and "claim 1, says: 100 became 90" in said
    )
    assert "100" in words(html(api, "/reports/r1?known_at=4")).partition("History")[0]


def test_held_and_withdrawn_reports_say_so(api: Api) -> None:
    api.given(indicator(), report("r1"), post("/v1/reports/r1/hold", reason="odd"))
    assert "Held for checking" in words(html(api, "/reports/r1"))
    withdrawal = post(
        "/v1/reports/r1/withdrawal", kind="publisher", reason="Retracted.", published_at="2025-03-01"
    )
    api.given(post("/v1/reports/r1/release", reason="fine"), withdrawal)
    said = words(html(api, "/reports/r1"))
    assert "Withdrawn by its publisher on 2025-03-01: Retracted." in said
    history = said.partition("History")[2]
    assert re.findall(r"Report (?:held|released|withdrawn)", history) == [
        "Report held",
        "Report released",
        "Report withdrawn",
    ]
    api.given(report("r2"), post("/v1/reports/r2/withdrawal", reason="not ours"))
    assert "as if it had never been filed: not ours" in words(html(api, "/reports/r2"))


def test_grades_links_and_markings_stand_in_the_history_in_words(api: Api) -> None:
    api.given(
        indicator(),
        report("r1"),
        report("r2", claim(100, "mnd")),
        post("/v1/claims/r2/1/grades", credibility=2, reason="fits"),
        post("/v1/claims/r2/1/links", derived_from="r1/1", reason="same words"),
        post("/v1/reports/r2/marking", marking="TLP:AMBER", reason="asked"),
    )
    said = words(html(api, "/reports/r2"))
    assert " 2: probably true, by local" in said and "derived from r1/1" in said
    assert "Report marked" in said and "TLP:AMBER" in said.partition("claim")[0]
    assert "relayed by r2/1" in words(html(api, "/reports/r1"))


def test_what_a_report_brings_along_is_text_and_never_markup(api: Api) -> None:
    api.given(indicator(), report("r1", title="<script>alert(1)</script>"))
    for path in ("/reports/r1", "/reports", "/events", "/sources/wire"):
        assert "<script>alert" not in html(api, path)


def test_a_report_that_is_not_there_is_a_page_as_well(story: Api) -> None:
    assert "there is no report &#39;nobody&#39;" in html(story, "/reports/nobody", 404)
    assert "at the times asked" in html(story, "/reports/nis-2025-06-26?published_by=2025-06-25", 404)


def test_links_between_pages_keep_the_times(story: Api) -> None:
    text = html(story, "/reports/nis-2025-06-26?published_by=2025-07-01")
    times = "?published_by=2025-07-01"
    assert f'href="/sources/nis{times}"' in text
    assert f'href="/reports/interfax-2025-06-17{times}#1"' in text
    assert f'href="/estimates/dprk-tranche3-planned{times}"' in text
    hidden = '<input type="hidden" name="published_by" value="2025-07-01">'
    for path in ("/events", "/sources", "/conflicts", "/reports"):
        assert hidden in html(story, path + times)


# Search


def test_search_finds_reports_and_definitions(story: Api) -> None:
    said = words(html(story, "/reports?q=killed"))
    assert "North Korean soldiers killed" in said and "NIS on losses" in said
    assert "nis-2025-09-02/1 on dprk-killed : Around 2,000 killed" in said
    assert "Nothing contains all these words" in words(html(story, "/reports?q=nothinglikethis"))


def test_without_words_the_reports_published_last_stand_first(story: Api) -> None:
    text = html(story, "/reports")
    dates = re.findall(r"published (\d{4}-\d\d-\d\d)", text)
    assert len(dates) == 74 and dates == sorted(dates, reverse=True)
    then = re.findall(r"published (\d{4}-\d\d-\d\d)", html(story, "/reports?published_by=2024-10-31"))
    assert then and max(then) <= "2024-10-31"


def test_the_list_of_reports_ends_at_a_hundred(api: Api) -> None:
    api.given(indicator())
    api.import_(
        *(
            {"file_report": {"id": f"r{n}", "publisher": "wire", "published_at": "2025-01-10",
                             "claims": [claim()]}}
            for n in range(101)
        )
    )  # fmt: skip
    assert "Only the latest 100 reports" in html(api, "/reports")
    assert "More than 100 reports have these words" in html(api, "/reports?q=wire")


# Sources


def test_sources_are_found_by_word_kind_and_grade(story: Api) -> None:
    assert "95" in str(html(story, "/sources").count('<th scope="row">'))
    agencies = words(html(story, "/sources?kind=agency"))
    assert "National Intelligence Service" in agencies and "Joint Chiefs" not in agencies
    assert "Kim Jong Un" in words(html(story, "/sources?q=leader+korea"))
    assert "National Intelligence Service" not in words(html(story, "/sources?reliability=ungraded"))
    assert "B: usually reliable" in words(html(story, "/sources?q=nis&reliability=B"))
    assert "No source matches." in words(html(story, "/sources?q=nobodylikethis"))


def test_a_source_shows_every_grade_it_was_given(api: Api) -> None:
    api.given(
        source("nis", name="The Service", note="A <b>note</b>."),
        post("/v1/sources/nis/grades", reliability="C", reason="new to us"),
        post("/v1/sources/nis/grades", reliability="B", reason="held up"),
    )
    text = html(api, "/sources/nis")
    said = words(text)
    assert "A &lt;b&gt;note" in text and "local held up" in said
    assert said.index("held up") < said.index("new to us")
    assert "C: fairly reliable" in words(html(api, "/sources/nis?known_at=2")).partition("held")[0]


def test_how_figures_held_is_said_in_words_beside_the_reliability(api: Api) -> None:
    days = ("2025-01-10", "2025-01-20")
    api.given(
        indicator(unit="persons"),
        *(
            report(f"r{n}", claim(best, period="2025-01-09"), published_at=day)
            for n, (best, day) in enumerate(zip((1500, 2000), days, strict=True))
        ),
        report("r9", claim(5, "mnd")),
    )
    said = words(html(api, "/sources/nis"))
    assert "first figures were on average 25 % too low" in said
    assert "500 persons too low" in said and "1\u202f500 to 2\u202f000 in 1 revision" in said
    assert "do not affect the reliability grade" in said
    assert "Ungraded" in said and "has revised none so far" in words(html(api, "/sources/mnd"))
    assert "not given a figure of its own yet" in words(html(api, "/sources/wire"))
    assert 'href="/estimates/troops?originator=nis"' in html(api, "/sources/nis")


# Conflicts


def test_contradictions_stand_side_by_side(story: Api) -> None:
    text = html(story, "/conflicts?indicator=dprk-killed&code=contradiction")
    first = text.partition('<ul class="flags"')[2].partition("</li>")[0]
    assert [words(each) for each in re.findall(r'<p class="says">(.*?)</p>', first)] == [
        "~ 300",
        "~ 1\u202f000",
    ]
    assert 'href="/reports/nis-2025-01-13#1"' in first and "D: not usually reliable" in first
    assert "nothing is merged, linked or dropped automatically" in text


def test_disputes_and_sums_are_told(story: Api) -> None:
    disputed = words(html(story, "/conflicts?code=disputed"))
    assert "by National Intelligence Service" in disputed
    mismatch = words(html(story, "/conflicts?code=parts-mismatch"))
    assert "The parts add up to 5\u202f300 ; the whole is reported as ~ 4\u202f700" in mismatch


def test_every_flag_of_the_interface_is_on_the_page(story: Api) -> None:
    text = html(story, "/conflicts")
    assert text.count('<div class="sides">') == len(story.items("/v1/conflicts"))
    assert "There is no open flag of this kind" in html(story, "/conflicts?code=fall")
    assert "There are no open flags" in html(story, "/conflicts?published_by=2024-01-01")


# The log


def listed(text: str) -> list[int]:
    """The positions of the events on a page of the log."""
    rows = re.findall(r'<li class="event" data-position="(\d+)"', text.partition("<template>")[0])
    return [int(each) for each in rows]


@pytest.mark.parametrize(
    "asked",
    [
        "type=ReportFiled",
        "source=nis",
        "report=nis-2025-06-26",
        "indicator=dprk-killed&type=ReportFiled",
        "stream=source:nis",
        "actor=local",
        "before=50",
        "source=nis&before=200",
        "known_at=30",
        "until=2000-01-01",
    ],
)
def test_the_log_is_filtered_as_the_interface_filters_it(story: Api, asked: str) -> None:
    shown = listed(html(story, f"/events?{asked}"))
    same = asked.replace("until=2000-01-01", "known_at=2000-01-01")
    found = story.client.get(f"/v1/events?order=desc&limit=100&{same}").json()["items"]
    assert shown == [each["position"] for each in found]


def test_the_log_is_leafed_through_in_both_directions(story: Api) -> None:
    def page(path: str) -> tuple[list[int], dict[str, str]]:
        text = html(story, path)
        links = re.findall(r'<a href="(/events[^"]*)" rel="(prev|next)"', text)
        return listed(text), {rel: link.replace("&amp;", "&") for link, rel in links}

    seen, links = page("/events?known_at=229")
    assert seen == list(range(229, 129, -1)) and "prev" not in links
    second, links = page(links["next"])
    third, last = page(links["next"])
    assert seen + second + third == list(range(229, 0, -1)) and "next" not in last
    assert page(last["prev"])[0] == second and page(links["prev"])[0] == seen


def test_an_event_leads_to_what_it_is_about_and_shows_itself(story: Api) -> None:
    text = html(story, "/events")
    assert '<a href="/reports/news-item-2025-06-26">news-item-2025-06-26</a>' in text
    assert "&#34;type&#34;: &#34;ReportFiled&#34;" in text
    assert '<a href="/estimates/dprk-killed">dprk-killed</a>' in html(
        story, "/events?stream=indicator:dprk-killed"
    )


def test_a_very_long_event_is_linked_and_not_written_out(api: Api) -> None:
    api.given(source("nis", note="x" * 19_999), source("mnd", note="x" * 10_000))
    text = html(api, "/events")
    assert text.count("<pre") == 2 and 'href="/v1/events?after=0&amp;before=2"' in text


def address(api: Api) -> str:
    return str(api.client.base_url)


def positions(page: Page) -> list[int]:
    return [int(each.get_attribute("data-position") or 0) for each in page.locator("li.event").all()]


@needs_browser
def test_a_new_event_waits_and_nothing_moves(api: Api, browser: Browser) -> None:
    api.given(indicator(), *(report(f"r{n}") for n in range(30)))
    with visiting(browser, address(api)) as page:
        page.goto("/events")
        row = page.locator("li.event").first
        expect(row).to_contain_text("r29")
        before = row.bounding_box()
        api.given(source("un", note="A note, with a comma"))
        button = page.get_by_role("button", name="1 new event", exact=True)
        expect(button).to_be_visible(timeout=SOON)
        api.given(post("/v1/claims/r1/1/grades", credibility=3, reason="so so"), report("long"))
        expect(page.get_by_role("status")).to_have_text("3 new events", timeout=SOON)
        assert row.bounding_box() == before and violations(page) == []
        page.keyboard.press("Tab")
        page.get_by_role("button", name="3 new events").focus()
        page.keyboard.press("Enter")
        assert positions(page)[:4] == [36, 35, 34, 33]
        expect(page.locator(".fresh button")).to_be_hidden()
        rows = [
            each.evaluate("e => e.outerHTML.replace(/\\s+/g, ' ')")
            for each in page.locator("li.event").all()[:3]
        ]
        page.reload()
        again = [
            each.evaluate("e => e.outerHTML.replace(/\\s+/g, ' ')")
            for each in page.locator("li.event").all()[:3]
        ]
        assert rows == again


@needs_browser
def test_filters_hold_for_what_comes_live(api: Api, browser: Browser) -> None:
    api.given(indicator(), report("r1"))
    with visiting(browser, address(api)) as page:
        page.goto("/events?source=wire")
        page.get_by_label("Type").select_option("ReportFiled")
        page.get_by_role("button", name="Show").click()
        expect(page).to_have_url(re.compile("type=ReportFiled.*source=wire"))
        api.given(source("un"), report("r2"))
        button = page.get_by_role("button", name="1 new event", exact=True)
        expect(button).to_be_visible(timeout=SOON)
        button.click()
        expect(page.locator("li.event").first).to_contain_text("r2")
        page.goto("/events?until=2000-01-01")
        assert page.locator("[data-stream]").count() == 0


@needs_browser
def test_a_page_that_nobody_sees_lets_go_and_takes_up_again(api: Api, browser: Browser) -> None:
    turn = (
        "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
    )
    turn += " document.dispatchEvent(new Event('visibilitychange')); }"
    with visiting(browser, address(api)) as page:
        page.goto("/events")
        expect(page.get_by_text("Nothing is recorded yet.")).to_be_visible()
        page.evaluate(turn, True)
        api.given(source("un"), source("eu"))
        with page.expect_request(re.compile(r"/v1/events\?after=0")):
            page.evaluate(turn, False)
        expect(page.get_by_role("status")).to_have_text("2 new events", timeout=SOON)
        page.get_by_role("button", name="2 new events").click()
        expect(page.get_by_text("Nothing is recorded yet.")).to_have_count(0)
        assert positions(page) == [2, 1]


@needs_browser
def test_more_than_a_page_of_news_is_reloaded(api: Api, browser: Browser) -> None:
    with visiting(browser, address(api)) as page:
        page.goto("/events")
        api.import_(*({"register_source": {"id": f"s{n}"}} for n in range(150)))
        expect(page.get_by_role("status")).to_have_text("150 new events", timeout=SOON)
        page.get_by_role("button", name="150 new events").click()
        expect(page.locator("li.event").first).to_have_attribute("data-position", "150")
        assert len(positions(page)) == 100


@needs_browser
def test_a_restarted_server_loses_and_repeats_no_event(tmp_path: Path, browser: Browser) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    serve = ("serve", "--data", tmp_path / "log", "--port", port)

    def name(url: str, *names: str) -> None:
        for each in names:
            assert httpx2.put(f"{url}/v1/sources/{each}", json={}).status_code == 201

    lost = r"ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET"
    with visiting(browser, f"http://127.0.0.1:{port}", forgiving=lost) as page:
        with started(*serve) as (_, url):
            name(url, "a", "b")
            wait_for_views(url, 2)
            page.goto("/events")
            name(url, "c")
            expect(page.get_by_role("status")).to_have_text("1 new event", timeout=LATER)
        with started(*serve) as (_, url):
            name(url, "d", "e")
            expect(page.get_by_role("status")).to_have_text("3 new events", timeout=LATER)
            name(url, "f")
            expect(page.get_by_role("status")).to_have_text("4 new events", timeout=LATER)
            page.get_by_role("button", name="4 new events").click()
            assert positions(page) == [6, 5, 4, 3, 2, 1]


# The reference


def test_the_reference_has_every_operation_parameter_and_problem(story: Api) -> None:
    text = html(story, "/reference")
    said = words(text)
    api = story.client.get("/openapi.json").json()
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            assert f"{method.upper()} {path}" in said
            part = text.partition(f'id="{method}{re.sub("[{}]", "", path.replace("/", "-"))}"')[2]
            part = part.partition("</section>")[0]
            assert part
            for parameter in operation.get("parameters", []):
                assert f"<code>{parameter['name']}</code>" in part
    body = text.partition('id="post-v1-reports"')[2].partition("</section>")[0]
    assert re.search(r"<code>publisher</code> <span[^>]*>required", body)
    assert 'href="#schema-Statement"' in body and 'id="schema-Statement"' in text
    for code in re.findall(r"/problems/([a-z-]+)", Path("docs/problems.md").read_text("utf-8")):
        assert f'href="/problems/{code}"' in text


def test_links_within_the_reference_lead_somewhere(story: Api) -> None:
    text = html(story, "/reference")
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)


# All of them


@needs_browser
@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_loaded_from_elsewhere(story: Api, browser: Browser, path: str) -> None:
    with visiting(browser, address(story)) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path)
        assert {urlsplit(url).netloc for url in asked} == {urlsplit(address(story)).netloc}


@needs_browser
@pytest.mark.parametrize("path", [path for path in PATHS if path != "/reference"])
def test_an_empty_log_has_pages_too(api: Api, browser: Browser, path: str) -> None:
    with visiting(browser, address(api), size=PHONE, forgiving="404") as page:
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert sideways(page) <= 0 and violations(page) == []


@needs_browser
def test_long_names_break_and_push_nothing_aside(api: Api, browser: Browser) -> None:
    name, word = "n" * 128, "w" * 300
    api.given(
        source(name, name=word),
        indicator(name, title=word),
        report(name, claim(9_007_199_254_740_991, name, name, text=word), publisher=name, title=word),
        post(f"/v1/claims/{name}/1/disputes", by="x" * 128, reason=word),
    )
    with visiting(browser, address(api), size=PHONE) as page:
        for path in (
            f"/reports/{name}",
            f"/sources/{name}",
            "/sources",
            "/reports",
            "/events",
            "/conflicts",
        ):
            page.goto(path)
            assert sideways(page) <= 0, path


MARKED = (
    indicator(marking="TLP:GREEN"),
    source("nis", marking="TLP:AMBER"),
    report("r1", claim(100, "mnd")),
)


def test_a_marking_is_shown_where_there_is_one(api: Api) -> None:
    api.given(*MARKED)
    badge = '<span class="tag">TLP:'
    for path in ("/estimates/troops", "/estimates/troops/series"):
        assert f"{badge}GREEN</span>" in html(api, path)
    for path in ("/sources", "/sources/nis"):
        assert html(api, path).count(badge) == html(api, path).count(f"{badge}AMBER</span>") == 1
    assert badge not in html(api, "/sources/wire")


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("/reports/r1", "/v1/stix?report=r1"),
        ("/reports/r1?known_at=4", "/v1/stix?report=r1&amp;known_at=4"),
        ("/estimates/troops", "/v1/stix?indicator=troops"),
        ("/estimates/troops?known_at=4", "/v1/stix?indicator=troops&amp;known_at=4"),
    ],
)
def test_a_record_leads_to_itself_as_stix(api: Api, page: str, address: str) -> None:
    api.given(indicator(), report("r1"))
    text = api.client.get(page, headers={"Accept": "text/html"}).text
    assert f'<a href="{address}">STIX</a>' in text
    assert api.client.get(address.replace("&amp;", "&")).status_code == 200
