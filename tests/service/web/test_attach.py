"""The page that attaches a stored copy, and what a report's page says of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.http_spec import (
    FILED,
    PAGE,
    Api,
    Server,
    evidence,
    indicator,
    post,
    report,
    sha256,
    stored,
    unchanged,
)
from tests.service.http.team import Team, bearer, team_over
from tests.service.web.test_records import html, words
from tests.service.web.web_spec import (
    ABOUT_COLOURS,
    DESKTOP,
    PHONE,
    Scheme,
    needs_browser,
    sideways,
    violations,
    visiting,
)

PATH, HASH = "/reports/r1/evidence", sha256()
HTML = {"Accept": "text/html"}
LIMIT = 10_000
HOSTILE = (
    b"<!doctype html><title>Safe</title><script>document.title = 'Run'</script><p>Many were there."
)


@pytest.fixture
def api(server: Server, tmp_path: Path) -> Iterator[Api]:
    with server.over(tmp_path, evidence_limit=LIMIT) as api:
        api.given(*FILED)
        yield api


def send(api: Api, content: bytes, path: str = PATH, **fields: str) -> httpx2.Response:
    """What is answered to the form with a file of a hostile name."""
    given: Any = {"file": ('../../"x"\n.html', content, "image/png")}
    return api.client.post(path, files=given, data=fields, headers=HTML)


# Sending the form


def test_a_file_is_stored_and_the_record_corrected(api: Api) -> None:
    before = api.head()
    answer = send(api, PAGE, reason="saved today")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/reports/r1?min_position={api.head()}#evidence"
    [(_, kind, data)] = api.facts(before)
    assert (kind, data["kind"], data["reason"]) == ("ReportCorrected", "record", "saved today")
    assert data["provenance"] == {"evidence": evidence()}
    assert api.client.get(f"/v1/evidence/{HASH}").content == PAGE


def test_a_reason_need_not_be_given(api: Api) -> None:
    send(api, PAGE, reason=" ")
    assert api.facts()[-1][2]["reason"] == "a copy of the report is stored"


BOUNDARY = {"Content-Type": "multipart/form-data; boundary=x", **HTML}
NAMED = b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
REFUSED: dict[str, tuple[bytes, int, str]] = {
    "no file": (NAMED % (b"reason", b"why") + b"--x--\r\n", 422, "choose a file that is not empty"),
    "an empty file": (NAMED % (b"file", b"") + b"--x--\r\n", 422, "choose a file that is not empty"),
    "cut off": (NAMED % (b"file", PAGE), 400, "was cut off before its end"),
    "another field": (NAMED % (b"x", b"") + b"--x--\r\n", 422, "/x: is not a field of this form"),
    "a field without a name": (b"--x\r\n\r\nabc\r\n--x--\r\n", 422, "is not a field of this form"),
    "a field twice": (NAMED % (b"file", PAGE) * 2 + b"--x--\r\n", 422, "/file: is given twice"),
    "no form": (b"file=abc", 400, "this is not the form of this page"),
    "nothing": (b"", 400, "was cut off before its end"),
    "too long a reason": (
        NAMED % (b"reason", b"y" * 70_000) + NAMED % (b"file", b"z") + b"--x--\r\n",
        413,
        "are over 65,536 bytes",
    ),
    "a reason that is no text": (
        NAMED % (b"reason", b"\xff") + NAMED % (b"file", PAGE) + b"--x--\r\n",
        400,
        "is not UTF-8",
    ),
    "a program": (
        NAMED % (b"file", b"\x7fELF\x02") + b"--x--\r\n",
        415,
        "begins like none of the kinds",
    ),
    "a large file": (
        NAMED % (b"file", b"x" * (LIMIT + 1)) + b"--x--\r\n",
        413,
        "larger than 10,000 bytes",
    ),
    "a huge header": (
        b'--x\r\nContent-Disposition: form-data; name="' + b"n" * 9_000,
        400,
        "this is not the form",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_form_that_is_not_right_is_shown_again(api: Api, what: str) -> None:
    body, status, says = REFUSED[what]
    with unchanged(api):
        answer = api.client.post(PATH, content=body, headers=BOUNDARY)
    assert answer.status_code == status, words(answer.text)
    assert says in words(answer.text) and "Attach it" in answer.text
    assert [path for path in api.service.evidence.folder.rglob("*") if path.is_file()] == []


def test_a_body_of_another_type_is_refused(api: Api) -> None:
    for media_type in ("application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = api.client.post(PATH, content=b"file=x", headers={**HTML, "Content-Type": media_type})
        assert answer.status_code == 415


def test_a_report_that_is_not_there_has_no_form(api: Api) -> None:
    assert api.client.get("/reports/none/evidence", headers=HTML).status_code == 404
    assert send(api, PAGE, "/reports/none/evidence").status_code == 404
    assert not api.service.evidence.path(HASH).exists()


def test_a_withdrawn_report_takes_no_file(api: Api) -> None:
    api.given(post("/v1/reports/r1/withdrawal", kind="record", reason="filed twice"))
    assert send(api, PAGE).status_code == 409
    assert "Attach a stored copy" not in html(api, "/reports/r1")


def test_only_analysts_attach(server: Server, tmp_path: Path) -> None:
    with team_over(server, tmp_path) as team:
        team.given(*FILED)
        for role in ("reader", "reporter", "analyst"):
            may = role == "analyst"
            shown = _get(team, role, "/reports/r1")
            assert ("/reports/r1/evidence" in shown.text) == may
            assert _get(team, role, PATH).status_code == (200 if may else 403)


def _get(team: Team, role: str, path: str) -> httpx2.Response:
    more = bearer(team.tokens[role])  # type: ignore[index]
    return team.api.client.get(path, headers={**HTML, **more})


# What a report's page says


def test_the_page_of_a_report_says_how_its_copy_is(api: Api) -> None:
    api.given(report("r2", evidence={"sha256": HASH}, published_at="2025-01-12"))
    assert "A hash alone was recorded; the file is not here." in words(html(api, "/reports/r2"))
    send(api, PAGE)
    shown = html(api, "/reports/r1")
    assert f'<a href="/v1/evidence/{HASH}" download>Download it</a>' in shown
    assert "text/html, 55 bytes" in words(shown)
    api.service.evidence.path(HASH).write_bytes(b"other")
    assert "altered The file here is not the one that was stored" in words(html(api, "/reports/r1"))
    api.service.evidence.path(HASH).unlink()
    said = words(html(api, "/reports/r1"))
    assert "missing The file (text/html, 55 bytes) should be here and is not" in said


# In a browser


@needs_browser
@pytest.mark.parametrize("scripts", [True, False])
def test_a_person_attaches_a_file_and_saves_it_again(
    api: Api, browser: Browser, tmp_path: Path, scripts: bool
) -> None:
    saved = tmp_path / "saved.html"
    saved.write_bytes(HOSTILE)
    with visiting(browser, str(api.client.base_url), java_script_enabled=scripts) as page:
        page.goto("/reports/r1")
        page.get_by_role("link", name="Attach a stored copy").click()
        page.get_by_label("File", exact=True).set_input_files(saved)
        page.get_by_label("Reason").fill("saved today")
        page.get_by_role("button", name="Attach it").click()
        expect(page.get_by_text("saved today").first).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download it").click()
        assert download.value.suggested_filename == f"evidence-{sha256(HOSTILE)[:12]}.html"
        assert download.value.path().read_bytes() == HOSTILE


@needs_browser
def test_a_page_that_is_evidence_runs_nothing_even_where_it_is_shown(
    api: Api, browser: Browser
) -> None:
    """As if a browser ignored that the file is to be saved: the policy of the answer still holds."""
    api.send(stored(HOSTILE))
    api.given(report("r2", evidence=evidence(HOSTILE), published_at="2025-01-12"))
    address = f"/v1/evidence/{sha256(HOSTILE)}"
    refused = "Blocked script execution|Content Security Policy|sandboxed"
    with visiting(browser, str(api.client.base_url), forgiving=refused) as page:
        page.route(f"**{address}", _shown)
        page.goto(address)
        expect(page.get_by_text("Many were there.")).to_be_visible()
        assert page.title() == "Safe"
        assert page.evaluate("() => self.origin") == "null"


def _shown(route: Any) -> None:
    """Let an answer pass without the header that has it saved."""
    answer = route.fetch()
    headers = {k: v for k, v in answer.headers.items() if k != "content-disposition"}
    route.fulfill(response=answer, headers=headers)


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_form_is_accessible_and_fits(
    api: Api, browser: Browser, size: tuple[int, int], scheme: Scheme
) -> None:
    api.given(indicator("other"))
    send(api, PAGE)
    with visiting(browser, str(api.client.base_url), size=size, scheme=scheme) as page:
        for path in ("/reports/r1", PATH):
            page.goto(path)
            assert sideways(page) == 0
            assert violations(page) == [] and violations(page, *ABOUT_COLOURS) == []


@needs_browser
def test_the_form_works_by_keyboard(api: Api, browser: Browser, tmp_path: Path) -> None:
    saved = tmp_path / "saved.txt"
    saved.write_bytes(b"Seoul, 26 June")
    with visiting(browser, str(api.client.base_url)) as page:
        page.goto(PATH)
        page.get_by_label("File", exact=True).set_input_files(saved)
        page.get_by_label("File", exact=True).focus()
        _press(page, "Tab", "Tab", "Enter")
        expect(page.get_by_text("text/plain, 14 bytes")).to_be_visible()


def _press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
