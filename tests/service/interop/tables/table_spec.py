"""Given a mapping, when a table comes, then these commands and these refused rows."""

import io
from typing import Any

from domain.errors import Refused
from service.interop.tables.lines import Line
from service.interop.tables.mapping import Mapping, mapping_of
from service.interop.tables.reading import converted
from tests.service.interop.tables.workbooks import Cells, as_csv

Body = dict[str, Any]
REPORT = """
[report]
id = "{release|slug}"
publisher = "wire"
published_at = "{release}"
"""
CLAIM = """
[[claim]]
indicator = "killed"
originator = "nis"
period = "{day}"
quantity = { best = "{killed}" }
"""
PLAIN = REPORT + CLAIM
NAMES = ["release", "day", "killed"]


def commands(mapping: str | Mapping, table: bytes | Cells) -> tuple[list[Body], list[tuple[Any, ...]]]:
    """The commands that a table becomes, and its refused rows: row, column, value, code."""
    rules = mapping_of(mapping) if isinstance(mapping, str) else mapping
    content = table if isinstance(table, bytes) else as_csv(table)
    made, refused = list[Body](), list[tuple[Any, ...]]()
    with converted(rules, io.BytesIO(content)) as conversion:
        for each in conversion.lines():
            if isinstance(each, Line):
                made.append(each.body())
            else:
                body = each.body()
                assert body["message"] and "\n" not in body["message"]
                refused.append((body["row"], body["column"], body["value"], body["code"]))
    return made, refused


def claims(mapping: str, *rows: list[Any], names: list[str] | None = None) -> list[Body]:
    """The claims that rows become, none of them being refused."""
    made, refused = commands(mapping, [names or NAMES, *rows])
    assert refused == []
    filed = [each["file_report"] for each in made if "file_report" in each]
    return [claim for report in filed for claim in report["claims"]]


def refusal(mapping: str, table: bytes | Cells = (NAMES,)) -> str:
    """Why a mapping, or a table under it, is refused as a whole."""
    try:
        commands(mapping, table)
    except Refused as refused:
        return refused.detail
    raise AssertionError("nothing was refused")
