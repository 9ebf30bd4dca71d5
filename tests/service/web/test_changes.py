"""The page of changed estimates: narrowed like the board, latest first, each with event and figure."""

import re
from html import unescape

from tests.http_spec import Api, indicator, report
from tests.service.web.test_records import html


def changes_on(text: str) -> list[tuple[str, str]]:
    """The rows of a page: the address of the answer as it was then, and the words."""
    found = re.findall(r'<td data-label="What changed"><a href="([^"]+)"[^>]*>([^<]+)</a>', text)
    return [(unescape(href), unescape(words)) for href, words in found]


def test_each_change_leads_to_its_event_and_to_the_answer_as_it_was_then(story: Api) -> None:
    text = html(story, "/changes?q=soldiers+killed")
    rows = story.items("/v1/changes", q="soldiers killed", order="desc")
    assert changes_on(text) == [
        (
            f"/estimates/{row['indicator']}?known_at={row['position']}",
            row["words"].replace(",000", "\u202f000"),
        )
        for row in rows
    ]
    for row in rows:
        assert f'href="/events/{row["position"]}"' in text
    assert "2\u202f000" in html(story, changes_on(text)[0][0])


def test_it_is_narrowed_to_a_span_and_like_the_board(story: Api) -> None:
    text = html(story, "/changes?measure=cumulative&since=215&until=230")
    rows = story.items("/v1/changes", measure="cumulative", since="215", until="230")
    assert len(changes_on(text)) == len(rows) > 2
    assert 'value="cumulative" selected' in text and 'name="since" value="215"' in text
    nothing = html(story, "/changes?since=230&until=230")
    assert "No answer changed in this span that matches" in nothing
    assert (
        story.client.get("/changes?since=5&until=3", headers={"Accept": "text/html"}).status_code == 422
    )


def test_a_day_is_chosen_and_another_instant_is_kept(story: Api) -> None:
    assert 'type="date" name="since" value="2025-06-01"' in html(story, "/changes?since=2025-06-01")
    assert '<input name="since" value="7"' in html(story, "/changes?since=7")


def test_its_pages_fit_together(story: Api) -> None:
    address, found = "/changes", list[tuple[str, str]]()
    while address:
        text = html(story, address)
        found += changes_on(text)
        older = re.search(r'<a href="([^"]+)" rel="next">Older', text)
        address = unescape(older[1]) if older else ""
    assert len(found) == len(story.items("/v1/changes"))


def test_of_what_was_published_then_the_answers_keep_the_question(story: Api) -> None:
    [(href, _), *_] = changes_on(html(story, "/changes?q=soldiers+killed&published_by=2025-02-01"))
    assert "published_by=2025-02-01T23%3A59%3A59.999999Z" in href
    assert "published by 2025-02-01" in html(story, href)


def test_the_marking_of_a_change_is_shown(api: Api) -> None:
    api.given(indicator(), report("r1", marking="TLP:GREEN"))
    text = html(api, f"/changes?min_position={api.head()}")
    assert '<span class="tag">TLP:GREEN</span>' in text
