"""Tables over HTTP: previewed, and tried against the log; neither writes."""

import gzip
from typing import Any

import pytest

from tests.http_spec import JSON, Api, Body, claim, indicator, problem, report, unchanged
from tests.service.interop.tables.table_spec import NAMES, PLAIN
from tests.service.interop.tables.workbooks import as_csv, as_xlsx

ROWS = [
    ["2025-01-10", "2025-01-09", "300"],
    ["2025-01-11", "2025-01-10", "about 310"],
    ["2025-01-12", "2025-01-11", "320"],
]
TABLE = as_csv([NAMES, *ROWS])
PATH = "/v1/tables/preview"


def sent(api: Api, table: Any = TABLE, mapping: Any = PLAIN, **query: str) -> Any:
    files = {"table": ("table.csv", table), "mapping": ("map.toml", mapping)}
    return api.client.post(PATH, files=files, params=query)


def previewed(api: Api, *given: Any, **query: str) -> Body:
    answer = sent(api, *given, **query)
    assert answer.status_code == 200, answer.text
    body: Body = answer.json()
    return body


def test_a_preview_has_columns_first_commands_and_refused_rows(api: Api) -> None:
    with unchanged(api):
        body = previewed(api, as_csv([[*NAMES, "note"], *[[*row, "x"] for row in ROWS]]))
    first = body.pop("first")
    assert [each["file_report"]["id"] for each in first] == ["2025-01-10", "2025-01-12"]
    [refused] = body.pop("refused")
    assert (refused["row"], refused["column"], refused["value"]) == (3, "killed", "about 310")
    assert refused["code"] == "not-a-number"
    assert body == {
        "columns": [*NAMES, "note"],
        "unused": ["note"],
        "rows": 3,
        "left_out": 0,
        "commands": 2,
        "claims": 2,
        "refused_rows": 1,
    }


def test_the_mapping_may_come_as_text(api: Api) -> None:
    answer = api.client.post(PATH, files={"table": ("t", TABLE)}, data={"mapping": PLAIN})
    assert answer.json()["commands"] == 2


@pytest.mark.parametrize("table", [gzip.compress(TABLE, mtime=0), as_xlsx([NAMES, *ROWS])])
def test_every_format_is_taken(api: Api, table: bytes) -> None:
    assert previewed(api, table)["commands"] == 2


def test_a_dry_run_asks_the_log_and_writes_nothing(api: Api) -> None:
    with unchanged(api):
        body = previewed(api, dry_run="true")
    assert body["dry_run"]["refused"] == 2
    assert [(each["row"], each["column"], each["code"]) for each in body["refused"]] == [
        (2, None, "unknown-indicator"),
        (3, "killed", "not-a-number"),
        (4, None, "unknown-indicator"),
    ]
    api.given(indicator("killed"), report("2025-01-12", claim(about="killed")))
    with unchanged(api):
        body = previewed(api, dry_run="true")
    assert (body["dry_run"]["accepted"], body["dry_run"]["refused"]) == (1, 1)
    assert [(each["row"], each["code"]) for each in body["refused"]] == [
        (3, "not-a-number"),
        (4, "id-taken"),
    ]


def test_a_mapping_that_is_wrong_is_refused_with_pointers(api: Api) -> None:
    body = problem(sent(api, TABLE, PLAIN.replace("best =", "bset =")), 422, "invalid")
    [fault] = body["errors"]
    assert fault["pointer"] == "/mapping/claim/0/quantity/bset"
    assert "did you mean best?" in fault["message"]


@pytest.mark.parametrize(
    ("files", "data", "said"),
    [
        ({"table": TABLE}, {}, "/mapping: is missing"),
        ({"mapping": PLAIN.encode()}, {}, "/table: is missing"),
        ({"table": b"", "mapping": PLAIN.encode()}, {}, "/table: is missing"),
        ({"tables": TABLE}, {"mapping": PLAIN}, "no part 'tables'; did you mean table?"),
        ({"table": TABLE}, {"mapping": [PLAIN, PLAIN]}, "twice|Too many"),
        ({"table": b"\x89PNG\0\0"}, {"mapping": PLAIN}, "is no text in table.encoding"),
        ({"table": TABLE}, {"mapping": "x" * 2_000_000}, "exceeded maximum size"),
    ],
)
def test_an_upload_that_is_none_is_refused(
    api: Api, files: dict[str, bytes], data: Any, said: str
) -> None:
    named = {name: (name, content) for name, content in files.items()}
    body = problem(api.client.post(PATH, files=named, data=data), 422, "invalid")
    assert any(each in body["detail"] for each in said.split("|")), body


@pytest.mark.parametrize(
    ("content", "media_type", "status", "code"),
    [
        (b"{}", "application/json", 415, "wrong-media-type"),
        (b"x", "multipart/form-data", 422, "invalid"),
        (b"x", "multipart/form-data; boundary=a", 422, "invalid"),
        (b"--a\r\n\r\nx\r\n--a--", "multipart/form-data; boundary=a", 422, "invalid"),
        (b"--a--", "multipart/form-data; boundary=a; charset=idna", 422, "invalid"),
        (b"", "multipart/form-data; boundary=a", 422, "invalid"),
    ],
)
def test_any_other_body_is_refused(
    api: Api, content: bytes, media_type: str, status: int, code: str
) -> None:
    answer = api.client.post(PATH, content=content, headers={**JSON, "Content-Type": media_type})
    problem(answer, status, code)


def test_an_upload_over_the_limit_is_refused(api: Api) -> None:
    large = b"x" * (api.service.settings.table_limit + 1)
    problem(sent(api, large), 413, "too-large")
