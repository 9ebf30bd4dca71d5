"""What a page shows can be downloaded as a table, for the question that the page was asked."""

import csv
import re
from html import unescape
from io import StringIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.http_spec import Api

TIMES = "known_at=200&published_by=2025-06-30&valid_at=2025-06-01"
PAGES: dict[str, tuple[str, ...]] = {
    f"/?q=killed&measure=cumulative&sort=title&page=1&{TIMES}": ("/v1/estimates",),
    f"/estimates/dprk-killed?originator=nis&policy=envelope/1&axis=record&{TIMES}": tuple(
        f"/v1/estimates/dprk-killed/{name}"
        for name in ("vintages", "revisions", "changes", "explanation", "series")
    ),
    "/estimates/dprk-troops-planned": ("/v1/estimates/dprk-troops-planned/slippage",),
    f"/estimates/dprk-killed/series?release=first&as=increment&{TIMES}": (
        "/v1/estimates/dprk-killed/series",
    ),
    f"/conflicts?code=contradiction&indicator=dprk-killed&{TIMES}": ("/v1/conflicts",),
    f"/changes?q=killed&measure=cumulative&since=180&{TIMES}": ("/v1/changes",),
    f"/reports?q=killed&{TIMES}": ("/v1/reports",),
    f"/sources?q=news&kind=media&reliability=ungraded&{TIMES}": ("/v1/sources",),
    f"/events?type=ReportFiled&source=nis&{TIMES}": ("/v1/events",),
}
FORMS = {"CSV": ".csv", "XLSX": ".xlsx", "JSON": ""}


def links(api: Api, page: str) -> list[tuple[str, str]]:
    """The downloads of a page: form and address each."""
    answer = api.client.get(page)
    assert answer.status_code == 200, answer.text
    found = re.findall(r'<a href="([^"]+)" aria-label="(CSV|XLSX|JSON): ', answer.text)
    return [(form, unescape(href)) for href, form in found]


@pytest.mark.parametrize("shown", PAGES)
def test_a_page_offers_its_tables_for_the_question_that_it_was_asked(story: Api, shown: str) -> None:
    found = links(story, shown)
    asked = dict(parse_qsl(urlsplit(shown).query))
    for path in PAGES[shown]:
        for form, suffix in FORMS.items():
            [href] = [
                href for each, href in found if each == form and urlsplit(href).path == path + suffix
            ]
            answer = story.client.get(href)
            assert answer.status_code == 200, href
            carried = dict(parse_qsl(urlsplit(href).query))
            times = {name: value for name, value in asked.items() if name in TIMES}
            assert times.items() <= carried.items(), href
            if len(PAGES[shown]) == 1:
                filters = {n: v for n, v in asked.items() if n not in ("page",)}
                assert filters.items() <= carried.items(), href


def rows(api: Api, page: str) -> list[dict[str, Any]]:
    [href] = [href for form, href in links(api, page) if form == "CSV"]
    return list(csv.DictReader(StringIO(api.client.get(href).text, newline="")))


def test_the_table_of_sources_has_those_of_the_page(story: Api) -> None:
    for asked in ("q=news", "kind=agency", "reliability=ungraded", "reliability=B", "q=a&kind=media"):
        page = f"/sources?{asked}"
        names = re.findall(
            r'<th scope="row"><span><a href="/sources/([^"?]+)', story.client.get(page).text
        )
        assert [row["id"] for row in rows(story, page)] == names, asked
        assert names, asked


def test_sources_that_are_filtered_come_in_pages_that_fit_together(story: Api) -> None:
    whole = story.items("/v1/sources", kind="media")
    assert {each["kind"] for each in whole} == {"media"} and len(whole) > 3
    assert story.items("/v1/sources", kind="media", limit=2) == whole


def test_the_events_up_to_a_day_are_those_of_the_page(story: Api) -> None:
    position = story.head() // 2
    day = story.client.get("/v1/events", params={"after": position, "limit": 1}).json()["items"][0]
    page = f"/events?until={day['recorded_at'][:10]}&type=SourceRegistered"
    taken = rows(story, page)
    assert {row["type"] for row in taken} == {"SourceRegistered"}
    assert [int(row["position"]) for row in taken] == sorted(
        (int(row["position"]) for row in taken), reverse=True
    )
