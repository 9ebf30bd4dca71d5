"""The linked data in the page of an estimate: a processor expands it, and a browser leaves it alone."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser
from pyld import jsonld

from tests.http_spec import Api, claim, indicator, report
from tests.service.web.conftest import story as story
from tests.service.web.web_spec import needs_browser, visiting

SCHEMA = "https://schema.org/"
URLS = ("url", "contentUrl", "isBasedOn")
"""Properties whose values are addresses, as the context of schema.org has them."""
SCRIPT = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.S)
KILLED = "/estimates/dprk-killed"


def _context(url: str, options: Any) -> dict[str, Any]:
    """The context of schema.org as far as it matters here: nothing is fetched."""
    assert url == "https://schema.org"
    typed = {name: {"@id": f"{SCHEMA}{name}", "@type": "@id"} for name in URLS}
    document = {"@context": {"@vocab": SCHEMA, **typed}}
    return {"contextUrl": None, "documentUrl": url, "document": document}


def in_page(html: str) -> Any:
    [text] = SCRIPT.findall(html)
    return json.loads(text)


def expanded(api: Api, path: str) -> dict[str, Any]:
    [node] = jsonld.expand(in_page(api.client.get(path).text), {"documentLoader": _context})
    return dict(node)


@pytest.mark.parametrize("query", ["", "published_by=2025-02-01", "policy=envelope/1", "known_at=230"])
def test_the_page_says_its_figure_as_linked_data(story: Api, query: str) -> None:
    data = in_page(story.client.get(f"{KILLED}?{query}").text)
    body = story.client.get(f"/v1{KILLED}?{query}").json()
    [cited] = story.client.get(f"/v1{KILLED}/citation.json?{query}").json()
    assert (data["name"], data["@id"], data["version"]) == (
        cited["title"],
        cited["URL"],
        cited["version"],
    )
    seen = data["mainEntity"]["about"]
    assert [seen.get(name) for name in ("value", "minValue", "maxValue")] == [
        body[name] for name in ("best", "low", "high")
    ]
    assert (seen["observationDate"], seen["measurementMethod"]) == (body["cutoff"], body["policy"])


def test_a_processor_expands_every_node(story: Api) -> None:
    dataset = expanded(story, f"{KILLED}?published_by=2025-02-01")
    [told] = dataset[f"{SCHEMA}mainEntity"]
    [seen] = told[f"{SCHEMA}about"]
    assert dataset["@type"] == [f"{SCHEMA}Dataset"] and told["@type"] == [f"{SCHEMA}Claim"]
    assert seen["@type"] == [f"{SCHEMA}Observation"]
    assert seen[f"{SCHEMA}value"] == [{"@value": 300}]
    [variable] = dataset[f"{SCHEMA}variableMeasured"]
    assert variable["@type"] == [f"{SCHEMA}StatisticalVariable"]
    assert seen[f"{SCHEMA}variableMeasured"] == [{"@id": variable["@id"]}]
    for each in told[f"{SCHEMA}isBasedOn"]:
        assert story.client.get(each["@id"]).status_code == 200
    for each in dataset[f"{SCHEMA}distribution"]:
        [place] = each[f"{SCHEMA}contentUrl"]
        assert story.client.get(place["@id"]).headers["content-type"].startswith("text/csv")


def test_nothing_in_a_text_ends_the_script(api: Api) -> None:
    text = "</script><script>alert(1)</script><!-- <script> & \u2028 ]]>"
    api.given(indicator(title=text, definition=text, unit=text), report("r1", claim(5)))
    html = api.client.get(f"/estimates/troops?min_position={api.head()}").text
    data = in_page(html)
    assert data["variableMeasured"]["description"] == text
    assert data["mainEntity"]["about"]["unitText"] == text
    assert "<script>alert" not in html


def test_what_is_unknown_has_no_value(api: Api) -> None:
    api.given(indicator())
    html = api.client.get(f"/estimates/troops?min_position={api.head()}").text
    assert "value" not in in_page(html)["mainEntity"]["about"]


@needs_browser
def test_a_browser_finds_nothing_to_complain_of(story: Api, browser: Browser) -> None:
    with visiting(browser, str(story.client.base_url)) as page:  # fails for any word of its console
        page.goto(KILLED)
        page.wait_for_load_state("networkidle")
        assert page.locator('script[type="application/ld+json"]').count() == 1


@needs_browser
def test_citations_follow_the_step_that_is_shown(story: Api, browser: Browser) -> None:
    with visiting(browser, str(story.client.base_url)) as page:
        page.goto(KILLED)
        page.locator("#step").focus()
        for _ in range(9):
            page.keyboard.press("ArrowLeft")
        figure = page.locator(".headline .figure:visible").inner_text().replace("\u202f", ",")
        href = page.get_by_role("link", name="CSL-JSON").get_attribute("href") or ""
        [cited] = story.client.get(href).json()
        assert figure in cited["title"] and "published_by=" in cited["URL"]
