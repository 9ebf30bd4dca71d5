"""The page on which a report is filed: by plain HTTP as a form is sent, then in a real browser."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from service.web.form.field import number
from service.web.form.filled import MEDIA_TYPE, MOST_CLAIMS, Form, read
from service.web.form.report_fields import REPORT_LAYOUT
from tests.http_spec import (
    FILED,
    Api,
    Server,
    claim,
    faults,
    indicator,
    problem,
    report,
    source,
    unchanged,
)
from tests.service.web.forms import HTML, page_of, press
from tests.service.web.web_spec import (
    DESKTOP,
    PHONE,
    Scheme,
    needs_browser,
    sideways,
    violations,
    visiting,
)

FIRST = {
    "/publisher": "wire",
    "/published_at": "2025-01-10",
    "/claims/0/indicator": "troops",
    "/claims/0/originator": "nis",
    "/claims/0/quantity/best": "10,000",
}
SECOND = {
    "/claims/1/indicator": "killed",
    "/claims/1/originator": "mod",
    "/claims/1/quantity/low": "300",
}
DEFINED = (indicator(), indicator("killed", measure="cumulative"))
# Filing


@pytest.mark.parametrize(("qualifier", "shown"), [("unknown", "unknown"), ("unspecified", "no number")])
def test_a_claim_without_a_figure_is_filed_by_its_qualifier(
    api: Api, qualifier: str, shown: str
) -> None:
    api.given(*DEFINED)
    without = {name: text for name, text in FIRST.items() if "/quantity/" not in name}

    assert press(api, "file", without, {"/claims/0/quantity/qualifier": qualifier}).status_code == 303
    name = api.get("/v1/events", limit=1, order="desc")["items"][0]["data"]["report"]
    [said] = api.get(f"/v1/reports/{name}")["claims"]
    assert said["quantity"] == {"low": None, "best": None, "high": None, "qualifier": qualifier}
    page = api.client.get(f"/reports/{name}", params={"min_position": api.head()})
    assert f'data-label="Says">{shown}<' in page.text


def test_two_claims_are_filed_and_found_in_their_estimates(api: Api) -> None:
    api.given(*DEFINED)

    answer = press(api, "file", FIRST, SECOND)

    assert answer.status_code == 303
    path, _, query = answer.headers["location"].partition("?")
    assert (path, parse_qs(query)) == ("/estimates/troops", {"min_position": [str(api.head())]})
    assert api.get("/v1/estimates/troops")["best"] == 10_000
    assert api.get("/v1/estimates/killed")["low"] == 300


def test_every_field_becomes_what_the_interface_takes(api: Api) -> None:
    """The same content by the form and by the interface is the same report, under the same id."""
    api.given(indicator(), indicator("gives", measure="proposition"), report("r0"))
    typed = {
        **FIRST,
        "/title": " A title ",
        "/url": "https://example.org/a?b=c&d=e",
        "/published_at": "2025-01-12T09:30:00+09:00",
        "/marking": "TLP:AMBER+STRICT",
        "/evidence/sha256": "a1" * 32,
        "/claims/0/spokesperson": "lee",
        "/claims/0/cohort": "tranche-1",
        "/claims/0/basis": "relay",
        "/claims/0/status": "planned",
        "/claims/0/stated_at": "2025-01-11",
        "/claims/0/period": "2025-07/..",
        "/claims/0/quantity/low": "9 000",
        "/claims/0/quantity/high": "12000.5",
        "/claims/0/quantity/qualifier": "about",
        "/claims/0/derived_from": "r0/1,\r\n",
        "/claims/0/rests_on": "r0/1",
        "/claims/0/text": "line one\r\nline two",
        "/claims/1/indicator": "gives",
        "/claims/1/originator": "nis",
        "/claims/1/stance/asserts": "false",
        "/claims/1/stance/likelihood": "very-likely",
    }
    assert press(api, "file", typed).status_code == 303

    first = claim(
        spokesperson="lee",
        cohort="tranche-1",
        basis="relay",
        status="planned",
        stated_at="2025-01-11",
        period="2025-07/..",
        quantity={"low": 9000, "best": 10_000, "high": 12_000.5, "qualifier": "about"},
        derived_from=["r0/1"],
        rests_on=["r0/1"],
        text="line one\nline two",
    )
    second = {
        "indicator": "gives",
        "originator": "nis",
        "stance": {"asserts": False, "likelihood": "very-likely"},
    }
    with unchanged(api):
        again = api.send(
            report(
                None,
                first,
                second,
                title="A title",
                url="https://example.org/a?b=c&d=e",
                published_at="2025-01-12T00:30:00Z",
                marking="TLP:AMBER+STRICT",
                evidence={"sha256": "a1" * 32},
            )
        )
    assert again.status_code == 200, again.text


def test_filing_twice_files_once(api: Api) -> None:
    api.given(*DEFINED)
    first = press(api, "file", FIRST)

    with unchanged(api):
        again = press(api, "file", FIRST)

    assert (again.status_code, again.headers["location"]) == (303, first.headers["location"])


# Faults


def test_faults_are_shown_at_their_fields_and_on_top(api: Api) -> None:
    api.given(*DEFINED)
    wrong = {
        "/published_at": "yesterday",
        "/claims/1/period": "2025-13",
        "/claims/1/quantity/low": "many",
    }

    with unchanged(api):
        answer = press(api, "file", FIRST, SECOND, wrong)

    page = page_of(answer, 422)
    assert page.wrong == set(wrong) == set(page.said)
    assert "is no number; write it as" in page.said["/claims/1/quantity/low"]
    assert page.focus == "wrong"
    assert answer.text.index("3 problems to fix</h2>") < answer.text.index("<h1>")
    assert '<a href="#/claims/1/period">Claim 2, Period</a>' in answer.text
    for name, text in {**FIRST, **SECOND, **wrong}.items():
        assert page.values[name] == text


def test_what_is_missing_is_said_of_every_field_that_is_needed(api: Api) -> None:
    page = page_of(press(api, "try"), 422)

    assert page.said == dict.fromkeys(
        ("/publisher", "/published_at", "/claims/0/indicator", "/claims/0/originator"), "is missing"
    )


@pytest.mark.parametrize(
    ("typed", "where", "what"),
    [
        ({"/claims/0/quantity/best": ""}, "/claims/0/quantity/best", "takes a quantity"),
        ({"/claims/0/indicator": "troop"}, "/claims/0/indicator", "did you mean troops?"),
        ({"/claims/0/derived_from": "x/1 no"}, "/claims/0/derived_from", "must match"),
        ({"/claims/0/derived_from": "x/1"}, "/claims/0/derived_from", "file its report first"),
        ({"/claims/0/rests_on": "x/1"}, "/claims/0/rests_on", "file its report first"),
        ({"/claims/0/incident": "strike-1"}, "/claims/0/incident", "belongs to an increment only"),
        ({"/published_at": "2999-01"}, "/published_at", "has not begun"),
        ({"/claims/0/stance/asserts": "true"}, "/claims/0/stance/asserts", "takes a quantity"),
        ({"/claims/0/stance/likelihood": "likely"}, "/claims/0/stance/asserts", "is missing"),
        ({"/claims/0/status": "perhaps"}, "/claims/0/status", "'planned'"),
        ({"/evidence/sha256": "abc"}, "/evidence/sha256", "must match"),
        ({"/id": "Über"}, "/id", "must match"),
    ],
)
def test_a_fault_finds_its_field(api: Api, typed: dict[str, str], where: str, what: str) -> None:
    api.given(*DEFINED)

    page = page_of(press(api, "file", FIRST, typed), 422)

    assert page.wrong == {where}
    assert what in page.said[where]
    for name, text in typed.items():
        assert page.values[name] == text


def test_a_folded_group_opens_where_it_is_filled_or_wrong(api: Api) -> None:
    api.given(*DEFINED)

    assert page_of(api.client.get("/post")).open == 0
    assert page_of(press(api, "add", {"/claims/0/cohort": "x"})).open == 1
    assert (
        page_of(press(api, "try", FIRST, {"/claims/0/indicator": "troops", "/id": "Über"}), 422).open
        == 1
    )


def test_a_problem_of_the_whole_is_shown_on_top_with_its_status(api: Api) -> None:
    api.given(*FILED)

    with unchanged(api):
        answer = press(api, "file", FIRST, {"/id": "r1"})

    page = page_of(answer, 409)
    assert page.wrong == set()
    assert page.focus == "wrong"
    assert "The id is taken</h2>" in answer.text
    assert "report &#39;r1&#39; already exists with other content" in answer.text
    assert 'href="/problems/id-taken"' in answer.text
    assert page.values["/id"] == "r1"


def test_a_log_that_does_not_answer_loses_nothing_that_was_typed(
    server: Server, tmp_path: Path
) -> None:
    with server.over(tmp_path / "slow", write_patience=0.0) as api:
        answer = press(api, "file", FIRST)
        page = page_of(answer, 503)
        assert answer.headers["retry-after"] == "1"
        assert page.values["/publisher"] == "wire"


# Rubbish


@pytest.mark.parametrize(
    "name",
    ["publisher", "/claims", "/claims/0", "/claims/0/x", "/claims/00/text", "/claims/-1/text", ""],
)
@pytest.mark.parametrize("button", ["add", "file"])
def test_an_unknown_field_is_refused(api: Api, name: str, button: str) -> None:
    api.given(*DEFINED)

    with unchanged(api):
        answer = press(api, button, FIRST, {name: "x"})

    assert "is not a field of this form" in answer.text
    assert page_of(answer, 422).values["/publisher"] == "wire"


def test_a_field_given_twice_is_refused(api: Api) -> None:
    api.given(*DEFINED)
    content = f"{urlencode({**FIRST, 'do': 'file'})}&%2Fpublisher=other"

    with unchanged(api):
        answer = api.client.post("/post", content=content, headers=HTML)

    assert page_of(answer, 422).wrong == {"/publisher"}
    assert "is given twice" in answer.text


@pytest.mark.parametrize(
    "button",
    [
        "",
        "save",
        "add 1",
        "remove",
        "remove 0",
        "remove 9",
        "remove x",
        "link 0",
        "link 9 r1/1",
        "try ",
        "²",
    ],
)
def test_a_button_that_is_not_there_does_nothing(api: Api, button: str) -> None:
    api.given(*DEFINED)

    with unchanged(api):
        assert "is not a button" in press(api, button, FIRST).text


def test_a_query_is_refused(api: Api) -> None:
    answer = api.client.post("/post?dry_run=true", content="do=try", headers=HTML)
    assert answer.status_code == 422
    assert "dry_run" in answer.text
    assert api.client.get("/post?publishr=x", headers=HTML).status_code == 422
    assert page_of(api.client.get("/post?publisher=x")).values["/publisher"] == "x"


@pytest.mark.parametrize(
    "content", [b"do=try&%2Ftitle=%ff", b"do=try&%2Ftitle=\xff", b"&".join([b"a=b"] * 10_000)]
)
def test_what_is_no_form_is_refused(api: Api, content: bytes) -> None:
    answer = api.client.post("/post", content=content, headers={"Content-Type": MEDIA_TYPE})
    assert faults(problem(answer, 422, "invalid"))[0][0] == ""


def test_more_claims_than_a_form_takes_are_refused(api: Api) -> None:
    many = {f"/claims/{n}/text": "x" for n in range(MOST_CLAIMS)}
    assert "has 200 claims, the maximum" in press(api, "add", many).text
    over = press(api, "try", many, {f"/claims/{MOST_CLAIMS}/text": "x"})
    assert (over.status_code, "more than 200 claims" in over.text) == (422, True)


def test_another_media_type_is_refused(api: Api) -> None:
    answer = api.client.post("/post", json={"do": "file"})
    problem(answer, 415, "wrong-media-type")


def test_a_form_over_the_limit_is_refused(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path / "small", body_limit=500) as api, unchanged(api):
        answer = press(api, "file", FIRST, {"/claims/0/text": "x" * 500})
    assert answer.status_code == 413
    assert 'href="/problems/too-large"' in answer.text


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null", "http://localhost:1"])
def test_a_form_of_another_origin_is_refused(api: Api, origin: str) -> None:
    api.given(*DEFINED)

    with unchanged(api):
        content = urlencode({**FIRST, "do": "file"})
        answer = api.client.post("/post", content=content, headers={**HTML, "Origin": origin})

    problem(answer, 403, "cross-origin")


# Buttons


def test_claims_are_added_and_removed_and_keep_what_was_typed(api: Api) -> None:
    more = page_of(press(api, "add", FIRST, SECOND))
    assert more.focus == "/claims/2/indicator"
    assert more.buttons == ["remove 1", "remove 2", "add", "try", "file"]

    third = {**more.values, "/claims/2/text": "the third"}
    fewer = page_of(press(api, "remove 1", third))
    assert fewer.focus == "/claims/1/indicator"
    assert fewer.buttons == ["remove 1", "add", "try", "file"]
    assert fewer.values["/claims/0/quantity/best"] == "10,000"
    assert fewer.values["/claims/1/text"] == "the third"
    assert fewer.values["/claims/1/indicator"] == ""


def test_a_blank_round_trip_changes_nothing(api: Api) -> None:
    """What a page shows, sent as it is, shows the same page again: also hostile and odd text."""
    odd = {**FIRST, "/title": '"><script>&amp; ', "/claims/0/text": "\n\n two </textarea> "}
    once = page_of(press(api, "add", odd))
    again = page_of(press(api, "add", once.values))

    assert {**again.values, **odd} == again.values
    assert {**again.values, **once.values} == again.values


# Trying


def test_a_dry_run_shows_what_would_change_and_writes_nothing(api: Api) -> None:
    api.given(*DEFINED, report("r1", claim(9000)))

    with unchanged(api):
        answer = press(api, "try", FIRST, {"/id": "r2", "/published_at": "2025-02-01"})

    page = page_of(answer)
    assert page.focus == "preview"
    assert page.values["/id"] == "r2"
    assert "The report would be filed as <code>r2</code>" in answer.text
    assert "best rose from 9,000 to 10,000" in answer.text
    assert '<strong class="nowrap">10\u202f000</strong>' in answer.text


def test_a_dry_run_of_what_was_filed_says_so(api: Api) -> None:
    api.given(*DEFINED)
    press(api, "file", FIRST)

    assert "has been filed before with the same content" in press(api, "try", FIRST).text


def test_a_question_is_accepted_with_its_button(api: Api) -> None:
    api.given(*DEFINED, source("mod"), report("r1", claim(300, about="killed", period="2025-01-09")))
    repeated = {
        "/claims/1/quantity/best": "300",
        "/claims/1/quantity/low": "",
        "/claims/1/period": "2025-01-09",
    }

    asked = press(api, "try", FIRST, SECOND, repeated, {"/id": "r2"})

    assert "r2/2 equals r1/1 of nis: taken from there?" in asked.text
    form = page_of(asked)
    assert "link 1 r1/1" in form.buttons
    with unchanged(api):
        linked = press(api, "link 1 r1/1", form.values)
    page = page_of(linked)
    assert page.values["/claims/1/derived_from"] == "r1/1"
    assert "taken from there?" not in linked.text
    assert page.open == 2  # the id of the report, the descent of the claim
    assert press(api, "file", page.values).status_code == 303
    assert api.get("/v1/claims/r2/2")["derived_from"] == ["r1/1"]


def test_a_link_that_is_refused_stays_to_be_fixed(api: Api) -> None:
    api.given(*DEFINED)

    page = page_of(press(api, "link 0 x/1", FIRST, {"/claims/0/derived_from": "y/1"}), 422)

    assert page.values["/claims/0/derived_from"] == "y/1\nx/1"
    assert page.wrong == {"/claims/0/derived_from"}


def test_on_an_empty_log_the_page_says_what_comes_first(api: Api) -> None:
    assert "define one first" in api.client.get("/post").text
    api.given(*DEFINED)
    assert "define one first" not in api.client.get("/post").text


# Reading fields


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-3", -3),
        ("10,000", 10_000),
        ("10 000", 10_000),
        ("1\u202f000\u202f000", 1_000_000),
        ("1,000.5", 1000.5),
        ("0.125", 0.125),
        ("33.3", 33.3),
        ("3.875", 3.875),
        ("1.2 million", 1_200_000),
        ("two thousand", 2_000),
        ("a dozen", 12),
        ("several hundred", "several hundred"),
        ("12 men", "12 men"),
        ("half", "half"),
        *(
            (text, text)
            for text in ("10.000", "1,00", "1,000 000", "10,0000", "1e3", "nan", "٣", "9" * 21)
        ),
    ],
)
def test_how_a_number_is_read(text: str, value: object) -> None:
    read_as = number(text)
    assert (read_as, type(read_as)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10.000", "'10.000' may be 10 or 10,000; write the one that is meant"),
        ("12.500", "'12.500' may be 12.5 or 12,500; write the one that is meant"),
        ("many", "'many' is no number; write it as 10,000, 3.875 or 1.2 million"),
    ],
)
def test_a_figure_that_is_no_number_is_refused_with_what_to_write(
    api: Api, text: str, message: str
) -> None:
    api.given(*DEFINED)
    page = page_of(press(api, "try", FIRST, {"/claims/0/quantity/best": text}), 422)
    assert page.said == {"/claims/0/quantity/best": message}


@pytest.mark.parametrize(
    ("pointer", "name"),
    [
        ("/publisher", "/publisher"),
        ("/claims/1/derived_from/3", "/claims/1/derived_from"),
        ("/claims/1/quantity", "/claims/1/quantity/best"),
        ("/claims/0/stance", "/claims/0/stance/asserts"),
        ("/evidence", "/evidence/sha256"),
        ("/claims/7/text", None),
        ("/other", None),
        ("", None),
    ],
)
def test_which_field_a_fault_belongs_to(pointer: str, name: str | None) -> None:
    assert REPORT_LAYOUT.field_at(pointer, 2) == name


def test_claims_are_renumbered_whatever_their_numbers_were() -> None:
    content = urlencode({"/claims/7/text": "b", "/claims/3/text": "a", "do": "try"}).encode()
    typed = {"/claims/1/text": "b", "/claims/0/text": "a"}
    assert read(REPORT_LAYOUT, content).form == Form(REPORT_LAYOUT, typed, 2)


# In a browser


def fill(page: Page, *filled: dict[str, str]) -> None:
    """Type into fields by their names."""
    for each in filled:
        for name, text in each.items():
            page.locator(f'[name="{name}"]').fill(text)


def push(page: Page, button: str) -> None:
    """Push a button that is to be seen."""
    page.get_by_role("button", name=button, exact=True).click()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on a field, or on a button by its words."""
    for _ in range(100):
        page.keyboard.press("Tab")
        if name in page.evaluate(
            "() => [document.activeElement.name, document.activeElement.innerText]"
        ):
            return
    raise AssertionError(f"the keyboard does not get to {name}")


@needs_browser
@pytest.mark.parametrize("scripts", [True, False])
def test_a_reader_posts_two_claims(api: Api, browser: Browser, scripts: bool) -> None:
    api.given(*DEFINED)
    base_url = str(api.client.base_url)
    with visiting(browser, base_url, java_script_enabled=scripts) as page:
        page.goto("/post")
        fill(page, FIRST)
        push(page, "Add a claim")
        expect(page.get_by_role("group", name="Claim 2").get_by_label("Indicator")).to_be_focused()
        fill(page, SECOND)
        push(page, "File it")
        page.wait_for_url("**/estimates/troops?min_position=*")

    assert api.get("/v1/estimates/troops")["best"] == 10_000
    assert api.get("/v1/estimates/killed")["low"] == 300


@needs_browser
@pytest.mark.parametrize("scripts", [True, False])
def test_claims_come_and_go_where_they_stand(api: Api, browser: Browser, scripts: bool) -> None:
    with visiting(browser, str(api.client.base_url), java_script_enabled=scripts) as page:
        asked = list[str]()
        page.on("request", lambda request: asked.append(request.method))
        page.goto("/post")
        for n in (1, 2):
            push(page, "Add a claim")
            fill(page, {f"/claims/{n}/text": f"claim {n}", f"/claims/{n}/indicator": f"about-{n}"})
        push(page, "Remove claim 2")

        expect(page.get_by_role("group", name="Claim 3")).to_have_count(0)
        left = page.get_by_role("group", name="Claim 2")
        expect(left.get_by_label("Our paraphrase")).to_have_value("claim 2")
        expect(left.get_by_label("Indicator")).to_be_focused()
        expect(left.get_by_role("button")).to_have_attribute("value", "remove 1")
        assert page.locator('[name="/claims/1/text"]').input_value() == "claim 2"
        ids = page.locator("form.post [id]").evaluate_all("all => all.map(each => each.id)")
        assert len(ids) == len(set(ids))
        assert asked.count("POST") == (0 if scripts else 3)


@needs_browser
@pytest.mark.parametrize("scripts", [True, False])
def test_the_summary_of_faults_leads_to_its_fields(api: Api, browser: Browser, scripts: bool) -> None:
    api.given(*DEFINED)
    with visiting(
        browser, str(api.client.base_url), forgiving="status of 422", java_script_enabled=scripts
    ) as page:
        page.goto("/post")
        fill(page, FIRST, {"/published_at": "yesterday"})
        page.get_by_text("date stated, derivation").click()
        fill(page, {"/claims/0/derived_from": "nothing"})
        push(page, "File it")

        summary = page.get_by_role("region", name="2 problems to fix")
        expect(summary).to_be_focused()
        expect(page).to_have_title("2 problems to fix · Post a report · intellog")
        summary.get_by_role("link", name="Claim 1, Derived from").click()
        field = page.get_by_label("Derived from")
        expect(field).to_be_focused()
        expect(field).to_have_value("nothing")
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(re.compile("must match .* one per line"))


@needs_browser
def test_the_keyboard_alone_tries_links_and_files(api: Api, browser: Browser) -> None:
    api.given(*DEFINED, report("r1", claim(300, about="killed", period="2025-01-09")))
    with visiting(browser, str(api.client.base_url)) as page:
        page.goto("/post")
        for name, text in FIRST.items():
            tab_to(page, name)
            page.keyboard.type(text)
        tab_to(page, "Add a claim")
        page.keyboard.press("Enter")
        page.keyboard.type("killed")
        for name, text in (
            ("/claims/1/originator", "mod"),
            ("/claims/1/period", "2025-01-09"),
            ("/claims/1/quantity/best", "300"),
        ):
            tab_to(page, name)
            page.keyboard.type(text)
        with unchanged(api):
            page.keyboard.press("Enter")
            expect(page.get_by_role("region", name="What this would change")).to_be_focused()
            tab_to(page, "Yes, claim 2 comes from r1/1")
            page.keyboard.press("Space")
            expect(page.get_by_label("Derived from").nth(1)).to_have_value("r1/1")
        expect(page.get_by_role("region", name="What this would change")).to_be_focused()
        tab_to(page, "File it")
        page.keyboard.press("Enter")
        page.wait_for_url("**/estimates/troops?min_position=*")

    [filed] = [data for _, kind, data in api.facts() if kind == "ReportFiled" and "mod" in str(data)]
    assert filed["claims"][1]["derived_from"] == ["r1/1"]


@needs_browser
@pytest.mark.parametrize(
    ("claims", "scheme"), [(20, "light"), (2, "dark")], ids=["twenty claims", "two claims in the dark"]
)
def test_a_long_form_shuts_nobody_out(api: Api, browser: Browser, claims: int, scheme: Scheme) -> None:
    """Claims with long names, tried, then wrong in every one of them.

    Colours do not depend on how many claims there are, so a short form is enough for the dark ones.
    """
    long = "a" * 120
    api.given(indicator(long, title="Long " * 40), source(long, name="Name " * 40))
    many = {f"/claims/{n}/indicator": long for n in range(claims)}
    many |= {f"/claims/{n}/originator": f"{n}-{long}" for n in range(claims)}
    many |= {f"/claims/{n}/quantity/best": "300" for n in range(claims)}
    base_url = str(api.client.base_url)
    with visiting(browser, base_url, scheme=scheme, forgiving="status of 422") as page:
        page.goto("/post")
        for _ in range(claims - 1):
            push(page, "Add a claim")
        fill(page, {"/publisher": long, "/published_at": "2025-01-10"}, many)
        push(page, "Try it")
        expect(page.get_by_role("button", name="Yes, claim")).to_have_count(claims - 1)
        assert (widths(page), violations(page)) == ([0, 0], [])

        fill(page, {f"/claims/{n}/quantity/best": "x" * 200 for n in range(claims)})
        push(page, "File it")
        expect(page.get_by_role("region", name=f"{claims} problems to fix")).to_be_focused()
        assert (widths(page), violations(page)) == ([0, 0], [])


def widths(page: Page) -> list[int]:
    """By how many pixels a page is wider than a desktop's window and than a phone's."""
    found = []
    for width, height in (DESKTOP, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        found.append(sideways(page))
    return found
