"""The documents on the service: every page and picture, every link, for anybody, and what is found."""

import re

import pytest
from playwright.sync_api import Browser, expect

from service.web.docs.document import address_of
from service.web.docs.folder import documents
from tests.http_spec import Api, problem
from tests.service.web.web_spec import PHONE, needs_browser, sideways, violations, visiting

PAGES = [name for name in documents() if name.endswith(".md")]
FILES = [name for name in documents() if not name.endswith(".md")]
HTML = {"Accept": "text/html"}


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_served_with_its_title(story: Api, name: str) -> None:
    answer = story.client.get(address_of(name), headers=HTML)
    assert answer.status_code == 200
    title = documents()[name].read_text("utf-8").splitlines()[0].removeprefix("# ").replace("`", "")
    assert f"<title>{title} · intellog</title>" in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert not re.search(r'(src|<link[^>]*href)="(?!/)', answer.text), "it loads from elsewhere"


@pytest.mark.parametrize("name", FILES)
def test_what_stands_beside_the_pages_is_served_as_it_is(story: Api, name: str) -> None:
    answer = story.client.get(address_of(name))
    assert answer.content == documents()[name].read_bytes()
    assert answer.headers["content-type"] in ("image/png", "text/plain; charset=utf-8")


def test_every_link_of_every_page_leads_somewhere(story: Api) -> None:
    pages = {address_of(name): story.client.get(address_of(name)).text for name in PAGES}
    led = {
        (address, link)
        for address, html in pages.items()
        for link in re.findall(r'(?:href|src)="([^"]+)"', html)
        if not link.startswith(("http", "/static/", "/problems/"))
    }
    for path in sorted({link.partition("#")[0] for _, link in led} - {""} - pages.keys()):
        assert story.client.get(path).status_code == 200, path
    anchors = {address: set(re.findall(r'id="([^"]+)"', html)) for address, html in pages.items()}
    for address, link in led:
        path, _, anchor = link.partition("#")
        assert not anchor or anchor in anchors[path or address], (address, link)


@pytest.mark.parametrize(
    "path", ["/docs/nothing", "/docs/README", "/docs/README.md", "/docs/estimates.md"]
)
def test_what_is_not_there_is_a_problem(story: Api, path: str) -> None:
    problem(story.client.get(path), 404, "not-found")
    assert "the documents have no page" in story.client.get(path, headers=HTML).text


@pytest.mark.parametrize("path", ["/docs?qq=relay", "/docs/estimates?q=relay", "/docs?known_at=1"])
def test_other_parameters_are_refused(story: Api, path: str) -> None:
    problem(story.client.get(path), 422, "unknown-parameter")


def test_the_documents_are_searched_by_all_words(story: Api) -> None:
    found = story.client.get("/docs", params={"q": "Relays UNLINKED moves"}).text
    assert re.findall(r'<li><a href="(/docs/[^"]+)"', found) == []
    found = story.client.get("/docs", params={"q": "relay Weak ORIGINS"}).text
    assert '<li><a href="/docs/estimates#from-claims-to-a-figure">From claims to a figure</a>' in found
    nothing = story.client.get("/docs", params={"q": "<b>none</b>"}).text
    assert "0 sections with “&lt;b&gt;none&lt;/b&gt;”" in nothing


def test_every_page_and_the_description_lead_to_the_documents(story: Api) -> None:
    assert '<a href="/docs">Documentation</a>' in story.client.get("/login", headers=HTML).text
    assert story.client.get("/openapi.json").json()["externalDocs"]["url"] == "/docs"


@needs_browser
def test_a_page_is_read_on_a_phone(story: Api, browser: Browser) -> None:
    with visiting(browser, str(story.client.base_url), size=PHONE, scheme="dark") as page:
        page.goto("/docs")
        page.get_by_role("searchbox").fill("parts exceed")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="A whole and its parts").click()
        expect(page.locator("h2:target")).to_have_text("A whole and its parts")
        assert sideways(page) <= 0
        assert violations(page) == []
