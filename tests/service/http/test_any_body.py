"""Whatever is sent as a body or as import lines is answered in words, and the service goes on."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.http_spec import (
    Api,
    Ask,
    check_problem,
    claim,
    expect,
    faults,
    indicator,
    problem,
    report,
    source,
    unchanged,
)
from tests.places import LONG

EXAMPLES = settings(
    max_examples=2_000 if LONG else 40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
COMMANDS = (
    "define_indicator",
    "register_source",
    "file_report",
    "correct_report",
    "grade_claim",
    "key",
)
FIELDS = ("id", "title", "claims", "publisher", "published_at", "quantity", "best", "derived_from", "n")
ADDRESSES = (
    ("POST", "/v1/reports"),
    ("PUT", "/v1/indicators/troops"),
    ("PUT", "/v1/sources/nis"),
    ("POST", "/v1/reports/r1/corrections"),
    ("POST", "/v1/claims/r1/1/grades"),
    ("POST", "/v1/indicators/troops/assessments"),
)
words = st.sampled_from(
    ["", "a", "r1", "troops", "2025-01-10", "\x00", "\ufeff", "\U0001f575", "\u2028", "1e999"]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**30, 10**400)
    | st.floats()
    | words
    | st.text(st.characters(), max_size=8)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*FIELDS, *COMMANDS]) | words, inner, max_size=5)
    ),
    max_leaves=12,
)


def text(value: Any) -> bytes:
    """A value as JSON, its surrogates escaped, its infinite numbers as constants."""
    return json.dumps(value).encode()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A body that would be taken, but for one field, or for some bytes."""
    body = dict(report("r9", claim(7, period="2025-01")).body)
    place: Any = draw(st.sampled_from([body, body["claims"][0], body["claims"][0]["quantity"]]))
    place[draw(st.sampled_from([*FIELDS, *place]))] = draw(values)
    whole = text(body)
    at = draw(st.integers(0, len(whole)))
    return draw(
        st.sampled_from([whole, whole[:at] + draw(st.binary(max_size=3)) + whole[at:], whole[:at]])
    )


bodies = (
    values.map(text)
    | st.just(b'{"claims": %s}' % (b"9" * 9_000))
    | damaged()
    | st.binary(max_size=40)
    | st.integers(1, 3_000).map(
        lambda deep: b'{"claims":' * deep + b"[" * deep + b"]" * deep + b"}" * deep
    )
)


@EXAMPLES
@given(st.sampled_from(ADDRESSES), bodies)
def test_any_body_is_answered(api: Api, address: tuple[str, str], body: bytes) -> None:
    api.send(indicator())
    answer = api.send(Ask(*address, body))
    expect(answer.status_code < 500, f"{answer.status_code} {answer.text[:500]}")
    if answer.status_code >= 400:
        told = answer.json()
        check_problem(told, answer.status_code, told["type"].removeprefix("/problems/"))
        expect(len(told.get("errors", ())) <= 100, "too many faults")
    expect(api.send(source("alive")).is_success, "the service is gone")


@EXAMPLES
@given(
    st.lists(
        bodies | st.dictionaries(st.sampled_from(COMMANDS), values, max_size=2).map(text), max_size=6
    )
)
def test_any_lines_are_answered(api: Api, lines: list[bytes]) -> None:
    answer = api.import_(*lines)
    last = answer[-1]
    expect(last["done"] is True, str(last)[:500])
    body = b"\n".join(lines)
    written = [n for n, line in enumerate(body.split(b"\n"), start=1) if line.strip()]
    found = [each for each in answer[:-1] if "progress" not in each]
    refused = [each["line"] for each in found]
    expect(set(refused) <= set(written), f"{refused} of {written}")
    expect(last["accepted"] + last["duplicates"] + last["refused"] == len(written), str(last))
    for each in found:
        check_problem(each["refused"], each["refused"]["status"], each["refused"]["type"][10:])
    expect(api.import_(text({"register_source": {"id": "alive"}}))[-1]["refused"] == 0, "not alive")


BASE = b'{"publisher":"wire","published_at":"2025-01-10","claims":[%s]}'
LONG_LISTS: dict[str, tuple[bytes, str, int]] = {
    "three million items": (b",".join([b"0"] * 3_000_000), "/claims", 1),
    "items without a field": (b",".join([b"{}"] * 10_000), "/claims/0/indicator", 100),
    "unknown fields": (
        b"{%s}" % b",".join(b'"%d":0' % n for n in range(500_000)),
        "/claims/0",
        1,
    ),
    "a few unknown fields each": (
        b",".join([b"{%s}" % b",".join(b'"%d":0' % n for n in range(99))] * 1_000),
        "/claims/0/indicator",
        100,
    ),
    "long lists within": (
        b",".join([b'{"derived_from":[%s]}' % b",".join([b"0"] * 9_999)] * 50),
        "/claims/0/indicator",
        100,
    ),
}


@pytest.mark.parametrize("what", LONG_LISTS)
def test_a_body_is_refused_at_its_first_faults(api: Api, what: str) -> None:
    items, pointer, number = LONG_LISTS[what]
    with unchanged(api):
        refusal = problem(api.send(Ask("POST", "/v1/reports", BASE % items)), 422, "invalid")
        found = faults(refusal)
        assert (found[0][0], len(found)) == (pointer, number)
        line = b'{"file_report":' + BASE % items + b"}"
        answer = api.import_(line, b"bad")
        told = next(each["refused"] for each in answer if each.get("line") == 1)
        assert (told["errors"][0]["pointer"], len(told["errors"])) == (f"/file_report{pointer}", number)


def test_a_fault_late_in_a_long_body_is_found_at_its_place(api: Api) -> None:
    api.given(indicator())
    said = [claim(n) for n in range(3_000)]
    said[2_345] = claim("many")
    refusal = problem(api.send(report("r1", *said)), 422, "invalid")
    assert [pointer for pointer, _ in faults(refusal)] == ["/claims/2345/quantity/best"]
    assert problem(api.send(report("r1", *said, titel="x")), 422, "invalid")["detail"].startswith(
        "/titel"
    )


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"Infinity", b"NaN"])
def test_an_infinite_number_is_refused_wherever_the_name_stands(api: Api, number: bytes) -> None:
    api.given(indicator())
    body = b'{"best": 5, "high": %s, "confidence": "low"}' % number
    refusal = problem(api.send(Ask("POST", "/v1/indicators/troops/assessments", body)), 422, "invalid")
    assert [pointer for pointer, _ in faults(refusal)] in (["/high"], [""])
