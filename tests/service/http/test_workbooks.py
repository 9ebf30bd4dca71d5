"""Lists as workbooks: the same rows as everywhere, and nothing in a cell that a spreadsheet runs."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook

from service.http.routing import CSV, XLSX
from service.interop import xlsx
from service.interop.xlsx import CUT, MOST_UNITS, Workbook, fitting, open_workbook
from tests.http_spec import Api, claim, indicator, one_server, problem, report
from tests.places import ROOT

Sheets = dict[str, list[list[Any]]]
MARKUP = "<r><t>x</t></is></c><c t='str'><f>1+1</f></r>"
TEXTS = (
    "=1+1",
    "{=1}",
    "+1",
    "@x",
    "https://x.example",
    "mailto:a@b.c",
    "internal:rows!A1",
    "12",
    MARKUP,
)


@pytest.fixture
def told(api: Api) -> Api:
    api.given(
        *(indicator(f"i{n}", definition=text) for n, text in enumerate(TEXTS)),
        report("r1", claim(100, about="i0")),
    )
    api.get("/v1/estimates")
    return api


def sheets_of(content: bytes) -> Sheets:
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def parts_of(content: bytes) -> dict[str, str]:
    with ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_workbook_has_the_rows_of_the_list(told: Api) -> None:
    answer = told.client.get("/v1/indicators", headers={"Accept": XLSX})
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    assert answer.headers["content-disposition"] == 'attachment; filename="indicators.xlsx"'
    [(name, (head, *rows))] = sheets_of(answer.content).items()
    items = told.client.get("/v1/indicators").json()["items"]
    assert name == "rows" and [row[head.index("id")] for row in rows] == [each["id"] for each in items]


def test_the_same_question_has_the_same_workbook(told: Api) -> None:
    path = f"/v1/indicators.xlsx?known_at={told.head()}"
    assert told.client.get(path).content == told.client.get(path).content


def test_a_text_is_nothing_but_a_text(told: Api) -> None:
    answer = told.client.get("/v1/indicators.xlsx")
    [(head, *rows)] = sheets_of(answer.content).values()
    texts = [row[head.index("definition")] for row in rows]
    assert texts == [*TEXTS[:-1], f"'{MARKUP}"]
    parts = parts_of(answer.content)
    assert not [name for name in parts if "_rels/sheet" in name or "external" in name]
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert not re.search(r"<(\w+:)?(f|hyperlinks?|r)[ >/]", sheet)


def test_a_figure_is_a_number_and_what_is_unknown_is_empty(told: Api) -> None:
    [(head, row, *_)] = sheets_of(told.client.get("/v1/estimates.xlsx").content).values()
    cells = dict(zip(map(str, head), row, strict=True))
    assert (cells["best"], cells["claims"], cells["open_low"]) == (100.0, 1.0, False)
    assert (cells["verdict"], cells["as_of_published_by"]) == ("", "")
    assert cells["as_of_position"] == told.head()


def test_a_sheet_that_is_full_goes_on_in_another(told: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.interop.xlsx.MOST_ROWS", 4)
    monkeypatch.setattr("service.http.tables.PAGE_OF_TABLE", 3)
    sheets = sheets_of(told.client.get("/v1/indicators.xlsx").content)
    assert [len(rows) - 1 for rows in sheets.values()] == [4, 4, 1]
    assert len({tuple(head) for head, *_ in sheets.values()}) == 1
    ids = [row[head.index("id")] for head, *rows in sheets.values() for row in rows]
    assert ids == [f"i{n}" for n in range(len(TEXTS))]


def test_without_the_extra_a_workbook_is_not_acceptable(
    told: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.http.tables.can_write_workbooks", lambda: False)
    for answer in (
        told.client.get("/v1/indicators.xlsx"),
        told.client.get("/v1/events", headers={"Accept": XLSX}),
    ):
        body = problem(answer, 406, "not-acceptable")
        assert "needs the extra `excel`" in body["detail"] and "intellog[excel]" in body["detail"]
    either = told.client.get("/v1/indicators", headers={"Accept": f"{XLSX}, {CSV};q=0.5"})
    assert either.headers["content-type"].startswith(CSV)
    assert "excel" not in told.client.get("/v1/sources", headers={"Accept": "image/png"}).text


def test_nothing_is_left_on_disk(told: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert told.client.get("/v1/events.xlsx").status_code == 200
    problem(told.client.get("/v1/estimates/none/vintages.xlsx"), 404, "not-found")
    assert [each for each in tmp_path.iterdir() if "xlsx" in each.name] == []


@pytest.fixture
def book(tmp_path: Path) -> Iterator[tuple[Path, Workbook]]:
    path = tmp_path / "one.xlsx"
    with open_workbook(path, ["a", "b"]) as book:
        yield path, book


def test_a_number_that_a_spreadsheet_would_round_is_a_text(book: tuple[Path, Workbook]) -> None:
    path, made = book
    made.write([[2**53, 2**53 + 1], [-0.5, True], [None, 1e300]])
    made.close()
    [(_, *rows)] = sheets_of(path.read_bytes()).values()
    assert rows == [[2**53, str(2**53 + 1)], [-0.5, True], ["", 1e300]]


@pytest.mark.parametrize("text", ["x" * 40_000, "🦆" * 20_000, "🦆" * 16_383 + "x"])
def test_a_text_that_is_too_long_says_that_it_was_cut(text: str, book: tuple[Path, Workbook]) -> None:
    path, made = book
    made.write([[text]])
    made.close()
    [(_, [cell, *_])] = sheets_of(path.read_bytes()).values()
    units = len(text.encode("utf-16-le")) // 2
    assert cell == fitting(text)
    assert (cell == text) == (units <= MOST_UNITS) == (not str(cell).endswith(CUT))
    assert len(str(cell).encode("utf-16-le")) // 2 <= MOST_UNITS


def test_what_is_given_up_is_deleted(tmp_path: Path) -> None:
    with (
        pytest.raises(KeyError),
        xlsx.workbook_folder() as folder,
        open_workbook(folder / "table.xlsx", ["a"]) as made,
    ):
        made.write([["x"]] * 1_000)
        raise KeyError
    assert not folder.exists()


MEASURED = """
import resource, sys, pathlib
from tests.http_spec import one_server
from tests.service.http.test_workbooks import read

with one_server() as server, server.over(pathlib.Path(sys.argv[1])) as api:
    assert api.service.follower.wait(api.head(), 60)
    few = read(api, "before=601")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    many = read(api, "order=asc")
    print(few, many, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def read(api: Api, query: str) -> int:
    """The number of bytes of the log as a workbook and as CSV, which are kept nowhere."""
    size = 0
    for suffix in ("xlsx", "csv"):
        with api.client.stream("GET", f"/v1/events.{suffix}?{query}") as answer:
            assert answer.status_code == 200
            size += sum(map(len, answer.iter_raw()))
    return size


@pytest.mark.skipif(sys.platform != "linux", reason="kilobytes of ru_maxrss are those of Linux")
def test_a_table_of_any_length_takes_the_same_memory(tmp_path: Path) -> None:
    with one_server() as server, server.over(tmp_path / "log") as api:
        api.given(indicator())
        claims = [claim(k) for k in range(10)]
        lines = ({"file_report": report(f"r{n}", *claims).body} for n in range(3_000))
        assert api.import_(*lines)[-1]["accepted"] == 3_000
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path / "log")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    few, many, grown = map(int, done.stdout.split())
    assert many > 4 * few
    assert grown < 8_000, "kilobytes"
