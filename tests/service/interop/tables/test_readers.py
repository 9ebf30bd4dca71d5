"""Tables as they come: every format and encoding, and files that are none."""

import gzip
import io
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from pydantic_core import to_json

from domain.errors import Refused
from service.interop.tables import readers
from service.interop.tables.cells import Row, text_of
from service.interop.tables.csv_reader import LONGEST_LINE
from service.interop.tables.mapping import TableRules
from service.interop.tables.readers import open_table
from tests.service.interop.tables.table_spec import NAMES, PLAIN, commands, refusal
from tests.service.interop.tables.workbooks import Cells, as_csv, as_ods, as_xlsx, packed

ROWS: list[Any] = [
    ["name", "figure", "day"],
    ["N\u00fcrnberg", 12, date(2024, 2, 29)],
    ["", 1.5, ""],
    ["a\nb", -3, "text"],
]
WRITERS = {"csv": as_csv, "xlsx": as_xlsx, "ods": as_ods}
WORKBOOKS = ["xlsx", "ods"]


def read(content: bytes, **rules: Any) -> tuple[list[str], list[list[str]]]:
    """The names and the rows of a table, as text."""
    with open_table(io.BytesIO(content), TableRules.model_validate_json(to_json(rules))) as table:
        rows = [[text_of(c) for c in row.cells] for row in table.rows if isinstance(row, Row)]
        return [*table.names], rows


TEXT = [["N\u00fcrnberg", "12", "2024-02-29"], ["", "1.5", ""], ["a\nb", "-3", "text"]]


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
def test_every_format_gives_the_same(writer: Callable[[Cells], bytes]) -> None:
    assert read(writer(ROWS)) == (["name", "figure", "day"], TEXT)


@pytest.mark.parametrize(
    ("content", "rules"),
    [
        (as_csv(ROWS, ";"), {}),
        (as_csv(ROWS, "\t"), {}),
        (as_csv(ROWS, "|"), {"delimiter": "|"}),
        (as_csv(ROWS, encoding="utf-8-sig"), {}),
        (as_csv(ROWS, encoding="utf-8-sig"), {"encoding": "latin-1"}),
        (as_csv(ROWS, encoding="utf-16"), {}),
        (as_csv(ROWS, encoding="utf-16-le"), {"encoding": "utf-16-le"}),
        (as_csv(ROWS, encoding="latin-1"), {"encoding": "latin-1"}),
        (as_csv(ROWS, encoding="cp1252"), {"encoding": "cp1252"}),
        (as_csv(ROWS).replace(b'"', b"'"), {"quote": "'"}),
        (gzip.compress(as_csv(ROWS), mtime=0), {}),
        (as_csv([["a title"], [], *ROWS]), {"header": 3}),
        (as_csv(ROWS[1:]), {"header": 0, "names": ["name", "figure", "day"]}),
        (as_csv([["x", "x", "x"], *ROWS[1:]]), {"names": ["name", "figure", "day"]}),
        (as_csv([[*row, ""] for row in ROWS]), {}),
        (as_csv([*ROWS[:2], [], ["", "", ""], *ROWS[2:]]), {}),
        (as_csv(ROWS).replace(b"\r\n", b"\n").removesuffix(b"\n"), {}),
        (as_xlsx(ROWS, [["other"]]), {"sheet": "Sheet1"}),
        (as_xlsx([["other"]], ROWS), {"sheet": "Sheet2"}),
        (as_ods([["other"]], ROWS), {"sheet": "Sheet2"}),
        (as_xlsx([["a title"], [], *ROWS]), {"header": 3}),
    ],
)
def test_a_table_is_read_however_it_is_written(content: bytes, rules: dict[str, Any]) -> None:
    assert read(content, **rules) == (["name", "figure", "day"], TEXT)


def test_rows_have_the_numbers_that_a_spreadsheet_shows() -> None:
    for content in (as_csv([["x"], [], ["a"], [], ["b"]]), as_xlsx([["x"], [], ["a"], [], ["b"]])):
        with open_table(io.BytesIO(content), TableRules()) as table:
            assert [row.number for row in table.rows if isinstance(row, Row)] == [3, 5]


def test_empty_cells_of_merged_ones_are_filled() -> None:
    rows: list[Any] = [["country", "n"], ["A", 1], ["", 2], ["B", 3], ["", 4]]
    _, found = read(as_xlsx(rows), fill_down=["country"])
    assert found == [["A", "1"], ["A", "2"], ["B", "3"], ["B", "4"]]


def test_a_formula_counts_as_its_value_and_an_error_as_missing() -> None:
    xml = (
        '<row r="1"><c r="A1" t="str"><v>killed</v></c></row>'
        '<row r="2"><c r="A2"><f>1+2</f><v>3</v></c></row>'
        '<row r="3"><c r="A3" t="e"><v>#DIV/0!</v></c></row>'
    )
    _, found = read(as_xlsx(xml=[xml]))
    assert found == [["3"]]


def test_numbers_of_a_sheet_are_no_text_that_a_decimal_comma_could_spoil() -> None:
    mapping = f"[table]\ndecimal = ','\nthousands = '.'\n{PLAIN}"
    made, refused = commands(mapping, as_xlsx([NAMES, ["2025-01-10", date(2025, 1, 9), 1.234]]))
    assert refused == []
    [claim] = made[0]["file_report"]["claims"]
    assert (claim["quantity"]["best"], claim["period"]) == (1.234, "2025-01-09")


def test_ragged_rows_are_refused_one_by_one() -> None:
    table = b"release,day,killed\n2025-01-10,2025\n2025-01-11,2025,1,9\n2025-01-12,2025,1,\n"
    made, refused = commands(PLAIN, table)
    assert [each["file_report"]["id"] for each in made] == ["2025-01-12"]
    assert [(each[0], each[3]) for each in refused] == [(2, "ragged"), (3, "ragged")]


@pytest.mark.parametrize(
    "row",
    [
        b"2025-01-11,2025," + b"9" * 200_000,
        b"2025-01-11,2025," + b"9" * (2 * LONGEST_LINE + 7),
        b'2025-01-11,2025,"' + b"9" * (LONGEST_LINE + 1),
    ],
)
def test_a_huge_cell_is_refused_and_the_next_row_is_read(row: bytes) -> None:
    made, refused = commands(PLAIN, b"release,day,killed\n" + row + b"\n2025-01-12,2025,1\n")
    assert [each["file_report"]["id"] for each in made] == ["2025-01-12"]
    assert [(each[0], each[3]) for each in refused] == [(2, "unreadable")]


def test_bytes_of_another_encoding_are_refused_where_they_are() -> None:
    table = as_csv(
        [NAMES, ["2025-01-10", "2025", "3"], ["2025-01-11", "M\u00e4rz", "3"]], encoding="cp1252"
    )
    made, refused = commands(PLAIN, table)
    assert len(made) == 1
    assert [(each[0], each[1], each[3]) for each in refused] == [(3, "day", "not-text")]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (b"", "has no header: row 1 is empty or not there"),
        (b"\n\n", "has no header: row 1 is empty"),
        (b",,\n", "has no header: row 1 is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 9, "is no text in table.encoding"),
        (as_csv(ROWS, encoding="utf-16-le"), "is no text in table.encoding"),
        (bytes(range(256)) * 40, "table"),
        (b"PK\x03\x04 not a zip", "is no workbook that can be read"),
        (packed({"hello.txt": "x"}), "the table cannot be read"),
        (packed({"xl/workbook.xml": "<x"}), "the table cannot be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99, "save it as XLSX"),
        (as_xlsx(), "has no sheet"),
        (as_xlsx([]), "has no header"),
        (as_xlsx(ROWS)[:-200], "is no workbook"),
        (gzip.compress(as_csv(ROWS), mtime=0)[:-20], "cannot be read to its end"),
        (b"\x1f\x8b not gzip", "cannot be read to its end"),
        (",".join(f"c{n}" for n in range(20_000)).encode(), "more than 16,384 columns"),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(table: bytes, said: str) -> None:
    detail = refusal(PLAIN, table)
    assert said in detail and "\n" not in detail


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(Refused, match="has no sheet 'Sheet9'; it has Sheet1, Sheet2"):
        read(as_xlsx(ROWS, ROWS), sheet="Sheet9")


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "UNPACKED_BYTES", 5_000)
    with pytest.raises(Refused, match="unpacks to more than"):
        read(as_xlsx([["x"] * 2_000]))


def test_a_packed_table_unpacks_to_no_more_than_it_may() -> None:
    content = gzip.compress(b"a,b\n" + b"1,2\n" * 1_000_000, mtime=0)
    with (
        pytest.raises(Refused, match="unpacks to more bytes"),
        open_table(io.BytesIO(content), TableRules(), 1_000_000) as table,
    ):
        for _ in table.rows:
            pass


def test_a_small_workbook_that_needs_all_memory_ends_its_own_process_alone() -> None:
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    with pytest.raises(Refused, match=r"takes more memory or time|cannot be read"):
        read(as_xlsx(xml=[far]))


def test_without_the_extra_a_workbook_is_refused_and_csv_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("service.interop.tables.sheets.find_spec", lambda name: None)
    with pytest.raises(Refused, match=r"needs the extra `excel`: install intellog\[excel\]"):
        read(as_xlsx(ROWS))
    assert read(as_csv(ROWS))[1] == TEXT


MEASURED = """
import io, itertools, resource, sys
from service.interop.tables.mapping import mapping_of
from service.interop.tables.reading import converted

class Endless(io.RawIOBase):
    def __init__(self, rows):
        head = [b"release,day,killed\\n"]
        row = (b"2025-01-10,%d,%d\\n" % (2000 + n % 20, n) for n in range(rows))
        self.chunks = (b"".join(itertools.islice(row, 1000)) for _ in range(rows // 1000))
        self.left = head[0]
    def readable(self): return True
    def seek(self, *a): return 0
    def read(self, size=-1):
        if size == 8: return self.left[:8]
        if not self.left: self.left = next(self.chunks, b"")
        part, self.left = self.left[:size], self.left[size:]
        return part

mapping = mapping_of(sys.stdin.read())
def run(rows):
    with converted(mapping, Endless(rows)) as conversion:
        count = sum(1 for _ in conversion.lines())
    return count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
(few, before), (many, after) = run(5_000), run(60_000)
print(few, many, after - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="kilobytes of ru_maxrss are those of Linux")
def test_a_table_of_any_length_takes_the_same_memory() -> None:
    mapping = PLAIN.replace('id = "{release|slug}"', "") + 'incident = "{@digest}"\n'
    done = subprocess.run(
        [sys.executable, "-c", MEASURED], input=mapping, capture_output=True, text=True, check=True
    )
    few, many, grown = map(int, done.stdout.split())
    assert (few, many) == (5_000, 60_000)
    assert grown < 12_000, "kilobytes"
