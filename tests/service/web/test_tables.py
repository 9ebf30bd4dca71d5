"""The page that imports a table: step by step, with and without scripts."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser

from service.web.tables import MOST_KEPT
from tests.http_spec import Api, Server, indicator, unchanged
from tests.service.interop.tables.table_spec import NAMES, PLAIN
from tests.service.interop.tables.workbooks import as_csv
from tests.service.web.web_spec import DESKTOP, PHONE, needs_browser, sideways, violations, visiting

TABLE = as_csv(
    [
        NAMES,
        ["2025-01-10", "2025-01-09", "300"],
        ["2025-01-11", "2025-01-10", "about 310"],
        ["2025-01-12", "2025-01-11", "<script>"],
    ]
)
HTML = {"Accept": "text/html"}


def pressed(api: Api, button: str, files: dict[str, Any] | None = None, **data: str) -> Any:
    given = {"table": ("figures.csv", TABLE)} if files is None else files
    fields = {"mapping": PLAIN, "do": button, **data}
    sent = {name: (None, text) for name, text in fields.items()}
    return api.client.post("/tables", files={**given, **sent}, headers=HTML)


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))


def test_a_preview_shows_claims_and_refused_rows_and_writes_nothing(api: Api) -> None:
    with unchanged(api):
        answer = pressed(api, "preview")
    assert answer.status_code == 200
    assert "3 rows (0 left out, 2 refused) become 1 command with 1 claim." in answer.text
    assert "about 310" in answer.text and "not-a-number" in answer.text
    assert "&lt;script&gt;" in answer.text and "<script>" not in answer.text
    assert "2025-01-09" in answer.text


def test_the_table_and_the_mapping_go_on_to_the_next_step(api: Api) -> None:
    api.given(indicator("killed"))
    first = pressed(api, "preview")
    kept = hidden(first.text)
    assert kept["kept_name"] == "figures.csv"
    with unchanged(api):
        tried = pressed(api, "try", {}, **kept)
    assert "What the import would come to" in tried.text
    before = api.head()
    done = pressed(api, "import", {}, **hidden(tried.text))
    assert ">Imported<" in done.text
    assert api.head() > before
    again = pressed(api, "import", {}, **hidden(done.text))
    assert re.search(r"known already</th><td[^>]*>1<", again.text)


def test_refused_rows_can_be_downloaded(api: Api) -> None:
    done = pressed(api, "try")
    [link] = re.findall(r'href="data:text/csv;charset=utf-8,([^"]*)" download="refused.csv"', done.text)
    header, *rows = unquote(link).splitlines()
    assert header == "release,day,killed,refused_row,refused_column,refused_code,refused_because"
    assert [row.split(",")[3] for row in rows] == ["2", "3", "4"]


def test_a_large_table_is_not_kept_in_the_form(api: Api) -> None:
    large = TABLE + b"2025-01-12,2025,1\n" * (MOST_KEPT // 18)
    answer = pressed(api, "preview", {"table": ("large.csv", large)})
    assert answer.status_code == 200
    assert "large.csv is too large to be kept in this form" in answer.text
    assert "kept" not in hidden(answer.text)


@pytest.mark.parametrize(
    ("files", "data", "said"),
    [
        ({}, {}, "is missing: choose a file"),
        ({}, {"kept": "%%%"}, "choose the file again"),
        (None, {"do": "burn"}, "is not a button of this form"),
        (None, {"mapping": "x ="}, "is not TOML"),
        (None, {"mapping": PLAIN.replace("best =", "bset =")}, "mapping, claim[1].quantity.bset"),
        (None, {"mapping": PLAIN.replace("{killed}", "{kiled}")}, "did you mean killed?"),
        ({"table": ("x", b"\x89PNG\0\0")}, {}, "is no text in table.encoding"),
    ],
)
def test_what_is_wrong_is_shown_and_the_form_stays(
    api: Api, files: dict[str, Any] | None, data: dict[str, str], said: str
) -> None:
    with unchanged(api):
        answer = pressed(api, data.pop("do", "import"), files, **data)
    assert answer.status_code == 422
    assert said in answer.text.replace("&#39;", "'")
    assert "<textarea" in answer.text


def test_another_body_gets_the_page_of_its_problem(api: Api) -> None:
    assert api.client.post("/tables", json={}, headers=HTML).status_code == 415
    unknown = {"other": (None, "x")}
    assert api.client.post("/tables", files=unknown, headers=HTML).status_code == 422


@pytest.fixture(scope="module")
def shown(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with server.over(tmp_path_factory.mktemp("tables")) as api:
        api.given(indicator("killed"))
        yield api


@needs_browser
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("scripts", [True, False])
def test_in_a_browser_a_table_is_imported_in_three_steps(
    shown: Api, browser: Browser, tmp_path: Path, size: tuple[int, int], scripts: bool
) -> None:
    (tmp_path / "t.csv").write_bytes(TABLE)
    (tmp_path / "m.toml").write_text(PLAIN, "utf-8")
    base = str(shown.client.base_url)
    with visiting(browser, base, size=size, java_script_enabled=scripts) as page:
        page.goto("/tables")
        page.get_by_label("File").first.set_input_files(tmp_path / "t.csv")
        page.get_by_label("File").last.set_input_files(tmp_path / "m.toml")
        for button, heading in (
            ("Preview", "Preview"),
            ("Dry run", "What the import would come to"),
            ("Import", "Imported"),
        ):
            page.get_by_role("button", name=button, exact=True).click()
            page.get_by_role("heading", name=heading, exact=True).wait_for()
            if scripts:
                assert violations(page) == []
                assert sideways(page) == 0
        with page.expect_download() as download:
            page.get_by_role("link", name="Download the refused rows").click()
        assert download.value.suggested_filename == "refused.csv"
        assert "about 310" in Path(download.value.path()).read_text("utf-8")
