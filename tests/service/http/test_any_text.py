"""Any period, cursor and header: what can be read is answered, anything else is a problem."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.period import BadPeriod, parse_period
from domain.times import show_instant
from tests.http_spec import Api, claim, indicator, one_server, problem, report, source
from tests.places import LONG

TRIED = settings(
    max_examples=2_000 if LONG else 60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
DATES = st.dates().map(date.isoformat)
PARTS = st.one_of(
    DATES,
    DATES.map(lambda day: day[:7]),
    DATES.map(lambda day: day[:4]),
    st.tuples(DATES, st.integers(20, 45)).map(lambda pair: f"{pair[0][:4]}-{pair[1]}"),
    st.sampled_from(["..", "", "0000", "9999", "0001-01-01", "9999-12-31", "2024-02-30", "20240101"]),
)
MARKED = st.tuples(PARTS, st.sampled_from(["", "", "", "~", "?", "%", "~?", "X"])).map("".join)
PERIODS = MARKED | st.tuples(MARKED, MARKED).map("/".join) | st.text("0123456789-/.~?%X ", max_size=20)
TEXTS = st.binary(max_size=60).map(lambda raw: raw.translate(None, bytes(range(32)) + b"\x7f").strip())
TAGS = st.lists(
    st.sampled_from(['"1"', 'W/"1"', "*", '"', ",", " ", "1", '"a,b"', "W/", '"9.9"', "\xe9"])
)
HEADERS = {
    "If-Match": TAGS.map("".join).map(lambda text: text.strip().encode("latin-1")) | TEXTS,
    "If-None-Match": TAGS.map("".join).map(lambda text: text.strip().encode("latin-1")) | TEXTS,
    "If-Range": TEXTS,
    "If-Modified-Since": TEXTS,
    "If-Unmodified-Since": TEXTS,
    "Range": TEXTS,
    "Idempotency-Key": TEXTS,
    "Accept": st.lists(st.sampled_from(["*/* ,;q=0.1application/json", "text", "ndjson"])).map(
        lambda parts: "".join(parts).strip().encode()
    )
    | TEXTS,
    "Accept-Encoding": TEXTS,
    "Last-Event-ID": TEXTS | st.integers(-5, 10**20).map(lambda number: str(number).encode()),
    "Intellog-Log": TEXTS,
    "Content-Type": TEXTS,
    "Content-Encoding": TEXTS,
    "Origin": TEXTS,
    "Cookie": TEXTS,
    "Authorization": TEXTS,
}
READ = (
    "/v1/estimates/troops",
    "/v1/reports/r1",
    "/v1/sources/nis",
    "/v1/events?before=3",
    "/",
    "/readyz",
)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An indicator of each measure, and reports on them."""
    with one_server() as server, server.over(tmp_path_factory.mktemp("asked")) as api:
        api.given(indicator(), indicator("sent", measure="increment"))
        api.given(indicator("killed", measure="cumulative"), source("nis"), report("r1"))
        said = claim(5, about="sent", period="2024-10"), claim(7, about="killed", period="2024")
        api.given(report("r2", *said))
        yield api
        assert api.client.get("/readyz").json()["ready"]


def refused(answer: httpx2.Response) -> bool:
    """Whether an answer is a refusal, which then is a problem; anything else must be a success."""
    if answer.is_success or answer.status_code == 304:
        return False
    assert 400 <= answer.status_code < 500, answer.text
    if answer.headers["content-type"] == "application/problem+json":
        problem(answer, answer.status_code, answer.json()["type"].removeprefix("/problems/"))
    return True


def is_period(text: str) -> bool:
    try:
        return parse_period(text) is not None
    except BadPeriod:
        return False


@TRIED
@given(PERIODS)
def test_any_period_is_read_or_refused(asked: Api, text: str) -> None:
    for name in ("troops", "sent", "killed"):
        for path, parameter in (("", "period"), ("/vintages", "period"), ("/series", "period_from")):
            answer = asked.client.get(f"/v1/estimates/{name}{path}", params={parameter: text})
            assert refused(answer) == (not is_period(text)), (path, text, answer.text)
        page = asked.client.get(f"/estimates/{name}", params={"period": text})
        assert page.status_code == (200 if is_period(text) or not text else 422), (text, page.text)
    said = claim(1, about="sent", period=text, status="planned")
    answer = asked.send(report(None, said, published_at="2025-01-10"))
    assert answer.status_code in ((200, 201, 422) if is_period(text) else (422,)), answer.text


@TRIED
@given(PERIODS, PERIODS)
def test_any_two_periods_are_a_range_or_refused(asked: Api, start: str, end: str) -> None:
    params = {"period_from": start, "period_to": end}
    answer = asked.client.get("/v1/estimates/sent/series", params=params)
    assert not refused(answer) or answer.status_code == 422


@TRIED
@given(
    st.datetimes(timezones=st.just(UTC)),
    st.integers(-1439, 1439),
)
def test_any_instant_is_the_same_in_any_offset_encoded_or_not(
    asked: Api, moment: datetime, minutes: int
) -> None:
    try:
        there = moment.astimezone(timezone(timedelta(minutes=minutes)))
    except OverflowError:
        return
    for query in (
        f"published_by={there.isoformat()}",
        f"published_by={there.isoformat()}".replace("+", "%2B"),
    ):
        answer = asked.client.get(f"/v1/estimates?{query}&limit=1")
        assert answer.json()["as_of"]["published_by"] == show_instant(moment), query


def _tampered(cursor: str, at: int, letter: str) -> str:
    at %= len(cursor)
    return cursor[:at] + letter + cursor[at + 1 :]


LETTERS = st.sampled_from("AZaz09-_=+/. \x00é")
CONTENTS = st.sampled_from(
    ["[5, ", "[5, null]", "[]", "5", "null", '[1e400, "a"]', '["5", 5]', "[[], {}]"]
)
CURSORS = st.text(max_size=80) | CONTENTS.map(
    lambda text: urlsafe_b64encode(b"0" * 12 + text.encode()).decode().rstrip("=")
)


@TRIED
@given(CURSORS, st.integers(0, 200), LETTERS)
def test_no_cursor_but_one_that_was_issued_goes_on(asked: Api, text: str, at: int, letter: str) -> None:
    for path in ("/v1/events", "/v1/sources", "/v1/reports", "/v1/conflicts"):
        issued = asked.client.get(path, params={"limit": 1}).json()["next_cursor"]
        for cursor in (text, _tampered(issued, at, letter) if issued else text):
            answer = asked.client.get(path, params={"limit": 1, "cursor": cursor})
            assert answer.status_code == (200 if cursor == issued else 422), (path, cursor)
            assert refused(answer) == (cursor != issued)


@pytest.mark.parametrize("name", HEADERS)
def test_any_header_is_heeded_ignored_or_refused(asked: Api, name: str) -> None:
    @TRIED
    @given(HEADERS[name])
    def check(value: bytes) -> None:
        for path in READ:
            refused(asked.client.get(path, headers=[(name.encode(), value)]))
        body = b'{"name": "the service"}'
        given = [(name.encode(), value)]
        if name != "Content-Type":
            given.append((b"Content-Type", b"application/json"))
        refused(asked.client.put("/v1/sources/nis", content=body, headers=given))

    check()
