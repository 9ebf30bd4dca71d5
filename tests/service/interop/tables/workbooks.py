"""Tables in every format, written by hand so that a test can write what no program would."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

Cells = Sequence[Sequence[Any]]
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    "{}</Relationships>"
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
_ODS = "application/vnd.oasis.opendocument.spreadsheet"


def as_csv(rows: Cells, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """Rows as text."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([[_text(cell) for cell in row] for row in rows])
    return out.getvalue().encode(encoding)


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def packed(files: dict[str, str]) -> bytes:
    """A ZIP file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in files.items():
            pack.writestr(name, content)
    return out.getvalue()


def as_xlsx(*sheets: Cells, xml: Sequence[str] = ()) -> bytes:
    """A workbook with these sheets, `Sheet1` and so on; `xml` gives the rows of a sheet as they are."""
    written = [*xml, *("".join(_xlsx_row(n, row) for n, row in enumerate(s, 1)) for s in sheets)]
    numbers = range(1, len(written) + 1)
    names = "".join(f'<sheet name="Sheet{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    relations = "".join(
        f'<Relationship Id="r{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    relations += f'<Relationship Id="s" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    root = f'<Relationship Id="a" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    book = f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{names}</sheets></workbook>'
    return packed(
        {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": _RELATIONS.format(root),
            "xl/workbook.xml": book,
            "xl/_rels/workbook.xml.rels": _RELATIONS.format(relations),
            "xl/styles.xml": _STYLES,
            **{f"xl/worksheets/sheet{n}.xml": _sheet(rows) for n, rows in enumerate(written, 1)},
        }
    )


def _sheet(rows: str) -> str:
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def _xlsx_row(number: int, row: Sequence[Any]) -> str:
    cells = "".join(_xlsx_cell(f"{_letters(n)}{number}", cell) for n, cell in enumerate(row))
    return f'<row r="{number}">{cells}</row>'


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _xlsx_cell(place: str, cell: Any) -> str:
    match cell:
        case "":
            return ""
        case bool():
            return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
        case int() | float():
            return f'<c r="{place}"><v>{cell!r}</v></c>'
        case date():
            return f'<c r="{place}" s="1"><v>{(cell - date(1899, 12, 30)).days}</v></c>'
        case _:
            text = escape(str(cell))
            return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def as_ods(*sheets: Cells) -> bytes:
    """The same as a document of LibreOffice."""
    tables = "".join(
        f'<table:table table:name="Sheet{n}">{"".join(map(_ods_row, rows))}</table:table>'
        for n, rows in enumerate(sheets, 1)
    )
    content = (
        '<?xml version="1.0"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    manifest = (
        '<?xml version="1.0"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODS}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    return packed({"mimetype": _ODS, "content.xml": content, "META-INF/manifest.xml": manifest})


def _ods_row(row: Sequence[Any]) -> str:
    return f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>"


def _ods_cell(cell: Any) -> str:
    match cell:
        case "":
            return "<table:table-cell/>"
        case bool():
            value, shown = f'boolean" office:boolean-value="{str(cell).lower()}"', str(cell)
        case int() | float():
            value, shown = f'float" office:value="{cell!r}"', repr(cell)
        case date():
            value, shown = f'date" office:date-value="{cell.isoformat()}"', cell.isoformat()
        case _:
            value, shown = 'string"', str(cell)
    text = f"<text:p>{escape(shown)}</text:p>"
    return f'<table:table-cell office:value-type="{value}>{text}</table:table-cell>'
