"""Changed estimates as Atom and JSON Feed: valid, in pages, the same until there is another change."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest

from service.interop.atom import atom
from service.interop.feed import Feed, change_entry
from tests.http_spec import Api, Ask, Server, claim, indicator, post, report, source

ATOM, JSON = "/feeds/changes.atom", "/feeds/changes.json"
NS = "{http://www.w3.org/2005/Atom}"
UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


@pytest.fixture(scope="module")
def desk(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Two indicators, one with topics, whose figures changed five times."""
    with server.over(tmp_path_factory.mktemp("feeds")) as api:
        api.given(
            indicator("troops", title="Troops <north> & south", topics=["strength", "a & b"]),
            indicator("killed", measure="cumulative"),
            source("nis"),
            *(
                report(f"r{n}", claim(best, "nis"), published_at=f"2025-02-0{n}")
                for n, best in enumerate((1_000, 1_100, 1_200), 1)
            ),
            report("r4", claim(30, "nis", about="killed", period="2025-01"), marking="TLP:GREEN"),
            post("/v1/reports/r3/withdrawal", kind="record", reason="typed twice"),
        )
        yield api


def atom_of(api: Api, address: str = ATOM) -> Any:
    """A feed as feedparser reads it; it finds nothing wrong with it."""
    answer = api.client.get(address)
    assert answer.headers["content-type"] == "application/atom+xml"
    found = feedparser.parse(answer.content, response_headers={"content-type": "application/atom+xml"})
    assert not found.bozo and found.version == "atom10", found.get("bozo_exception")
    checked(answer.content)
    return found


def checked(document: bytes) -> None:
    """What RFC 4287 asks of a feed and of its entries, and RFC 5005 of its links."""
    root = ElementTree.fromstring(document)
    assert root.tag == f"{NS}feed"
    entries, seen = root.findall(f"{NS}entry"), set[str]()
    for each in (root, *entries):
        for name in ("id", "title", "updated"):
            assert len(each.findall(f"{NS}{name}")) == 1, name
        assert UUID.match(each.findtext(f"{NS}id") or "")
        assert datetime.fromisoformat(each.findtext(f"{NS}updated") or "").tzinfo is not None
        kinds = [(link.get("rel"), link.get("type")) for link in each.findall(f"{NS}link")]
        assert len(kinds) == len(set(kinds))
        assert all(link.get("href", "").startswith("http://") for link in each.iter(f"{NS}link"))
        seen.add(each.findtext(f"{NS}id") or "")
    assert len(seen) == len(entries) + 1
    assert root.find(f"{NS}author/{NS}name") is not None
    rels = {link.get("rel") for link in root.findall(f"{NS}link")}
    assert {"self", "first"} <= rels <= {"self", "first", "alternate", "next"}
    for each in entries:
        assert any(link.get("rel") == "alternate" for link in each.iter(f"{NS}link"))


def json_of(api: Api, address: str = JSON) -> Any:
    """A feed as JSON Feed 1.1 asks."""
    answer = api.client.get(address)
    assert answer.headers["content-type"] == "application/feed+json"
    body = answer.json()
    assert body["version"] == "https://jsonfeed.org/version/1.1" and body["title"]
    assert body.get("next_url") != body["feed_url"]
    ids = [item["id"] for item in body["items"]]
    assert len(ids) == len(set(ids))
    for item in body["items"]:
        assert all(isinstance(item[name], str) for name in ("id", "url", "title", "content_text"))
        assert datetime.fromisoformat(item["date_published"]).tzinfo is not None
        assert all(isinstance(tag, str) for tag in item["tags"])
        assert set(item) - {name for name in item if name.startswith("_")} <= JSON_FEED_ITEM
    return body


JSON_FEED_ITEM = {"id", "url", "external_url", "title", "content_text", "date_published", "tags"}


def test_both_say_what_the_list_of_changes_says_latest_first(desk: Api) -> None:
    rows = desk.items("/v1/changes", order="desc")
    entries, items = atom_of(desk).entries, json_of(desk)["items"]
    assert len(rows) == len(entries) == len(items) == 5
    for row, entry, item in zip(rows, entries, items, strict=True):
        assert entry.title == item["title"] == f"{row['title']}: {row['words']}"
        assert entry.updated == item["date_published"] == row["recorded_at"]
        assert entry.id == item["id"] and entry.link == item["url"]
        assert item["_intellog"] == row and entry.summary == item["content_text"]
        assert f"at position {row['position']}" in entry.summary


def test_an_entry_links_to_the_answer_as_it_was_and_to_its_event(desk: Api) -> None:
    [*_, entry] = atom_of(desk, f"{ATOM}?topic=strength").entries
    position = desk.items("/v1/changes", topic="strength")[0]["position"]
    for link in (entry.link, next(each.href for each in entry.links if each.rel == "related")):
        assert desk.client.get(link).status_code == 200
    assert entry.link.endswith(f"/estimates/troops?known_at={position}")
    assert [tag.term for tag in entry.tags] == ["strength", "a & b"]
    assert entry.title.startswith("Troops <north> & south: 1,000")


def test_the_marking_of_each_is_shown(desk: Api) -> None:
    marked = {entry.title.partition(":")[0]: entry.rights for entry in atom_of(desk).entries}
    assert marked == {"Troops <north> & south": "TLP:CLEAR", "Killed": "TLP:GREEN"}
    [item] = json_of(desk, f"{JSON}?measure=cumulative")["items"]
    assert item["_intellog"]["marking"] == "TLP:GREEN" and "TLP:GREEN" in item["content_text"]


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_its_pages_fit_together(desk: Api, limit: int) -> None:
    whole = [entry.id for entry in atom_of(desk).entries]
    for path, read, following in ((ATOM, atom_of, _next_of_atom), (JSON, json_of, _next_of_json)):
        address, found = f"{path}?limit={limit}", list[str]()
        while address:
            page = read(desk, address)
            found += [each["id"] for each in (page.entries if read is atom_of else page["items"])]
            address = following(page)
        assert found == whole


def _next_of_atom(page: Any) -> str:
    return next((each.href for each in page.feed.links if each.rel == "next"), "")


def _next_of_json(page: Any) -> str:
    found: str = page.get("next_url", "")
    return found


def test_the_page_offers_the_question_as_a_feed(desk: Api) -> None:
    text = desk.client.get("/changes?topic=strength").text
    assert text.count('href="/feeds/changes.atom?topic=strength"') == 2
    assert 'rel="alternate" type="application/feed+json"' in text
    assert "/feeds/" not in desk.client.get("/changes?published_by=2025-02-02").text


def test_what_xml_cannot_hold_does_not_break_it(desk: Api) -> None:
    change = {**desk.items("/v1/changes")[0], "title": "a\x0bb\ud800c"}
    about: Any = (change, "urn:uuid:x", ("t\x00",), "http://h/", "http://h/e")
    feed = Feed("urn:uuid:f", "title", "http://h", "p", "f", None, [change_entry(*about)])
    root = ElementTree.fromstring(atom(feed))
    assert (root.findtext(f"{NS}entry/{NS}title") or "").startswith("a\ufffdb\ufffdc: ")


def test_it_is_the_same_until_another_change_and_ids_stay(api: Api) -> None:
    api.given(indicator("troops"), indicator("killed"), report("r1", claim(5)), report("r2", claim(6)))
    for n, path in enumerate((f"{ATOM}?limit=1", f"{JSON}?limit=1")):
        first, narrowed = (
            api.client.get(f"{path}{more}").headers["etag"] for more in ("", "&q=troops")
        )
        api.given(
            source(f"s{n}"), report(f"k{n}", claim(n, about="killed"), published_at=f"2025-02-0{n + 1}")
        )
        again = api.client.get(f"{path}&q=troops", headers={"If-None-Match": narrowed})
        assert (again.status_code, again.content) == (304, b"")
        assert api.client.get(path).headers["etag"] != first
    before = {each.id for each in atom_of(api).entries}
    api.given(report("r3", claim(8)))
    assert before < {each.id for each in atom_of(api).entries}


def test_without_a_change_it_is_empty_and_valid(api: Api) -> None:
    assert atom_of(api).entries == [] and json_of(api)["items"] == []


MOVED = "/feeds/citations.atom", "/feeds/citations.json"


def test_a_cited_figure_that_moved_is_told_once_with_its_correction(api: Api) -> None:
    api.given(
        indicator("troops", topics=["strength"]),
        report("r1", claim(600)),
        post("/v1/citations", id="story", indicator="troops", where="https://example.org/story"),
        report("r2", claim(590), published_at="2025-01-11"),
    )
    assert atom_of(api, MOVED[0]).entries == [] and json_of(api, MOVED[1])["items"] == []
    api.given(report("r3", claim(2_000), published_at="2025-01-12"))
    api.given(report("r4", claim(3_000), published_at="2025-01-13"))
    [entry], [item] = atom_of(api, MOVED[0]).entries, json_of(api, MOVED[1])["items"]
    [moved] = api.items("/v1/citations", state="moved")
    assert entry.id == item["id"] and item["_intellog"] == moved
    assert entry.summary == item["content_text"] == moved["correction"]
    assert moved["moved"]["cause"]["report"] == "r3"
    assert item["url"].endswith(moved["now_page"]) and item["tags"] == ["strength"]
    api.send(Ask("DELETE", "/v1/citations/story"))
    assert json_of(api, MOVED[1])["items"] == []
