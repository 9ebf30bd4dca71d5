"""Every table read by the programs that analysts use: the values are those of the JSON answer."""

import json
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import pandas
import polars
import pytest
from python_calamine import CalamineWorkbook

from service.interop.csv_lines import harmless
from tests.http_spec import Api, Body, claim, indicator, one_server, post, report, source
from tests.test_seeds import load

Value = str | int | float | bool | None
Rows = list[dict[str, Value]]
PLACES = {"/sources/{id}": "/sources/nis", "{indicator}": "dprk-killed", "{id}": "nis-2025-09-02"}
PLACES |= {"{report}": "nis-2025-09-02", "{n}": "1"}
QUERIES = {
    "/v1/policies/compare": "candidate=envelope/1",
    "/v1/policies/compare/{indicator}": "candidate=envelope/1",
    "/v1/estimates/{indicator}/changes": "since=0",
}
TEXTS = ("=1+1", "+49", "-x", "@cmd", "\tx", "\rx", "\nx", "'=1", "<r><t>x</t></r>", "_x0041_", " x ")
MORE = (
    'a, "b"\r\nc; d',
    "한국 ☃ 🦆",
    "NA",
    "null",
    "true",
    "1e5",
    "0x10",
    "2025-01-01",
    "#N/A",
    "\x0b",
)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The seeds, and texts that readers of tables are known to take for something else."""
    with one_server() as server, server.over(tmp_path_factory.mktemp("full")) as api:
        load(api.client)
        for n, text in enumerate((*TEXTS, *MORE)):
            api.given(
                indicator(f"odd-{n}", title=f"t{text}", definition=text, minimum=None),
                source(f"odd-{n}", note=text, aliases=[f"{text}a", "b"]),
                report(f"odd-{n}", claim(-3.25 * n, about=f"odd-{n}", text=text), title=text),
            )
        api.given(post("/v1/reports/odd-3/hold", reason="=check"))
        api.get("/v1/estimates", limit=1)
        yield api


def tables(api: Api) -> list[tuple[str, str]]:
    """Every address that is a table, with a query that it needs."""
    paths = api.client.get("/openapi.json").json()["paths"]
    found = []
    for path, methods in paths.items():
        content = methods.get("get", {"responses": {"200": {}}})["responses"]["200"].get("content", {})
        if "text/csv" in content:
            address = path.replace("{indicator}/slippage", "dprk-troops-planned/slippage")
            for name, value in PLACES.items():
                address = address.replace(name, value)
            found.append((address, QUERIES.get(path, "")))
    return found


def items(api: Api, path: str, query: str) -> Iterator[Body]:
    """The rows of a table as the JSON answer has them, each with the times asked."""
    paged = path == "/v1/changes" or not path.endswith(("explanation", "changes"))
    address = f"{path}?limit=1000&{query}" if paged else path
    body = api.client.get(address if "?" in address else f"{path}?{query}").json()
    assert body.get("next_cursor") is None, path
    uses = (("used", "used"), ("relays", "relay"), ("excluded", "excluded"))
    explained = [{**each, "use": use} for part, use in uses for each in body.get(part, ())]
    for each in body.get("items") or body.get("differences") or explained:
        yield {**each, "as_of": body["as_of"]}


def flat(item: Body, front: str = "") -> Iterator[tuple[str, Value]]:
    """The plain values of an item by the name of their column, by what the manual says of lists."""
    for name, value in item.items():
        if isinstance(value, dict):
            yield from flat(value, f"{front}{name}_")
            yield front + name, json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        elif isinstance(value, list):
            yield front + name, joined(value)
        else:
            yield front + name, value


def joined(values: list[Any]) -> str:
    if values and all(isinstance(each, dict) and "code" in each for each in values):
        values = [each["code"] for each in values]
    if any(isinstance(each, dict | list) for each in values):
        return json.dumps(values, separators=(",", ":"), ensure_ascii=False)
    return "; ".join(map(str, values))


def expected(api: Api, path: str, query: str, columns: list[str]) -> Rows:
    found = []
    for item in items(api, path, query):
        values = dict(flat(item))
        row = {name: values.get(name) for name in columns}
        found.append({name: None if value == "" else value for name, value in row.items()})
    return found


def as_cell(value: Value, kind: str) -> Value:
    """A value as a cell of CSV has it: in a column of texts all are texts."""
    if isinstance(value, str):
        return harmless(value)
    is_text = kind not in ("integer", "number", "boolean") and value is not None
    return str(value).lower() if is_text else value


Reader = Callable[[bytes, dict[str, str], Path], Rows]


def by_pandas(csv: bytes, types: dict[str, str], folder: Path) -> Rows:
    names = {"integer": "Int64", "number": "Float64", "boolean": "boolean"}
    given = {name: names.get(kind, "string") for name, kind in types.items()}
    frame = pandas.read_csv(BytesIO(csv), dtype=given, keep_default_na=False, na_values=[""])
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def by_polars(csv: bytes, types: dict[str, str], folder: Path) -> Rows:
    names = {"integer": polars.Int64, "number": polars.Float64, "boolean": polars.Boolean}
    given = {name: names.get(kind, polars.String) for name, kind in types.items()}
    return polars.read_csv(csv, schema_overrides=given).to_dicts()


def by_duckdb(csv: bytes, types: dict[str, str], folder: Path) -> Rows:
    names = {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN"}
    given = {name: names.get(kind, "VARCHAR") for name, kind in types.items()}
    (folder / "table.csv").write_bytes(csv)
    found = duckdb.sql(f"FROM read_csv('{folder}/table.csv', columns = {given}, header = true)")
    assert found is not None
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


@pytest.mark.parametrize("read", [by_pandas, by_polars, by_duckdb], ids=lambda each: each.__name__)
def test_csv_comes_back_as_it_was_told(full: Api, read: Reader, tmp_path: Path) -> None:
    filled = 0
    for path, query in tables(full):
        package = full.client.get(f"{path}.datapackage.json?{query}").json()
        [described] = package["resources"]
        types = {each["name"]: each["type"] for each in described["schema"]["fields"]}
        csv = full.client.get(f"{path}.csv?{query}").content
        wanted = [
            {name: as_cell(value, types[name]) for name, value in row.items()}
            for row in expected(full, path, query, list(types))
        ]
        if not wanted:
            continue
        rows = read(csv, types, tmp_path)
        assert list(rows[0]) == list(types)
        assert rows == wanted, path
        filled += 1
    assert filled >= 14


def test_workbooks_come_back_as_they_were_told(full: Api) -> None:
    for path, query in tables(full):
        answer = full.client.get(f"{path}.xlsx?{query}")
        assert answer.status_code == 200, path
        [sheet] = CalamineWorkbook.from_filelike(BytesIO(answer.content)).sheet_names
        book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
        columns, *rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        names = [str(each) for each in columns]
        found = [dict(zip(names, row, strict=True)) for row in rows]
        wanted = [
            {name: "" if value is None else spelled(value) for name, value in row.items()}
            for row in expected(full, path, query, names)
        ]
        assert found == wanted, path


def spelled(value: Value) -> Value:
    """A value as a workbook has it: a text that its writer takes for markup is one after all."""
    return f"'{value}" if value == "<r><t>x</t></r>" else value
