"""oEmbed: what a program that makes pages is told of an address of ours, and how it finds that."""

import re
from html import unescape
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from tests.http_spec import Api, Body

KILLED = "/estimates/dprk-killed"
OUR_HEAD = 242


def answered(story: Api, url: str, **more: int) -> Body:
    answer = story.client.get("/oembed", params={"url": url, **more})
    assert answer.status_code == 200, answer.text
    body: Body = answer.json()
    return body


def source(html: str) -> str:
    [found] = re.findall(r'<iframe src="([^"]+)"', html)
    return unescape(found)


def test_an_address_of_a_page_is_answered_with_a_frame_of_it(story: Api) -> None:
    base = str(story.client.base_url).rstrip("/")
    body = answered(story, f"{base}{KILLED}?published_by=2025-02-01&axis=record")
    assert {name: body[name] for name in ("version", "type", "provider_name", "provider_url")} == {
        "version": "1.0",
        "type": "rich",
        "provider_name": "intellog",
        "provider_url": base,
    }
    assert "~ 300 (300 to 1,000) persons" in body["title"]
    src = source(body["html"])
    assert src == f"{base}/embed/dprk-killed?published_by=2025-02-01&written_at={OUR_HEAD}"
    assert story.client.get(src).status_code == 200
    assert f'width="{body["width"]}" height="{body["height"]}"' in body["html"]
    assert body == answered(story, f"{KILLED}?published_by=2025-02-01")


@pytest.mark.parametrize(
    ("url", "ends"),
    [
        (f"{KILLED}?known_at=100", "?at=100"),
        ("/embed/dprk-killed?at=100", "?at=100"),
        ("/embed/dprk-killed?written_at=100", "?written_at=100"),
        ("/embed/dprk-killed", f"?written_at={OUR_HEAD}"),
    ],
)
def test_a_position_is_carried(story: Api, url: str, ends: str) -> None:
    assert source(answered(story, url)["html"]).endswith(f"/embed/dprk-killed{ends}")


@pytest.mark.parametrize(
    ("room", "size"),
    [
        ({}, (480, 240)),
        ({"maxwidth": 1_000, "maxheight": 1_000}, (480, 240)),
        ({"maxwidth": 300}, (300, 400)),
        ({"maxwidth": 300, "maxheight": 100}, (300, 100)),
        ({"maxheight": 200}, (480, 200)),
    ],
)
def test_the_frame_keeps_within_the_room_that_there_is(
    story: Api, room: dict[str, int], size: tuple[int, int]
) -> None:
    body = answered(story, KILLED, **room)
    assert (body["width"], body["height"]) == size


def test_xml_says_the_same(story: Api) -> None:
    answer = story.client.get("/oembed", params={"url": KILLED, "format": "xml"})
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    told = {each.tag: each.text for each in ElementTree.fromstring(answer.content)}
    assert told == {name: str(value) for name, value in answered(story, KILLED).items()}


def test_a_page_leads_to_its_own_answer_and_offers_what_to_paste(story: Api) -> None:
    text = story.client.get(f"{KILLED}?published_by=2025-02-01").text
    found = re.findall(r'<link rel="alternate" type="([^"]+)" href="([^"]+)"', text)
    assert [kind for kind, _ in found] == ["application/json+oembed", "text/xml+oembed"]
    for _, href in found:
        assert quote("published_by=2025-02-01", safe="") in href
        assert story.client.get(unescape(href)).status_code == 200
    pasted = [
        unescape(each) for each in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", text, re.DOTALL)
    ]
    assert len(pasted) == 8
    for each in pasted:
        addresses = [unescape(found) for found in re.findall(r"https?://[^\"\s)\]]+", each)]
        assert addresses and all(story.client.get(found).status_code == 200 for found in addresses)
        assert all("published_by=2025-02-01" in found for found in addresses)
    assert sum(f"written_at={OUR_HEAD}" in each for each in pasted) == 4
    assert sum(f"?at={OUR_HEAD}" in each or f"&at={OUR_HEAD}" in unescape(each) for each in pasted) == 4
