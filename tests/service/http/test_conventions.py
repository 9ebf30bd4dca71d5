"""What holds at every address: problems, parameters, lists, versions, retries, times, hosts."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit

import pytest
from openapi_spec_validator import validate

from domain.commands import RegisterSource
from domain.errors import Code
from service.http.guard import SECURITY
from service.http.problem_kinds import PROBLEMS, documentation
from service.write.decisions import WriteRequest
from service.write.writer import MOST_WAITING, Overloaded
from tests.http_spec import (
    AS_OF,
    FILED,
    JSON,
    NDJSON,
    SSE,
    Api,
    Ask,
    Body,
    Clock,
    Server,
    claim,
    faults,
    indicator,
    one_server,
    post,
    problem,
    raw,
    report,
    source,
    unchanged,
)
from tests.places import DOCS

OPERATIONS = {
    ("PUT", "/v1/indicators/{id}"),
    ("PUT", "/v1/sources/{id}"),
    ("POST", "/v1/sources/{id}/grades"),
    ("POST", "/v1/reports"),
    ("POST", "/v1/reports/{id}/corrections"),
    ("POST", "/v1/reports/{id}/withdrawal"),
    ("POST", "/v1/reports/{id}/hold"),
    ("POST", "/v1/reports/{id}/release"),
    ("POST", "/v1/reports/{id}/marking"),
    ("POST", "/v1/claims/{report}/{n}/grades"),
    ("POST", "/v1/claims/{report}/{n}/links"),
    ("DELETE", "/v1/claims/{report}/{n}/links/{parent}/{m}"),
    ("POST", "/v1/import"),
    ("GET", "/v1/estimates"),
    ("GET", "/v1/estimates/{indicator}"),
    ("GET", "/v1/estimates/{indicator}/series"),
    ("GET", "/v1/estimates/{indicator}/vintages"),
    ("GET", "/v1/replay"),
    ("GET", "/v1/events"),
    ("GET", "/v1/reports/{id}"),
    ("GET", "/v1/reports/{id}/history"),
    ("GET", "/v1/claims/{report}/{n}"),
    ("GET", "/v1/sources"),
    ("GET", "/v1/sources/{id}"),
    ("GET", "/v1/indicators"),
    ("GET", "/v1/indicators/{id}"),
    ("GET", "/v1/projections"),
    ("POST", "/v1/projections/{name}/rebuild"),
    ("GET", "/v1/projections/{name}/rebuild"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
}
"""What the interface must offer at least."""

NAMES = {"id": "r1", "indicator": "troops", "report": "r1", "n": "1", "parent": "r2", "m": "1"}
TIMED = sorted(
    path
    for method, path in OPERATIONS
    if method == "GET" and path.startswith("/v1") and "rebuild" not in path and "replay" not in path
)
LISTS = (
    "/v1/estimates",
    "/v1/estimates/troops/series",
    "/v1/estimates/troops/vintages",
    "/v1/events",
    "/v1/events?order=desc",
    "/v1/reports/r1/history",
    "/v1/sources",
    "/v1/indicators",
)
BAD_TIMES = ("", "yesterday", "2025-02-30", "2025-01-01T00:00:00", "25-01-01", "2025-01-01T24:00:00Z")
BAD_COUNTS = ("", "-1", "+1", "1.0", "x", "9007199254740993", "9" * 5000, "\u0661")
BAD_PERIODS = ("", "..", "../..", "2025-13", "2025-02/2025-01", "2025-1", "spring")
BAD: dict[str, tuple[str, ...]] = {
    "known_at": (*BAD_TIMES, "-1", "1.5", "9007199254740993"),
    "published_by": (*BAD_TIMES, "5"),
    "valid_at": (*BAD_TIMES, "5"),
    "min_position": BAD_COUNTS,
    "limit": (*BAD_COUNTS, "0", "1001"),
    "cursor": ("",),
    "log": ("",),
    "period": BAD_PERIODS,
    "period_from": BAD_PERIODS,
    "period_to": BAD_PERIODS,
    "cohort": ("",),
    "incident": ("",),
    "originator": ("",),
    "policy": ("", "best/1", "latest-best-source"),
    "release": ("", "0", "-1", "last", "1.5"),
    "as": ("", "stock", "Increment"),
    "axis": ("", "valid"),
    "all": ("", "yes", "True"),
    "q": ("",),
    "measure": ("", "count"),
    "flag": ("", "contradicton"),
    "code": ("", "contradicton"),
    "source": ("",),
    "indicator": ("",),
    "report": ("",),
    "type": ("", "ReportFild", "reportfiled"),
    "stream": ("",),
    "actor": ("",),
    "after": BAD_COUNTS,
    "before": BAD_COUNTS,
    "until": (*BAD_TIMES, "-1", "9007199254740993"),
    "since": (*BAD_TIMES, "-1", "9007199254740993"),
    "base": ("", "best/1"),
    "candidate": ("", "best/1"),
    "order": ("", "up", "ASC"),
    "speed": ("", "0", "-1", "nan", "inf", "fast"),
}
"""Values that cannot be read, of every query parameter that a GET takes."""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service with a little of everything, for tests that only read."""
    clock = Clock()
    with one_server() as server, server.over(tmp_path_factory.mktemp("shown"), clock) as api:
        api.given(indicator(), source("nis", name="the service"))
        clock.set("2025-02-01T12:00:00Z")
        api.given(report("r1", claim(100), claim(5, period="2024-12")))
        clock.set("2025-02-02T12:00:00Z")
        api.given(report("r2", claim(110), published_at="2025-01-20"))
        yield api


def path_of(template: str) -> str:
    """An address that is there."""
    family = template.split("/")[2] if template.count("/") > 1 else ""
    named = {"indicators": "troops", "sources": "nis"}.get(family, "r1")
    return template.format(**{**NAMES, "id": named, "name": "claims"})


def described(api: Api) -> Body:
    body: Body = api.client.get("/openapi.json").json()
    return body


def query_parameters(operation: Body) -> list[str]:
    return [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]


# Problems


def test_the_domains_codes_and_the_table_agree() -> None:
    assert set(get_args(Code)) <= set(PROBLEMS)
    assert all(400 <= kind.status < 600 for kind in PROBLEMS.values())
    assert all(kind.title and kind.cause and kind.cure for kind in PROBLEMS.values())


def test_the_page_of_problems_is_made_from_the_table() -> None:
    assert (DOCS / "problems.md").read_text("utf-8") == documentation()


@pytest.mark.parametrize("code", PROBLEMS)
def test_the_type_of_a_problem_is_the_address_of_its_explanation(shown: Api, code: str) -> None:
    page = shown.client.get(f"/problems/{code}")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert PROBLEMS[code].title in page.text
    assert str(PROBLEMS[code].status) in page.text


def test_a_problem_that_does_not_exist_has_no_page(shown: Api) -> None:
    problem(shown.client.get("/problems/none-such"), 404, "not-found")


@pytest.mark.parametrize("path", ["/nothing", "/v1", "/v1/", "/v1/nothing", "/v1/reports/a/b/c"])
def test_an_unknown_address_is_a_problem(shown: Api, path: str) -> None:
    problem(shown.client.get(path), 404, "not-found")
    problem(shown.client.post(path), 404, "not-found")


def test_every_address_names_all_its_methods_to_one_who_uses_another(shown: Api) -> None:
    for template, operations in described(shown)["paths"].items():
        taken = {method.upper() for method in operations}
        expected = taken | ({"HEAD"} if "GET" in taken else set())
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - taken:
            answer = shown.client.request(method, path_of(template))
            problem(answer, 405, "method-not-allowed")
            assert set(answer.headers["allow"].split(", ")) == expected, (method, template)


@pytest.mark.parametrize("path", ["/v1/estimates", "/v1/reports/r1", "/healthz", "/", "/v1/replay"])
def test_head_answers_as_get_without_a_body(shown: Api, path: str) -> None:
    head, get = shown.client.head(path), shown.client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag"):
        assert head.headers.get(name) == get.headers.get(name)


def test_head_of_a_live_stream_ends(shown: Api) -> None:
    answer = shown.client.head("/v1/events", headers={"Accept": SSE})
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{SSE}; charset=utf-8")


def test_head_of_what_is_not_there(shown: Api) -> None:
    answer = shown.client.head("/v1/reports/none")
    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused(server: Server, tmp_path: Path, chunked: bool) -> None:
    whole = b'{"name": "' + b"x" * 1_000 + b'"}'
    body = iter([whole[:500], whole[500:]]) if chunked else whole
    with server.over(tmp_path, body_limit=1_000) as api, unchanged(api):
        answer = api.client.put("/v1/sources/a", content=body, headers=JSON)
        refusal = problem(answer, 413, "too-large")
    assert "1,000 bytes" in refusal["detail"]


def test_a_body_of_just_the_limit_is_read(server: Server, tmp_path: Path) -> None:
    body = b'{"name": "' + b"x" * 900 + b'"}'
    padded = body + b" " * (1_000 - len(body))
    with server.over(tmp_path, body_limit=1_000) as api:
        assert api.client.put("/v1/sources/a", content=padded, headers=JSON).status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": ""},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": NDJSON},
        {"Content-Type": "application/jsonx"},
        {**JSON, "Content-Encoding": "gzip"},
        {**JSON, "Content-Encoding": "br"},
        {**JSON, "Content-Encoding": ""},
    ],
)
def test_another_media_type_or_coding_is_refused(api: Api, headers: dict[str, str]) -> None:
    with unchanged(api):
        problem(
            api.client.put("/v1/sources/a", content=b"{}", headers=headers), 415, "wrong-media-type"
        )


@pytest.mark.parametrize("given", ["application/json", "Application/JSON; charset=utf-8"])
def test_a_media_type_is_compared_without_case_and_parameters(api: Api, given: str) -> None:
    answer = api.client.put("/v1/sources/a", content=b"{}", headers={"Content-Type": given})
    assert answer.status_code == 201


def test_import_takes_lines_alone(api: Api) -> None:
    with unchanged(api):
        problem(api.client.post("/v1/import", content=b"{}", headers=JSON), 415, "wrong-media-type")
        zipped = {"Content-Type": NDJSON, "Content-Encoding": "gzip"}
        problem(api.client.post("/v1/import", content=b"{}", headers=zipped), 415, "wrong-media-type")


def test_a_body_names_every_fault_with_its_pointer(api: Api) -> None:
    body = {
        "publisher": "Wire Service",
        "published_at": "tomorrow",
        "clams": [],
        "claims": [
            {
                "indicator": "troops",
                "originator": "nis",
                "status": "estimated",
                "quantity": {"best": "6"},
            },
            {"indicator": "troops", "status": "sure", "originator": "nis", "qantity": {}, "a/b~c": 1},
        ],
    }
    with unchanged(api):
        refusal = problem(api.send(Ask("POST", "/v1/reports", body)), 422, "invalid")
    assert faults(refusal) == [
        ("/publisher", "'Wire Service' must match ^[a-z0-9][a-z0-9._-]{0,127}$"),
        (
            "/published_at",
            "'tomorrow' is not a time; write a date (2025-06-26) or RFC 3339 with an offset "
            "(2025-06-26T09:30:00+09:00)",
        ),
        ("/claims/0/quantity/best", "must be a number, without quotes"),
        (
            "/claims/1/status",
            "input should be 'planned', 'announced', 'forecast', 'in-transit', 'arrived', 'present', "
            "'departed', 'estimated', 'acknowledged' or 'reported'",
        ),
        ("/claims/1/qantity", "is not a field here; did you mean quantity?"),
        ("/claims/1/a~1b~0c", "is not a field here"),
        ("/clams", "is not a field here; did you mean claims?"),
    ]
    assert refusal["detail"].startswith("/publisher: 'Wire Service'")
    assert refusal["detail"].endswith("(and 6 more)")


def test_a_rule_of_the_domain_names_its_place_as_well(api: Api) -> None:
    api.given(indicator(), indicator("drones"))
    with unchanged(api):
        refusal = problem(
            api.send(report("r1", claim(), claim(about="troop"))), 422, "unknown-indicator"
        )
    assert faults(refusal) == [
        ("/claims/1/indicator", "there is no indicator 'troop'; did you mean troops?")
    ]


def test_what_cannot_be_is_in_conflict(api: Api) -> None:
    api.given(*FILED)
    with unchanged(api):
        problem(api.send(report("r1", claim(101))), 409, "id-taken")
        problem(api.send(indicator(unit="persons")), 409, "measure-fixed")
    api.given(post("/v1/reports/r1/withdrawal", reason="filed twice"))
    with unchanged(api):
        problem(api.send(post("/v1/reports/r1/hold", reason="late")), 409, "report-withdrawn")


@pytest.mark.parametrize(
    "ask",
    [
        post("/v1/reports/none/corrections", kind="record", provenance={"title": "t"}),
        post("/v1/reports/none/withdrawal"),
        post("/v1/reports/none/hold"),
        post("/v1/reports/none/release"),
        post("/v1/reports/none/marking", marking="TLP:RED"),
        post("/v1/claims/none/1/grades", credibility=1),
        post("/v1/claims/r1/9/grades", credibility=1),
        post("/v1/claims/r1/9/links", derived_from="r1/1"),
        Ask("DELETE", "/v1/claims/r1/1/links/r1/9"),
        Ask("GET", "/v1/reports/none"),
        Ask("GET", "/v1/reports/none/history"),
        Ask("GET", "/v1/claims/r1/9"),
        Ask("GET", "/v1/claims/none/1"),
        Ask("GET", "/v1/sources/none"),
        Ask("GET", "/v1/indicators/none"),
        Ask("GET", "/v1/estimates/none"),
        Ask("GET", "/v1/estimates/none/series"),
        Ask("GET", "/v1/estimates/none/vintages"),
        Ask("POST", "/v1/projections/none/rebuild"),
        Ask("GET", "/v1/projections/none/rebuild"),
        Ask("GET", "/v1/projections/claims/rebuild"),
    ],
    ids=lambda ask: f"{ask.method} {ask.path}",
)
def test_what_is_not_there_is_not_found(shown: Api, ask: Ask) -> None:
    with unchanged(shown):
        problem(shown.send(ask), 404, "not-found")


def test_a_misspelt_indicator_is_answered_with_the_nearest(shown: Api) -> None:
    refusal = problem(shown.client.get("/v1/estimates/trops"), 404, "not-found")
    assert "did you mean troops?" in refusal["detail"]


def test_a_store_that_does_not_answer_in_time_is_said_so(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path, write_patience=0.05) as api, held_lock(api):
        problem(api.send(indicator()), 503, "log-unavailable")
    with server.over(tmp_path) as api:
        again = api.send(indicator())
        assert (again.status_code, again.json()["position"]) == (200, 1)


def test_a_closed_store_is_said_so(api: Api) -> None:
    api.given(indicator())
    api.service.log.close()
    for ask in (indicator("more"), Ask("GET", "/v1/estimates"), Ask("GET", "/readyz")):
        problem(api.send(ask), 503, "log-unavailable")
    assert api.client.get("/healthz").json() == {"status": "ok"}


def test_too_much_at_once_is_refused_before_anything_is_written(api: Api) -> None:
    writer = api.service.writer
    with held_lock(api):
        waiting = [writer.submit([WriteRequest(RegisterSource(id="first"), "local")])]
        with pytest.raises(Overloaded):
            while True:
                waiting.append(writer.submit([]))
        assert len(waiting) == MOST_WAITING
        problem(api.send(source("second")), 503, "overloaded")
    for future in waiting:
        future.result()
    assert [stream for stream, _, _ in api.facts()] == ["source:first"]


@contextmanager
def held_lock(api: Api) -> Iterator[None]:
    """As if another program wrote to the store: it answers nobody else who writes."""
    with closing(sqlite3.connect(api.service.settings.data / "log.sqlite")) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")


# Query parameters


def test_every_address_refuses_a_parameter_that_it_does_not_know(shown: Api) -> None:
    with unchanged(shown):
        for template, operations in described(shown)["paths"].items():
            for method in operations:
                ask = f"{path_of(template)}?publishd_by=2025-01-01"
                answer = shown.client.request(method, ask)
                refusal = problem(answer, 422, "unknown-parameter")
                assert refusal["parameter"] == "publishd_by", (method, template)
                hint = "did you mean 'published_by'?" in refusal["detail"]
                assert hint == ("published_by" in query_parameters(operations[method]))


def test_every_address_refuses_values_that_cannot_be_read(shown: Api) -> None:
    for template, operations in described(shown)["paths"].items():
        if "get" not in operations:
            continue
        for name in query_parameters(operations["get"]):
            for value in BAD[name]:
                answer = shown.client.get(path_of(template), params={name: value})
                refusal = problem(answer, 422, "bad-parameter")
                assert refusal["parameter"] == name and refusal["detail"].startswith(f"{name}: ")


def test_every_address_refuses_a_parameter_given_twice(shown: Api) -> None:
    good = {"min_position": "1", "limit": "5", "known_at": "1", "published_by": "2025-01-01"}
    for template, operations in described(shown)["paths"].items():
        if "get" not in operations:
            continue
        for name in set(query_parameters(operations["get"])) & set(good):
            answer = shown.client.get(path_of(template), params=[(name, good[name])] * 2)
            assert "is given twice" in problem(answer, 422, "bad-parameter")["detail"]


def test_every_read_of_data_takes_the_three_times_and_a_position(shown: Api) -> None:
    paths = described(shown)["paths"]
    for template in TIMED:
        names = set(query_parameters(paths[template]["get"]))
        assert {"known_at", "published_by", "valid_at", "min_position"} <= names, template


def test_a_series_cannot_end_before_it_begins(shown: Api) -> None:
    path = "/v1/estimates/troops/series?period_from=2025-08&period_to=2025-07"
    refusal = problem(shown.client.get(path), 422, "bad-parameter")
    assert refusal["detail"] == "period_to: ends before period_from begins"


# Lists


@pytest.mark.parametrize("path", [*LISTS, "/v1/projections"])
def test_a_list_is_an_envelope(shown: Api, path: str) -> None:
    body = shown.client.get(path).json()
    assert list(body) == ["items", "next_cursor", "as_of"]
    assert body["items"] and body["next_cursor"] is None
    assert set(body["as_of"]) == AS_OF


def test_a_page_has_a_hundred_items_unless_more_are_asked_for(api: Api) -> None:
    api.import_(*({"register_source": {"id": f"s{n:04}"}} for n in range(1_001)))
    first = api.get("/v1/sources")
    second = api.get("/v1/sources", cursor=first["next_cursor"])
    assert [len(first["items"]), len(second["items"])] == [100, 100]
    assert second["items"][0]["id"] == "s0100"
    assert len(api.get("/v1/sources", limit=1000)["items"]) == 1_000
    assert len(api.get("/v1/events", limit=1000)["items"]) == 1_000
    assert len(api.items("/v1/sources", limit=999)) == 1_001


@pytest.mark.parametrize("path", LISTS)
def test_pages_fit_together_while_the_log_grows(api: Api, path: str) -> None:
    api.given(indicator("b1"), indicator(), indicator("u1"), source("n1"))
    api.given(report("r1", claim(1), claim(2, period="2024-11"), claim(3, period="2024-12")))
    api.given(report("r2", claim(4), published_at="2025-01-11"))
    api.given(report("r3", claim(5), published_at="2025-01-12"))
    api.given(*(post("/v1/claims/r1/1/grades", credibility=n) for n in (1, 2, 3)))
    whole = api.get(path)
    page = api.get(path, limit=1)
    seen = page["items"]
    for n in range(50):
        if page["next_cursor"] is None:
            break
        api.given(indicator(f"a{n}"), indicator(f"z{n}"), source(f"a{n}"), source(f"z{n}"))
        more = claim(n, period=f"2024-{n % 12 + 1:02}")
        api.given(report(f"more{n}", more, claim(n), published_at="2025-02-01"))
        api.given(post("/v1/claims/r1/1/grades", credibility=n % 6 + 1))
        page = api.get(path, limit=1, cursor=page["next_cursor"])
        seen += page["items"]
        assert page["as_of"] == whole["as_of"]
    assert seen == whole["items"] and len(seen) >= 3


def test_a_cursor_keeps_the_times_asked(shown: Api) -> None:
    asked = {"known_at": "2025-02-01T12:00:00Z", "published_by": "2025-01-31", "limit": 1}
    first = shown.get("/v1/events", **asked)
    second = shown.get("/v1/events", cursor=first["next_cursor"], **asked)
    assert first["as_of"] == second["as_of"]
    assert first["as_of"]["known_at"] == "2025-02-01T12:00:00Z"


def test_the_link_leads_to_the_next_page(shown: Api) -> None:
    first = shown.client.get("/v1/events", params={"limit": 2, "source": "nis", "order": "desc"})
    link = urlsplit(first.links["next"]["url"])
    assert link.path == "/v1/events"
    assert parse_qs(link.query) == {
        "limit": ["2"],
        "source": ["nis"],
        "order": ["desc"],
        "cursor": [first.json()["next_cursor"]],
    }
    pages = [shown.client.get("/v1/events", params={"limit": 2})]
    while "next" in pages[-1].links:
        pages.append(shown.client.get(pages[-1].links["next"]["url"]))
    positions = [item["position"] for page in pages for item in page.json()["items"]]
    assert positions == list(range(1, shown.head() + 1))
    assert pages[-1].json()["next_cursor"] is None


def test_a_cursor_that_was_tampered_with_is_refused(shown: Api) -> None:
    cursor = shown.get("/v1/events", limit=1)["next_cursor"]
    changed = [
        cursor[:i] + ("A" if letter != "A" else "B") + cursor[i + 1 :]
        for i, letter in enumerate(cursor)
    ]
    for bad in [*changed, cursor[:-1], cursor + "A", cursor + "=", "\x00", "é", "x", "A" * 5_000]:
        answer = shown.client.get("/v1/events", params={"limit": 1, "cursor": bad})
        problem(answer, 422, "bad-cursor")


def test_a_cursor_belongs_to_its_list_and_its_parameters(shown: Api) -> None:
    cursor = shown.get("/v1/events", limit=1)["next_cursor"]
    for path, more in (
        ("/v1/sources", {}),
        ("/v1/events", {"order": "desc"}),
        ("/v1/events", {"type": "ReportFiled"}),
        ("/v1/events", {"published_by": "2025-01-01"}),
        ("/v1/events", {"known_at": "1"}),
    ):
        answer = shown.client.get(path, params={"cursor": cursor, **more})
        problem(answer, 422, "bad-cursor")
    another_size = shown.client.get("/v1/events", params={"cursor": cursor, "limit": 2})
    assert [item["position"] for item in another_size.json()["items"]] == [2, 3]


def test_a_cursor_outlives_the_process_and_belongs_to_its_log(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path / "one") as api:
        api.given(source("a"), source("b"))
        cursor = api.get("/v1/sources", limit=1)["next_cursor"]
    with server.over(tmp_path / "one") as api:
        rest = api.get("/v1/sources", limit=1, cursor=cursor)["items"]
        assert [item["id"] for item in rest] == ["b"]
    with server.over(tmp_path / "two") as api:
        api.given(source("a"), source("b"))
        problem(api.client.get("/v1/sources", params={"cursor": cursor}), 422, "bad-cursor")


# Versions


@pytest.mark.parametrize("path", ["/v1/reports/r1", "/v1/sources/nis", "/v1/indicators/troops"])
def test_a_read_bears_its_version(api: Api, path: str) -> None:
    api.given(indicator(), source("nis"), report())
    first = api.client.get(path, params={"min_position": api.head()})
    assert version_of(first.headers["etag"]) == 1
    api.given(
        indicator(definition="men"),
        source("nis", name="the service"),
        post("/v1/reports/r1/hold"),
    )
    answer = api.client.get(path, params={"min_position": api.head()})
    assert (version_of(answer.headers["etag"]), answer.json()["version"]) == (2, 2)
    before = api.client.get(path, params={"known_at": 4})
    assert version_of(before.headers["etag"]) == 1


def version_of(tag: str) -> int:
    """The version that an entity tag names, whatever else it says."""
    return int(tag.strip('"').partition(".")[0])


CHANGES = {
    "report": post("/v1/reports/r1/marking", marking="TLP:RED"),
    "claim": post("/v1/claims/r1/1/grades", credibility=2),
    "unlink": Ask("DELETE", "/v1/claims/r1/1/links/r0/1"),
    "source": source("nis", name="the service"),
    "grade": post("/v1/sources/nis/grades", reliability="B"),
    "indicator": indicator(definition="men under arms"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_of_another_version_is_refused_with_the_current_one(api: Api, what: str) -> None:
    api.given(indicator(), source("nis"), report("r0", claim(1)))
    api.given(report("r1", claim(derived_from=["r0/1"])))
    for stale in ('"0"', '"2"', '"7"'):
        with unchanged(api):
            answer = api.send(CHANGES[what].under(if_match=stale))
            refusal = problem(answer, 412, "stale-version")
        assert refusal["current_version"] == 1
        assert answer.headers["etag"] == '"1"'
    fresh = api.send(CHANGES[what].under(if_match='"1"'))
    assert fresh.is_success and fresh.headers["etag"] == '"2"'
    with unchanged(api):
        problem(api.send(CHANGES[what].under(if_match='"1"')), 412, "stale-version")


def test_a_star_matches_whatever_is_there_but_not_nothing(api: Api) -> None:
    with unchanged(api):
        refusal = problem(api.send(source("nis").under(if_match="*")), 412, "stale-version")
    assert refusal["current_version"] == 0
    api.given(source("nis"))
    assert api.send(source("nis", name="it").under(if_match="*")).headers["etag"] == '"2"'


@pytest.mark.parametrize(
    "garbage", ["", "x", "-1", '"1', '"1" "2"', '*, "1"', "\u0661", 'w/"1"', "9" * 40]
)
def test_a_version_that_cannot_be_read_is_refused(api: Api, garbage: str) -> None:
    with unchanged(api):
        headers: Any = {**JSON, "If-Match": garbage.encode()}
        answer = api.client.put("/v1/sources/nis", content=b"{}", headers=headers)
        problem(answer, 422, "bad-parameter")


# Retries


def test_a_report_sent_again_is_there_already_at_its_original_position(api: Api) -> None:
    first = api.send(indicator()) and api.send(report("r1"))
    api.given(source("x"), post("/v1/reports/r1/hold"), report("r2", claim(7)))
    with unchanged(api):
        again = api.send(report("r1"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"] == "/v1/reports/r1"


def test_the_same_content_is_the_same_however_it_is_written(api: Api) -> None:
    api.given(indicator())
    first = api.send(report("r1", claim(100, period="2025-01-01/2025-01-05")))
    same = b"""{ "claims": [ {"status": "estimated", "originator": "nis", "quantity":
        {"best": 1.0e2, "low": null, "qualifier": "exact"}, "period": "2025-01-01\\u002f2025-01-05",
        "indicator": "troops", "derived_from": [], "text": ""} ], "marking": "TLP:CLEAR",
        "url": null, "published_at": "2025-01-10T09:00:00+09:00", "publisher": "wire", "id": "r1" }"""
    again = api.send(Ask("POST", "/v1/reports", same))
    assert (again.status_code, again.json()) == (200, first.json())


def test_an_id_is_derived_from_the_content(api: Api) -> None:
    api.given(indicator())
    first = api.send(report(None, claim(100)))
    other = api.send(report(None, claim(101)))
    again = api.send(report(None, claim(100)))
    assert (first.status_code, other.status_code, again.status_code) == (201, 201, 200)
    assert first.json()["id"] != other.json()["id"]
    assert again.json() == first.json()
    name = first.json()["id"]
    assert first.headers["location"] == f"/v1/reports/{name}"
    assert api.get(f"/v1/reports/{name}")["claims"][0]["id"] == f"{name}/1"


def test_a_derived_id_gives_nothing_away(server: Server, tmp_path: Path) -> None:
    ids = set[str]()
    for name in ("one", "two"):
        with server.over(tmp_path / name) as api:
            api.given(indicator())
            ids.add(api.send(report(None)).json()["id"])
    assert len(ids) == 2, "the same content has another id in another log"


POSTS = {
    "report": report("r2", claim(8)),
    "report without id": report(None, claim(9)),
    "correction": post("/v1/reports/r1/corrections", kind="record", provenance={"title": "T"}),
    "withdrawal": post("/v1/reports/r1/withdrawal", reason="ours"),
    "hold": post("/v1/reports/r1/hold", reason="under check"),
    "marking": post("/v1/reports/r1/marking", marking="TLP:AMBER"),
    "claim's grade": post("/v1/claims/r1/1/grades", credibility=2),
    "link": post("/v1/claims/r1/1/links", derived_from="r0/1"),
    "source's grade": post("/v1/sources/nis/grades", reliability="B"),
}


@pytest.mark.parametrize("what", POSTS)
def test_a_post_sent_again_under_its_key_is_answered_as_the_first_time(api: Api, what: str) -> None:
    api.given(indicator(), report("r0", claim(1)), report("r1", claim(2)))
    ask = POSTS[what].under(idempotency_key="once")
    first = api.send(ask)
    assert first.status_code == 201
    api.given(source("nis", note="a word later"), indicator("more"))
    with unchanged(api):
        again = api.send(ask)
        assert (again.status_code, again.json()) == (200, first.json())
        other = api.send(post("/v1/reports/r0/hold", reason="x").under(idempotency_key="once"))
        problem(other, 409, "key-reused")


def test_a_key_holds_though_the_version_has_moved_on(api: Api) -> None:
    api.given(*FILED)
    ask = POSTS["hold"].under(idempotency_key="k", if_match='"1"')
    first = api.send(ask)
    api.given(post("/v1/reports/r1/release"))
    assert api.send(ask).json() == first.json()
    assert [kind for _, kind, _ in api.facts()][-1] == "ReportReleased"


def test_another_body_under_a_key_is_refused(api: Api) -> None:
    api.given(*FILED)
    api.given(post("/v1/reports/r1/hold", reason="one").under(idempotency_key="k"))
    with unchanged(api):
        other = api.send(post("/v1/reports/r1/hold", reason="two").under(idempotency_key="k"))
        problem(other, 409, "key-reused")


def test_a_key_is_free_again_after_a_refusal(api: Api) -> None:
    api.given(indicator())
    hold = POSTS["hold"].under(idempotency_key="k")
    problem(api.send(hold), 404, "not-found")
    api.given(report())
    assert api.send(hold).status_code == 201


def test_a_key_outlives_the_process(server: Server, tmp_path: Path) -> None:
    for expected in (201, 200):
        with server.over(tmp_path / "kept") as api:
            api.given(source("nis"))
            grade = POSTS["source's grade"].under(idempotency_key="k")
            assert api.send(grade).status_code == expected


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there"])
def test_a_key_that_cannot_be_one_is_refused(api: Api, key: str) -> None:
    with unchanged(api):
        problem(api.send(source("nis").under(idempotency_key=key)), 422, "bad-parameter")


def test_an_event_names_no_key(api: Api) -> None:
    api.given(source("nis").under(idempotency_key="secret-key"))
    assert "secret-key" not in api.client.get("/v1/events").text


# Waiting


@pytest.mark.parametrize("template", TIMED)
def test_a_read_waits_for_a_position(api: Api, template: str) -> None:
    api.given(indicator(), source("nis"))
    with ThreadPoolExecutor(1) as pool:
        path = path_of(template)
        waiting = pool.submit(api.client.get, path, params={"min_position": 4})
        api.given(report())
        answer = waiting.result()
    assert answer.status_code == 200
    assert answer.json()["as_of"]["position"] == 4


@pytest.mark.parametrize("template", [*TIMED, "/v1/replay"])
def test_a_position_that_is_never_reached_is_said_so(
    server: Server, tmp_path: Path, template: str
) -> None:
    with server.over(tmp_path, patience=0.02) as api:
        api.given(*FILED)
        answer = api.client.get(path_of(template), params={"min_position": 99})
        refusal = problem(answer, 503, "not-caught-up")
    assert "not yet at 99" in refusal["detail"]


# Times


def test_a_read_echoes_where_it_stands(shown: Api) -> None:
    asked = {"published_by": "2025-01-31", "valid_at": "2025-01-15"}
    for template in TIMED:
        answer = shown.client.get(path_of(template), params={"known_at": 4, **asked})
        assert answer.status_code == 200, answer.text
        assert answer.json()["as_of"] == {
            "position": 4,
            "known_at": "2025-02-01T12:00:00Z",
            "published_by": "2025-01-31T23:59:59.999999Z",
            "valid_at": "2025-01-15T23:59:59.999999Z",
        }, template


@pytest.mark.parametrize(
    ("known_at", "position", "shown_as"),
    [
        ("0", 0, None),
        ("4", 4, "2025-02-01T12:00:00Z"),
        ("004", 4, "2025-02-01T12:00:00Z"),
        ("2024-12-31", 0, "2024-12-31T23:59:59.999999Z"),
        ("2025-01-01", 2, "2025-01-01T23:59:59.999999Z"),
        ("2025-02-01T11:59:59.999999Z", 2, "2025-02-01T11:59:59.999999Z"),
        ("2025-02-01T12:00:00Z", 4, "2025-02-01T12:00:00Z"),
        ("2025-02-01T21:00:00+09:00", 4, "2025-02-01T12:00:00Z"),
        ("2025-02-01T07:00:00-05:00", 4, "2025-02-01T12:00:00Z"),
        ("2025-02-01t12:00:00.0000009z", 4, "2025-02-01T12:00:00Z"),
        ("2025-02-01", 4, "2025-02-01T23:59:59.999999Z"),
        ("2100-01-01", 5, "2100-01-01T23:59:59.999999Z"),
    ],
)
def test_what_was_known_is_asked_by_position_instant_or_date(
    shown: Api, known_at: str, position: int, shown_as: str | None
) -> None:
    body = shown.get("/v1/events", known_at=known_at)
    assert [item["position"] for item in body["items"]] == list(range(1, position + 1))
    assert (body["as_of"]["position"], body["as_of"]["known_at"]) == (position, shown_as)


@pytest.mark.parametrize(
    "written",
    [
        "2025-01-10",
        "2025-01-10T00:00:00Z",
        "2025-01-10T00:00:00.000Z",
        "2025-01-10T09:00:00+09:00",
        "2025-01-10t05:45:00.0+05:45",
        "2025-01-10 00:00:00-00:00",
    ],
)
def test_a_time_of_any_offset_is_the_same_instant(shown: Api, written: str) -> None:
    with unchanged(shown):
        same = report("r1", claim(100), claim(5, period="2024-12"), published_at=written)
        assert shown.send(same).status_code == 200
    assert shown.get("/v1/reports/r1")["published_at"] == "2025-01-10T00:00:00Z"


def test_the_publication_time_asked_is_inclusive(shown: Api) -> None:
    for published_by, status in (
        ("2025-01-09", 404),
        ("2025-01-09T23:59:59.999999Z", 404),
        ("2025-01-10T08:59:59+09:00", 404),
        ("2025-01-10T00:00:00Z", 200),
        ("2025-01-10T09:00:00+09:00", 200),
        ("2025-01-10", 200),
    ):
        answer = shown.client.get("/v1/reports/r1", params={"published_by": published_by})
        assert answer.status_code == status, published_by


@pytest.mark.parametrize(
    "moment", ["2025-01-10T09:00:00", "2025-01-10T09:00:00.25", "2025-01-10 09:00:00"]
)
@pytest.mark.parametrize("name", ["published_by", "valid_at", "known_at"])
def test_an_offset_whose_plus_was_not_encoded_is_understood(shown: Api, name: str, moment: str) -> None:
    encoded = shown.client.get(f"/v1/estimates?{name}={moment}%2B09:00")
    assert encoded.status_code == 200 and encoded.json()["as_of"][name][:20].startswith(
        "2025-01-10T00:00:00"
    )
    assert shown.client.get(f"/v1/estimates?{name}={moment}+09:00").json() == encoded.json()


@pytest.mark.parametrize(
    "moment", ["2025-01-10+09:00", "2025-01-10T09:00:00++09:00", "2025-01-10T+09:00"]
)
def test_another_space_in_a_time_is_refused(shown: Api, moment: str) -> None:
    answer = shown.client.get(f"/v1/estimates?published_by={moment}")
    problem(answer, 422, "bad-parameter")


# Hosts, origins, headers


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "localhost:8000",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.1.2.3",
        "[::1]",
        "[::1]:80",
    ],
)
def test_this_machine_is_answered(shown: Api, host: str) -> None:
    assert shown.client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "intel.example",
        "localhost.intel.example",
        "127.0.0.1.intel.example",
        "localhost@intel.example",
        "localhost:80:80",
        "localhost:x",
        "10.0.0.1",
        "0.0.0.0",
        "2130706433",
        "[::]",
        "é",
        "x" * 5_000,
        "",
    ],
)
def test_another_host_is_misdirected(shown: Api, host: str) -> None:
    with unchanged(shown):
        headers: Any = {"Host": host.encode(), **JSON}
        for ask in (
            shown.client.get("/v1/estimates", headers=headers),
            shown.client.put("/v1/sources/x", content=b"{}", headers=headers),
            shown.client.get("/nowhere", headers=headers),
        ):
            problem(ask, 421, "host-not-allowed")


def test_no_host_is_misdirected(api: Api, server: Server) -> None:
    assert raw(server.address, b"GET /healthz HTTP/1.0\r\n\r\n").status == 421


@pytest.mark.parametrize(
    "origin", ["https://intel.example", "http://localhost:3000", "null", "localhost", ""]
)
def test_a_page_of_another_origin_changes_nothing(api: Api, origin: str) -> None:
    api.given(*FILED)
    asks = [
        Ask("POST", "/v1/reports/r1/hold"),
        Ask("POST", "/v1/projections/claims/rebuild"),
        source("x"),
        Ask("DELETE", "/v1/claims/r1/1/links/r1/2"),
        Ask("POST", "/v1/import", b'{"register_source": {"id": "x"}}', {"Content-Type": NDJSON}),
    ]
    with unchanged(api):
        for ask in asks:
            problem(api.send(ask.under(origin=origin)), 403, "cross-origin")
    assert api.client.get("/v1/reports/r1", headers={"Origin": origin}).status_code == 200


def test_a_page_of_ours_may_change_things(api: Api) -> None:
    host = api.client.base_url.netloc.decode()
    assert api.send(source("x").under(origin=f"http://{host}")).status_code == 201


def test_every_answer_bears_the_headers_that_browsers_heed(api: Api) -> None:
    api.given(*FILED)
    asks = [
        Ask("GET", "/"),
        Ask("GET", "/static/style.css"),
        Ask("GET", "/problems/invalid"),
        Ask("GET", "/openapi.json"),
        Ask("GET", "/v1/estimates"),
        Ask("GET", "/v1/events").under(accept=NDJSON),
        Ask("GET", "/v1/replay"),
        Ask("HEAD", "/v1/estimates"),
        Ask("GET", "/nowhere"),
        Ask("PATCH", "/v1/estimates"),
        Ask("GET", "/healthz").under(host="intel.example"),
        Ask("GET", "/v1/estimates?x=1"),
        source("x"),
        post("/v1/import").under(content_type=NDJSON),
    ]
    for ask in asks:
        answer = api.send(ask)
        assert {name: answer.headers[name] for name in SECURITY} == SECURITY, ask
        assert "server" not in answer.headers


# What it says of itself


def test_the_description_lists_every_operation(shown: Api) -> None:
    paths = described(shown)["paths"]
    listed = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert listed >= OPERATIONS


def test_every_operation_described_is_there(shown: Api) -> None:
    for template, operations in described(shown)["paths"].items():
        for method in operations:
            answer = shown.client.request(method, path_of(template) + "?no-such-parameter=1")
            assert answer.status_code == 422, (method, template)


def test_the_description_is_valid_openapi(shown: Api) -> None:
    validate(described(shown))


def test_the_description_is_sound(shown: Api) -> None:
    body = described(shown)
    assert body["openapi"].startswith("3.1.") and set(body["info"]) >= {"title", "version"}
    ids = list[str]()
    for template, operations in body["paths"].items():
        in_path = {part[1:-1] for part in template.split("/") if part.startswith("{")}
        for method, operation in operations.items():
            ids.append(operation["operationId"])
            assert operation["summary"], (method, template)
            named = [(each["in"], each["name"]) for each in operation.get("parameters", [])]
            assert len(named) == len(set(named)), (method, template)
            assert {name for place, name in named if place == "path"} == in_path
            for parameter in operation.get("parameters", []):
                assert parameter["required"] == (parameter["in"] == "path")
                assert parameter["description"]
                assert {"format", "enum", "pattern"} & set(parameter["schema"]), parameter
            assert ("requestBody" in operation) == (
                method in ("post", "put") and "rebuild" not in template
            )
            assert {"default", "422", "500"} <= set(operation["responses"])
            assert all(answer["description"] for answer in operation["responses"].values())
    assert len(ids) == len(set(ids))


def test_every_reference_in_the_description_leads_somewhere(shown: Api) -> None:
    body = described(shown)
    references = list(find(body, "$ref"))
    assert references
    for reference in references:
        here: Any = body
        for step in reference.removeprefix("#/").split("/"):
            here = here[step]
        assert isinstance(here, dict)


def test_the_description_of_a_body_leaves_out_what_stands_in_the_address(shown: Api) -> None:
    for operations in described(shown)["paths"].values():
        for operation in operations.values():
            schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            names = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
            assert not names & set(schema.get("schema", {}).get("properties", {}))
            assert not {"claim", "report", "source"} & set(
                schema.get("schema", {}).get("properties", {})
            )


def find(value: Any, name: str) -> Iterator[str]:
    """Every text under a name, anywhere within a value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name and isinstance(inner, str):
                yield inner
            yield from find(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from find(inner, name)


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/*", "application/json"),
        (NDJSON, NDJSON),
        ("application/x-ndjson;q=0.9, application/json;q=0.5", NDJSON),
        ("application/json;q=0.1, text/event-stream;q=0.2, application/x-ndjson;q=0.3", NDJSON),
        ("text/html, application/xhtml+xml, */*;q=0.8", "application/json"),
        ("*/*, application/json;q=0", NDJSON),
        ("application/json;q=0.5, */*;q=0.1", "application/json"),
        ("APPLICATION/X-NDJSON ; Q=1", NDJSON),
        ("application/json;q=nonsense", "application/json"),
    ],
)
def test_the_form_best_liked_is_given(shown: Api, accept: str, given: str) -> None:
    answer = shown.client.get("/v1/events", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, given)


@pytest.mark.parametrize("accept", ["text/html", "application/xml, image/*", "*/*;q=0", "x"])
@pytest.mark.parametrize("path", ["/v1/events", "/v1/replay"])
def test_a_form_that_is_not_given_is_refused(shown: Api, path: str, accept: str) -> None:
    problem(shown.client.get(path, headers={"Accept": accept}), 406, "not-acceptable")
