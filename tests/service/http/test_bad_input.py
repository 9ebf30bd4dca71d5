"""Bad input: each with its exact answer, and proof that nothing changed; and never a 500."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.http_spec import (
    FILED,
    JSON,
    NDJSON,
    Api,
    Ask,
    Body,
    Server,
    check_problem,
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

MEGABYTE = 1_048_576
WRITES = {
    "indicator": ("PUT", "/v1/indicators/troops"),
    "source": ("PUT", "/v1/sources/nis"),
    "source's grade": ("POST", "/v1/sources/nis/grades"),
    "report": ("POST", "/v1/reports"),
    "correction": ("POST", "/v1/reports/r1/corrections"),
    "withdrawal": ("POST", "/v1/reports/r1/withdrawal"),
    "hold": ("POST", "/v1/reports/r1/hold"),
    "release": ("POST", "/v1/reports/r1/release"),
    "marking": ("POST", "/v1/reports/r1/marking"),
    "claim's grade": ("POST", "/v1/claims/r1/1/grades"),
    "link": ("POST", "/v1/claims/r1/1/links"),
}


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service with one report, for tests after which nothing has changed."""
    with one_server() as server, server.over(tmp_path_factory.mktemp("steady")) as api:
        api.given(*FILED)
        yield api


def bytes_of(ask: Ask, old: bytes, new: bytes) -> Ask:
    """A request whose body, as bytes, has a part replaced."""
    body = json.dumps(ask.body).encode()
    assert body.count(old) == 1
    return Ask(ask.method, ask.path, body.replace(old, new))


# Shapes


SHAPES: dict[str, tuple[bytes, str]] = {
    "null": (b"null", "the body must be an object"),
    "true": (b"true", "the body must be an object"),
    "a number": (b"0", "the body must be an object"),
    "a text": (b'"text"', "the body must be an object"),
    "a list": (b"[]", "the body must be an object"),
    "a list of it": (b'[{"id": "r1"}]', "the body must be an object"),
    "nothing": (b"", "the body is not JSON: EOF while parsing a value"),
    "blanks": (b" \r\n\t ", "the body is not JSON: EOF while parsing a value"),
    "half": (b'{"id": "r1"', "the body is not JSON: EOF while parsing an object"),
    "two": (b"{} {}", "the body is not JSON: trailing characters"),
    "a comma": (b'{"id": "r1",}', "the body is not JSON: trailing comma"),
    "single quotes": (b"{'id': 'r1'}", "the body is not JSON: key must be a string"),
    "a comment": (b"{} // ", "the body is not JSON: trailing characters"),
    "two marks": (b"\xef\xbb\xbf" * 2 + b"{}", "the body is not JSON: expected value at line"),
    "UTF-16": (
        '{"id": "r1"}'.encode("utf-16"),
        "the body is not JSON: expected value at line",
    ),
    "gzip": (gzip.compress(b"{}"), "the body is not JSON: expected value at line"),
    "a NUL": (b"\x00", "the body is not JSON: expected value at line"),
    "a form": (b"reason=x&kind=record", "the body is not JSON: expected value at line"),
    "depth": (
        b"[" * 100_000 + b"]" * 100_000,
        "the body is not JSON: recursion limit exceeded",
    ),
    "deep objects": (
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        "the body is not JSON: recursion limit exceeded",
    ),
    "an open depth": (
        b"[" * 1_000_000,
        "the body is not JSON: recursion limit exceeded",
    ),
    "bad text": (
        b'{"reason": "\xff"}',
        "the body is not JSON: invalid unicode code point",
    ),
    "cut text": (b'{"reason": "\xe2\x82', "the body is not JSON: "),
    "a control": (b'{"reason": "a\nb"}', "the body is not JSON: control character"),
    "a surrogate": (
        b'{"reason": "\\ud800"}',
        "the body is not JSON: unexpected end of hex escape",
    ),
    "half a pair": (b'{"reason": "\\ud83d\\u0041"}', "the body is not JSON: lone leading surrogate"),
    "a low surrogate": (b'{"reason": "\\udc00 "}', "the body is not JSON: lone leading surrogate"),
    "a bad escape": (
        b'{"reason": "\\x41"}',
        "the body is not JSON: invalid escape",
    ),
    "leading noughts": (b'{"reason": 007}', "the body is not JSON: invalid number"),
    "a name twice": (
        b'{"reason": "a", "reason": "b"}',
        "the body names the field 'reason' twice in one object",
    ),
}


@pytest.mark.parametrize("route", WRITES)
def test_a_body_of_the_wrong_shape(steady: Api, route: str) -> None:
    method, path = WRITES[route]
    for what, (body, detail) in SHAPES.items():
        if what == "nothing" and route in ("hold", "release"):
            continue  # the address says all there
        with unchanged(steady):
            refusal = problem(steady.send(Ask(method, path, body)), 422, "invalid")
        if what == "a name twice" and refusal["detail"] != detail:
            # Where a field is missing or unknown, that is said first.
            assert refusal["errors"][0]["pointer"]
            continue
        assert refusal["detail"].startswith(detail), what
        assert faults(refusal) == [("", refusal["detail"].removeprefix("the body "))], what


def test_a_field_given_twice_is_refused_wherever_it_is(api: Api) -> None:
    api.given(indicator())
    for name in ("id", "publisher", "indicator", "best", "status"):
        twice = bytes_of(report("r1"), f'"{name}"'.encode(), f'"{name}": null, "{name}"'.encode())
        with unchanged(api):
            refusal = problem(api.send(twice), 422, "invalid")
        assert refusal["detail"] == f"the body names the field '{name}' twice in one object"
    alike = bytes_of(report("r1"), b'"best": 100', b'"best": 100, "\\u0062est": 100')
    with unchanged(api):
        problem(api.send(alike), 422, "invalid")
    assert api.send(report("r1")).status_code == 201


@pytest.mark.parametrize("route", WRITES)
@pytest.mark.parametrize("chunked", [False, True])
def test_ten_megabytes_are_too_large(steady: Api, route: str, chunked: bool) -> None:
    method, path = WRITES[route]

    def body() -> Iterator[bytes]:
        yield b'{"reason": "'
        for _ in range(10):
            yield b"x" * MEGABYTE
        yield b'"}'

    with unchanged(steady):
        content = body() if chunked else b"".join(body())
        answer = steady.client.request(method, path, content=content, headers=JSON)
        refusal = problem(answer, 413, "too-large")
    assert "8,388,608 bytes" in refusal["detail"]


def test_a_length_that_is_a_lie_is_not_believed(steady: Api, server: Server, tmp_path: Path) -> None:
    front = b"POST /v1/reports HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    front += b"Content-Type: application/json\r\n"
    with server.over(tmp_path) as api, unchanged(api):
        announced = raw(server.address, front + b"Content-Length: 99999999999\r\n\r\n")
        assert (announced.status, json.loads(announced.body)["type"]) == (413, "/problems/too-large")
        for bad in (
            b"Content-Length: -1",
            b"Content-Length: x",
            b"Content-Length: 1\r\nContent-Length: 2",
        ):
            assert raw(server.address, front + bad + b"\r\n\r\n{}").status == 400
        both = front + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
        assert raw(server.address, both).status in (400, 422)


def test_a_report_with_three_thousand_claims(api: Api) -> None:
    api.given(indicator("many", measure="increment"))
    said = [claim(n, about="many", cohort=f"c{n}", period="2025-01") for n in range(1, 3_001)]
    answer = api.send(report("big", *said))
    assert answer.status_code == 201
    assert answer.json()["claims"] == [f"big/{n}" for n in range(1, 3_001)]
    shown = api.get("/v1/reports/big")["claims"]
    assert [each["quantity"]["best"] for each in shown] == list(range(1, 3_001))
    for n in (1, 1_500, 3_000):
        assert api.get(f"/v1/claims/big/{n}")["cohort"] == f"c{n}"
    body = api.get("/v1/estimates/many")
    assert (body["claims"], body["reports"], body["best"]) == (3_000, 1, 3_000 * 3_001 // 2)
    assert len(body["cohorts"]) == 3_000
    assert api.get("/v1/estimates/many", cohort="c2999")["best"] == 2_999


def test_a_report_with_too_many_claims(api: Api) -> None:
    api.given(indicator())
    with unchanged(api):
        refusal = problem(api.send(report("big", *[claim()] * 10_001)), 422, "invalid")
    assert [pointer for pointer, _ in faults(refusal)] == ["/claims"]


def test_no_more_than_a_hundred_faults_are_named(api: Api) -> None:
    api.given(indicator())
    with unchanged(api):
        refusal = problem(api.send(report("r1", *[claim("x")] * 500)), 422, "invalid")
        assert len(refusal["errors"]) == 100
        assert refusal["detail"].endswith("(and 499 more)")
        unknown = [claim(n, about=f"none-{n}") for n in range(500)]
        assert len(problem(api.send(report("r1", *unknown)), 422, "unknown-indicator")["errors"]) == 100


# Text


TEXTS = {
    "emoji": "\U0001f575\ufe0f\u200d\u2642\ufe0f \U0001f1f0\U0001f1f5",
    "right to left": "\u202e\u0627\u0644\u0639\u0631\u0628 \u05e2\u05d1\u05e8\u05d9\u05ea\u202c",
    "combining": "Z" + "\u0351" * 50,
    "a NUL": "before\x00after",
    "controls": "".join(chr(n) for n in range(32)) + "\x7f\x80\x9f",
    "line ends": "a\nb\r\nc\u2028d\u2029e\u0085f",
    "a noncharacter": "\ufffe\uffff\U0010ffff",
    "a mark": "\ufeffx",
    "quotes": "\"'`\\/<script>alert(1)</script>&amp;%00%n{{7*7}}${7}",
    "SQL": "'; DROP TABLE claims; --",
    "Korean": "\uad6d\uac00\uc815\ubcf4\uc6d0",
    "blanks": "  \t ",
}


@pytest.mark.parametrize("what", TEXTS)
def test_text_comes_back_as_it_was_given(api: Api, what: str) -> None:
    text = TEXTS[what]
    api.given(indicator(title=text, definition=text))
    api.given(report("r1", claim(text=text, cohort=text), title=text))
    api.given(post("/v1/reports/r1/hold", reason=text), post("/v1/reports/r1/release", reason=text))
    api.given(
        source("nis", name=text, note=text),
        post("/v1/sources/nis/grades", reliability="A", reason=text),
    )
    one = api.get("/v1/reports/r1")
    assert (one["title"], one["claims"][0]["text"], one["claims"][0]["cohort"]) == (text, text, text)
    assert api.get("/v1/indicators/troops")["title"] == text
    assert api.get("/v1/sources/nis")["grades"][0]["reason"] == text
    assert api.get("/v1/estimates/troops")["cohorts"] == [text]
    assert api.get("/v1/estimates/troops", cohort=text)["best"] == 100
    assert [e["data"]["reason"] for e in api.events() if e["type"] == "ReportHeld"] == [text]
    [found] = api.get("/v1/estimates", q=text.strip() or "troops")["items"]
    assert found["indicator"] == "troops"
    page = api.client.get("/")
    assert page.status_code == 200 and "<script>" not in page.text


# Times


def test_a_leap_second_is_the_last_moment_of_its_day(api: Api) -> None:
    api.given(indicator(), report("r1", published_at="2016-12-31T23:59:60Z"))
    assert api.get("/v1/reports/r1")["published_at"] == "2016-12-31T23:59:59.999999Z"
    same = report("r1", published_at="2016-12-31T20:59:60.5-03:00")
    assert api.send(same).status_code == 200
    of_next_year = report("r1", published_at="2017-01-01T08:59:60.5+09:00")
    problem(api.send(of_next_year), 409, "id-taken")
    assert api.get("/v1/reports/r1", published_by="2016-12-31")["id"] == "r1"
    assert api.get("/v1/reports/r1", published_by="2016-12-31T23:59:60Z")["id"] == "r1"
    before = {"published_by": "2016-12-31T23:59:59.999998Z"}
    problem(api.client.get("/v1/reports/r1", params=before), 404, "not-found")


BAD_TIMES = {
    "2016-12-30T23:59:60Z": "second 60 exists only at 23:59 UTC on a month's last day",
    "2016-12-31T23:58:60Z": "second 60 exists only at 23:59 UTC on a month's last day",
    "2016-12-31T23:59:60+09:00": "second 60 exists only at 23:59 UTC on a month's last day",
    "2016-12-31T23:59:61Z": "is not a time that exists; check day, hour and offset",
    "2025-02-29": "is not a date; write YYYY-MM-DD",
    "2025-13-01": "is not a date; write YYYY-MM-DD",
    "0000-01-01": "is not a date; write YYYY-MM-DD",
    "2025-01-10T24:00:00Z": "is not a time that exists; check day, hour and offset",
    "2025-01-10T23:59:59+24:00": "is not a time that exists; check day, hour and offset",
    "0001-01-01T00:00:00+00:01": "is not a time that exists; check day, hour and offset",
    "9999-12-31T23:59:59-00:01": "is not a time that exists; check day, hour and offset",
    **dict.fromkeys(
        [
            "",
            "now",
            "25",
            "2025-1",
            "2025-01~",
            "2025-33",
            "20250110",
            "10-01-2025",
            "2025-1-10",
            "2025-01-10T12:00",
            "2025-01-10T12:00:00",
            "2025-01-10T12:00:00+0900",
            "2025-01-10T12:00:00 Z",
            " 2025-01-10",
            "2025-01-10\n",
            "2025-W02-5",
            "\u0662\u0660\u0662\u0665-01-10",
            "1736467200",
            "x" * 10_000,
        ],
        "is not a time; write a date (2025-06-26) or RFC 3339 with an offset",
    ),
}


@pytest.mark.parametrize("written", BAD_TIMES, ids=lambda text: ascii(text[:40]))
def test_a_time_that_cannot_be_is_refused(steady: Api, written: str) -> None:
    with unchanged(steady):
        ask = report("r2", claim(stated_at=written), published_at=written)
        refusal = problem(steady.send(ask), 422, "invalid")
    assert [pointer for pointer, _ in faults(refusal)] == ["/published_at", "/claims/0/stated_at"]
    for _, message in faults(refusal):
        assert BAD_TIMES[written] in message and len(message) < 200


@pytest.mark.parametrize("written", [0, 1736467200, 1.5, True, None, [], {}])
def test_a_time_is_a_text(steady: Api, written: object) -> None:
    with unchanged(steady):
        refusal = problem(steady.send(report("r2", published_at=written)), 422, "invalid")
    assert [pointer for pointer, _ in faults(refusal)] == ["/published_at"]


# Numbers


BAD_NUMBERS = {
    "1e400": "must be a finite number",
    "-1e400": "must be a finite number",
    "NaN": "must be a finite number",
    "Infinity": "must be a finite number",
    "-Infinity": "must be a finite number",
    "1" + "0" * 400: "must lie between -9007199254740991 and 9007199254740991",
    "9007199254740992": "must lie between -9007199254740991 and 9007199254740991",
    "1e16": "must lie between -9007199254740991 and 9007199254740991",
    '"100"': "must be a number, without quotes",
    '""': "must be a number, without quotes",
    "true": "must be a number, without quotes",
    "[1]": "must be a number, without quotes",
    '{"best": 1}': "must be a number, without quotes",
}


@pytest.mark.parametrize("written", BAD_NUMBERS, ids=lambda text: text[:20])
def test_a_figure_that_is_no_number_is_refused(steady: Api, written: str) -> None:
    for name in ("low", "best", "high"):
        ask = report("r2", claim(quantity={name: 12345}))
        with unchanged(steady):
            refusal = problem(steady.send(bytes_of(ask, b"12345", written.encode())), 422, "invalid")
        assert faults(refusal) == [(f"/claims/0/quantity/{name}", BAD_NUMBERS[written])]


@pytest.mark.parametrize(
    "written", ["1" + "0" * 5_000, "01", "+1", ".5", "1.", "0x10", "1_000", "--1", "1e"]
)
def test_a_figure_that_is_not_even_json_is_refused(steady: Api, written: str) -> None:
    ask = bytes_of(report("r2", claim(12345)), b"12345", written.encode())
    with unchanged(steady):
        refusal = problem(steady.send(ask), 422, "invalid")
    assert refusal["detail"].startswith("the body is not JSON: ")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("-0", 0),
        ("-0.0", 0),
        ("0.0", 0),
        ("1e2", 100),
        ("100.0", 100),
        ("0.1", 0.1),
        ("1e-400", 0),
        ("-5", -5),
        ("9007199254740991", 9007199254740991),
        ("0.30000000000000004", 0.30000000000000004),
        ("5e-324", 5e-324),
    ],
)
def test_a_number_is_kept_as_it_is(api: Api, written: str, kept: float) -> None:
    api.given(indicator())
    assert api.send(bytes_of(report("r1", claim(12345)), b"12345", written.encode())).status_code == 201
    said = api.facts()[-1][2]["claims"][0]["quantity"]["best"]
    assert (said, type(said), str(said)) == (kept, type(kept), str(kept))
    shown = api.get("/v1/estimates/troops")["best"]
    assert (shown, str(shown)) == (kept, str(kept))


# Links


def test_no_circle_of_links_can_be_made(api: Api) -> None:
    api.given(indicator(), *(report(f"r{n}", claim(n)) for n in range(1, 6)))
    for n in range(1, 5):
        api.given(post(f"/v1/claims/r{n + 1}/1/links", derived_from=f"r{n}/1"))
    with unchanged(api):
        for n in range(2, 6):
            ask = post("/v1/claims/r1/1/links", derived_from=f"r{n}/1")
            problem(api.send(ask), 422, "link-cycle")
        problem(api.send(post("/v1/claims/r1/1/links", derived_from="r1/1")), 422, "link-to-self")
        again = [{**claim(1, derived_from=["r5/1"]), "n": 1}]
        correction = post("/v1/reports/r1/corrections", kind="record", claims=again)
        problem(api.send(correction), 422, "link-cycle")
        both = report("r9", claim(1, derived_from=["r9/2"]), claim(2, derived_from=["r9/1"]))
        problem(api.send(both), 422, "link-cycle")
    api.given(Ask("DELETE", "/v1/claims/r3/1/links/r2/1"))
    assert api.send(post("/v1/claims/r1/1/links", derived_from="r5/1")).status_code == 201


def test_two_who_close_a_circle_at_once(api: Api) -> None:
    api.given(indicator(), report("r1", claim(1)), report("r2", claim(2)))
    for _ in range(5):
        asks = [
            post("/v1/claims/r1/1/links", derived_from="r2/1"),
            post("/v1/claims/r2/1/links", derived_from="r1/1"),
        ]
        answers = at_once(api, asks)
        assert sorted(answer.status_code for answer in answers) == [201, 422]
        api.given(*(Ask("DELETE", f"/v1/claims/r{a}/1/links/r{b}/1") for a, b in linked(answers)))


def linked(answers: list[httpx2.Response]) -> list[tuple[int, int]]:
    first, _ = (answer.status_code == 201 for answer in answers)
    return [(1, 2)] if first else [(2, 1)]


# Many at once


def at_once(api: Api, asks: list[Ask]) -> list[httpx2.Response]:
    """Send requests from as many threads, none before all are ready."""
    ready = threading.Barrier(len(asks))

    def send(ask: Ask) -> httpx2.Response:
        ready.wait()
        return api.send(ask)

    with ThreadPoolExecutor(len(asks)) as pool:
        return list(pool.map(send, asks))


def test_of_two_who_saw_the_same_version_one_wins(api: Api) -> None:
    version = 1
    api.given(*FILED)
    for n in range(10):
        colours = ("TLP:RED", "TLP:AMBER") if n % 2 else ("TLP:GREEN", "TLP:CLEAR")
        asks = [
            post("/v1/reports/r1/corrections", kind="record", provenance={"title": f"{colour} {n}"})
            for colour in colours
        ]
        answers = at_once(api, [ask.under(if_match=f'"{version}"') for ask in asks])
        assert sorted(answer.status_code for answer in answers) == [201, 412]
        [loser] = [answer for answer in answers if answer.status_code == 412]
        version += 1
        assert problem(loser, 412, "stale-version")["current_version"] == version
        assert api.get("/v1/reports/r1")["version"] == version


def test_twenty_who_file_the_same_report_file_it_once(api: Api) -> None:
    api.given(indicator())
    for ask in (report("same"), report(None, claim(7))):
        before = api.head()
        answers = at_once(api, [ask] * 20)
        assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
        assert len({answer.text for answer in answers}) == 1
        filed = [kind for _, kind, _ in api.facts(before) if kind == "ReportFiled"]
        assert filed == ["ReportFiled"]


def test_twenty_who_take_the_same_id_for_other_reports(api: Api) -> None:
    api.given(indicator())
    answers = at_once(api, [report("taken", claim(n)) for n in range(20)])
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    for answer in answers:
        if answer.status_code == 409:
            problem(answer, 409, "id-taken")


def test_twenty_under_one_key(api: Api) -> None:
    api.given(indicator(), *(report(f"r{n}", claim(n)) for n in range(20)))
    same = post("/v1/reports/r1/hold", reason="x").under(idempotency_key="k")
    answers = at_once(api, [same] * 20)
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.text for answer in answers}) == 1
    others = [post(f"/v1/reports/r{n}/hold").under(idempotency_key="l") for n in range(20) if n != 1]
    codes = sorted(answer.status_code for answer in at_once(api, others))
    assert codes == [201] + [409] * 18


def test_writers_and_readers_do_not_disturb_each_other(api: Api) -> None:
    api.given(indicator())
    stop = threading.Event()
    paths = ("/v1/estimates/troops", "/v1/events?limit=1000", "/v1/sources", "/", "/v1/replay")

    def write(writer: int) -> list[int]:
        return [
            api.send(report(f"w{writer}-{n}", claim(n, f"s{writer}"))).status_code for n in range(25)
        ]

    def read(path: str) -> set[int]:
        seen, last = set[int](), 0
        while not stop.is_set():
            answer = api.client.get(path)
            seen.add(answer.status_code)
            if path.startswith("/v1/estimates"):
                assert answer.json()["as_of"]["position"] >= last, "time does not run back"
                last = answer.json()["as_of"]["position"]
        return seen

    with ThreadPoolExecutor(9) as pool:
        readers = [pool.submit(read, path) for path in paths]
        written = list(pool.map(write, range(4)))
        stop.set()
        assert [reader.result() for reader in readers] == [{200}] * len(paths)
    assert written == [[201] * 25] * 4
    body = api.get("/v1/estimates/troops")
    assert (body["claims"], body["reports"], body["origins"]) == (100, 100, 4)
    versions: dict[str, list[int]] = {}
    for event in api.events():
        versions.setdefault(event["stream"], []).append(event["version"])
    assert all(found == list(range(1, len(found) + 1)) for found in versions.values())


# Addresses and queries


STRANGE = {
    "a blank": " ",
    "capitals": "R1",
    "a leading dot": ".r1",
    "dots": "r1/../../secret",
    "an encoded slash": "r1/x",
    "a NUL": "r1\x00",
    "a line end": "r1\r\nX-Evil: 1",
    "a quote": "r1'--",
    "an emoji": "\U0001f575",
    "a percent": "%",
    "a surrogate": "%ED%A0%80",
    "too long": "r" * 129,
    "very long": "r" * 20_000,
    "full width": "\uff52\uff11",
}
READS = (
    "/v1/reports/{}",
    "/v1/reports/{}/history",
    "/v1/claims/{}/1",
    "/v1/claims/r1/{}",
    "/v1/sources/{}",
    "/v1/indicators/{}",
    "/v1/estimates/{}",
    "/v1/estimates/{}/series",
    "/v1/estimates/{}/vintages",
    "/problems/{}",
    "/v1/projections/{}/rebuild",
)


@pytest.mark.parametrize("what", STRANGE)
def test_a_strange_id_in_an_address_names_nothing(steady: Api, what: str) -> None:
    name = STRANGE[what] if "%ED" in STRANGE[what] else quote(STRANGE[what], safe="")
    for template in READS:
        refusal = problem(steady.client.get(template.format(name)), 404, "not-found")
        assert len(refusal["detail"]) < 500, "what was asked is not echoed at any length"


@pytest.mark.parametrize("what", STRANGE)
def test_a_strange_id_in_an_address_changes_nothing(steady: Api, what: str) -> None:
    name = STRANGE[what] if "%ED" in STRANGE[what] else quote(STRANGE[what], safe="")
    grade: Body = {"reliability": "A"}
    asks = [
        Ask("PUT", f"/v1/indicators/{name}", {"title": "T", "measure": "stock"}),
        Ask("PUT", f"/v1/sources/{name}", {}),
        Ask("POST", f"/v1/sources/{name}/grades", grade),
        Ask("POST", f"/v1/reports/{name}/withdrawal", {}),
        Ask("POST", f"/v1/reports/{name}/marking", {"marking": "TLP:RED"}),
        Ask("POST", f"/v1/claims/{name}/1/grades", {"credibility": 1}),
        Ask("POST", f"/v1/claims/r1/{name}/links", {"derived_from": "r1/1"}),
        Ask("DELETE", f"/v1/claims/r1/1/links/{name}/1"),
    ]
    with unchanged(steady):
        for ask in asks:
            answer = steady.send(ask)
            assert answer.status_code in (404, 405, 422), (ask.path[:80], answer.text[:200])
            check_problem(answer.json(), answer.status_code, answer.json()["type"][len("/problems/") :])
            if "/" not in STRANGE[what]:
                assert answer.status_code == 422
                assert answer.json()["detail"].startswith("the address: ")
            assert len(answer.content) < 1_000


def test_an_encoded_letter_or_slash_is_the_letter_or_slash(steady: Api) -> None:
    assert steady.client.get("/v1/reports/%72%31").json()["id"] == "r1"
    history = steady.client.get("/v1/reports/r1%2Fhistory").json()["items"]
    assert [event["type"] for event in history] == ["ReportFiled"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("%", "unknown-parameter"),
        ("=", "unknown-parameter"),
        ("=1", "unknown-parameter"),
        ("%00=1", "unknown-parameter"),
        ("%zz=1", "unknown-parameter"),
        ("limit", "bad-parameter"),
        ("limit=%", "bad-parameter"),
        ("limit=%zz", "bad-parameter"),
        ("limit=%00", "bad-parameter"),
        ("limit=5%00", "bad-parameter"),
        ("limit=%ff", "bad-parameter"),
        ("limit=1;limit=2", "bad-parameter"),
        ("limit=1&limit=1", "bad-parameter"),
        ("LIMIT=1", "unknown-parameter"),
        ("limit[]=1", "unknown-parameter"),
        ("limit=1%26limit=2", "bad-parameter"),
        ("known_at=2025-01-01T00:00:00Z%0d%0aX-Evil:1", "bad-parameter"),
        ("cursor=%ff", "bad-cursor"),
        ("_method=DELETE", "unknown-parameter"),
        ("limit=" + "9" * 50_000, "bad-parameter"),
        ("x" * 50_000 + "=1", "unknown-parameter"),
        ("&".join(["limit=1"] * 5_000), "bad-parameter"),
        ("&".join(f"p{n}=1" for n in range(5_000)), "unknown-parameter"),
    ],
    ids=lambda text: text[:30],
)
def test_a_hostile_query_is_refused(steady: Api, server: Server, query: str, code: str) -> None:
    url = httpx2.URL(steady.client.base_url, raw_path=f"/v1/events?{query}".encode())
    answer = steady.client.get(url)
    assert len(problem(answer, 422, code)["detail"]) < 500


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=%ff",
        "q=%F0%9F%95%B5",
        "q=%25",
        "q=_",
        "q=" + "x" * 50_000,
        "q=%E2%80%AE",
        "&&",
        "",
    ],
    ids=lambda text: text[:30],
)
def test_a_strange_word_is_only_looked_for(steady: Api, query: str) -> None:
    url = httpx2.URL(steady.client.base_url, raw_path=f"/v1/estimates?{query}".encode())
    answer = steady.client.get(url)
    assert answer.status_code == 200
    assert [item["indicator"] for item in answer.json()["items"]] == (
        ["troops"] if len(query) < 3 else []
    )


@pytest.mark.parametrize(
    "line",
    [
        b"GET /v1/events?q=\x00 HTTP/1.1",
        b"GET /v1/\xff\xfe HTTP/1.1",
        b"GET /v1/events HTTP/9.9",
        b"G\x00T /v1/events HTTP/1.1",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_not_even_http_is_hung_up_on(api: Api, server: Server, line: bytes) -> None:
    with unchanged(api):
        answer = raw(server.address, line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert answer.status in (400, 404, 422)
        assert b"Traceback" not in answer.body


OVERRIDES = ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method")


@pytest.mark.parametrize("header", OVERRIDES)
def test_a_method_cannot_be_overridden(steady: Api, header: str) -> None:
    with unchanged(steady):
        for method in ("PUT", "POST", "DELETE", "PATCH"):
            overridden = {header: method, **JSON}
            assert steady.client.get("/v1/reports/r1", headers=overridden).status_code == 200
            hold = steady.client.get("/v1/reports/r1/hold", headers=overridden)
            problem(hold, 405, "method-not-allowed")
            indicators = steady.client.post("/v1/indicators/x", content=b"{}", headers=overridden)
            problem(indicators, 405, "method-not-allowed")


# Anything


JUST_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(["troops", "drones", "gives", "sent", "none", "NIS", ""])
DAYS = st.sampled_from(
    [
        "0001-01-01",
        "1969-12-31",
        "2025-01-10",
        "2025-01-09T23:00:00-05:00",
        "9999-12-31",
        "2016-12-31T23:59:60Z",
    ]
)
PERIODS = st.sampled_from(
    ["2025", "2025-01~", "../2025-01-10", "2025/..", "0001/9999", "9999-12-31", "..", "2025-01/2024"]
)
FIGURES = st.sampled_from([0, -1, 1, 0.5, 1e15, -(2**53) + 1, 2**53 - 1, 5e-324, "1", None, True])
WORDS = st.text(max_size=30) | st.sampled_from(["*", "", "'", "\x00", "\u2028", "%"])
CLAIM_IDS = st.sampled_from(["r1/1", "r1/2", "r0/1", "r1/99", "r1/01", "x/1", "r1"])
FIELDS: dict[str, SearchStrategy[Any]] = {
    "id": st.sampled_from(["r1", "r2", "r3", "R", "", "r" * 128]),
    "report": st.just("r1"),
    "indicator": NAMES,
    "originator": st.sampled_from(["nis", "mnd", "x.y-z_1", "N", ""]),
    "spokesperson": st.sampled_from(["nis", "someone"]),
    "publisher": st.sampled_from(["wire", "nis", "W"]),
    "cohort": WORDS,
    "title": WORDS,
    "text": WORDS,
    "reason": WORDS,
    "name": WORDS,
    "note": WORDS,
    "country": WORDS,
    "definition": WORDS,
    "unit": WORDS,
    "place": WORDS,
    "kind": st.sampled_from(["record", "publisher", "agency", "other", None]),
    "published_at": DAYS,
    "stated_at": DAYS,
    "period": PERIODS,
    "status": st.sampled_from(["planned", "estimated", "sure"]),
    "basis": st.sampled_from(["relay", "own-intelligence", "unknown", ""]),
    "marking": st.sampled_from(["TLP:CLEAR", "TLP:RED", "TLP:WHITE"]),
    "measure": st.sampled_from(["stock", "increment", "cumulative", "proposition", "count"]),
    "reliability": st.sampled_from(["A", "F", "G", None]),
    "credibility": st.sampled_from([1, 6, 0, 2.0, "1"]),
    "derived_from": CLAIM_IDS | st.lists(CLAIM_IDS, max_size=3),
    "parts": st.lists(NAMES, max_size=3),
    "policy": st.sampled_from(["latest-best-source/2", "envelope/1", ""]),
    "fresh_days": st.sampled_from([0, 36_500, -1, 1.5]),
    "url": st.sampled_from(["https://x", "http://\u2028", "x"]),
    "evidence": st.fixed_dictionaries({}, optional={"sha256": st.just("a" * 64), "media_type": WORDS}),
    "quantity": st.fixed_dictionaries(
        {},
        optional={
            "low": FIGURES,
            "best": FIGURES,
            "high": FIGURES,
            "qualifier": st.sampled_from(["exact", "about", "at-least", "unspecified", "many", None]),
        },
    ),
    "stance": st.fixed_dictionaries(
        {"asserts": st.booleans()},
        optional={"likelihood": st.sampled_from(["likely", "Remote", "sure"])},
    ),
    "n": st.sampled_from([1, 2, 3, 0, 10**6]),
}


def some(*needed: str, of: str) -> SearchStrategy[Body]:
    """Objects with these fields and perhaps others, each with a value that is nearly right."""
    optional = {name: FIELDS[name] for name in of.split() if name not in needed}
    return st.fixed_dictionaries({name: FIELDS[name] for name in needed}, optional=optional)


EXTREMES = st.sampled_from([0, -1, 1, 0.5, 1e15, -(2**53) + 1, 2**53 - 1, 5e-324, -0.0, 1e-5])
QUALIFIERS = st.sampled_from(["exact", "about", "at-least", "less-than", "up-to", "range", "nearly"])
SOUND = {
    "originator": st.sampled_from(["nis", "mnd", "x.y-z_1"]),
    "cohort": st.text(min_size=1, max_size=5) | st.sampled_from(["*", "\x00", "'", "\u2028"]),
    "basis": st.sampled_from(["relay", "own-intelligence", "unknown"]),
    "stated_at": DAYS,
    "period": st.sampled_from(
        ["2025", "2025-01~", "../2025-01-10", "2025/..", "0001/9999", "9999-12-31", "0001", "../0001"]
    ),
    "text": st.text(max_size=10),
    "derived_from": st.lists(st.sampled_from(["r1/1", "r1/2", "r0/1"]), max_size=2, unique=True),
}
NUMBERS = st.fixed_dictionaries(
    {"best": EXTREMES, "qualifier": QUALIFIERS}, optional={"low": EXTREMES, "high": EXTREMES}
)


def said(about: str, *needed: str) -> SearchStrategy[Body]:
    """Claims that are sound as far as they go, and as odd as that allows."""
    kind = {"stance": FIELDS["stance"]} if about == "gives" else {"quantity": NUMBERS}
    fixed = {"indicator": st.just(about), "originator": SOUND["originator"], **kind}
    fixed |= {name: SOUND[name] for name in needed}
    return st.fixed_dictionaries(
        fixed, optional={name: value for name, value in SOUND.items() if name not in fixed}
    )


SAID = said("troops") | said("drones") | said("gives") | said("sent", "period")
FIELDS["provenance"] = some(of="publisher url title published_at evidence")
FIELDS["claims"] = st.lists(
    some(
        "indicator",
        "originator",
        of="n spokesperson cohort basis stated_at period status quantity stance derived_from text",
    ),
    max_size=4,
)
BODIES: dict[str, SearchStrategy[Body]] = {
    "indicator": some("title", "measure", of="unit definition place parts policy fresh_days"),
    "source": some(of="name kind country note"),
    "source's grade": some("reliability", of="reason"),
    "report": some("publisher", "published_at", "claims", of="id url title marking evidence")
    | st.fixed_dictionaries(
        {
            "publisher": st.sampled_from(["wire", "nis"]),
            "published_at": DAYS,
            "claims": st.lists(SAID, min_size=1, max_size=4),
        },
        optional={"title": WORDS, "marking": st.sampled_from(["TLP:GREEN", "TLP:AMBER+STRICT"])},
    ),
    "correction": some("kind", of="reason published_at provenance claims")
    | st.fixed_dictionaries(
        {"kind": st.just("record"), "claims": st.lists(SAID, min_size=1, max_size=3)},
        optional={"provenance": st.fixed_dictionaries({"published_at": DAYS})},
    )
    | st.fixed_dictionaries(
        {"kind": st.just("publisher"), "published_at": DAYS, "provenance": FIELDS["provenance"]},
    ),
    "withdrawal": some("kind", of="reason published_at"),
    "hold": some(of="reason"),
    "release": some(of="reason"),
    "marking": some("marking", of="reason"),
    "claim's grade": some("credibility", of="reason"),
    "link": some("derived_from", of="reason"),
}
FUZZED = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service that is sent anything, and must come through it with its views up."""
    with one_server() as server, server.over(tmp_path_factory.mktemp("fuzzed")) as api:
        api.given(indicator(), indicator("drones", measure="cumulative"))
        api.given(indicator("gives", measure="proposition"), indicator("sent", measure="increment"))
        api.given(source("nis"), report("r0"), report("r1", claim(1), claim(2, period="2024")))
        yield api
        assert api.get("/v1/projections")["items"][0]["error"] is None
        for path in ("/v1/estimates", "/v1/sources", "/v1/indicators", "/v1/events"):
            api.items(path)
        for item in api.items("/v1/indicators"):
            api.items(f"/v1/estimates/{item['id']}/series")
            api.items(f"/v1/estimates/{item['id']}/vintages", all="true")
            api.items(f"/v1/estimates/{item['id']}/vintages", axis="publication")
        replayed = api.client.get("/v1/replay")
        assert replayed.status_code == 200 and replayed.content.endswith(b"\n")


def accepts_or_refuses(api: Api, ask: Ask) -> None:
    """A write either adds what can be read back, or is refused with a problem and adds nothing."""
    before = api.head()
    answer = api.send(ask)
    assert answer.status_code in (200, 201, 404, 409, 412, 422), (ask, answer.text)
    if answer.is_success:
        position = answer.json()["position"]
        read = api.client.get(answer.headers["location"], params={"min_position": position})
        assert read.status_code == 200, (ask, read.text)
        board = api.client.get("/v1/estimates", params={"min_position": position})
        assert board.status_code == 200, (ask, board.text)
    else:
        check_problem(answer.json(), answer.status_code, answer.json()["type"][len("/problems/") :])
        assert api.head() == before, ask


@pytest.mark.parametrize("route", WRITES)
def test_any_json_is_answered(fuzzed: Api, route: str) -> None:
    method, path = WRITES[route]

    @FUZZED
    @given(JUST_JSON | BODIES[route])
    def check(body: Any) -> None:
        accepts_or_refuses(fuzzed, Ask(method, path, json.dumps(body).encode()))

    check()


@FUZZED
@given(st.binary(max_size=60))
def test_any_bytes_are_answered(fuzzed: Api, body: bytes) -> None:
    for method, path in WRITES.values():
        if body:
            problem(fuzzed.send(Ask(method, path, body)), 422, "invalid")


def named(command: str, **fields: str) -> Callable[[Body], Body]:
    return lambda body: {command: {**body, **fields}}


LINES = (
    BODIES["report"].map(named("file_report"))
    | BODIES["source"].map(named("register_source", id="nis"))
    | BODIES["indicator"].map(named("define_indicator", id="drones"))
    | BODIES["correction"].map(named("correct_report", report="r1"))
    | BODIES["claim's grade"].map(named("grade_claim", claim="r1/1"))
    | BODIES["link"].map(named("link_claim", claim="r1/1"))
    | JUST_JSON
)


@FUZZED
@given(st.lists(LINES, min_size=1, max_size=6))
def test_any_lines_are_answered(fuzzed: Api, lines: list[Any]) -> None:
    body = b"\n".join(json.dumps(line).encode() for line in lines)
    answer = fuzzed.client.post("/v1/import", content=body, headers={"Content-Type": NDJSON})
    assert answer.status_code == 200
    last = json.loads(answer.content.splitlines()[-1])
    assert last["done"] is True, last
    assert last["accepted"] + last["duplicates"] + last["refused"] == len(lines)
    read = fuzzed.client.get("/v1/estimates", params={"min_position": last["position"]})
    assert read.status_code == 200, read.text


ASKED: dict[str, SearchStrategy[str]] = {
    "known_at": DAYS | st.sampled_from(["0", "1", "7", "99999"]),
    "published_by": DAYS,
    "valid_at": DAYS,
    "limit": st.sampled_from(["1", "2", "1000", "0"]),
    "period": PERIODS,
    "cohort": WORDS,
    "originator": st.sampled_from(["nis", "mnd", "*", "\x00"]),
    "period_from": PERIODS,
    "period_to": PERIODS,
    "release": st.sampled_from(["first", "latest", "2", "1000000"]),
    "as": st.sampled_from(["increment", "cumulative", "stock"]),
    "axis": st.sampled_from(["record", "publication", "x"]),
    "all": st.sampled_from(["true", "false"]),
    "q": WORDS,
    "after": st.sampled_from(["0", "3", "99999"]),
    "before": st.sampled_from(["0", "5", "99999"]),
    "order": st.sampled_from(["asc", "desc"]),
    "type": st.sampled_from(["ReportFiled", "x"]),
}
TIMES = "known_at published_by valid_at"
READERS = {
    "/v1/estimates": f"{TIMES} limit q",
    "/v1/estimates/drones": f"{TIMES} period cohort originator",
    "/v1/estimates/gives": f"{TIMES} period cohort originator",
    "/v1/estimates/sent": f"{TIMES} period cohort originator",
    "/v1/estimates/sent/series": f"{TIMES} limit release as period_from period_to cohort originator",
    "/v1/estimates/drones/series": f"{TIMES} release as period_from period_to",
    "/v1/estimates/troops/vintages": f"{TIMES} limit period cohort originator axis all",
    "/v1/estimates/sent/vintages": f"{TIMES} axis all",
    "/v1/events": f"{TIMES} limit after before order type",
    "/v1/reports/r1": TIMES,
    "/v1/reports/r1/history": f"{TIMES} limit",
    "/v1/claims/r1/1": TIMES,
    "/v1/sources/nis": TIMES,
}
QUERY = st.fixed_dictionaries({}, optional=ASKED)


@FUZZED
@given(QUERY)
def test_any_query_is_answered(fuzzed: Api, query: dict[str, str]) -> None:
    for path, names in READERS.items():
        asked = {name: value for name, value in query.items() if name in names.split()}
        answer = fuzzed.client.get(path, params=asked)
        assert answer.status_code in (200, 404, 409, 422), (path, asked, answer.text)
        if answer.status_code == 409:
            check_problem(answer.json(), 409, "beyond-head")
        if answer.status_code == 422:
            check_problem(answer.json(), 422, answer.json()["type"][len("/problems/") :])


# A byte order mark


BOM = b"\xef\xbb\xbf"


def test_a_mark_before_a_body_is_ignored(api: Api) -> None:
    body = BOM + json.dumps({"title": "Troops", "measure": "stock"}).encode()
    assert api.send(Ask("PUT", "/v1/indicators/troops", body)).status_code == 201
    problem(api.send(Ask("PUT", "/v1/indicators/troops", BOM + body)), 422, "invalid")


def test_a_mark_before_the_first_line_of_an_import_is_ignored_and_no_other(api: Api) -> None:
    lines = [json.dumps({"register_source": {"id": name}}).encode() for name in ("a", "b")]
    assert api.import_bytes(BOM + b"\n".join(lines))[-1]["accepted"] == 2
    refused, done = api.import_bytes(lines[0] + b"\n" + BOM + lines[1])
    assert (refused["line"], done["refused"], done["duplicates"]) == (2, 1, 1)
    assert "is not JSON" in refused["refused"]["detail"]
