"""Texts, times and numbers: kept as they were given, or refused with the reason."""

import pytest

from tests.http_spec import Api, claim, faults, indicator, post, problem, report, source, unchanged
from tests.service.http.bad_input import bytes_of

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
