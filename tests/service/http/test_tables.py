"""Every list as a table: stable columns, the whole list, the times asked, and nothing that acts."""

import csv
from io import StringIO
from typing import Any

import pytest

from service.interop.columns import AS_OF, cells_of, columns_of
from service.interop.csv_lines import FORMULA
from service.query.history import VintageRow
from tests.http_spec import Api, Ask, claim, indicator, post, problem, report, source

TIMES = [each.name for each in AS_OF]
LISTS = [
    "/v1/estimates",
    "/v1/estimates/troops/series",
    "/v1/estimates/troops/vintages",
    "/v1/estimates/troops/vintages/known",
    "/v1/estimates/troops/revisions",
    "/v1/estimates/troops/used",
    "/v1/estimates/plan/slippage",
    "/v1/reports",
    "/v1/reports/r1/history",
    "/v1/sources",
    "/v1/indicators",
    "/v1/conflicts",
    "/v1/events",
    "/v1/policies/compare?candidate=envelope/1",
]


@pytest.fixture
def told(api: Api) -> Api:
    api.given(
        indicator(),
        indicator("plan", plans_for="troops"),
        report("r1", claim(100), claim(7, about="plan", status="planned", period="2026")),
        report("r2", claim(300, originator="nis", stated_at="2025-01-12"), published_at="2025-01-12"),
        report("r3", claim(300, originator="un", stated_at="2025-01-13"), published_at="2025-01-13"),
    )
    api.get("/v1/estimates/troops")
    return api


def table(api: Api, path: str, **headers: str) -> list[dict[str, str]]:
    answer = api.client.get(path, headers={"Accept": "text/csv", **headers})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(StringIO(answer.text, newline="")))
    head = answer.text.partition("\r\n")[0].split(",")
    assert head[-len(TIMES) :] == TIMES
    return rows


def shown(value: Any) -> str:
    """A plain member of a JSON answer as a cell has it."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_a_table_of_the_same_items(told: Api, path: str) -> None:
    body = told.client.get(path).json()
    rows = table(told, path)
    assert len(rows) == len(body["items"]) > 0 or "conflicts" in path or "compare" in path
    for row, item in zip(rows, body["items"], strict=True):
        plain = {name: each for name, each in item.items() if not isinstance(each, dict | list)}
        plain = {name: each for name, each in plain.items() if each is not None or name in row}
        assert {name: row[name] for name in plain} == {n: shown(each) for n, each in plain.items()}
        assert {name: row[name] for name in TIMES} == {
            f"as_of_{name}": shown(each) for name, each in body["as_of"].items()
        }


@pytest.mark.parametrize("path", LISTS)
def test_a_suffix_asks_for_the_same_table(told: Api, path: str) -> None:
    address, _, query = path.partition("?")
    by_suffix = told.client.get(f"{address}.csv?{query}")
    by_accept = told.client.get(path, headers={"Accept": "text/csv"})
    assert (by_suffix.status_code, by_suffix.text) == (200, by_accept.text)
    name = address.removeprefix("/v1/").replace("/", "-")
    assert by_suffix.headers["content-disposition"] == f'attachment; filename="{name}.csv"'


def test_the_columns_of_an_empty_list_are_there(told: Api) -> None:
    empty = told.client.get("/v1/conflicts.csv?code=same-moment")
    columns = ["indicator", "code", "detail", "claims", "n_claims", *TIMES]
    assert empty.text == ",".join(columns) + "\r\n"


def test_a_table_is_whole_however_many_pages_it_has(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.http.tables.PAGE_OF_TABLE", 2)
    api.given(*(indicator(f"i{n}") for n in range(7)))
    ids = [row["indicator"] for row in table(api, f"/v1/estimates?min_position={api.head()}")]
    assert ids == [f"i{n}" for n in range(7)]
    assert [row["id"] for row in table(api, "/v1/indicators?limit=3")] == ["i0", "i1", "i2"]


def test_a_table_answers_the_question_asked(told: Api) -> None:
    [row] = table(told, "/v1/estimates/troops/vintages?published_by=2025-01-11&axis=publication")
    assert (row["best"], row["as_of_published_by"]) == ("100", "2025-01-11T23:59:59.999999Z")
    assert {row["indicator"] for row in table(told, "/v1/estimates?q=plan")} == {"plan"}


def test_an_explanation_is_a_table_of_its_claims(told: Api) -> None:
    body = told.get("/v1/estimates/troops/explanation")
    rows = table(told, "/v1/estimates/troops/explanation")
    assert [(row["claim"], row["use"]) for row in rows] == [
        *((each["claim"], "used") for each in body["used"]),
        *((each["claim"], "relay") for each in body["relays"]),
        *((each["claim"], "excluded") for each in body["excluded"]),
    ]
    assert {row["quantity_best"] for row in rows} == {"100", "300"}


def test_changes_are_a_table_of_differences(told: Api) -> None:
    body = told.client.get("/v1/estimates/troops/changes?since=0").json()
    rows = table(told, "/v1/estimates/troops/changes?since=0")
    assert [row["field"] for row in rows] == [each["field"] for each in body["differences"]]


@pytest.mark.parametrize("start", FORMULA)
def test_a_cell_that_a_spreadsheet_would_run_is_a_text(api: Api, start: str) -> None:
    api.given(indicator(definition=f"{start}cmd|' /C calc'!A1"), source("nis", note=f"{start}1+1"))
    [row] = table(api, f"/v1/indicators?min_position={api.head()}")
    assert row["definition"].startswith(f"'{start}")
    [row] = table(api, "/v1/sources")
    assert row["note"] == f"'{start}1+1"


def test_a_negative_number_stays_a_number(api: Api) -> None:
    api.given(indicator(minimum=None), report("r1", claim(-3)))
    [row] = table(api, f"/v1/estimates?min_position={api.head()}")
    assert row["best"] == "-3"


def test_text_with_separators_quotes_and_lines_comes_back(api: Api) -> None:
    text = 'a, "b"\nc; 한국'
    api.given(indicator(definition=text))
    [row] = table(api, f"/v1/indicators?min_position={api.head()}")
    assert row["definition"] == text


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/v1/estimates/troops", "text/csv"),
        ("/v1/estimates", "application/xml"),
        ("/v1/reports/r1", "text/csv"),
        ("/v1/events", "application/pdf"),
    ],
)
def test_what_is_not_there_is_not_acceptable(told: Api, path: str, accept: str) -> None:
    problem(told.client.get(path, headers={"Accept": accept}), 406, "not-acceptable")


@pytest.mark.parametrize("path", ["/v1/estimates/troops.csv", "/v1/reports/r1.csv", "/v1/none.csv"])
def test_what_is_no_list_has_no_suffix(told: Api, path: str) -> None:
    assert told.client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/estimates.csv?publised_by=2025", 422, "unknown-parameter"),
        ("/v1/estimates/tropps/vintages.csv", 404, "not-found"),
        ("/v1/events.csv?after=999", 409, "beyond-head"),
    ],
)
def test_a_mistake_is_a_problem_and_no_table(told: Api, path: str, status: int, code: str) -> None:
    problem(told.client.get(path), status, code)


def test_a_table_with_the_suffix_cannot_be_written(told: Api) -> None:
    assert told.send(Ask("POST", "/v1/reports.csv", {})).status_code in (404, 405)


def test_members_that_are_objects_have_columns_of_their_own() -> None:
    names = [each.name for each in columns_of(VintageRow)]
    assert {"from", "to", "best", "cause_position", "cause_report"} <= {*names}
    row = {"from": "2025", "cause": {"position": 3}, "used": ["a/1", "b/2"]}
    cells = dict(zip(names, cells_of(columns_of(VintageRow), row), strict=True))
    assert (cells["from"], cells["cause_position"], cells["used"]) == ("2025", 3, "a/1; b/2")


def test_a_report_that_is_posted_is_in_the_next_table(told: Api) -> None:
    before = table(told, "/v1/reports")
    told.given(report("r9", claim(4)), post("/v1/reports/r1/hold", reason="checking"))
    after = table(told, f"/v1/reports?min_position={told.head()}")
    assert {row["id"] for row in after} - {row["id"] for row in before} == {"r9"}
    assert [row["status"] for row in after if row["id"] == "r1"] == ["held"]
