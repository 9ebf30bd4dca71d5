"""The page that reads a text: by plain HTTP as a form is sent, then in a real browser."""

from html import unescape
from pathlib import Path

import pytest
from httpx2 import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect

from service.web.reading.marked import marked
from tests.http_spec import Api, Server, indicator, report, source, unchanged
from tests.places import DATA
from tests.service.web.forms import FormPage, page_of, press
from tests.service.web.web_spec import (
    DESKTOP,
    PHONE,
    Scheme,
    needs_browser,
    sideways,
    violations,
    visiting,
)
from tests.test_seeds import load

SEED = DATA / "000_c708aba2ae581433.txt"
ARTICLE = (
    "The ministry said on 12 January 2025 that at least 300 soldiers had been killed in the valley.\n"
    "Flight 447 carried 12 reporters.\n"
)
TEXT = {"/text": ARTICLE, "/publisher": "wire", "/published_at": "2025-01-13"}
KNOWN = (
    indicator("killed", title="Soldiers killed", measure="cumulative", terms=["soldiers killed"]),
    source("mod", name="Ministry of Defence", kind="agency", aliases=["The ministry"]),
)


@pytest.fixture
def api(api: Api) -> Api:
    api.given(*KNOWN)
    api.get("/v1/estimates/killed")
    return api


def found(api: Api, **typed: str) -> tuple[FormPage, str]:
    """The page after a text was read: its form, and its text."""
    answer = press(api, "read", {**TEXT, **typed}, at="/read")
    return page_of(answer), unescape(answer.text)


def test_the_page_asks_for_a_text(api: Api) -> None:
    page = page_of(api.client.get("/read"))
    assert {"/text", "/publisher", "/published_at", "/title", "/url"} <= {*page.values}
    assert page.buttons == ["read"]


def test_what_is_found_fills_the_fields_and_is_marked_in_the_text(api: Api) -> None:
    page, html = found(api)
    said = {name.removeprefix("/claims/0/"): text for name, text in page.values.items()}
    assert (said["indicator"], said["originator"]) == ("killed", "mod")
    assert (said["quantity/low"], said["quantity/best"]) == ("300", "")
    assert said["quantity/qualifier"] == "at-least"
    assert said["quote/exact"] in ARTICLE
    assert f"<mark>{said['quote/exact']}</mark>" in html
    assert page.values["/evidence/sha256"]
    assert 'href="#c1"' in html and 'id="c1"' in html


def test_ticked_claims_go_on_to_the_page_that_files_them(api: Api) -> None:
    page, _ = found(api)
    with unchanged(api):
        tried = press(api, "try", page.values, {"/claims/0/ticked": "yes"}, at="/read")
    shown = page_of(tried)
    assert 'action="/post"' in tried.text and "What this would change" in tried.text
    assert {name for name in shown.values if name.startswith("/claims/1/")} == set()
    filed = press(api, "file", shown.values)
    assert filed.status_code == 303 and filed.headers["location"].startswith("/estimates/killed")
    [claim] = api.get("/v1/reports", q="soldiers", min_position=api.head())["items"][0]["claims"]
    kept = api.get(f"/v1/claims/{claim['id']}")
    assert kept["quantity"]["low"] == 300 and kept["quote"]["exact"] in ARTICLE
    assert ARTICLE[kept["quote"]["start"] : kept["quote"]["end"]] == kept["quote"]["exact"]


def test_without_a_tick_nothing_goes_on(api: Api) -> None:
    page, _ = found(api)
    unticked = {name: text for name, text in page.values.items() if not name.endswith("/ticked")}
    answer = press(api, "try", unticked, at="/read")
    assert answer.status_code == 422 and "none is ticked" in answer.text
    assert f"<mark>{page.values['/claims/0/quote/exact']}</mark>" in unescape(answer.text)


def test_a_fault_is_shown_at_the_field_of_its_claim_among_all(api: Api) -> None:
    two = f"{ARTICLE}The ministry said that 40 soldiers had been killed in December 2024.\n"
    page, _ = found(api, **{"/text": two})
    last = max(int(name.split("/")[2]) for name in page.values if name.startswith("/claims/"))
    assert last > 0
    wrong = {f"/claims/{last}/ticked": "yes", f"/claims/{last}/originator": ""}
    others = {n: t for n, t in page.values.items() if not n.endswith("/ticked")}
    answer = press(api, "try", others, wrong, at="/read")
    shown = page_of(answer, 422)
    assert shown.wrong == {f"/claims/{last}/originator"}
    assert shown.values["/text"] == two


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"/text": ""}, "/text"),
        ({"/publisher": "Not An Id"}, "/publisher"),
        ({"/published_at": "yesterday"}, "/published_at"),
        ({"/text": "a" * 100_001}, "/text"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(
    api: Api, typed: dict[str, str], field: str
) -> None:
    shown = page_of(press(api, "read", {**TEXT, **typed}, at="/read"), 422)
    assert shown.wrong == {field}


def test_a_text_without_a_claim_says_the_next_step(api: Api) -> None:
    _, html = found(api, **{"/text": "It rained."})
    assert "No figure and no claim was found" in html and 'href="/post"' in html


def test_numbers_that_count_nothing_are_named_with_why(api: Api) -> None:
    _, html = found(api)
    assert "left out" in html and "<q>447</q>" in html


def test_a_text_does_nothing_to_the_page(api: Api) -> None:
    nasty = f'<script>alert(1)</script> {ARTICLE} "><img src=x onerror=alert(1)>'
    answer = press(api, "read", {**TEXT, "/text": nasty}, at="/read")
    assert "<script>alert" not in answer.text and "<img src=x" not in answer.text
    assert page_of(answer).values["/text"] == nasty


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_text_is_read_or_refused(api: Api, text: str) -> None:
    assert press(api, "read", {**TEXT, "/text": text}, at="/read").status_code in (200, 422)


@given(
    text=st.text(max_size=40),
    spans=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)).map(lambda at: (at[0], sum(at)))),
)
def test_pieces_make_the_text_and_each_claim_the_words_it_rests_on(
    text: str, spans: list[tuple[int, int]]
) -> None:
    spans = [(start, end) for start, end in spans if end <= len(text)]
    pieces = marked(text, spans)
    assert "".join(piece.text for piece in pieces) == text
    for n, (start, end) in enumerate(spans, 1):
        assert "".join(piece.text for piece in pieces if n in piece.within) == text[start:end]
        assert sum(n in piece.starts for piece in pieces) == 1


def test_a_button_of_another_form_is_refused(api: Api) -> None:
    answer = press(api, "nonsense", TEXT, at="/read")
    assert answer.status_code == 422 and "is not a button of this form" in answer.text


def upload(api: Api, file: bytes, **typed: str) -> Response:
    """The first step with a file, as a browser sends it."""
    fields = {name: text for name, text in {**TEXT, "/text": "", **typed}.items() if text}
    return api.client.post(
        "/read",
        data={**fields, "do": "read"},
        files={"file": ("article.txt", file, "text/plain")},
        headers={"Accept": "text/html"},
    )


def test_a_file_is_read_as_what_is_pasted(api: Api) -> None:
    by_file = page_of(upload(api, ARTICLE.encode()))
    pasted, _ = found(api)
    assert by_file.values == pasted.values


@pytest.mark.parametrize("file", [b"\xff\xfe\x00", b"%PDF-1.7\xe2\xe3"])
def test_a_file_that_is_no_text_is_refused_in_one_line(api: Api, file: bytes) -> None:
    answer = upload(api, file)
    assert answer.status_code == 422 and "is no text in UTF-8; paste it instead" in answer.text


def test_a_form_with_a_part_of_another_form_is_refused(api: Api) -> None:
    assert upload(api, b"x", **{"/claims/0/ticked": "yes"}).status_code == 422


# In a browser


def paste(page: Page, text: str, publisher: str, published: str) -> None:
    page.goto("/read")
    page.get_by_label("Text", exact=False).first.fill(text)
    page.get_by_label("Publisher").fill(publisher)
    page.get_by_label("Published at").fill(published)
    page.get_by_role("button", name="Find claims").click()
    expect(page.get_by_role("heading", name="The claims")).to_be_visible()


@needs_browser
@pytest.mark.parametrize("scripts", [True, False])
def test_the_seed_document_takes_four_ticks_and_few_fields(
    server: Server, browser: Browser, tmp_path: Path, scripts: bool
) -> None:
    if not SEED.exists():
        pytest.skip(f"{SEED.name} is not there, so it is not read")
    planned = "/v1/estimates/dprk-tranche3-planned"
    with server.over(tmp_path) as api:
        load(api.client)
        before = api.get(planned)
        with visiting(
            browser, str(api.client.base_url), java_script_enabled=scripts, size=DESKTOP
        ) as page:
            paste(page, SEED.read_text(), "example-wire", "2025-06-26")
            ticks = page.get_by_role("checkbox")
            assert sum(tick.is_checked() for tick in ticks.all()) == 4
            typed = {"publisher", "published_at"}
            page.locator('[name="/claims/4/originator"]').fill("un")
            typed.add("originator")
            page.get_by_role("button", name="Show what would change").first.click()
            expect(page.get_by_role("heading", name="What this would change")).to_be_visible()
            page.get_by_role("button", name="File it").click()
            page.wait_for_url("**/estimates/**")
            assert len(typed) <= 6
        after = api.get(planned, min_position=api.head())
        assert (after["best"], after["origins"]) == (before["best"], before["origins"]) == (6_000, 1)
        told = api.get(f"{planned}/explanation")
        [relay] = [each for each in told["relays"] if each["quote"]]
        assert (relay["originator"], relay["root"]) == ("nis", "interfax-2025-06-17/1")
        assert "6,000" in relay["quote"]


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_page_is_for_everybody(
    api: Api, browser: Browser, scheme: Scheme, size: tuple[int, int]
) -> None:
    with visiting(browser, str(api.client.base_url), scheme=scheme, size=size) as page:
        page.goto("/read")
        assert violations(page) == [] and sideways(page) == 0
        paste(page, ARTICLE, "wire", "2025-01-13")
        assert violations(page) == [] and sideways(page) == 0
        page.get_by_role("link", name="Claim 1", exact=True).click()
        expect(page.locator("#c1")).to_be_in_viewport()


def test_a_relay_of_what_the_log_knows_is_proposed_as_one(api: Api) -> None:
    said = {"indicator": "killed", "originator": "un", "quantity": {"best": 310}}
    api.given(report("un-1", {**said, "stated_at": "2025-01-09"}, published_at="2025-01-09"))
    api.get("/v1/estimates/killed", min_position=api.head())
    text = "The Ministry of Defence said on 12 January 2025 that 310 soldiers had been killed."
    page, html = found(api, **{"/text": text})
    assert page.values["/claims/0/derived_from"] == "un-1/1"
    assert "May come from" in html
